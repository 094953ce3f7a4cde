/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What made a run turn round at an atom, and what an atom depends on: for report_reason.c. Private
 * to the report.
 */

#include <backflow/engine/plan/plan.h>

#include "engine/report/report_facts.h"

G_BEGIN_DECLS

/* A question about a run. plan, places, nodes: (nullable, together) the compiled definition, the
 * place in the report of each of its nodes, and the node of each atom. */
typedef struct
{
  const Report *report;
  const Plan *plan;
  guint *places;
  guint32 *nodes;
} Inquiry;

/* A plan whose atoms are not those of the run is as none. */
void inquiry_init (Inquiry *inquiry, const Report *report, const Plan *plan);
void inquiry_clear (Inquiry *inquiry);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Inquiry, inquiry_clear)

/* Why atoms were no longer executed, or were reverted. request: (nullable) somebody asked for it;
 * otherwise `failed` is who failed, and decision: (nullable) what was answered to that. */
typedef struct
{
  const ReportRequest *request;
  const ReportDecision *decision;
  guint failed;
} Cause;

/* What turned the run round at `atom` after the record `after` and before the record `before`.
 * Returns: whether something is known. */
gboolean inquiry_find_cause (const Inquiry *inquiry, guint atom, guint64 after, guint64 before,
                             Cause *cause);

/* The atom that has held `atom` back most: one that has failed, else one that is at it, else one
 * that never ran; REPORT_NO_ATOM when all that is before it is done. */
guint inquiry_find_blocking (const Inquiry *inquiry, guint atom);

/* Who decided that an atom is ignored. ignored: the atom before it whose being ignored reached it,
 * REPORT_NO_ATOM when it was decided at the atom itself, or at the flow `flow` (nullable) around
 * it. expression: (nullable) of the decider. */
typedef struct
{
  guint ignored;
  const char *expression;
  const char *flow;
} Refusal;

/* Returns: whether something is known. */
gboolean inquiry_find_refusal (const Inquiry *inquiry, guint atom, Refusal *refusal);

/* The controller that governs an atom, as far as it is known, REPORT_NO_ATOM otherwise. */
guint inquiry_find_controller (const Inquiry *inquiry, guint atom);

/* The last answer of a controller, before the record `before`, to the failure of `failed`, or by
 * `failed` when that is a controller (nullable). */
const ReportDecision *inquiry_find_answer (const Inquiry *inquiry, guint failed, guint64 before);

G_END_DECLS
