/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What decides in an engine: controllers and policies (policy.c), deciders (deciding.c), deadlines
 * of flows (deadline.c). */

#include <backflow/atoms/attempt.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* policy.c: answers what the core asks. */
void policy_answer (Engine *engine);

/* policy.c: what the controller of a node remembers of this life. */
RetryHistory *policy_get_history (Engine *engine, guint32 retry);

/* policy.c: a controller was asked about the failure of a node. */
void policy_remember (Engine *engine, guint32 retry, guint32 failed);

/* policy.c: forgets what all controllers remember, and what else is known of this life. */
void policy_forget (Engine *engine);

/* policy.c: takes in that an attempt of `node` has ended. */
void policy_note_end (Engine *engine, const Attempt *attempt);

/* policy.c: why the attempt can't be started (nullable) (transfer full): a decider could not
 * decide. */
Failure *policy_take_doom (Engine *engine, guint32 node);

/* deciding.c: asks the deciders of `node`; the answer is for core_answer_decide(). FALSE with
 * `failure` (transfer full). */
gboolean decider_evaluate (Engine *engine, guint32 node, gboolean *is_taken, FlowDepth *depth,
                           gboolean *is_step, Failure **failure);

/* deadline.c: finds out whether flows have deadlines. */
void deadline_prepare (Engine *engine);

/* deadline.c: when what executes in `node` must have ended, by the monotonic clock, and because of
 * which flow; 0: never. */
gint64 deadline_find (const Engine *engine, guint32 node, const char **flow);

/* deadline.c: the flow of a controller, or one around it, whose time is over in `wait_us` from now;
 * its name, borrowed (nullable). */
const char *deadline_find_over (const Engine *engine, guint32 retry, gint64 wait_us);

/* deadline.c: an execute that the deadline of a flow has ended says so. */
void deadline_explain (const Engine *engine, Attempt *attempt);

/* deadline.c: an execute of `node` was started at `time_us` of the epoch. */
void deadline_note_start (Engine *engine, guint32 node, gint64 time_us);

G_END_DECLS
