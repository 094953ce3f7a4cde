/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a report: the facts that the readers of the journal gather, and from which the
 * other files of this folder conclude. report.c owns an instance.
 */

#include <backflow/engine/report/report_types.h>
#include <backflow/storage/storage.h>

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
  guint64 turned_seq; /* of the record that turned the current life round, 0 for none */
  guint64 life_seq;   /* of the record with which the current life of the run began */
  guint n_left;
  GStringChunk *strings;
};

G_END_DECLS
