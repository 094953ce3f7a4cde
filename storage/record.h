/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StorageRecord: one line of a run's journal. A run is the sequence of its records: applied in
 * order to a fresh state they give the current one. The kinds and numbers are stored: only ever
 * added at the end.
 */

#include <glib.h>

#include <backflow/atoms/states.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* The number of records that are not about one atom. */
#define STORAGE_NO_ATOM G_MAXUINT32

/* The latest time that a store keeps: the end of the year 9999, in microseconds of the epoch. */
#define STORAGE_TIME_MAX_US G_GINT64_CONSTANT (253402300799999999)

/* ATOM: `atom` went from state `from` to `to` with `intention`, in attempt `attempt`; value:
 * (nullable) the result (SUCCESS, REVERTED) or the failure as failure_to_variant() makes it
 * (FAILURE, REVERT_FAILURE). A RUNNING or REVERTING record is the intent that is durable before the
 * effect. FLOW: the run's flow went from `from` to `to` (FlowState). INPUT: value is `(sv)`, the
 * name and value of an injected symbol; of a secret the value is an object that says where it comes
 * from. DECISION: the retry controller `atom` answered `to` (RetryDecision) to the failure of atom
 * `attempt` (a number of an atom, not of an attempt); value: (nullable) `(xx)`, how long it waits
 * and until when, in microseconds (of the epoch). When `atom` is `attempt`: its revert has failed
 * and is tried again (RETRY) then. INTENTION: `atom` has `intention` from here on, without a change
 * of state. `attempt`: one more than the number of the atom behind whose failed revert it waits, 0
 * when there is none. Of a retry controller RETRY says that the content of its flow is being
 * reverted to be executed again, EXECUTE that this is over. Of STORAGE_NO_ATOM REVERT says that the
 * whole run is being rolled back. LOG: the output of attempt `attempt` of `atom` is in the file
 * that the value `s` names, relative to the store's log folder and without `..`; `to` is the
 * AtomAction. NOTE: value
 * `s`: something that people should know about `atom`, or about the run (STORAGE_NO_ATOM). REQUEST:
 * somebody asked for something (`to`: StorageRequest); value: (nullable) `s`, the reason.
 * RESOLUTION: somebody said what to make of `atom` (`to`: StorageResolution); value: `(smv)`, why,
 * and of DONE the result. PROGRESS: attempt `attempt` of `atom` is so far; value: `(dmv)`, 0 to 1,
 * and details. `to` is the AtomAction. META: value `(sv)`: something that is kept with `atom`, or
 * with the run (STORAGE_NO_ATOM), under a name; a later one replaces it. PROBE: the probe of `atom`
 * has said (`to`: StorageProbe) what attempt `attempt` of the AtomAction `from` has left in the
 * world. */
/* clang-format off */
#define STORAGE_RECORD_KINDS(X)                                                                   \
  X (ATOM) X (FLOW) X (INPUT) X (DECISION) X (INTENTION) X (LOG) X (NOTE) X (REQUEST)             \
  X (RESOLUTION) X (PROGRESS) X (META) X (PROBE)
/* clang-format on */

typedef enum
{
#define X(name) STORAGE_RECORD_##name,
  STORAGE_RECORD_KINDS (X)
#undef X
      STORAGE_RECORD_COUNT
} StorageRecordKind;

/* What somebody asked of a run. SUSPEND: to stop when what runs has ended. CANCEL: to end what runs
 * and to roll back. KEEP: to end what runs and to leave everything as it is then. UNDO: to roll
 * back a run that has ended. */
typedef enum
{
  STORAGE_REQUEST_SUSPEND,
  STORAGE_REQUEST_CANCEL,
  STORAGE_REQUEST_KEEP,
  STORAGE_REQUEST_UNDO,
  STORAGE_REQUEST_COUNT
} StorageRequest;

/* What somebody said to make of an atom that the engine can't go on with. RETRY: try again what
 * failed or was interrupted. REVERTED: nothing of it is in the world. SKIP: of a failed revert:
 * leave its effect, undo what waits behind it; of an interrupted execute: it has failed. DONE: its
 * interrupted execute did its work, with that result. */
typedef enum
{
  STORAGE_RESOLUTION_RETRY,
  STORAGE_RESOLUTION_REVERTED,
  STORAGE_RESOLUTION_SKIP,
  STORAGE_RESOLUTION_DONE,
  STORAGE_RESOLUTION_COUNT
} StorageResolution;

/* What a probe says of the effect of an atom: it is in the world, it is not, or nobody knows. */
typedef enum
{
  STORAGE_PROBE_PRESENT,
  STORAGE_PROBE_ABSENT,
  STORAGE_PROBE_UNKNOWN,
  STORAGE_PROBE_COUNT
} StorageProbe;

/* A record. value: (nullable) borrowed from whoever made the record, never floating. seq: from 1
 * without gaps, given by the store, 0 when appending. time_us: microseconds since the epoch, UTC; 0
 * where the store keeps no times. */
typedef struct
{
  guint32 atom;
  guint8 kind;
  guint8 from;
  guint8 to;
  guint8 intention;
  guint32 attempt;
  gint64 time_us;
  guint64 seq;
  GVariant *value;
} StorageRecord;

/* Of a DECISION: the number of the atom whose failure it answers. */
static inline guint32
storage_record_get_failed_atom (const StorageRecord *decision)
{
  return decision->attempt;
}

/* Of a DECISION: whether it answers the failed revert of its own atom, and not the failure of
 * another one. */
static inline gboolean
storage_record_is_about_revert (const StorageRecord *decision)
{
  return decision->atom == decision->attempt;
}

/* Of an INTENTION: the number of the atom behind whose failed revert its atom waits;
 * STORAGE_NO_ATOM: behind none. */
static inline guint32
storage_record_get_blocker (const StorageRecord *intention)
{
  return intention->attempt > 0 ? intention->attempt - 1 : STORAGE_NO_ATOM;
}

/* Makes the INTENTION to revert `atom`, which waits behind the failed revert of `blocker`. */
static inline StorageRecord
storage_record_make_waiting (guint32 atom, guint32 blocker, Intention intention)
{
  StorageRecord record = { .atom = atom,
                           .kind = STORAGE_RECORD_INTENTION,
                           .from = 0,
                           .to = 0,
                           .intention = (guint8) intention,
                           .attempt = blocker + 1,
                           .time_us = 0,
                           .seq = 0,
                           .value = NULL };

  return record;
}

/* The name of a kind, such as "ATOM"; static. */
BACKFLOW_PUBLIC const char *storage_record_kind_get_name (StorageRecordKind kind);

/* Whether a record is of the kind of which nearly all are: ATOM, without a value. */
static inline gboolean
storage_record_is_plain (const StorageRecord *record)
{
  return record->kind == STORAGE_RECORD_ATOM && record->value == NULL;
}

/* storage_record_is_valid() for a plain record. */
static inline gboolean
storage_record_is_valid_plain (const StorageRecord *record, guint n_atoms)
{
  return record->atom < n_atoms && record->from < ATOM_STATE_COUNT && record->to < ATOM_STATE_COUNT
         && record->intention < INTENTION_COUNT;
}

/* Whether a record of a run of `n_atoms` atoms is in order: numbers within their lists, the atom
 * within the run, a value of the type that its kind takes. Appended records are checked by the
 * front; backends check what they read. */
BACKFLOW_PUBLIC gboolean storage_record_is_valid (const StorageRecord *record, guint n_atoms);

G_END_DECLS
