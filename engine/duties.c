/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what the core asked for: first everything is made durable in one transaction, then, duty by duty in their order, it is
 * told and acted on. A listener may ask to suspend or to cancel when it hears of an end: an intent that came after that
 * end and is durable already is then taken back instead of acted on.
 */
#include "engine/engine_private.h"

#include <string.h>

/* The value that the record of a move carries, borrowed (nullable); what is made for it is kept until it is appended. */
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

/* Copies the records of the duties from `first` on, with what the core does not know: time, value, number in the store. */
static void
complete_records (Engine *engine, guint first)
{
  const Duties *duties = &engine->core.duties;

  for (guint i = 0; i < engine->records.length; i++)
    engine->records.items[i].time_us = engine->time_us;
  for (guint i = first; i < duties->length; i++)
    {
      StorageRecord record = duties->records[i];

      if (duties->kinds[i] == DUTY_CANCEL)
        continue;
      record.time_us = engine->time_us;
      if (record.kind == STORAGE_RECORD_ATOM)
        {
          record.value = record_get_value (engine, &record);
          record.atom = number_of (engine, record.atom);
        }
      vector_push (&engine->records, record);
    }
}

/* Whether the records of the core can go to the store as they are. */
static inline gboolean
records_are_complete (const Engine *engine)
{
  return !engine->needs_completion && !engine->values.has_any && engine->records.length == 0 && !engine->core.is_cancelled;
}

void
duties_add_record (Engine *engine, StorageRecordKind kind, guint32 node, guint8 to, guint32 attempt, GVariant *value)
{
  StorageRecord record = { .atom = node == PLAN_NO_NODE ? STORAGE_NO_ATOM : number_of (engine, node),
                           .kind = (guint8) kind,
                           .to = to,
                           .attempt = attempt,
                           .value = value };

  if (value != NULL)
    vector_push (&engine->record_values, g_variant_take_ref (value));
  vector_push (&engine->records, record);
}

void
duties_add_waiting (Engine *engine, guint32 node, guint32 behind)
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

/* Appends the records of the duties from `first` on, and those added by hand, in one transaction. */
static gboolean
make_durable (Engine *engine, guint first, GError **error)
{
  const Duties *duties = &engine->core.duties;
  gboolean is_done;

  if (engine->needs_completion || engine->listeners.mask != 0)
    engine->time_us = g_get_real_time ();
  if (G_LIKELY (records_are_complete (engine)))
    return append (engine, duties->records + first, duties->length - first, error);
  complete_records (engine, first);
  is_done = append (engine, engine->records.items, engine->records.length, error);
  engine->records.length = 0;
  while (engine->record_values.length > 0)
    g_variant_unref (vector_pop (&engine->record_values));
  return is_done;
}

static void
tell_atom (Engine *engine, const StorageRecord *move)
{
  const Atom *atom = plan_atom (engine->plan, move->atom);
  const Values *values = &engine->values;
  ListenerEvent event = { .kind = LISTENER_ATOM, .from = move->from, .to = move->to };

  event.flow = ((const Flow *) atom->member.owner)->name;
  event.atom = atom->name;
  event.atom_kind = (AtomKind) atom->member.kind;
  event.attempt = move->attempt;
  if (move->to == ATOM_STATE_SUCCESS && values->results != NULL)
    event.result = values->results[move->atom];
  else if (move->to == ATOM_STATE_REVERTED && values->revert_results != NULL)
    event.result = values->revert_results[move->atom];
  else if (move->to == ATOM_STATE_FAILURE && values->failures != NULL)
    event.failure = values->failures[move->atom];
  else if (move->to == ATOM_STATE_REVERT_FAILURE && values->revert_failures != NULL)
    event.failure = values->revert_failures[move->atom];
  engine_tell (engine, event);
}

static void
tell_flow (Engine *engine, const StorageRecord *move)
{
  engine_tell (engine, (ListenerEvent){ .kind = LISTENER_FLOW,
                                            .from = move->from,
                                            .to = move->to,
                                            .flow = engine->flow->name });
}

/* An attempt to be filled in; the memory of ended ones is used again. */
static Attempt *
new_attempt (Engine *engine)
{
  return engine->idle.length > 0 ? vector_pop (&engine->idle) : g_new0 (Attempt, 1);
}

static void
fill_attempt (Engine *engine, Attempt *attempt, const StorageRecord *intent)
{
  Atom *atom = plan_atom (engine->plan, intent->atom);
  gint64 timeout_us;

  attempt->atom = atom;
  attempt->action = intent->to == ATOM_STATE_REVERTING ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  attempt->node = intent->atom;
  attempt->number = intent->attempt;
  attempt->run = &engine->attempt_run;
  attempt->own_result = NULL;
  attempt->own_failure = NULL;
  attempt->deadline_us = 0;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      attempt->own_result = engine->values.results != NULL ? engine->values.results[intent->atom] : NULL;
      attempt->own_failure = engine->values.failures != NULL ? engine->values.failures[intent->atom] : NULL;
    }
  if (atom->extra == NULL)
    return;
  timeout_us = atom->extra->timeout_us[attempt->action];
  if (timeout_us > 0)
    attempt->deadline_us = g_get_monotonic_time () + timeout_us;
}

/* Why an attempt can't be handed to the executor (nullable) (transfer full). What can't be taken back must not be called
 * reverted, and a revert must not start while processes of the execute that it undoes are alive. */
static Failure *
find_hindrance (Engine *engine, Attempt *attempt)
{
  const Failure *before = attempt->own_failure;

  if (attempt->action == ATOM_ACTION_REVERT && attempt->atom->extra != NULL
      && attempt->atom->extra->effects == ATOM_EFFECTS_IRREVERSIBLE)
    return failure_new_printf ("irreversible", "it can't be taken back");
  if (before != NULL && strcmp (failure_get_fields (before)->domain, "containment") == 0)
    return failure_new_printf ("containment", "not reverted, because processes of its execute could not be ended: %s",
                               failure_get_message (before));
  return engine->plan->argument_offsets != NULL ? binding_fill (engine, attempt) : NULL;
}

/* Hands the attempt of a durable intent to the executor; one whose arguments can't be had has failed. */
static void
start (Engine *engine, const StorageRecord *intent)
{
  Attempt *attempt = new_attempt (engine);
  Failure *failure;

  fill_attempt (engine, attempt, intent);
  failure = find_hindrance (engine, attempt);
  if (failure != NULL)
    {
      attempt_fail (attempt, failure);
      vector_push (&engine->ended, attempt);
      return;
    }
  vector_push (&engine->in_flight, attempt);
  vector_push (&engine->submitting, attempt);
}

static void
cancel (Engine *engine, guint32 node)
{
  for (guint i = 0; i < engine->in_flight.length; i++)
    if (engine->in_flight.items[i]->node == node)
      port_cancel (engine->port, engine->in_flight.items[i]);
}

static void
submit (Engine *engine)
{
  if (engine->submitting.length == 0)
    return;
  port_submit (engine->port, engine->submitting.items, engine->submitting.length);
  engine->submitting.length = 0;
}

void
duties_take_requests (Engine *engine)
{
  int requests = atomic_exchange (&engine->requests, 0);
  gboolean was_suspending = engine->core.is_suspending;
  gboolean was_cancelled = engine->core.is_cancelled;

  if ((requests & REQUEST_SUSPEND) != 0)
    core_suspend (&engine->core);
  if (engine->core.is_suspending && !was_suspending)
    duties_add_record (engine, STORAGE_RECORD_REQUEST, PLAN_NO_NODE, STORAGE_REQUEST_SUSPEND, 0, NULL);
  if ((requests & REQUEST_CANCEL) != 0)
    core_cancel (&engine->core);
  if (engine->core.is_cancelled && !was_cancelled)
    duties_add_record (engine, STORAGE_RECORD_REQUEST, PLAN_NO_NODE, STORAGE_REQUEST_CANCEL, 0, NULL);
}

static void
perform_start (Engine *engine, const StorageRecord *intent)
{
  if (G_UNLIKELY (atomic_load_explicit (&engine->requests, memory_order_relaxed) != 0))
    duties_take_requests (engine);
  if (G_UNLIKELY (!core_may_start (&engine->core, intent->atom)))
    {
      core_take_back (&engine->core, intent->atom);
      return;
    }
  start (engine, intent);
  if (engine_is_heard (engine, LISTENER_ATOM))
    tell_atom (engine, intent);
}

static void
perform (Engine *engine, DutyKind kind, const StorageRecord *record)
{
  switch (kind)
    {
    case DUTY_MOVE:
      tell_atom (engine, record);
      break;
    case DUTY_START:
      perform_start (engine, record);
      break;
    case DUTY_FLOW:
      tell_flow (engine, record);
      break;
    case DUTY_CANCEL:
      submit (engine);
      cancel (engine, record->atom);
      break;
    case DUTY_TAKE_BACK:
    default:
      break;
    }
}

gboolean
duties_perform (Engine *engine, GError **error)
{
  Duties *duties = &engine->core.duties;
  guint first = 0;

  /* Doing a duty may add others, when somebody asked for something meanwhile. */
  while (first < duties->length || engine->records.length > 0)
    {
      guint last = duties->length;

      if (!make_durable (engine, first, error))
        return FALSE;
      for (; first < last; first++)
        if (duties->kinds[first] != DUTY_MOVE || engine_is_heard (engine, LISTENER_ATOM))
          {
            StorageRecord record = duties->records[first];

            perform (engine, (DutyKind) duties->kinds[first], &record);
          }
    }
  duties->length = 0;
  submit (engine);
  return TRUE;
}
