/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What goes into the step core and what comes out of it: duties, ends of attempts, questions. Plain
 * data.
 */

#include "engine/plan/vector.h"

#include <backflow/storage/record.h>

G_BEGIN_DECLS

/* What the runner has to do. All records of a list are made durable before anything else of it is
 * done; then the list is gone through in order. MOVE: an atom went from one state to another: make
 * it durable, then tell it. START: as MOVE, to RUNNING or REVERTING; once it is durable hand the
 * attempt to the executor, then tell it. TAKE_BACK: as MOVE, but the intent was never acted on and
 * nobody was told of it, so nobody is told of this. FLOW: the flow went from one state to another:
 * make it durable, then tell it. RECORD: make the record durable; a value in it is owned by the
 * duties. CANCEL: ask the running attempt of the atom to stop. REPEAT: hand an attempt over whose
 * intent is durable since a former life. PROBE: find out whether the effect of the atom is in the
 * world. */
typedef enum
{
  DUTY_MOVE,
  DUTY_START,
  DUTY_TAKE_BACK,
  DUTY_FLOW,
  DUTY_RECORD,
  DUTY_CANCEL,
  DUTY_REPEAT,
  DUTY_PROBE,
} DutyKind;

/* The duties, in their order. What is to be made durable is written as the record that the store
 * will be given, so that the cheapest store takes it as it is: records[i].atom is the node (0 for
 * FLOW and CANCEL). The runner fills in time and value, and the store's own number of the atom
 * where that differs. */
typedef struct
{
  StorageRecord *records;
  guint8 *kinds; /* DutyKind */
  guint length;
  guint size;
  gboolean is_special; /* some have no record (CANCEL, REPEAT, PROBE), or own a value */
} Duties;

/* How an attempt ended. PRESENT, ABSENT, UNKNOWN: of a probe. */
typedef enum
{
  CORE_OUTCOME_SUCCESS,
  CORE_OUTCOME_FAILURE,
  CORE_OUTCOME_NOT_STARTED,
  CORE_OUTCOME_PRESENT,
  CORE_OUTCOME_ABSENT,
  CORE_OUTCOME_UNKNOWN,
} CoreOutcome;

/* What may be known of an ended attempt. */
typedef struct
{
  guint32 node;
  CoreOutcome outcome;
} CoreCompletion;

/* What the core asks. FAILURE: what the controller `retry` makes of the failure of `node` (a
 * controller when that gave up). REVERT: whether the failed revert of `node` is tried again.
 * DECIDE: whether `node`, which has deciders, may start. UNKNOWN: what to make of the attempt of
 * `node` that a former life has left behind. */
typedef enum
{
  CORE_QUESTION_FAILURE,
  CORE_QUESTION_REVERT,
  CORE_QUESTION_DECIDE,
  CORE_QUESTION_UNKNOWN,
} CoreQuestionKind;

typedef struct
{
  CoreQuestionKind kind;
  guint32 node;
  guint32 retry;
  gboolean is_probed; /* of UNKNOWN: the probe does not know either */
} CoreQuestion;

/* What to make of an interrupted attempt. */
typedef enum
{
  CORE_UNKNOWN_PROBE,
  CORE_UNKNOWN_REPEAT,
  CORE_UNKNOWN_ASK, /* somebody has to say: the run suspends */
} CoreUnknown;

/* A node that waits for a point in time, in microseconds of the epoch. */
typedef struct
{
  guint32 node;
  gint64 due_us;
} CoreTimer;

/* An attempt that a former life has left behind: not yet looked at, to be repeated, to be probed,
 * or somebody has to say. */
typedef enum
{
  LEFTOVER_NEW,
  LEFTOVER_REPEAT,
  LEFTOVER_PROBE,
  LEFTOVER_ASKED,
} CoreLeftoverState;

typedef struct
{
  guint32 node;
  CoreLeftoverState state;
} CoreLeftover;

G_END_DECLS
