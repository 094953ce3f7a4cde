/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report/report_read.h"

#include "engine/report/report_attempts.h"
#include "engine/report/report_decisions.h"

/* What is carried from record to record. */
typedef struct
{
  Report *report;
  const char *log_dir; /* (nullable) */
} Reader;

static void
clear_attempt (gpointer data)
{
  ReportAttempt *attempt = (ReportAttempt *) data;

  g_clear_pointer (&attempt->result, g_variant_unref);
  g_clear_pointer (&attempt->failure, failure_unref);
  g_clear_pointer (&attempt->details, g_variant_unref);
}

/* The attempt of a record: the same one again when it is repeated after a crash. */
static ReportAttempt *
need_attempt (AtomFacts *facts, AtomAction action, const StorageRecord *record)
{
  ReportAttempt fresh = { .action = action,
                          .number = record->attempt,
                          .started_us = record->time_us,
                          .probe = STORAGE_PROBE_COUNT,
                          .progress = -1,
                          .seq = record->seq };
  ReportAttempt *attempt = report_find_attempt (facts, action, record->attempt);
  gboolean is_open = attempt != NULL
                     && (attempt->to == ATOM_STATE_RUNNING || attempt->to == ATOM_STATE_REVERTING);

  if (is_open)
    return attempt;
  if (facts->attempts == NULL)
    {
      facts->attempts = g_array_new (FALSE, TRUE, sizeof (ReportAttempt));
      g_array_set_clear_func (facts->attempts, clear_attempt);
    }
  fresh.to = action == ATOM_ACTION_EXECUTE ? ATOM_STATE_RUNNING : ATOM_STATE_REVERTING;
  g_array_append_val (facts->attempts, fresh);
  return &g_array_index (facts->attempts, ReportAttempt, facts->attempts->len - 1);
}

static void
repeat_attempt (ReportAttempt *attempt, const StorageRecord *record)
{
  attempt->repeats++;
  attempt->resumed_us = record->time_us;
  attempt->seq = record->seq;
}

/* Its intent: again, when what became of it was unknown. */
static void
begin_attempt (AtomFacts *facts, AtomAction action, const StorageRecord *record)
{
  ReportAttempt *attempt = need_attempt (facts, action, record);

  if (attempt->seq != record->seq)
    repeat_attempt (attempt, record);
}

static void
end_attempt (AtomFacts *facts, AtomAction action, const StorageRecord *record)
{
  ReportAttempt *attempt = need_attempt (facts, action, record);
  gboolean has_failed = record->to == ATOM_STATE_FAILURE || record->to == ATOM_STATE_REVERT_FAILURE;

  attempt->to = (AtomState) record->to;
  attempt->ended_us = record->time_us;
  if (record->value == NULL)
    return;
  if (has_failed)
    attempt->failure = failure_new_from_variant (record->value);
  else
    attempt->result = g_variant_ref (record->value);
}

/* An intent that was recorded and never acted on: as if there had been no attempt. */
static void
withdraw_attempt (AtomFacts *facts)
{
  const ReportAttempt *last = report_get_last_attempt (facts);

  if (last != NULL && (last->to == ATOM_STATE_RUNNING || last->to == ATOM_STATE_REVERTING))
    g_array_set_size (facts->attempts, facts->attempts->len - 1);
}

static void
begin_life (AtomFacts *facts)
{
  facts->executed_seq = 0;
  facts->succeeded_seq = 0;
  facts->failed_seq = 0;
  facts->reverted_seq = 0;
  facts->revert_failed_seq = 0;
  facts->waits_behind = 0;
  facts->tries_before = facts->tries != NULL ? facts->tries->len : 0;
}

static void
read_execute (AtomFacts *facts, const StorageRecord *record)
{
  if (record->to == ATOM_STATE_PENDING)
    {
      if (record->from == ATOM_STATE_RUNNING)
        withdraw_attempt (facts);
      begin_life (facts);
      return;
    }
  if (facts->executed_seq == 0)
    facts->executed_seq = record->seq;
  if (record->to == ATOM_STATE_RUNNING)
    {
      begin_attempt (facts, ATOM_ACTION_EXECUTE, record);
      return;
    }
  end_attempt (facts, ATOM_ACTION_EXECUTE, record);
  if (record->to == ATOM_STATE_FAILURE)
    facts->failed_seq = record->seq;
  else
    facts->succeeded_seq = record->seq;
}

static void
read_revert (AtomFacts *facts, const StorageRecord *record)
{
  if (record->to == ATOM_STATE_SUCCESS || record->to == ATOM_STATE_FAILURE)
    {
      withdraw_attempt (facts);
      facts->reverted_seq = 0;
      return;
    }
  if (facts->reverted_seq == 0)
    facts->reverted_seq = record->seq;
  /* Somebody said so: no attempt of it. */
  if (record->from == ATOM_STATE_REVERT_FAILURE && record->to == ATOM_STATE_REVERTED)
    {
      facts->revert_failed_seq = 0;
      return;
    }
  if (record->to == ATOM_STATE_REVERTING)
    {
      begin_attempt (facts, ATOM_ACTION_REVERT, record);
      return;
    }
  end_attempt (facts, ATOM_ACTION_REVERT, record);
  facts->revert_failed_seq = record->to == ATOM_STATE_REVERT_FAILURE ? record->seq : 0;
}

static void
read_atom (Report *report, const StorageRecord *record)
{
  AtomFacts *facts = &report->facts[record->atom];

  report->atoms[record->atom].state = (AtomState) record->to;
  report->atoms[record->atom].intention = (Intention) record->intention;
  facts->waits_behind = 0;
  switch ((AtomState) record->to)
    {
    case ATOM_STATE_PENDING:
    case ATOM_STATE_RUNNING:
      read_execute (facts, record);
      break;
    case ATOM_STATE_SUCCESS:
    case ATOM_STATE_FAILURE:
      if (record->from == ATOM_STATE_REVERTING)
        read_revert (facts, record);
      else
        read_execute (facts, record);
      if (record->from == ATOM_STATE_RUNNING && record->to == ATOM_STATE_SUCCESS)
        report_begin_try (report, record);
      break;
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_REVERTED:
    case ATOM_STATE_REVERT_FAILURE:
      read_revert (facts, record);
      break;
    case ATOM_STATE_RETRYING:
    case ATOM_STATE_IGNORE:
    case ATOM_STATE_COUNT:
    default:
      break;
    }
}

/* A run goes on that nobody drove any more: what was under way then is taken up again. */
static void
resume_attempts (Report *report, const StorageRecord *record)
{
  for (guint i = 0; i < report->n_atoms; i++)
    {
      AtomState state = report->atoms[i].state;
      ReportAttempt *last = report_get_last_attempt (&report->facts[i]);

      if ((state == ATOM_STATE_RUNNING || state == ATOM_STATE_REVERTING) && last != NULL
          && last->to == state)
        repeat_attempt (last, record);
    }
}

static void
read_flow (Report *report, const StorageRecord *record)
{
  report->state = (FlowState) record->to;
  if (record->to == FLOW_STATE_RESUMING)
    report->is_resumed = TRUE;
  if (record->to == FLOW_STATE_RUNNING && report->is_resumed)
    {
      resume_attempts (report, record);
      report->is_resumed = FALSE;
    }
  if (record->to != FLOW_STATE_PENDING)
    return;
  report->requests = 0;
  report->is_rolled_back = FALSE;
  report->turned_seq = 0;
  report->life_seq = record->seq;
  for (guint i = 0; i < report->n_atoms; i++)
    {
      report->atoms[i].state = ATOM_STATE_PENDING;
      report->atoms[i].intention = INTENTION_EXECUTE;
      begin_life (&report->facts[i]);
    }
}

static void
read_input (Report *report, const StorageRecord *record)
{
  const char *name;
  g_autoptr (GVariant) value = NULL;

  if (record->value == NULL || !g_variant_is_of_type (record->value, G_VARIANT_TYPE ("(sv)")))
    return;
  g_variant_get (record->value, "(&sv)", &name, &value);
  g_variant_dict_insert_value (report->inputs_read, name, value);
}

static const char *
get_text (const StorageRecord *record)
{
  if (record->value == NULL || !g_variant_is_of_type (record->value, G_VARIANT_TYPE_STRING))
    return NULL;
  return g_variant_get_string (record->value, NULL);
}

static void
read_log (Reader *reader, const StorageRecord *record)
{
  const char *path = get_text (record);
  ReportAttempt *attempt = report_find_attempt (&reader->report->facts[record->atom],
                                                (AtomAction) record->to, record->attempt);
  g_autofree char *whole = NULL;

  if (path == NULL || attempt == NULL)
    return;
  if (reader->log_dir != NULL && !g_path_is_absolute (path))
    whole = g_build_filename (reader->log_dir, path, NULL);
  attempt->log = g_string_chunk_insert (reader->report->strings, whole != NULL ? whole : path);
}

static void
read_note (Report *report, const StorageRecord *record)
{
  const char *text = get_text (record);
  AtomFacts *facts = record->atom != STORAGE_NO_ATOM ? &report->facts[record->atom] : NULL;
  ReportAttempt *attempt;
  g_autofree char *both = NULL;

  if (text == NULL)
    return;
  if (facts == NULL || facts->attempts == NULL || facts->attempts->len == 0)
    {
      g_ptr_array_add (report->notes, g_strdup (text));
      return;
    }
  attempt = &g_array_index (facts->attempts, ReportAttempt, facts->attempts->len - 1);
  if (attempt->note != NULL)
    both = g_strdup_printf ("%s\n%s", attempt->note, text);
  attempt->note = g_string_chunk_insert (report->strings, both != NULL ? both : text);
}

static void
read_probe (Report *report, const StorageRecord *record)
{
  ReportAttempt *attempt = report_find_attempt (&report->facts[record->atom],
                                                (AtomAction) record->from, record->attempt);

  if (attempt != NULL)
    attempt->probe = (StorageProbe) record->to;
}

static void
read_intention (Report *report, const StorageRecord *record)
{
  if (record->atom == STORAGE_NO_ATOM)
    {
      if (!report->is_rolled_back && record->intention == INTENTION_REVERT)
        report->turned_seq = record->seq;
      report->is_rolled_back = report->is_rolled_back || record->intention == INTENTION_REVERT;
      return;
    }
  report->atoms[record->atom].intention = (Intention) record->intention;
  report->facts[record->atom].waits_behind = record->attempt;
}

static void
read_by_kind (Reader *reader, const StorageRecord *record)
{
  Report *report = reader->report;

  switch ((StorageRecordKind) record->kind)
    {
    case STORAGE_RECORD_ATOM:
      read_atom (report, record);
      break;
    case STORAGE_RECORD_FLOW:
      report_read_pause (report, record);
      read_flow (report, record);
      break;
    case STORAGE_RECORD_INPUT:
      read_input (report, record);
      break;
    case STORAGE_RECORD_INTENTION:
      read_intention (report, record);
      break;
    case STORAGE_RECORD_LOG:
      read_log (reader, record);
      break;
    case STORAGE_RECORD_NOTE:
      read_note (report, record);
      break;
    case STORAGE_RECORD_REQUEST:
      report_read_request (report, record);
      break;
    case STORAGE_RECORD_DECISION:
      report_read_decision (report, record);
      break;
    case STORAGE_RECORD_RESOLUTION:
      report_read_resolution (report, record);
      break;
    case STORAGE_RECORD_PROGRESS:
      report_read_progress (report, record);
      break;
    case STORAGE_RECORD_META:
      report_read_meta (report, record);
      break;
    case STORAGE_RECORD_PROBE:
      read_probe (report, record);
      break;
    case STORAGE_RECORD_COUNT:
    default:
      break;
    }
}

static gboolean
read_record (const StorageRecord *record, gpointer user_data)
{
  Reader *reader = (Reader *) user_data;
  Report *report = reader->report;

  /* A store that forgets the list of atoms keeps their records. */
  if (record->atom == STORAGE_NO_ATOM || record->atom < report->n_atoms)
    read_by_kind (reader, record);
  report->changed_us = MAX (report->changed_us, record->time_us);
  return TRUE;
}

gboolean
report_read (Report *report, const char *log_dir, GError **error)
{
  Reader reader = { .report = report, .log_dir = log_dir };

  return storage_run_foreach (report->run, read_record, &reader, error);
}
