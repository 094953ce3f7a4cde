/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandProgress: the file that BACKFLOW_PROGRESS names, while it is followed. It is a regular
 * file that the command makes: one can write to it with `>` and with `>>`, a writer is never held
 * up, and what lives on after the engine died can still write; with a FIFO it would wait for a
 * reader for ever. It is read on from where it was left, and from its beginning when the command
 * began it anew. Who writes without end gets only the last of it read, and the disk space of what
 * was read is given back where the file system can do that. It belongs to its attempt, and is used
 * on one thread.
 */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct CommandProgress CommandProgress;

/* The most that is read at once; of more, only the last lines are. */
#define COMMAND_PROGRESS_LOOK_BYTES (64 * 1024)

/* Begins to follow the file at `path`, which need not be there, for the attempt. Returns: (transfer
 * full). */
CommandProgress *command_progress_new (const char *path, Attempt *attempt);

/* Ends it; the file stays. NULL is fine. */
void command_progress_free (CommandProgress *self);

/* The path, borrowed. */
const char *command_progress_get_path (const CommandProgress *self);

/* Reads what is new and reports each whole line of it. A bounded amount of work; cheap when there
 * is nothing. */
void command_progress_look (CommandProgress *self);

/* The same when the command has done its work: then what stands at the end without a newline is a
 * line too. */
void command_progress_look_last (CommandProgress *self);

/* What people should know: that the file was none, or the first line that was not understood.
 * Returns: (transfer full) (nullable). */
char *command_progress_dup_note (const CommandProgress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandProgress, command_progress_free)

G_END_DECLS
