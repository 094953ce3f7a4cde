/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the journal: the records of the duties, with what the core does not know, and
 * those that are added by hand, appended in one transaction.
 */
#include "engine/records.h"
#include "engine/engine_state.h"

#include <string.h>

/* The value that the record of a move carries, borrowed (nullable); what is made for it is kept
 * until it is appended. */
static GVariant *
record_get_value (Engine *engine, const StorageRecord *move)
{
  const Values *values = &engine->values;
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
  vector_push (&engine->record_values, failure_to_variant (failure));
  return engine->record_values.items[engine->record_values.length - 1];
}

static inline guint32
number_of (const Engine *engine, guint32 node)
{
  return engine->numbers != NULL ? engine->numbers[node] : node;
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
complete_records (Engine *engine, guint first)
{
  const Duties *duties = &engine->core.duties;

  for (guint i = 0; i < engine->records.length; i++)
    engine->records.items[i].time_us = engine->listeners.time_us;
  for (guint i = first; i < duties->length; i++)
    {
      StorageRecord record = duties->records[i];

      if (is_order ((DutyKind) duties->kinds[i]))
        continue;
      record.time_us = engine->listeners.time_us;
      if (record.kind == STORAGE_RECORD_ATOM)
        record.value = record_get_value (engine, &record);
      else if (record.kind == STORAGE_RECORD_DECISION)
        record.attempt = number_of (engine, record.attempt);
      if (record.atom != STORAGE_NO_ATOM)
        record.atom = number_of (engine, record.atom);
      vector_push (&engine->records, record);
    }
}

/* Whether the records of the core can go to the store as they are. */
static inline gboolean
records_are_complete (const Engine *engine)
{
  return !engine->needs_completion && !engine->values.has_any && engine->records.length == 0
         && !engine->core.duties.is_special;
}

void
records_add (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt,
             GVariant *value)
{
  StorageRecord record
      = { .atom = node == PLAN_NO_NODE ? STORAGE_NO_ATOM : number_of (engine, node),
          .kind = (guint8) kind,
          .to = to,
          .attempt = attempt,
          .value = value };

  if (value != NULL)
    vector_push (&engine->record_values, g_variant_take_ref (value));
  vector_push (&engine->records, record);
}

void
records_add_note (Engine *engine, guint32 node, AtomAction action, guint32 attempt,
                  const char *text)
{
  records_add (engine, STORAGE_RECORD_NOTE, node, (guint8) action, attempt,
               g_variant_new_string (text));
  if (listeners_hear (&engine->listeners, LISTENER_NOTE))
    listeners_tell_of (&engine->listeners, plan_atom (engine->plan, node),
                       (ListenerEvent){ .kind = LISTENER_NOTE, .attempt = attempt, .text = text });
}

/* What is being done to the atom: a probe is an execute, whatever it is asked about. */
static AtomAction
get_action (const Engine *engine, const Attempt *attempt)
{
  AtomState state = (AtomState) engine->core.states[attempt->node];

  return state == ATOM_STATE_REVERTING || state == ATOM_STATE_REVERT_FAILURE ? ATOM_ACTION_REVERT
                                                                             : attempt->action;
}

static guint32
get_number (const Engine *engine, const Attempt *attempt)
{
  return get_action (engine, attempt) == ATOM_ACTION_REVERT ? engine->core.reverts[attempt->node]
                                                            : attempt->number;
}

StorageProbe
records_add_probe (Engine *engine, const Attempt *attempt)
{
  StorageProbe said = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS  ? STORAGE_PROBE_PRESENT
                      : attempt->outcome == ATTEMPT_OUTCOME_ABSENT ? STORAGE_PROBE_ABSENT
                                                                   : STORAGE_PROBE_UNKNOWN;

  vector_push (&engine->records, ((StorageRecord){ .atom = number_of (engine, attempt->node),
                                                   .kind = STORAGE_RECORD_PROBE,
                                                   .from = (guint8) get_action (engine, attempt),
                                                   .to = (guint8) said,
                                                   .attempt = get_number (engine, attempt) }));
  return said;
}

void
records_add_leavings (Engine *engine, const Attempt *attempt)
{
  const char *path = attempt->log_path;
  g_autofree char *note = attempt->note != NULL ? g_utf8_make_valid (attempt->note, -1) : NULL;

  if (path != NULL)
    {
      const char *dir = storage_get_log_dir (engine->storage);

      if (dir != NULL && g_str_has_prefix (path, dir))
        path += strlen (dir) + 1;
      /* Paths may be any bytes, what is stored is text. */
      records_add (engine, STORAGE_RECORD_LOG, attempt->node, (guint8) get_action (engine, attempt),
                   get_number (engine, attempt),
                   g_variant_new_take_string (g_utf8_make_valid (path, -1)));
    }
  if (note != NULL)
    records_add_note (engine, attempt->node, get_action (engine, attempt),
                      get_number (engine, attempt), note);
}

void
records_add_waiting (Engine *engine, guint32 node, guint32 behind)
{
  vector_push (&engine->records, ((StorageRecord){ .atom = number_of (engine, node),
                                                   .kind = STORAGE_RECORD_INTENTION,
                                                   .intention = INTENTION_REVERT,
                                                   .attempt = number_of (engine, behind) + 1 }));
}

static gboolean
append (Engine *engine, const StorageRecord *records, guint count, GError **error)
{
  if (count == 0)
    return TRUE;
  engine->statistics.commits++;
  engine->statistics.transitions += count;
  return storage_run_append (engine->run, records, count, error);
}

/* Drops the records that were put together, and the values made for them. */
static void
forget_records (Engine *engine)
{
  engine->records.length = 0;
  while (engine->record_values.length > 0)
    g_variant_unref (vector_pop (&engine->record_values));
}

StorageRun *
records_create_run (Engine *engine, const StorageRunInfo *info, StorageRunContent content,
                    GError **error)
{
  StorageRun *run;

  for (guint i = 0; i < engine->records.length; i++)
    engine->records.items[i].time_us = info->created_us;
  content.records = engine->records.items;
  content.n_records = engine->records.length;
  run = storage_create_run (engine->storage, info, &content, error);
  if (run != NULL)
    engine->statistics.transitions += content.n_records;
  forget_records (engine);
  return run;
}

gboolean
records_append_added (Engine *engine, GError **error)
{
  gint64 now_us = g_get_real_time ();

  for (guint i = 0; i < engine->records.length; i++)
    engine->records.items[i].time_us = now_us;
  if (!append (engine, engine->records.items, engine->records.length, error))
    return FALSE;
  forget_records (engine);
  return TRUE;
}

gboolean
records_make_durable (Engine *engine, guint first, GError **error)
{
  const Duties *duties = &engine->core.duties;
  gboolean is_done;

  if (engine->needs_completion || engine->listeners.mask != 0)
    engine->listeners.time_us = g_get_real_time ();
  if (G_LIKELY (records_are_complete (engine)))
    return append (engine, duties->records + first, duties->length - first, error);
  complete_records (engine, first);
  is_done = append (engine, engine->records.items, engine->records.length, error);
  forget_records (engine);
  return is_done;
}

gboolean
engine_check_store (const Engine *engine, GError **error)
{
  if (!engine->has_failed_store)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                       "the run stopped because its store failed");
  return FALSE;
}
