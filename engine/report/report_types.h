/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The types of a report: what is known of an atom and its attempts, and what was decided, asked and
 * resolved. All belong to the report, and are read only.
 */

#include <backflow/atoms/failure.h>
#include <backflow/atoms/retry.h>
#include <backflow/atoms/states.h>
#include <backflow/storage/record.h>

G_BEGIN_DECLS

/* See engine/report/report.h. */
typedef struct Report Report;

/* Where an atom's effect is, as far as anybody can know.
 * NONE: it never ran, was ignored, or has none. PRESENT: it is there, as it should be in a run that
 * has not failed. UNDONE: reverted. LEFT: its revert failed, waits behind one that failed, or was
 * never tried. UNKNOWN: an attempt was interrupted and nobody drives the run. STAYS: it is there,
 * or may be, and says that it can't be taken back. CHANGING: an attempt is under way in a run that
 * somebody drives. */
typedef enum
{
  REPORT_EFFECT_NONE,
  REPORT_EFFECT_PRESENT,
  REPORT_EFFECT_UNDONE,
  REPORT_EFFECT_LEFT,
  REPORT_EFFECT_UNKNOWN,
  REPORT_EFFECT_STAYS,
  REPORT_EFFECT_CHANGING,
  REPORT_EFFECT_COUNT
} ReportEffect;

/* One attempt of an atom. to: how it ended, RUNNING or REVERTING when it did not. started_us,
 * ended_us: since the epoch, 0 where the store keeps no times, or it did not end. is_interrupted:
 * it did not end, and nobody drives the run. repeats: how often it was taken up again (asked about
 * by its probe, or done again) after its outcome was unknown; resumed_us: when that was last, 0 for
 * never. probe: what its probe said of it last, STORAGE_PROBE_COUNT when it was not asked.
 * progress: 0 to 1, -1 when it said nothing; progress_us: when it said so. seq: number of the
 * record with which it was begun last. */
typedef struct
{
  AtomAction action;
  guint number;
  AtomState to;
  gint64 started_us;
  gint64 ended_us;
  GVariant *result; /* (nullable) */
  Failure *failure; /* (nullable) */
  const char *log;  /* (nullable) path of its output */
  const char *note; /* (nullable) */
  gboolean is_interrupted;
  guint repeats;
  gint64 resumed_us;
  StorageProbe probe;
  double progress;
  GVariant *details; /* (nullable) what it said with its progress */
  gint64 progress_us;
  guint64 seq;
} ReportAttempt;

/* One atom. waits_for: (nullable) the atom whose failed revert it waits behind; NULL also when the
 * store leaves open which of several it is. meta: what is kept with it, an object (nullable).
 * Everything is borrowed from the report. */
typedef struct
{
  const char *name;
  const char *flow;
  AtomKind kind;
  AtomState state;
  Intention intention;
  ReportEffect effect;
  const char *waits_for;
  const ReportAttempt *attempts;
  guint n_attempts;
  GVariant *meta;
} ReportAtom;

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

G_END_DECLS
