/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandHost: what the command attempts of a loop share. It belongs to a port, is used on one
 * thread, and outlives its attempts.
 */

#include <poll.h>

#include "executors/children/child_census.h"
#include "executors/children/child_lock.h"
#include "executors/commands/command_files.h"
#include "executors/commands/command_followers.h"

G_BEGIN_DECLS

typedef struct CommandHost CommandHost;

/* Makes a host. Returns: (transfer full). */
CommandHost *command_host_new (void);

/* Frees it and what its commands have left in their files; NULL is fine. */
void command_host_free (CommandHost *host);

/* What to poll for what its commands tell while they run, and -1 for nothing; when
 * command_host_process_events() is due though it is not ready (monotonic; G_MAXINT64: never); and
 * what reports it then. As those of a child. */
void command_host_fill_poll (const CommandHost *host, struct pollfd *fd);
gint64 command_host_get_next_time (const CommandHost *host);
void command_host_process_events (CommandHost *host, const struct pollfd *fd);

/* The parts; borrowed. */
CommandFolder *command_host_get_folder (CommandHost *host);
CommandFollowers *command_host_get_followers (CommandHost *host);
ChildCensus *command_host_get_census (CommandHost *host);

/* Keeps the lock of an attempt that has ended with processes left, for the attempt that clears
 * them; lock: (transfer full) (nullable). */
void command_host_keep_lock (CommandHost *host, const char *marker, ChildLock *lock);

/* Takes a lock that was kept. Returns: (transfer full) (nullable). */
ChildLock *command_host_steal_lock (CommandHost *host, const char *marker);

G_END_DECLS
