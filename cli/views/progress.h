/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Progress: a run as it goes, on standard error. On a terminal the steps that run are drawn in
 * place with how long they have been running, and each step that has ended scrolls up once;
 * elsewhere each step that has ended is a plain line.
 */

#include <backflow/engine/engine.h>

#include "cli/console.h"

G_BEGIN_DECLS

typedef struct Progress Progress;

/* How much is shown. STEPS: each step once. OUTPUT: what the steps write too. TRANSITIONS: that and
 * each transition as a plain line, on a terminal too. */
typedef enum
{
  PROGRESS_STEPS,
  PROGRESS_OUTPUT,
  PROGRESS_TRANSITIONS,
} ProgressDetail;

/* Listens to `engine`, which has to be compiled. logs: (nullable) the folder with the logs of the
 * run. Returns: (transfer full). */
Progress *progress_new (Engine *engine, const Console *console, ProgressDetail detail,
                        const char *logs);

/* Takes what is drawn away, before anything else is printed; the engine must not run any more. NULL
 * is fine. */
void progress_free (Progress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Progress, progress_free)

G_END_DECLS
