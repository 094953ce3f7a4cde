/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report_private.h"

#include <backflow/atoms/value.h>

static void
add_text (GVariantBuilder *object, const char *key, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    g_variant_builder_add (object, "{sv}", key, g_variant_new_string (valid));
}

/* A point in time as in the event log; left out when it is not known. */
static void
add_time (GVariantBuilder *object, const char *key, gint64 time_us)
{
  g_autoptr (GDateTime) time
      = time_us > 0 ? g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC) : NULL;
  g_autofree char *seconds = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;
  g_autofree char *text = NULL;

  if (seconds == NULL)
    return;
  text = g_strdup_printf ("%s.%06dZ", seconds, (int) (time_us % G_USEC_PER_SEC));
  add_text (object, key, text);
}

static void
add_number (GVariantBuilder *object, const char *key, gint64 number)
{
  g_variant_builder_add (object, "{sv}", key, g_variant_new_int64 (number));
}

static GVariant *
attempt_to_variant (const ReportAttempt *attempt)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&object, "action", attempt->action == ATOM_ACTION_EXECUTE ? "execute" : "revert");
  add_number (&object, "number", attempt->number);
  add_text (&object, "state", atom_state_get_name (attempt->to));
  add_time (&object, "started", attempt->started_us);
  add_time (&object, "ended", attempt->ended_us);
  if (attempt->result != NULL)
    g_variant_builder_add (&object, "{sv}", "result", attempt->result);
  if (attempt->failure != NULL)
    {
      g_autoptr (GVariant) failure = failure_to_variant (attempt->failure);

      g_variant_builder_add (&object, "{sv}", "failure", failure);
    }
  add_text (&object, "log", attempt->log);
  add_text (&object, "note", attempt->note);
  return g_variant_builder_end (&object);
}

static GVariant *
atom_to_variant (const ReportAtom *atom)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) attempts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  add_text (&object, "name", atom->name);
  add_text (&object, "flow", atom->flow);
  add_text (&object, "kind", atom->kind == ATOM_KIND_RETRY ? "retry" : "task");
  add_text (&object, "state", atom_state_get_name (atom->state));
  add_text (&object, "intention", intention_get_name (atom->intention));
  add_text (&object, "effect", report_effect_get_name (atom->effect));
  add_text (&object, "waits-for", atom->waits_for);
  for (guint i = 0; i < atom->n_attempts; i++)
    g_variant_builder_add (&attempts, "v", attempt_to_variant (&atom->attempts[i]));
  g_variant_builder_add (&object, "{sv}", "attempts", g_variant_builder_end (&attempts));
  return g_variant_builder_end (&object);
}

static GVariant *
names_to_variant (const Report *report, const GArray *places)
{
  g_auto (GVariantBuilder) names = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < places->len; i++)
    g_variant_builder_add (
        &names, "v", g_variant_new_string (report->atoms[g_array_index (places, guint, i)].name));
  return g_variant_builder_end (&names);
}

static GVariant *
notes_to_variant (const Report *report)
{
  g_auto (GVariantBuilder) notes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (const char *const *note = report_get_notes (report); *note != NULL; note++)
    {
      g_autofree char *valid = g_utf8_make_valid (*note, -1);

      g_variant_builder_add (&notes, "v", g_variant_new_string (valid));
    }
  return g_variant_builder_end (&notes);
}

static void
add_header (GVariantBuilder *object, const Report *report)
{
  const StorageRunInfo *info = report_get_run (report);
  g_autofree char *version = g_strdup_printf ("%u.%u", info->version_major, info->version_minor);

  add_text (object, "run", info->id);
  add_text (object, "flow", info->flow);
  add_text (object, "version", version);
  add_text (object, "state", flow_state_get_name (report->state));
  g_variant_builder_add (object, "{sv}", "driven", g_variant_new_boolean (report->is_driven));
  add_text (object, "owner", info->owner);
  add_time (object, "created", info->created_us);
  add_time (object, "updated", info->updated_us);
  add_text (object, "definition", info->definition_path);
}

GVariant *
report_to_variant (const Report *report)
{
  g_return_val_if_fail (report != NULL, NULL);

  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) atoms = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  add_header (&object, report);
  g_variant_builder_add (&object, "{sv}", "cancelled",
                         g_variant_new_boolean (report->is_cancelled));
  g_variant_builder_add (&object, "{sv}", "inputs", report->inputs);
  g_variant_builder_add (&object, "{sv}", "failed", names_to_variant (report, report->failed));
  g_variant_builder_add (&object, "{sv}", "effects", names_to_variant (report, report->effects));
  add_number (&object, "left", report->n_left);
  g_variant_builder_add (&object, "{sv}", "notes", notes_to_variant (report));
  for (guint i = 0; i < report->n_atoms; i++)
    g_variant_builder_add (&atoms, "v", atom_to_variant (&report->atoms[i]));
  g_variant_builder_add (&object, "{sv}", "atoms", g_variant_builder_end (&atoms));
  return g_variant_ref_sink (g_variant_builder_end (&object));
}
