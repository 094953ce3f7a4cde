/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Why an atom is in its state: a chain of reasons, each about an atom, that begins with the one
 * that was asked about and ends with what nothing else led to: a failure, a request, a decider,
 * somebody's word. The journal alone says much of it; who depends on whom, and which expression a
 * decider has, only the plan knows: the compiled definition that was stored with the run.
 */

#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>

G_BEGIN_DECLS

/* The reasons by the state that they explain.
 *
 * PENDING. NOT_BEGUN: nor has the run. BEHIND: it comes after `other`, which has not come to a good
 * end. HALTED: its turn had not come when `other` failed. STOPPED: its turn had not come when the
 * run was asked to stop. RETRIED: it was reverted to be tried again. NEXT: nothing that is known
 * holds it back. RUNNING, REVERTING. RUNS: it is at it. INTERRUPTED: nobody drives the run, and
 * what became of it is unknown. SUCCESS, FAILURE. EXECUTED: it ended well. FAILED: it did not; when
 * STOPPED follows, because of a request. WAITS_BEHIND: its revert waits behind that of `other`,
 * which failed. TO_REVERT: it is to be reverted, and its turn has not come. REVERTED, and why any
 * revert was begun. ROLLED_BACK: `other` failed (perhaps the atom itself). REQUESTED: it was asked
 * for. ANSWERED: a retry controller answered to a failure, before the one that counted did.
 * REVERT_FAILURE. REVERT_FAILED: its revert failed, and was not tried again.
 * RETRYING. RETRIES: it has what it controls reverted, or waits for the next try.
 * IGNORE. DECIDED: its decider, or that of the flow around it, said no. FOLLOWS: it comes after
 * `other`, which was ignored. IGNORED: a decider said no, of it or before it. Any. RESOLVED:
 * somebody said what to make of it. */
/* clang-format off */
#define REPORT_REASONS(X)                                                                         \
  X (NOT_BEGUN, "not-begun") X (BEHIND, "behind") X (HALTED, "halted") X (STOPPED, "stopped")     \
  X (RETRIED, "retried") X (NEXT, "next") X (RUNS, "runs") X (INTERRUPTED, "interrupted")         \
  X (EXECUTED, "executed") X (FAILED, "failed") X (WAITS_BEHIND, "waits-behind")                  \
  X (TO_REVERT, "to-revert") X (ROLLED_BACK, "rolled-back") X (REQUESTED, "requested")            \
  X (ANSWERED, "answered") X (REVERT_FAILED, "revert-failed") X (RETRIES, "retries")              \
  X (DECIDED, "decided") X (FOLLOWS, "follows") X (IGNORED, "ignored") X (RESOLVED, "resolved")
/* clang-format on */

typedef enum
{
#define X(name, text) REPORT_REASON_##name,
  REPORT_REASONS (X)
#undef X
      REPORT_REASON_COUNT
} ReportReasonKind;

/* One reason about `atom`; what does not apply is NULL, REPORT_NO_ATOM or 0. other: the atom that
 * the next reason is about. attempt: of `atom`. controller, try_number: the retry controller in
 * whose try it executed. expression: of DECIDED; flow: the flow that the decider stands before,
 * NULL when it stands before the atom itself. Borrowed from the report, the last two from the plan.
 */
typedef struct
{
  ReportReasonKind kind;
  guint atom;
  guint other;
  const ReportAttempt *attempt;
  const ReportDecision *decision;
  const ReportRequest *request;
  const ReportResolution *resolution;
  guint controller;
  guint try_number;
  const char *expression;
  const char *flow;
} ReportReason;

/* The name of a kind, such as "rolled-back"; static. */
BACKFLOW_PUBLIC const char *report_reason_get_name (ReportReasonKind kind);

/* The first reason why an atom is in its state. plan: (nullable) of this very run. */
BACKFLOW_PUBLIC ReportReason report_find_reason (const Report *report, const Plan *plan,
                                                 guint atom);

/* The whole chain. Returns: (transfer full) `count` reasons, at least one; free with g_free(). */
BACKFLOW_PUBLIC ReportReason *report_dup_reasons (const Report *report, const Plan *plan,
                                                  guint atom, guint *count);

/* The place of the atom of that name, REPORT_NO_ATOM when there is none. */
BACKFLOW_PUBLIC guint report_find_atom (const Report *report, const char *name);

G_END_DECLS
