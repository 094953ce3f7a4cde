/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* LogFolder: the logs of a run as the files of its folder, of attempts that have ended or not. The
 * journal names a log when its attempt has ended; the file is there from the first byte on.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* A file of a log. atom: the name of the step; a long name is cut. is_probe: a probe wrote it. */
typedef struct
{
  char *atom;
  AtomAction action;
  gboolean is_probe;
  guint number;
  char *path;
} LogEntry;

/* The logs in a folder, in no order; none when there is no such folder. Returns: (transfer full) of
 * LogEntry. */
GPtrArray *log_folder_new_entries (const char *folder);

/* The path of the log of an attempt. number: 0 for the last one. Returns: (transfer full)
 * (nullable). */
char *log_folder_find (const char *folder, const char *atom, AtomAction action, guint number);

G_END_DECLS
