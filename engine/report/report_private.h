/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a report: report_read.c and report_decisions.c fill in what the journal says,
 * record by record, report_effects.c concludes from it what is left in the world, report.c answers
 * questions, report_reason.c why an atom is in its state.
 */

#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>

G_BEGIN_DECLS

/* What the journal says of an atom beyond its ReportAtom. Numbers of records of its current life, 0
 * for none. */
typedef struct
{
  GArray *attempts;   /* (nullable) of ReportAttempt, of all lives */
  GVariantDict *meta; /* (nullable) while reading */
  GArray *tries;      /* (nullable) of ReportTry: of controllers, of all lives */
  guint tries_before; /* how many of these are of former lives of the controller */
  guint64 executed_seq;
  guint64 succeeded_seq;
  guint64 failed_seq;
  guint64 retried_seq; /* of the answer RETRY to its failure */
  guint64 reverted_seq;
  guint64 revert_failed_seq;
  guint32 waits_behind; /* one more than the number of an atom, 0: nobody said so */
} AtomFacts;

struct Report
{
  StorageRun *run; /* owned: names are borrowed from it */
  ReportAtom *atoms;
  AtomFacts *facts; /* beside `atoms` */
  guint n_atoms;
  FlowState state;
  gboolean is_driven;
  gboolean is_cancelled;
  gboolean is_rolled_back;
  gboolean is_resumed;       /* while reading: attempts that are open are those of a former life */
  guint requests;            /* a bit a StorageRequest */
  GVariantDict *inputs_read; /* while reading */
  GVariant *inputs;
  GVariantDict *meta_read; /* while reading */
  GVariant *meta;
  GPtrArray *notes;    /* NULL-terminated once read */
  GArray *failed;      /* of guint */
  GArray *effects;     /* of guint */
  GArray *decisions;   /* of ReportDecision */
  GArray *asked;       /* of ReportRequest */
  GArray *resolutions; /* of ReportResolution */
  GArray *pauses;      /* of ReportPause */
  gint64 rests_us;     /* while reading: since when the run stands still, 0 when it doesn't */
  GHashTable
      *controllers;  /* the place of the controller of each flow that has one, by the flow's name */
  gint64 changed_us; /* of the last record */
  guint64 life_seq;  /* of the record with which the current life of the run began */
  guint n_left;
  GStringChunk *strings;
};

/* Reads the journal into the report. FALSE with a STORAGE_ERROR. */
gboolean report_read (Report *report, const char *log_dir, GError **error);

/* The attempt of that action and number, the latest (nullable). */
ReportAttempt *report_find_attempt (const AtomFacts *facts, AtomAction action, guint32 number);

/* The latest attempt of the atom, of either action (nullable). */
ReportAttempt *report_get_last_attempt (const AtomFacts *facts);

/* The latest attempt of that action (nullable). */
const ReportAttempt *report_find_last (const AtomFacts *facts, AtomAction action);

/* Whether the attempt (nullable) failed because somebody had asked for it to be stopped. */
gboolean report_was_stopped (const ReportAttempt *attempt);

/* Makes the lists of decisions, requests and resolutions, and frees them. */
void report_history_init (Report *report);
void report_history_clear (Report *report);

/* Reads a record of a kind that is neither a transition nor an input; and of FLOW when the run
 * stood still. */
void report_read_decision (Report *report, const StorageRecord *record);
void report_read_request (Report *report, const StorageRecord *record);
void report_read_resolution (Report *report, const StorageRecord *record);
void report_read_pause (Report *report, const StorageRecord *record);
void report_read_progress (Report *report, const StorageRecord *record);
void report_read_meta (Report *report, const StorageRecord *record);

/* Notes that a controller's execute ended well: a try begins. */
void report_begin_try (Report *report, const StorageRecord *record);

/* Puts what was read where it is read from, once no record is left. */
void report_history_publish (Report *report);

/* Concludes effects, failed atoms, what waits and how many are left. */
void report_conclude (Report *report);

G_END_DECLS
