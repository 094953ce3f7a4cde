/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was decided about a run, and by whom, as its journal has it: the answers of retry
 * controllers and the tries that they led to, what people asked for, and what they said to make of
 * atoms. Everything belongs to the report, is in the order of the journal, and comes from all lives
 * of the run. Atoms are places in report_get_atoms().
 */

#include <backflow/atoms/failure.h>
#include <backflow/atoms/retry.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

/* What is asked; see engine/report/report.h. */
typedef struct Report Report;

/* No atom. */
#define REPORT_NO_ATOM G_MAXUINT

/* The answer of `controller` to the failure of `failed`; both are the same when it is the failing
 * revert of that atom that is tried again. wait_us, until_us: how long what follows waits, and
 * until when (since the epoch); 0 when it does not. try_number: the try of the controller that had
 * failed, from 1; 0 of a revert. failure: (nullable) what was answered to. */
typedef struct
{
  guint controller;
  guint failed;
  RetryDecision answer;
  gint64 wait_us;
  gint64 until_us;
  guint try_number;
  const Failure *failure;
  gint64 time_us;
  guint64 seq;
} ReportDecision;

/* One try of a retry controller: an execute of it that ended well, and what followed. number: from
 * 1 in each life of the controller. value: (nullable) what it provided. decision: (nullable) its
 * answer to the first failure in this try. */
typedef struct
{
  guint number;
  GVariant *value;
  const ReportDecision *decision;
  gint64 started_us;
  guint64 seq;
} ReportTry;

/* What somebody asked of the run. reason: (nullable). */
typedef struct
{
  StorageRequest request;
  const char *reason;
  gint64 time_us;
  guint64 seq;
} ReportRequest;

/* What somebody said to make of an atom. reason: (nullable). result: (nullable) of DONE. */
typedef struct
{
  guint atom;
  StorageResolution resolution;
  const char *reason;
  GVariant *result;
  gint64 time_us;
  guint64 seq;
} ReportResolution;

/* A time in which the run stood still: it was suspended, had ended, or nobody drove it, until
 * somebody went on with it. Since the epoch. */
typedef struct
{
  gint64 from_us;
  gint64 to_us;
} ReportPause;

/* The answers of retry controllers, borrowed. */
BACKFLOW_PUBLIC const ReportDecision *report_get_decisions (const Report *report, guint *count);

/* The tries of the controller at `atom`, borrowed; 0 of other atoms. */
BACKFLOW_PUBLIC const ReportTry *report_get_tries (const Report *report, guint atom, guint *count);

/* What was asked of the run, borrowed. */
BACKFLOW_PUBLIC const ReportRequest *report_get_requests (const Report *report, guint *count);

/* What was said of atoms, borrowed. */
BACKFLOW_PUBLIC const ReportResolution *report_get_resolutions (const Report *report, guint *count);

/* When the run stood still between two times in which it was driven, borrowed; 0 where the store
 * keeps no times. */
BACKFLOW_PUBLIC const ReportPause *report_get_pauses (const Report *report, guint *count);

/* What people call them: "suspend", "cancel", "keep", "undo"; "retry", "reverted", "skip", "done";
 * static. */
BACKFLOW_PUBLIC const char *report_request_get_name (StorageRequest request);
BACKFLOW_PUBLIC const char *report_resolution_get_name (StorageResolution resolution);

/* The word for what a probe says, such as "absent"; static. */
BACKFLOW_PUBLIC const char *report_probe_get_name (StorageProbe probe);

G_END_DECLS
