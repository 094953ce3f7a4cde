/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the journal: the records of the duties, with what the core does not know, and
 * those that are added by hand, appended in one transaction.
 */
#include "engine/records.h"

#include <backflow/engine/engine_error.h>

#include <string.h>

/* The value that the record of a move carries, borrowed (nullable); what is made for it is kept
 * until it is appended. */
static GVariant *
record_get_value (Journal *journal, const StorageRecord *move)
{
  const Values *values = journal->values_of_run;
  gboolean executed = move->from == ATOM_STATE_RUNNING;
  Failure *failure = NULL;

  if (move->to == ATOM_STATE_SUCCESS)
    return executed && values->results != NULL ? values->results[move->atom] : NULL;
  if (move->to == ATOM_STATE_REVERTED)
    return values->revert_results != NULL ? values->revert_results[move->atom] : NULL;
  if (move->to == ATOM_STATE_FAILURE && executed && values->failures != NULL)
    failure = values->failures[move->atom];
  else if (move->to == ATOM_STATE_REVERT_FAILURE && values->revert_failures != NULL)
    failure = values->revert_failures[move->atom];
  if (failure == NULL)
    return NULL;
  vector_push (&journal->values, failure_to_variant (failure));
  return journal->values.items[journal->values.length - 1];
}

static inline guint32
number_of (const Journal *journal, guint32 node)
{
  return journal->numbers != NULL ? journal->numbers[node] : node;
}

/* Whether nothing is recorded of such a duty. */
static inline gboolean
is_order (DutyKind kind)
{
  return kind == DUTY_CANCEL || kind == DUTY_REPEAT || kind == DUTY_PROBE;
}

/* Copies the records of the duties from `first` on, with what the core does not know: time, value,
 * number in the store. */
static void
complete_records (Journal *journal, guint first)
{
  const Duties *duties = &journal->core->duties;

  for (guint i = 0; i < journal->records.length; i++)
    journal->records.items[i].time_us = journal->listeners->time_us;
  for (guint i = first; i < duties->length; i++)
    {
      StorageRecord record = duties->records[i];

      if (is_order ((DutyKind) duties->kinds[i]))
        continue;
      record.time_us = journal->listeners->time_us;
      if (record.kind == STORAGE_RECORD_ATOM)
        record.value = record_get_value (journal, &record);
      else if (record.kind == STORAGE_RECORD_DECISION)
        record.attempt = number_of (journal, record.attempt);
      if (record.atom != STORAGE_NO_ATOM)
        record.atom = number_of (journal, record.atom);
      vector_push (&journal->records, record);
    }
}

/* Whether the records of the core can go to the store as they are. */
static inline gboolean
records_are_complete (const Journal *journal)
{
  return !journal->needs_completion && !journal->values_of_run->has_any
         && journal->records.length == 0 && !journal->core->duties.is_special;
}

void
records_add (Journal *journal, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt,
             GVariant *value)
{
  StorageRecord record
      = { .atom = node == PLAN_NO_NODE ? STORAGE_NO_ATOM : number_of (journal, node),
          .kind = (guint8) kind,
          .to = to,
          .attempt = attempt,
          .value = value };

  if (value != NULL)
    vector_push (&journal->values, g_variant_take_ref (value));
  vector_push (&journal->records, record);
}

void
records_add_note (Journal *journal, guint32 node, AtomAction action, guint32 attempt,
                  const char *text)
{
  records_add (journal, STORAGE_RECORD_NOTE, node, (guint8) action, attempt,
               g_variant_new_string (text));
  if (listeners_hear (journal->listeners, LISTENER_NOTE))
    listeners_tell_of (journal->listeners, plan_atom (journal->core->plan, node),
                       (ListenerEvent){ .kind = LISTENER_NOTE, .attempt = attempt, .text = text });
}

/* What is being done to the atom: a probe is an execute, whatever it is asked about. */
static AtomAction
get_action (const Journal *journal, const Attempt *attempt)
{
  AtomState state = (AtomState) journal->core->states[attempt->node];

  return state == ATOM_STATE_REVERTING || state == ATOM_STATE_REVERT_FAILURE ? ATOM_ACTION_REVERT
                                                                             : attempt->action;
}

static guint32
get_number (const Journal *journal, const Attempt *attempt)
{
  return get_action (journal, attempt) == ATOM_ACTION_REVERT ? journal->core->reverts[attempt->node]
                                                             : attempt->number;
}

StorageProbe
records_add_probe (Journal *journal, const Attempt *attempt)
{
  StorageProbe said = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS  ? STORAGE_PROBE_PRESENT
                      : attempt->outcome == ATTEMPT_OUTCOME_ABSENT ? STORAGE_PROBE_ABSENT
                                                                   : STORAGE_PROBE_UNKNOWN;

  vector_push (&journal->records, ((StorageRecord){ .atom = number_of (journal, attempt->node),
                                                    .kind = STORAGE_RECORD_PROBE,
                                                    .from = (guint8) get_action (journal, attempt),
                                                    .to = (guint8) said,
                                                    .attempt = get_number (journal, attempt) }));
  return said;
}

void
records_add_leavings (Journal *journal, const Attempt *attempt)
{
  const char *path = attempt->log_path;
  g_autofree char *note = attempt->note != NULL ? g_utf8_make_valid (attempt->note, -1) : NULL;

  if (path != NULL)
    {
      const char *dir = storage_get_log_dir (journal->storage);

      if (dir != NULL && g_str_has_prefix (path, dir))
        path += strlen (dir) + 1;
      /* Paths may be any bytes, what is stored is text. */
      records_add (journal, STORAGE_RECORD_LOG, attempt->node,
                   (guint8) get_action (journal, attempt), get_number (journal, attempt),
                   g_variant_new_take_string (g_utf8_make_valid (path, -1)));
    }
  if (note != NULL)
    records_add_note (journal, attempt->node, get_action (journal, attempt),
                      get_number (journal, attempt), note);
}

void
records_add_waiting (Journal *journal, guint32 node, guint32 behind)
{
  vector_push (&journal->records,
               storage_record_make_waiting (number_of (journal, node), number_of (journal, behind),
                                            INTENTION_REVERT));
}

static gboolean
append (Journal *journal, const StorageRecord *records, guint count, GError **error)
{
  if (count == 0)
    return TRUE;
  journal->statistics->commits++;
  journal->statistics->transitions += count;
  return storage_run_append (journal->run, records, count, error);
}

/* Drops the records that were put together, and the values made for them. */
static void
forget_records (Journal *journal)
{
  journal->records.length = 0;
  while (journal->values.length > 0)
    g_variant_unref (vector_pop (&journal->values));
}

StorageRun *
records_create_run (Journal *journal, const StorageRunInfo *info, StorageRunContent content,
                    GError **error)
{
  StorageRun *run;

  for (guint i = 0; i < journal->records.length; i++)
    journal->records.items[i].time_us = info->created_us;
  content.records = journal->records.items;
  content.n_records = journal->records.length;
  run = storage_create_run (journal->storage, info, &content, error);
  if (run != NULL)
    journal->statistics->transitions += content.n_records;
  forget_records (journal);
  return run;
}

gboolean
records_append_added (Journal *journal, GError **error)
{
  gint64 now_us = clock_get_time (journal->clock);

  for (guint i = 0; i < journal->records.length; i++)
    journal->records.items[i].time_us = now_us;
  if (!append (journal, journal->records.items, journal->records.length, error))
    return FALSE;
  forget_records (journal);
  return TRUE;
}

gboolean
records_make_durable (Journal *journal, guint first, GError **error)
{
  const Duties *duties = &journal->core->duties;
  gboolean is_done;

  if (journal->needs_completion || journal->listeners->mask != 0)
    journal->listeners->time_us = clock_get_time (journal->clock);
  if (G_LIKELY (records_are_complete (journal)))
    return append (journal, duties->records + first, duties->length - first, error);
  complete_records (journal, first);
  is_done = append (journal, journal->records.items, journal->records.length, error);
  forget_records (journal);
  return is_done;
}

gboolean
records_check (const Journal *journal, GError **error)
{
  if (!journal->has_failed)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                       "the run stopped because its store failed");
  return FALSE;
}

void
records_clear (Journal *journal)
{
  forget_records (journal);
  vector_clear (&journal->records);
  vector_clear (&journal->values);
  storage_run_close (journal->run);
  storage_unref (journal->storage);
  g_free (journal->numbers);
}
