/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report/report_decisions.h"

#include "engine/report/report_attempts.h"

/* -- Life cycle ---------------------------------------------------------------------------------
 */

static void
clear_resolution (gpointer data)
{
  ReportResolution *resolution = (ReportResolution *) data;

  g_clear_pointer (&resolution->result, g_variant_unref);
}

static void
clear_try (gpointer data)
{
  ReportTry *one = (ReportTry *) data;

  g_clear_pointer (&one->value, g_variant_unref);
}

void
report_history_init (Report *report)
{
  report->decisions = g_array_new (FALSE, TRUE, sizeof (ReportDecision));
  report->asked = g_array_new (FALSE, TRUE, sizeof (ReportRequest));
  report->resolutions = g_array_new (FALSE, TRUE, sizeof (ReportResolution));
  g_array_set_clear_func (report->resolutions, clear_resolution);
  report->pauses = g_array_new (FALSE, FALSE, sizeof (ReportPause));
  report->controllers = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < report->n_atoms; i++)
    if (report->atoms[i].kind == ATOM_KIND_RETRY)
      g_hash_table_insert (report->controllers, (gpointer) (guintptr) report->atoms[i].flow,
                           GUINT_TO_POINTER (i));
}

void
report_history_clear (Report *report)
{
  for (guint i = 0; i < report->n_atoms; i++)
    {
      g_clear_pointer (&report->facts[i].meta, g_variant_dict_unref);
      g_clear_pointer (&report->facts[i].tries, g_array_unref);
      g_clear_pointer (&report->atoms[i].meta, g_variant_unref);
    }
  g_variant_dict_unref (report->meta_read);
  g_clear_pointer (&report->meta, g_variant_unref);
  g_array_unref (report->decisions);
  g_array_unref (report->asked);
  g_array_unref (report->resolutions);
  g_array_unref (report->pauses);
  g_hash_table_unref (report->controllers);
}

/* The answer that ended each try: the first one of its controller that was given in it. */
static void
publish_answers (Report *report)
{
  for (guint i = 0; i < report->decisions->len; i++)
    {
      const ReportDecision *decision = &g_array_index (report->decisions, ReportDecision, i);
      GArray *tries = report->facts[decision->controller].tries;

      if (decision->try_number == 0)
        continue;
      for (guint j = tries->len; j > 0; j--)
        {
          ReportTry *one = &g_array_index (tries, ReportTry, j - 1);

          if (one->seq > decision->seq)
            continue;
          if (one->decision == NULL)
            one->decision = decision;
          break;
        }
    }
}

void
report_history_publish (Report *report)
{
  publish_answers (report);
  report->meta = g_variant_ref_sink (g_variant_dict_end (report->meta_read));
  for (guint i = 0; i < report->n_atoms; i++)
    if (report->facts[i].meta != NULL)
      report->atoms[i].meta = g_variant_ref_sink (g_variant_dict_end (report->facts[i].meta));
}

/* -- Reading ------------------------------------------------------------------------------------
 */

static gboolean
has_type (const StorageRecord *record, const char *type)
{
  return record->value != NULL && g_variant_is_of_type (record->value, G_VARIANT_TYPE (type));
}

void
report_begin_try (Report *report, const StorageRecord *record)
{
  AtomFacts *facts = &report->facts[record->atom];
  ReportTry fresh = { .started_us = record->time_us, .seq = record->seq };

  if (report->atoms[record->atom].kind != ATOM_KIND_RETRY)
    return;
  if (facts->tries == NULL)
    {
      facts->tries = g_array_new (FALSE, TRUE, sizeof (ReportTry));
      g_array_set_clear_func (facts->tries, clear_try);
    }
  fresh.number = facts->tries->len - facts->tries_before + 1;
  fresh.value = record->value != NULL ? g_variant_ref (record->value) : NULL;
  g_array_append_val (facts->tries, fresh);
}

void
report_read_decision (Report *report, const StorageRecord *record)
{
  ReportDecision decision = { .controller = record->atom,
                              .failed = storage_record_get_failed_atom (record),
                              .answer = (RetryDecision) record->to,
                              .time_us = record->time_us,
                              .seq = record->seq };
  const GArray *tries = report->facts[record->atom].tries;

  if (decision.failed >= report->n_atoms)
    return;
  if (has_type (record, "(xx)"))
    g_variant_get (record->value, "(xx)", &decision.wait_us, &decision.until_us);
  if (tries != NULL && tries->len > 0 && decision.failed != decision.controller)
    decision.try_number = g_array_index (tries, ReportTry, tries->len - 1).number;
  if (decision.answer == RETRY_DECISION_RETRY && decision.failed != decision.controller)
    report->facts[decision.failed].retried_seq = record->seq;
  decision.failure = report_find_failure (&report->facts[decision.failed]);
  g_array_append_val (report->decisions, decision);
}

static const char *
keep_text (Report *report, const char *text)
{
  return text != NULL && *text != '\0' ? g_string_chunk_insert (report->strings, text) : NULL;
}

void
report_read_request (Report *report, const StorageRecord *record)
{
  ReportRequest request
      = { .request = (StorageRequest) record->to, .time_us = record->time_us, .seq = record->seq };

  if (has_type (record, "s"))
    request.reason = keep_text (report, g_variant_get_string (record->value, NULL));
  report->requests |= 1u << record->to;
  g_array_append_val (report->asked, request);
}

/* An interrupted execute of which nothing is left was an attempt, unlike an intent that is taken
 * back. */
static void
end_undone (AtomFacts *facts, const StorageRecord *record)
{
  ReportAttempt *last = report_get_last_attempt (facts);

  if (last == NULL || last->to != ATOM_STATE_RUNNING)
    return;
  last->to = ATOM_STATE_REVERTED;
  last->ended_us = record->time_us;
}

void
report_read_resolution (Report *report, const StorageRecord *record)
{
  ReportResolution resolution = { .atom = record->atom,
                                  .resolution = (StorageResolution) record->to,
                                  .time_us = record->time_us,
                                  .seq = record->seq };
  const char *reason;

  if (record->atom == STORAGE_NO_ATOM || !has_type (record, "(smv)"))
    return;
  g_variant_get (record->value, "(&smv)", &reason, &resolution.result);
  resolution.reason = keep_text (report, reason);
  if (resolution.resolution == STORAGE_RESOLUTION_REVERTED)
    end_undone (&report->facts[record->atom], record);
  g_array_append_val (report->resolutions, resolution);
}

/* Who finds that nobody drives the run any more says RESUMING: it stands still since the last thing
 * that happened. */
void
report_read_pause (Report *report, const StorageRecord *record)
{
  FlowState to = (FlowState) record->to;
  ReportPause pause = { report->rests_us, record->time_us };

  if (to == FLOW_STATE_RESUMING && pause.from_us == 0)
    pause.from_us = report->changed_us;
  if (pause.from_us > 0 && pause.to_us > pause.from_us)
    g_array_append_val (report->pauses, pause);
  report->rests_us = 0;
  if (flow_state_is_rest (to))
    report->rests_us = record->time_us;
}

void
report_read_progress (Report *report, const StorageRecord *record)
{
  ReportAttempt *attempt = record->atom != STORAGE_NO_ATOM
                               ? report_find_attempt (&report->facts[record->atom],
                                                      (AtomAction) record->to, record->attempt)
                               : NULL;

  if (attempt == NULL || !has_type (record, "(dmv)"))
    return;
  g_clear_pointer (&attempt->details, g_variant_unref);
  g_variant_get (record->value, "(dmv)", &attempt->progress, &attempt->details);
  attempt->progress_us = record->time_us;
}

void
report_read_meta (Report *report, const StorageRecord *record)
{
  GVariantDict *dict = report->meta_read;
  const char *name;
  g_autoptr (GVariant) value = NULL;

  if (!has_type (record, "(sv)"))
    return;
  if (record->atom != STORAGE_NO_ATOM)
    {
      AtomFacts *facts = &report->facts[record->atom];

      if (facts->meta == NULL)
        facts->meta = g_variant_dict_new (NULL);
      dict = facts->meta;
    }
  g_variant_get (record->value, "(&sv)", &name, &value);
  g_variant_dict_insert_value (dict, name, value);
}
