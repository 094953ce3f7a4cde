/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what the core asked for: first everything is made durable in one transaction, then, duty by duty in their order, it is
 * told and acted on. A listener may ask to suspend or to cancel when it hears of an end: an intent that came after that
 * end and is durable already is then taken back instead of acted on.
 */
#include "engine/engine_private.h"

/* The value that the record of a duty carries, borrowed (nullable); what is made for it is kept until it is appended. */
static GVariant *
duty_get_value (Engine *engine, const Duty *duty)
{
  const Values *values = &engine->values;
  Failure *failure = NULL;

  switch ((AtomState) duty->to)
    {
    case ATOM_STATE_SUCCESS:
      return values->results != NULL && duty->from == ATOM_STATE_RUNNING ? values->results[duty->node] : NULL;
    case ATOM_STATE_REVERTED:
      return values->revert_results != NULL ? values->revert_results[duty->node] : NULL;
    case ATOM_STATE_FAILURE:
      failure = values->failures != NULL && duty->from == ATOM_STATE_RUNNING ? values->failures[duty->node] : NULL;
      break;
    case ATOM_STATE_REVERT_FAILURE:
      failure = values->revert_failures != NULL ? values->revert_failures[duty->node] : NULL;
      break;
    case ATOM_STATE_PENDING:
    case ATOM_STATE_RUNNING:
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_RETRYING:
    case ATOM_STATE_IGNORE:
    case ATOM_STATE_COUNT:
    default:
      return NULL;
    }
  if (failure == NULL)
    return NULL;
  g_ptr_array_add (engine->record_values, failure_to_variant (failure));
  return engine->record_values->pdata[engine->record_values->len - 1];
}

static inline guint32
number_of (const Engine *engine, guint32 node)
{
  return engine->numbers != NULL ? engine->numbers[node] : node;
}

static void
add_duty_record (Engine *engine, const Duty *duty)
{
  StorageRecord record = { .atom = STORAGE_NO_ATOM,
                           .kind = STORAGE_RECORD_FLOW,
                           .from = duty->from,
                           .to = duty->to,
                           .time_us = engine->time_us };

  if (duty->kind == DUTY_CANCEL)
    return;
  if (duty->kind != DUTY_FLOW)
    {
      record.kind = STORAGE_RECORD_ATOM;
      record.atom = number_of (engine, duty->node);
      record.intention = duty->intention;
      record.attempt = duty->attempt;
      record.value = duty_get_value (engine, duty);
    }
  g_array_append_val (engine->records, record);
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
    g_ptr_array_add (engine->record_values, g_variant_take_ref (value));
  g_array_append_val (engine->records, record);
}

/* Appends the records of the duties from `first` on, and those added by hand, in one transaction. */
static gboolean
make_durable (Engine *engine, guint first, GError **error)
{
  gboolean is_done = TRUE;

  engine->time_us = engine->has_times || engine->listener_mask != 0 ? g_get_real_time () : 0;
  for (guint i = 0; i < engine->records->len; i++)
    g_array_index (engine->records, StorageRecord, i).time_us = engine->time_us;
  for (guint i = first; i < engine->core.duties->len; i++)
    add_duty_record (engine, &g_array_index (engine->core.duties, Duty, i));
  if (engine->records->len > 0)
    {
      is_done = storage_run_append (engine->run, (const StorageRecord *) (gconstpointer) engine->records->data,
                                    engine->records->len, error);
      engine->statistics.commits++;
      engine->statistics.transitions += engine->records->len;
    }
  g_array_set_size (engine->records, 0);
  if (engine->record_values->len > 0)
    g_ptr_array_set_size (engine->record_values, 0);
  return is_done;
}

static void
tell_atom (Engine *engine, const Duty *duty)
{
  const Atom *atom = plan_atom (engine->plan, duty->node);
  const Values *values = &engine->values;
  ListenerEvent event = { .kind = LISTENER_ATOM, .from = duty->from, .to = duty->to };

  event.flow = ((const Flow *) atom->member.owner)->name;
  event.atom = atom->name;
  event.atom_kind = (AtomKind) atom->member.kind;
  event.attempt = duty->attempt;
  if (duty->to == ATOM_STATE_SUCCESS && values->results != NULL)
    event.result = values->results[duty->node];
  else if (duty->to == ATOM_STATE_REVERTED && values->revert_results != NULL)
    event.result = values->revert_results[duty->node];
  else if (duty->to == ATOM_STATE_FAILURE && values->failures != NULL)
    event.failure = values->failures[duty->node];
  else if (duty->to == ATOM_STATE_REVERT_FAILURE && values->revert_failures != NULL)
    event.failure = values->revert_failures[duty->node];
  listeners_tell (engine, &event);
}

static void
tell_flow (Engine *engine, const Duty *duty)
{
  listeners_tell (engine, &(ListenerEvent){ .kind = LISTENER_FLOW,
                                            .from = duty->from,
                                            .to = duty->to,
                                            .flow = engine->flow->name });
}

/* An attempt to be filled in; the memory of ended ones is used again. */
static Attempt *
new_attempt (Engine *engine)
{
  if (engine->idle->len > 0)
    return g_ptr_array_steal_index_fast (engine->idle, engine->idle->len - 1);
  return g_new0 (Attempt, 1);
}

static void
fill_attempt (Engine *engine, Attempt *attempt, const Duty *duty)
{
  Atom *atom = plan_atom (engine->plan, duty->node);
  gint64 timeout_us;

  attempt->atom = atom;
  attempt->action = duty->to == ATOM_STATE_REVERTING ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  attempt->node = duty->node;
  attempt->number = duty->attempt;
  attempt->run = &engine->attempt_run;
  attempt->own_result = NULL;
  attempt->own_failure = NULL;
  attempt->deadline_us = 0;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      attempt->own_result = engine->values.results != NULL ? engine->values.results[duty->node] : NULL;
      attempt->own_failure = engine->values.failures != NULL ? engine->values.failures[duty->node] : NULL;
    }
  if (atom->extra == NULL)
    return;
  timeout_us = atom->extra->timeout_us[attempt->action];
  if (timeout_us > 0)
    attempt->deadline_us = g_get_monotonic_time () + timeout_us;
}

/* Hands the attempt of a durable intent to the executor; one whose arguments can't be had has failed. */
static void
start (Engine *engine, const Duty *duty)
{
  Attempt *attempt = new_attempt (engine);
  Failure *failure = NULL;

  fill_attempt (engine, attempt, duty);
  if (engine->plan->argument_offsets != NULL)
    failure = binding_fill (engine, attempt);
  if (failure != NULL)
    {
      attempt_fail (attempt, failure);
      g_ptr_array_add (engine->ended, attempt);
      return;
    }
  g_ptr_array_add (engine->in_flight, attempt);
  g_ptr_array_add (engine->submitting, attempt);
}

static void
cancel (Engine *engine, guint32 node)
{
  for (guint i = 0; i < engine->in_flight->len; i++)
    {
      Attempt *attempt = engine->in_flight->pdata[i];

      if (attempt->node == node)
        port_cancel (engine->port, attempt);
    }
}

static void
submit (Engine *engine)
{
  if (engine->submitting->len == 0)
    return;
  port_submit (engine->port, (Attempt *const *) (gpointer) engine->submitting->pdata, engine->submitting->len);
  g_ptr_array_set_size (engine->submitting, 0);
}

void
duties_take_requests (Engine *engine)
{
  int requests = atomic_exchange (&engine->requests, 0);

  if ((requests & REQUEST_SUSPEND) != 0)
    core_suspend (&engine->core);
  if ((requests & REQUEST_CANCEL) != 0)
    core_cancel (&engine->core);
}

static void
perform_start (Engine *engine, const Duty *duty)
{
  if (atomic_load_explicit (&engine->requests, memory_order_relaxed) != 0)
    duties_take_requests (engine);
  if (!core_may_start (&engine->core, duty->node))
    {
      core_take_back (&engine->core, duty->node);
      return;
    }
  start (engine, duty);
  if (listeners_hear (engine, LISTENER_ATOM))
    tell_atom (engine, duty);
}

static void
perform (Engine *engine, const Duty *duty)
{
  switch ((DutyKind) duty->kind)
    {
    case DUTY_MOVE:
      if (listeners_hear (engine, LISTENER_ATOM))
        tell_atom (engine, duty);
      break;
    case DUTY_START:
      perform_start (engine, duty);
      break;
    case DUTY_FLOW:
      tell_flow (engine, duty);
      break;
    case DUTY_CANCEL:
      submit (engine);
      cancel (engine, duty->node);
      break;
    case DUTY_TAKE_BACK:
    default:
      break;
    }
}

gboolean
duties_perform (Engine *engine, GError **error)
{
  guint first = 0;

  /* Doing a duty may add others, when somebody asked for something meanwhile. */
  while (first < engine->core.duties->len || engine->records->len > 0)
    {
      guint last = engine->core.duties->len;

      if (!make_durable (engine, first, error))
        return FALSE;
      for (; first < last; first++)
        {
          Duty duty = g_array_index (engine->core.duties, Duty, first);

          perform (engine, &duty);
        }
    }
  engine->core.duties->len = 0;
  submit (engine);
  return TRUE;
}
