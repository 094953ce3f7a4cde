/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a report: report_read.c fills in what the journal says, record by record, report_effects.c concludes from it
 * what is left in the world, report.c answers questions.
 */

#include <backflow/engine/report.h>

G_BEGIN_DECLS

/* What the journal says of an atom beyond its ReportAtom. Numbers of records of its current life, 0 for none. */
typedef struct
{
  GArray *attempts; /* (nullable) of ReportAttempt, of all lives */
  guint64 executed_seq;
  guint64 failed_seq;
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
  guint requests;            /* a bit a StorageRequest */
  GVariantDict *inputs_read; /* while reading */
  GVariant *inputs;
  GPtrArray *notes; /* NULL-terminated once read */
  GArray *failed;   /* of guint */
  GArray *effects;  /* of guint */
  guint n_left;
  GStringChunk *strings;
};

/* Reads the journal into the report. FALSE with a STORAGE_ERROR. */
gboolean report_read (Report *report, const char *log_dir, GError **error);

/* Concludes effects, failed atoms, what waits and how many are left. */
void report_conclude (Report *report);

/* Whether the process that owns a run (StorageRunInfo.owner) may be alive: on this host it is looked for, of others nothing is
 * known. */
gboolean report_owner_is_alive (const char *owner);

/* What undoing the atom at `index` means, the default resolved. */
AtomEffects report_get_atom_effects (const Report *report, guint index);

G_END_DECLS
