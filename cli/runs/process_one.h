/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Process 1: what the command is when it is all that a container runs. Whoever loses his parent
 * becomes a child of process 1; who is not waited for stays there as a zombie, and a step that
 * stops a server and waits until it is gone would wait for ever. And the kernel keeps from process
 * 1 each signal that it has no handler for.
 */

#include <glib.h>

G_BEGIN_DECLS

/* Returns at once, but in process 1: there it returns in a child, and process 1 itself waits for
 * whoever ends, passes signals on to that child, and ends when it ends and as it ends. To be called
 * before there are threads, with SIGCHLD not ignored. */
void process_one_leave (void);

G_END_DECLS
