/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandFollowers: the progress of all commands of a loop, followed while they run. One descriptor
 * (inotify) says that one of the files has changed; it is opened when the first is followed, and
 * costs nothing as long as no command writes. After a look it rests for a moment, so that commands
 * that write all the time don't keep the loop from everything else. Where inotify is refused (there
 * is a limit for each user) the files are looked at now and then. It never blocks and is used on
 * one thread.
 */

#include <poll.h>

#include "executors/commands/command_progress.h"

G_BEGIN_DECLS

typedef struct CommandFollowers CommandFollowers;

/* Makes one without anything to follow. Returns: (transfer full). */
CommandFollowers *command_followers_new (void);

/* Frees it, with nothing followed; NULL is fine. */
void command_followers_free (CommandFollowers *self);

/* Follows a file whose folder exists and whose name in it no other followed one has. Borrowed until
 * it is removed. */
void command_followers_add (CommandFollowers *self, CommandProgress *progress);

/* Follows it no longer; one that is not followed is fine. */
void command_followers_remove (CommandFollowers *self, CommandProgress *progress);

/* Fills in what to poll, -1 for nothing. It can change with every call of the others. */
void command_followers_fill_poll (const CommandFollowers *self, struct pollfd *fd);

/* When command_followers_process_events() is due though nothing was ready (monotonic; G_MAXINT64:
 * never). */
gint64 command_followers_get_next_time (const CommandFollowers *self);

/* Looks at what has changed. `fd` is that of command_followers_fill_poll() after poll(). */
void command_followers_process_events (CommandFollowers *self, const struct pollfd *fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandFollowers, command_followers_free)

G_END_DECLS
