/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/report/report.h>

#include "engine/report/report_decisions.h"
#include "engine/report/report_effects.h"
#include "engine/report/report_read.h"

static const char *const effect_names[]
    = { "none", "present", "undone", "left", "unknown", "stays", "changing" };

G_STATIC_ASSERT (G_N_ELEMENTS (effect_names) == REPORT_EFFECT_COUNT);

const char *
report_effect_get_name (ReportEffect effect)
{
  g_return_val_if_fail (effect < REPORT_EFFECT_COUNT, NULL);
  return effect_names[effect];
}

/* A report of a run that it takes over, with its atoms as they are before the first record. */
static Report *
new_empty (StorageRun *run)
{
  Report *report = g_new0 (Report, 1);
  const StorageAtom *atoms = storage_run_get_atoms (run, &report->n_atoms);

  if (atoms == NULL)
    report->n_atoms = 0;
  report->run = run;
  report->atoms = g_new0 (ReportAtom, report->n_atoms);
  report->facts = g_new0 (AtomFacts, report->n_atoms);
  for (guint i = 0; i < report->n_atoms; i++)
    {
      report->atoms[i].name = atoms[i].name;
      report->atoms[i].flow = atoms[i].flow;
      report->atoms[i].kind = atoms[i].kind;
    }
  report->inputs_read = g_variant_dict_new (NULL);
  report->meta_read = g_variant_dict_new (NULL);
  report_history_init (report);
  report->notes = g_ptr_array_new_with_free_func (g_free);
  report->failed = g_array_new (FALSE, FALSE, sizeof (guint));
  report->effects = g_array_new (FALSE, FALSE, sizeof (guint));
  report->strings = g_string_chunk_new (1024);
  return report;
}

/* What reading gathered is put where the public structs point to. */
static void
publish (Report *report)
{
  for (guint i = 0; i < report->n_atoms; i++)
    {
      GArray *attempts = report->facts[i].attempts;

      if (attempts == NULL)
        continue;
      report->atoms[i].attempts = (const ReportAttempt *) (gconstpointer) attempts->data;
      report->atoms[i].n_attempts = attempts->len;
    }
  report->inputs = g_variant_ref_sink (g_variant_dict_end (report->inputs_read));
  report_history_publish (report);
  g_ptr_array_add (report->notes, NULL);
}

Report *
report_new (Storage *storage, const char *run_id, GError **error)
{
  g_return_val_if_fail (storage != NULL, NULL);
  g_return_val_if_fail (run_id != NULL, NULL);

  g_autoptr (StorageRun) run = storage_open_run (storage, run_id, error);
  g_autoptr (Report) report = NULL;

  if (run == NULL)
    return NULL;
  report = new_empty (g_steal_pointer (&run));
  if (!report_read (report, storage_get_log_dir (storage), error))
    return NULL;
  publish (report);
  report->is_driven = report_info_is_driven (report_get_run (report));
  report_conclude (report);
  return g_steal_pointer (&report);
}

void
report_free (Report *report)
{
  if (report == NULL)
    return;
  report_history_clear (report);
  for (guint i = 0; i < report->n_atoms; i++)
    g_clear_pointer (&report->facts[i].attempts, g_array_unref);
  g_free (report->facts);
  g_free (report->atoms);
  g_variant_dict_unref (report->inputs_read);
  g_clear_pointer (&report->inputs, g_variant_unref);
  g_ptr_array_unref (report->notes);
  g_array_unref (report->failed);
  g_array_unref (report->effects);
  g_string_chunk_free (report->strings);
  storage_run_close (report->run);
  g_free (report);
}

const StorageRunInfo *
report_get_run (const Report *report)
{
  g_return_val_if_fail (report != NULL, NULL);
  return storage_run_get_info (report->run);
}

gint64
report_get_changed_us (const Report *report)
{
  g_return_val_if_fail (report != NULL, 0);
  return MAX (report->changed_us, report_get_run (report)->updated_us);
}

gboolean
report_info_is_driven (const StorageRunInfo *info)
{
  g_return_val_if_fail (info != NULL, FALSE);
  return !flow_state_is_rest (info->state) && info->owner != NULL
         && info->owner_life != STORAGE_OWNER_DEAD;
}

gboolean
report_is_driven (const Report *report)
{
  g_return_val_if_fail (report != NULL, FALSE);
  return report->is_driven;
}

gboolean
report_is_rolled_back (const Report *report)
{
  g_return_val_if_fail (report != NULL, FALSE);
  return report->is_rolled_back;
}

gboolean
report_is_cancelled (const Report *report)
{
  g_return_val_if_fail (report != NULL, FALSE);
  return report->is_cancelled;
}

gboolean
report_has_request (const Report *report, StorageRequest request)
{
  g_return_val_if_fail (report != NULL, FALSE);
  return (report->requests & (1u << request)) != 0;
}

const ReportAtom *
report_get_atoms (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  *count = report->n_atoms;
  return report->atoms;
}

GVariant *
report_get_inputs (const Report *report)
{
  g_return_val_if_fail (report != NULL, NULL);
  return report->inputs;
}

GVariant *
report_get_meta (const Report *report)
{
  g_return_val_if_fail (report != NULL, NULL);
  return report->meta;
}

static const guint *
get_places (const GArray *places, guint *count)
{
  *count = places->len;
  return (const guint *) (gconstpointer) places->data;
}

const guint *
report_get_failed (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return get_places (report->failed, count);
}

const guint *
report_get_effects (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return get_places (report->effects, count);
}

const char *const *
report_get_notes (const Report *report)
{
  g_return_val_if_fail (report != NULL, NULL);
  return (const char *const *) (gconstpointer) report->notes->pdata;
}

guint
report_get_n_left (const Report *report)
{
  g_return_val_if_fail (report != NULL, 0);
  return report->n_left;
}
