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

G_BEGIN_DECLS

/* Starts argv[0], looked up as child_lookup_command() says, and closes nothing. The writing ends
 * must be above standard error. Returns: the process id, or -1 with any of the codes of CHILD_ERROR
 * up to ARGUMENTS. */
pid_t child_command_start (const char *const *argv, const char *const *envp, const char *cwd,
                           gint stdout_fd, gint stderr_fd, GError **error);

G_END_DECLS
