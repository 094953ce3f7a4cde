/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Children of a test, to share a store with. They start before their parent opens the store, since
 * SQLite cannot be taken along; they only exit, and what they found is asserted by the parent.
 */

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

/* A child, with a pipe from it and one to it. */
typedef struct
{
  pid_t pid;
  int from;
  int to;
} Child;

/* What a child runs. Returns: its exit status. */
typedef int (*ChildFunc) (const char *folder, int from_parent, int to_parent);

/* Starts a child. */
Child child_start (ChildFunc func, const char *folder);

/* Waits for the end of a child. Returns: its exit status, or 128 and the signal that ended it. */
int child_finish (Child *child);

/* Waits for a byte from the other side. Returns: it, or 0 when that has gone. */
char child_await (int pipe_end);

/* Tells the other side a byte. FALSE when it has gone. */
gboolean child_tell (int pipe_end, char byte);

/* A ChildFunc: once told to, holds the lock for writing, says so, and lets go of it when it is told
 * again. */
int child_hold_lock (const char *folder, int from_parent, int to_parent);

G_END_DECLS
