/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OutputKeeper: who reads the output of a daemon after the attempt that started it has ended. The
 * attempt closes its end of the pipe, and the next line of the daemon would raise SIGPIPE in it. So
 * a process of its own, in a session of its own, copies the pipe to the log until the daemon closes
 * it; it outlives the host. Stateless; any thread.
 */

#include <glib.h>

G_BEGIN_DECLS

/* Starts the process that copies what comes on the pipe `fd` to `log_fd` (-1: to nowhere). Both
 * stay the caller's to close. Blocks for the time of one fork. Returns: FALSE when there is no such
 * process. */
gboolean output_keeper_start (gint fd, gint log_fd);

G_END_DECLS
