/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what the core asked for: first everything is made durable in one transaction, then, duty by duty in their order, it is
 * told and acted on. A listener may ask to suspend or to cancel when it hears of an end: an intent that came after that
 * end and is durable already is then taken back instead of acted on.
 */
#include "engine/core_moves.h"
#include "engine/engine_private.h"

#include <string.h>

/* How long processes of a former life have between TERM and KILL. */
#define LEFTOVER_GRACE_US (5 * G_USEC_PER_SEC)

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

/* Whether nothing is recorded of such a duty. */
static inline gboolean
is_order (DutyKind kind)
{
  return kind == DUTY_CANCEL || kind == DUTY_REPEAT || kind == DUTY_PROBE;
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

      if (is_order ((DutyKind) duties->kinds[i]))
        continue;
      record.time_us = engine->time_us;
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
duties_add_note (Engine *engine, guint32 node, AtomAction action, guint32 attempt, const char *text)
{
  const Atom *atom = plan_atom (engine->plan, node);

  duties_add_record (engine, STORAGE_RECORD_NOTE, node, (guint8) action, attempt, g_variant_new_string (text));
  if (engine_is_heard (engine, LISTENER_NOTE))
    engine_tell (engine, (ListenerEvent){ .kind = LISTENER_NOTE,
                                              .flow = engine->flow->name,
                                              .atom = atom->name,
                                              .atom_kind = (AtomKind) atom->member.kind,
                                              .attempt = attempt,
                                              .text = text });
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

/* Drops the records that were put together, and the values made for them. */
static void
forget_records (Engine *engine)
{
  engine->records.length = 0;
  while (engine->record_values.length > 0)
    g_variant_unref (vector_pop (&engine->record_values));
}

gboolean
duties_append_added (Engine *engine, GError **error)
{
  gint64 now_us = g_get_real_time ();

  for (guint i = 0; i < engine->records.length; i++)
    engine->records.items[i].time_us = now_us;
  if (!append (engine, engine->records.items, engine->records.length, error))
    return FALSE;
  forget_records (engine);
  return TRUE;
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
  forget_records (engine);
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

/* A controller, or the policy of a failed revert, has decided. */
static void
tell_decision (Engine *engine, const StorageRecord *decision)
{
  const Atom *atom = plan_atom (engine->plan, decision->atom);
  gint64 wait_us = 0;
  gint64 until_us = 0;

  if (decision->value != NULL)
    g_variant_get (decision->value, "(xx)", &wait_us, &until_us);
  engine_tell (engine, (ListenerEvent){ .kind = LISTENER_DECISION,
                                            .from = decision->to,
                                            .to = decision->to,
                                            .flow = ((const Flow *) atom->member.owner)->name,
                                            .atom = atom->name,
                                            .atom_kind = (AtomKind) atom->member.kind,
                                            .attempt = engine->core.attempts[decision->atom],
                                            .text = plan_atom (engine->plan, decision->attempt)->name,
                                            .wait_us = wait_us });
}

static void
tell_flow (Engine *engine, const StorageRecord *move)
{
  engine_tell (engine, (ListenerEvent){ .kind = LISTENER_FLOW,
                                            .from = move->from,
                                            .to = move->to,
                                            .flow = engine->flow->name });
}

Attempt *
duties_new_attempt (Engine *engine)
{
  return engine->idle.length > 0 ? vector_pop (&engine->idle) : g_new0 (Attempt, 1);
}

/* Ends what attempt `number` of an action has left running. Returns: (transfer full) (nullable): why that is not possible. */
static Failure *
end_processes (Engine *engine, guint32 node, AtomAction action, guint32 number)
{
  Attempt attempt = { .atom = plan_atom (engine->plan, node), .action = action, .node = node, .number = number, .run = &engine->attempt_run };
  g_autofree char *key = attempt_dup_idempotency_key (&attempt);
  g_autoptr (GError) error = NULL;

  if (attempt.atom->member.kind != ATOM_KIND_COMMAND || executor_end_leftovers (engine->executor, key, LEFTOVER_GRACE_US, &error))
    return NULL;
  return failure_new_printf ("containment", "processes of its former life could not be ended: %s", error->message);
}

/* When the attempt must have ended: its own limit, and of an execute, but not of its probe, those of the flows around it. */
static gint64
find_deadline (Engine *engine, const Attempt *attempt)
{
  const AtomExtra *extra = attempt->atom->extra;
  gint64 deadline_us = 0;
  const char *flow;

  if (extra != NULL && extra->timeout_us[attempt->action] > 0)
    deadline_us = g_get_monotonic_time () + extra->timeout_us[attempt->action];
  if (G_UNLIKELY (engine->flow_starts != NULL) && attempt->action == ATOM_ACTION_EXECUTE && !attempt->is_probe)
    {
      gint64 flow_us = deadline_find (engine, attempt->node, &flow);

      if (flow_us != 0 && (deadline_us == 0 || flow_us < deadline_us))
        deadline_us = flow_us;
    }
  return deadline_us;
}

static void
fill_attempt (Engine *engine, Attempt *attempt, const StorageRecord *intent)
{
  attempt->atom = plan_atom (engine->plan, intent->atom);
  attempt->action = intent->to == ATOM_STATE_REVERTING ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  attempt->node = intent->atom;
  attempt->number = intent->attempt;
  attempt->run = &engine->attempt_run;
  attempt->own_result = NULL;
  attempt->own_failure = NULL;
  attempt->history = NULL;
  attempt->is_probe = attempt->is_repeat = FALSE;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      attempt->own_result = engine->values.results != NULL ? engine->values.results[intent->atom] : NULL;
      attempt->own_failure = engine->values.failures != NULL ? engine->values.failures[intent->atom] : NULL;
    }
  if (attempt->atom->member.kind == ATOM_KIND_RETRY)
    attempt->history = policy_get_history (engine, intent->atom);
  attempt->deadline_us = find_deadline (engine, attempt);
}

/* Why an execute can't be handed over (nullable) (transfer full): its flow has no time left, or its deciders could not decide. */
static Failure *
find_execute_hindrance (Engine *engine, const Attempt *attempt)
{
  const char *flow = NULL;
  gint64 end_us;

  if (engine->doomed != NULL)
    {
      Failure *doom = policy_take_doom (engine, attempt->node);

      if (doom != NULL)
        return doom;
    }
  if (attempt->is_probe)
    return NULL;
  end_us = deadline_find (engine, attempt->node, &flow);
  if (end_us == 0 || end_us > g_get_monotonic_time ())
    return NULL;
  return failure_new_printf ("timeout", "not started, because the time that flow '%s' is allowed is over", flow);
}

static gboolean
is_uncontained (const Failure *failure)
{
  return failure != NULL && strcmp (failure_get_fields (failure)->domain, "containment") == 0;
}

/* Looks once more for processes of the execute, or of the revert before this one, that could not be ended then.
 * Returns: (transfer full) (nullable): they still can't be. */
static Failure *
end_uncontained (Engine *engine, const Attempt *attempt, const Failure *execute)
{
  const Values *values = &engine->values;
  guint32 node = attempt->node;
  Failure *failure = NULL;

  if (is_uncontained (execute))
    failure = end_processes (engine, node, ATOM_ACTION_EXECUTE, engine->core.attempts[node]);
  if (failure == NULL && values->revert_failures != NULL && is_uncontained (values->revert_failures[node]) && attempt->number > 1)
    failure = end_processes (engine, node, ATOM_ACTION_REVERT, attempt->number - 1);
  return failure;
}

/* Why an attempt can't be handed to the executor (nullable) (transfer full). What can't be taken back must not be called
 * reverted, and a revert must not start while processes of the execute that it undoes are alive. */
static Failure *
find_hindrance (Engine *engine, Attempt *attempt)
{
  const Failure *before = attempt->own_failure;
  Failure *failure = NULL;

  if (attempt->action == ATOM_ACTION_REVERT && attempt->atom->extra != NULL
      && attempt->atom->extra->effects == ATOM_EFFECTS_IRREVERSIBLE)
    return failure_new_printf ("irreversible", "it can't be taken back");
  if (attempt->action == ATOM_ACTION_REVERT)
    failure = end_uncontained (engine, attempt, before);
  if (failure != NULL)
    return failure;
  if (attempt->action == ATOM_ACTION_EXECUTE && G_UNLIKELY (engine->doomed != NULL || engine->flow_starts != NULL))
    failure = find_execute_hindrance (engine, attempt);
  if (failure == NULL && engine->plan->argument_offsets != NULL)
    failure = binding_fill (engine, attempt);
  return failure;
}

/* What is never called has nothing to revert: its failure says so, also to who goes on with the run. */
static Failure *
wrap_not_started (Failure *failure)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autoptr (Failure) cause = failure;

  fields.message = failure_get_message (cause);
  fields.domain = ENGINE_NOT_STARTED;
  fields.cause = cause;
  return failure_new (&fields);
}

/* Whether there is nothing to call for this revert. An earlier try of a controller may have done its work. */
static gboolean
is_empty_revert (const Engine *engine, const Attempt *attempt)
{
  if (attempt->action != ATOM_ACTION_REVERT)
    return FALSE;
  if (attempt->own_failure != NULL && strcmp (failure_get_fields (attempt->own_failure)->domain, ENGINE_NOT_STARTED) == 0)
    return !core_has_mark (&engine->core, attempt->node, CORE_MARK_AGAIN);
  return attempt->atom->extra != NULL && !atom_has_revert (attempt->atom) && attempt->atom->extra->hooks == NULL
         && attempt->atom->extra->effects != ATOM_EFFECTS_IRREVERSIBLE && attempt->atom->extra->revert_arguments == NULL;
}

/* Hands a filled in attempt over; one that can't be has failed. Controllers run here, whatever the executor. */
static void
hand_over (Engine *engine, Attempt *attempt)
{
  Failure *failure = NULL;

  if (is_empty_revert (engine, attempt))
    attempt_succeed (attempt, NULL);
  else if ((failure = find_hindrance (engine, attempt)) != NULL)
    attempt_fail (attempt, attempt->action == ATOM_ACTION_EXECUTE && !attempt->is_repeat ? wrap_not_started (failure) : failure);
  else if (attempt->atom->member.kind == ATOM_KIND_RETRY)
    attempt_run (attempt);
  else
    {
      vector_push (&engine->in_flight, attempt);
      vector_push (&engine->submitting, attempt);
      return;
    }
  vector_push (&engine->ended, attempt);
}

/* Hands the attempt of a durable intent to the executor. */
static void
start (Engine *engine, const StorageRecord *intent)
{
  Attempt *attempt = duties_new_attempt (engine);

  if (G_UNLIKELY (engine->flow_starts != NULL) && intent->to == ATOM_STATE_RUNNING)
    deadline_note_start (engine, intent->atom, engine_get_now (engine));
  fill_attempt (engine, attempt, intent);
  hand_over (engine, attempt);
}

Failure *
duties_end_leftovers (Engine *engine, guint32 node)
{
  const Core *core = &engine->core;
  gboolean reverts = core->states[node] == ATOM_STATE_REVERTING;

  return end_processes (engine, node, reverts ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE,
                        reverts ? core->reverts[node] : core->attempts[node]);
}

/* Why the deciders of an interrupted execute can't decide (nullable) (transfer full): that may be what it was about to fail of. Of an
 * entry they stand for the first atom behind it. */
static Failure *
find_undecided (Engine *engine, const Attempt *attempt)
{
  const Plan *plan = engine->plan;
  Failure *failure = NULL;
  gboolean is_taken;
  gboolean is_step;
  FlowDepth depth;

  if (plan->n_deciders == 0 || attempt->action != ATOM_ACTION_EXECUTE)
    return NULL;
  for (guint32 node = attempt->node; failure == NULL; node--)
    {
      (void) decider_evaluate (engine, node, &is_taken, &depth, &is_step, &failure);
      if (node == 0 || plan->kinds[node - 1] != PLAN_NODE_FLOW)
        break;
    }
  return failure;
}

/* Goes on with an attempt that a former life has begun: its intent is durable, and nobody is told of it again. */
static void
start_again (Engine *engine, const StorageRecord *intent, gboolean is_probe)
{
  Attempt *attempt = duties_new_attempt (engine);
  Failure *failure;

  fill_attempt (engine, attempt, intent);
  attempt->is_repeat = TRUE;
  attempt->is_probe = is_probe;
  attempt->deadline_us = find_deadline (engine, attempt);
  failure = duties_end_leftovers (engine, intent->atom);
  if (failure == NULL && !is_probe)
    failure = find_undecided (engine, attempt);
  if (failure == NULL)
    {
      hand_over (engine, attempt);
      return;
    }
  attempt->is_probe = FALSE;
  attempt_fail (attempt, failure);
  vector_push (&engine->ended, attempt);
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

static void
record_request (Engine *engine, StorageRequest request)
{
  char *reason = engine_steal_reason (engine, request);

  duties_add_record (engine, STORAGE_RECORD_REQUEST, PLAN_NO_NODE, (guint8) request, 0,
                     reason != NULL ? g_variant_new_take_string (reason) : NULL);
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
    record_request (engine, STORAGE_REQUEST_SUSPEND);
  if ((requests & (REQUEST_CANCEL | REQUEST_KEEP)) == 0)
    return;
  core_cancel (&engine->core, (requests & REQUEST_CANCEL) == 0);
  if (engine->core.is_cancelled && !was_cancelled)
    record_request (engine, (requests & REQUEST_CANCEL) != 0 ? STORAGE_REQUEST_CANCEL : STORAGE_REQUEST_KEEP);
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
perform_again (Engine *engine, const StorageRecord *intent, gboolean is_probe)
{
  if (G_UNLIKELY (atomic_load_explicit (&engine->requests, memory_order_relaxed) != 0))
    duties_take_requests (engine);
  if (core_may_take_up (&engine->core, intent->atom, is_probe))
    start_again (engine, intent, is_probe);
  else
    core_give_back (&engine->core, intent->atom);
}

static void
perform (Engine *engine, DutyKind kind, const StorageRecord *record)
{
  switch (kind)
    {
    case DUTY_MOVE:
      /* What was said of it before has been told by now. */
      if (record->to == ATOM_STATE_PENDING && record->from != ATOM_STATE_RUNNING)
        results_forget (engine, record->atom);
      if (engine_is_heard (engine, LISTENER_ATOM))
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
    case DUTY_REPEAT:
    case DUTY_PROBE:
      perform_again (engine, record, kind == DUTY_PROBE);
      break;
    case DUTY_RECORD:
      if (record->kind == STORAGE_RECORD_DECISION && engine_is_heard (engine, LISTENER_DECISION))
        tell_decision (engine, record);
      break;
    case DUTY_TAKE_BACK:
    default:
      break;
    }
}

/* Whether there is anything to do for a move that is durable. */
static inline gboolean
is_told (const Engine *engine, const StorageRecord *move)
{
  return engine_is_heard (engine, LISTENER_ATOM) || (move->to == ATOM_STATE_PENDING && engine->values.has_any);
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
        if (duties->kinds[first] != DUTY_MOVE || is_told (engine, &duties->records[first]))
          {
            StorageRecord record = duties->records[first];

            perform (engine, (DutyKind) duties->kinds[first], &record);
          }
    }
  core_clear_duties (&engine->core);
  submit (engine);
  return TRUE;
}
