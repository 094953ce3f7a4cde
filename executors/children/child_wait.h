/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The functions on children that block, for callers that have no loop of their own. */

#include <poll.h>

#include "executors/children/child.h"

G_BEGIN_DECLS

typedef enum
{
  CHILD_WAIT_ENDED,
  CHILD_WAIT_INTERRUPTED,
  CHILD_WAIT_TIMED_OUT,
} ChildWait;

/* The most descriptors of others that child_wait_with() takes. */
#define CHILD_WAIT_MAX_OTHERS 2

/* Polls until a descriptor is ready or `until_us` (monotonic; 0: now; G_MAXINT64: no limit). It
 * can't fail: EINTR counts as nothing ready, and without memory, the only other error, it pauses.
 */
void child_wait_poll (struct pollfd *fds, guint count, gint64 until_us);

/* Processes events until the child has ended, `until_us` (monotonic; G_MAXINT64: no limit) is past,
 * or `interrupt_fd` (-1: none) is readable, from which nothing is read. An ended child is
 * CHILD_WAIT_ENDED in any case. */
ChildWait child_wait (Child *child, gint64 until_us, gint interrupt_fd);

/* The same with several descriptors, up to CHILD_WAIT_MAX_OTHERS, any of which interrupts: `others`
 * as for poll(), -1 for none, and what is ready in it afterwards. */
ChildWait child_wait_with (Child *child, gint64 until_us, struct pollfd *others, guint n_others);

/* Frees; NULL is fine. A child that has not ended is killed, with all processes that child_cancel()
 * would end, and waited for, within `give_up_us`. */
void child_free (Child *child);

/* Ends every process that carries `marker` ("NAME=VALUE"), whichever process started it and when:
 * what an interrupted run left, or the daemons of a step that failed after its command had
 * succeeded. Blocks, `kill_after_us` and CHILD_GIVE_UP_US at most. `ended` (nullable) gets how many
 * were found. Returns: FALSE with CHILD_ERROR_SURVIVORS or CHILD_ERROR_UNVERIFIED when it is not
 * certain that none is left. */
gboolean children_end_marked (const char *marker, gint64 kill_after_us, guint *ended,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Child, child_free)

G_END_DECLS
