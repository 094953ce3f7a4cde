/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking deciders. */

#include <backflow/atoms/failure.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Asks the deciders of `node`; the answer is for core_answer_decide(). FALSE with
 * `failure` (transfer full). */
gboolean decider_evaluate (Engine *engine, guint32 node, gboolean *is_taken, FlowDepth *depth,
                           gboolean *is_step, Failure **failure);

G_END_DECLS
