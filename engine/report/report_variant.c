/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/report/report_variant.h>

#include "engine/report/report_facts.h"

#include <backflow/engine/report/report_reason.h>
#include <backflow/values/value.h>

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

static void
add_value (GVariantBuilder *object, const char *key, GVariant *value)
{
  if (value != NULL)
    g_variant_builder_add (object, "{sv}", key, value);
}

static GVariant *
attempt_to_variant (const ReportAttempt *attempt)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&object, "action", atom_action_get_name (attempt->action));
  add_number (&object, "number", attempt->number);
  add_text (&object, "state", atom_state_get_name (attempt->to));
  add_time (&object, "started", attempt->started_us);
  add_time (&object, "ended", attempt->ended_us);
  add_value (&object, "result", attempt->result);
  if (attempt->failure != NULL)
    {
      g_autoptr (GVariant) failure = failure_to_variant (attempt->failure);

      g_variant_builder_add (&object, "{sv}", "failure", failure);
    }
  add_text (&object, "log", attempt->log);
  add_text (&object, "note", attempt->note);
  if (attempt->probe < STORAGE_PROBE_COUNT)
    add_text (&object, "probe", report_probe_get_name (attempt->probe));
  if (attempt->progress >= 0)
    g_variant_builder_add (&object, "{sv}", "progress", g_variant_new_double (attempt->progress));
  add_value (&object, "details", attempt->details);
  if (attempt->repeats > 0)
    add_number (&object, "repeats", attempt->repeats);
  add_time (&object, "resumed", attempt->resumed_us);
  if (attempt->is_interrupted)
    g_variant_builder_add (&object, "{sv}", "interrupted", g_variant_new_boolean (TRUE));
  return g_variant_builder_end (&object);
}

/* -- Tries, answers, resolutions ----------------------------------------------------------------
 */

/* An answer; of a controller's own tries the controller need not be named. */
static GVariant *
decision_to_variant (const Report *report, const ReportDecision *decision)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&object, "controller", report->atoms[decision->controller].name);
  add_text (&object, "failed", report->atoms[decision->failed].name);
  add_text (&object, "answer", retry_decision_get_name (decision->answer));
  if (decision->try_number > 0)
    add_number (&object, "try", decision->try_number);
  if (decision->wait_us > 0)
    g_variant_builder_add (&object, "{sv}", "wait",
                           g_variant_new_double ((double) decision->wait_us / G_USEC_PER_SEC));
  add_time (&object, "until", decision->until_us);
  add_time (&object, "time", decision->time_us);
  if (decision->failure != NULL)
    add_text (&object, "message", failure_get_message (decision->failure));
  return g_variant_builder_end (&object);
}

static GVariant *
tries_to_variant (const Report *report, const ReportTry *tries, guint count)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < count; i++)
    {
      g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

      add_number (&object, "number", tries[i].number);
      add_value (&object, "value", tries[i].value);
      add_time (&object, "started", tries[i].started_us);
      if (tries[i].decision != NULL)
        g_variant_builder_add (&object, "{sv}", "answer",
                               decision_to_variant (report, tries[i].decision));
      g_variant_builder_add (&list, "v", g_variant_builder_end (&object));
    }
  return g_variant_builder_end (&list);
}

static GVariant *
resolution_to_variant (const Report *report, const ReportResolution *resolution)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&object, "atom", report->atoms[resolution->atom].name);
  add_text (&object, "resolution", report_resolution_get_name (resolution->resolution));
  add_text (&object, "reason", resolution->reason);
  add_value (&object, "result", resolution->result);
  add_time (&object, "time", resolution->time_us);
  return g_variant_builder_end (&object);
}

static GVariant *
request_to_variant (const ReportRequest *request)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&object, "request", report_request_get_name (request->request));
  add_text (&object, "reason", request->reason);
  add_time (&object, "time", request->time_us);
  return g_variant_builder_end (&object);
}

static void
add_history (GVariantBuilder *object, const Report *report)
{
  g_auto (GVariantBuilder) decisions = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) requests = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) resolutions = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < report->decisions->len; i++)
    g_variant_builder_add (
        &decisions, "v",
        decision_to_variant (report, &g_array_index (report->decisions, ReportDecision, i)));
  for (guint i = 0; i < report->asked->len; i++)
    g_variant_builder_add (&requests, "v",
                           request_to_variant (&g_array_index (report->asked, ReportRequest, i)));
  for (guint i = 0; i < report->resolutions->len; i++)
    g_variant_builder_add (
        &resolutions, "v",
        resolution_to_variant (report, &g_array_index (report->resolutions, ReportResolution, i)));
  g_variant_builder_add (object, "{sv}", "decisions", g_variant_builder_end (&decisions));
  g_variant_builder_add (object, "{sv}", "requests", g_variant_builder_end (&requests));
  g_variant_builder_add (object, "{sv}", "resolutions", g_variant_builder_end (&resolutions));
}

/* -- Atoms --------------------------------------------------------------------------------------
 */

/* The first reason; the chain goes on at the atom that it names. */
static GVariant *
why_to_variant (const Report *report, guint index)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  ReportReason reason = report_find_reason (report, NULL, index);

  add_text (&object, "reason", report_reason_get_name (reason.kind));
  if (reason.other != REPORT_NO_ATOM)
    add_text (&object, "atom", report->atoms[reason.other].name);
  return g_variant_builder_end (&object);
}

static GVariant *
atom_to_variant (const Report *report, guint index)
{
  const ReportAtom *atom = &report->atoms[index];
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) attempts = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  guint n_tries;
  const ReportTry *tries = report_get_tries (report, index, &n_tries);

  add_text (&object, "name", atom->name);
  add_text (&object, "flow", atom->flow);
  add_text (&object, "kind", atom_kind_get_name (atom->kind));
  add_text (&object, "state", atom_state_get_name (atom->state));
  add_text (&object, "intention", intention_get_name (atom->intention));
  add_text (&object, "effect", report_effect_get_name (atom->effect));
  add_text (&object, "waits-for", atom->waits_for);
  g_variant_builder_add (&object, "{sv}", "why", why_to_variant (report, index));
  add_value (&object, "meta", atom->meta);
  if (atom->kind == ATOM_KIND_RETRY)
    g_variant_builder_add (&object, "{sv}", "tries", tries_to_variant (report, tries, n_tries));
  for (guint i = 0; i < atom->n_attempts; i++)
    g_variant_builder_add (&attempts, "v", attempt_to_variant (&atom->attempts[i]));
  g_variant_builder_add (&object, "{sv}", "attempts", g_variant_builder_end (&attempts));
  return g_variant_builder_end (&object);
}

/* -- The run ------------------------------------------------------------------------------------
 */

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
  g_variant_builder_add (&object, "{sv}", "meta", report->meta);
  g_variant_builder_add (&object, "{sv}", "failed", names_to_variant (report, report->failed));
  g_variant_builder_add (&object, "{sv}", "effects", names_to_variant (report, report->effects));
  add_number (&object, "left", report->n_left);
  g_variant_builder_add (&object, "{sv}", "notes", notes_to_variant (report));
  add_history (&object, report);
  for (guint i = 0; i < report->n_atoms; i++)
    g_variant_builder_add (&atoms, "v", atom_to_variant (report, i));
  g_variant_builder_add (&object, "{sv}", "atoms", g_variant_builder_end (&atoms));
  return g_variant_ref_sink (g_variant_builder_end (&object));
}
