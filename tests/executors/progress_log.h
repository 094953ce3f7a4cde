/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ProgressLog: takes in what attempts report, as text that a test compares: `0.25` or `0.25
 * {"text":"words"}` a report, joined by
 * `; `. For tests of one thread.
 */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct
{
  GString *text;
  guint count;
  void (*act) (gpointer data); /* (nullable) called after each report */
  gpointer data;
} ProgressLog;

/* Begins to listen to a run. */
void progress_log_init (ProgressLog *log, AttemptRun *run);

/* Forgets what was reported. */
void progress_log_forget (ProgressLog *log);

void progress_log_clear (ProgressLog *log);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ProgressLog, progress_log_clear)

G_END_DECLS
