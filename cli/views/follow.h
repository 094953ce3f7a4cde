/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Follow: what the commands of a run write, as it comes: each line with the name of its step before
 * it. Belongs to one thread at a time.
 */

#include <glib.h>

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

typedef struct Follow Follow;

/* What is shown: everything that is in the logs, or what is added from now on. */
typedef enum
{
  FOLLOW_ALL,
  FOLLOW_NEW,
} FollowStart;

/* Follows the logs in the folder of a run, which may not be there yet. Returns: (transfer full). */
Follow *follow_new (const char *folder, FollowStart start);

/* NULL is fine. */
void follow_free (Follow *follow);

/* Leaves out all but what that action of the step writes. */
void follow_choose (Follow *follow, const char *atom, AtomAction action);

/* Appends the lines that have come since the last call, without what could act on a terminal. */
void follow_append (Follow *follow, GString *out);

/* As follow_append(), and ends a line that the step has not ended: its attempt is over. */
void follow_append_end (Follow *follow, const char *atom, GString *out);

/* As follow_append(), and ends all lines that were not ended. */
void follow_append_rest (Follow *follow, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Follow, follow_free)

G_END_DECLS
