/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Starting a program as the leader of a new session, at the speed of vfork whatever the size of the
 * host: standard input from /dev/null, the other two into given descriptors, no other descriptor,
 * no blocked or ignored signal, its own working directory. Nothing of the host is changed.
 * Stateless; any thread.
 *
 * A note on cgroups: where one is delegated to the host, a child could be started inside a cgroup
 * of its own (CLONE_INTO_CGROUP, which posix_spawn() lacks here), and cgroup.kill would end
 * whatever it becomes. What is done without is in child_sweep.h.
 */

#include <sys/types.h>

#include "executors/children/child_error.h"
#include "executors/children/child_lock.h"

G_BEGIN_DECLS

/* The number that the descriptor of the lock has in the command, where the limit of descriptors
 * allows: above the numbers that scripts use. */
#define CHILD_COMMAND_LOCK_FD 199

/* The descriptors that the command gets, all above standard error. */
typedef struct
{
  gint stdout_fd;
  gint stderr_fd;
  const ChildLock *lock; /* (nullable): its descriptor is inherited, and its record is written */
} ChildCommandFiles;

/* Starts argv[0], looked up as child_lookup_command() says, and closes nothing. Returns: the
 * process id, or -1 with any of the codes of CHILD_ERROR up to ARGUMENTS; then the command did not
 * run. */
pid_t child_command_start (const char *const *argv, const char *const *envp, const char *cwd,
                           const ChildCommandFiles *files, GError **error);

G_END_DECLS
