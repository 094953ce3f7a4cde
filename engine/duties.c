/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what the core asked for: first everything is made durable in one transaction, then, duty by
 * duty in their order, it is told and acted on. A listener may ask to suspend or to cancel when it
 * hears of an end: an intent that came after that end and is durable already is then taken back
 * instead of acted on.
 */
#include "engine/duties.h"
#include "engine/attempts.h"
#include "engine/core/core_moves.h"
#include "engine/engine_state.h"
#include "engine/records.h"
#include "engine/results.h"

static void
tell_atom (Engine *engine, const StorageRecord *move)
{
  const Values *values = &engine->values;
  ListenerEvent event
      = { .kind = LISTENER_ATOM, .from = move->from, .to = move->to, .attempt = move->attempt };

  if (move->to == ATOM_STATE_SUCCESS && values->results != NULL)
    event.result = values->results[move->atom];
  else if (move->to == ATOM_STATE_REVERTED && values->revert_results != NULL)
    event.result = values->revert_results[move->atom];
  else if (move->to == ATOM_STATE_FAILURE && values->failures != NULL)
    event.failure = values->failures[move->atom];
  else if (move->to == ATOM_STATE_REVERT_FAILURE && values->revert_failures != NULL)
    event.failure = values->revert_failures[move->atom];
  listeners_tell_of (&engine->listeners, plan_atom (engine->plan, move->atom), event);
}

/* A controller, or the policy of a failed revert, has decided. */
static void
tell_decision (Engine *engine, const StorageRecord *decision)
{
  guint32 failed = storage_record_get_failed_atom (decision);
  gint64 wait_us = 0;
  gint64 until_us = 0;

  if (decision->value != NULL)
    g_variant_get (decision->value, "(xx)", &wait_us, &until_us);
  listeners_tell_of (&engine->listeners, plan_atom (engine->plan, decision->atom),
                     (ListenerEvent){ .kind = LISTENER_DECISION,
                                      .from = decision->to,
                                      .to = decision->to,
                                      .attempt = engine->core.attempts[decision->atom],
                                      .text = plan_atom (engine->plan, failed)->name,
                                      .wait_us = wait_us });
}

static void
tell_flow (Engine *engine, const StorageRecord *move)
{
  listeners_tell (&engine->listeners, (ListenerEvent){ .kind = LISTENER_FLOW,
                                                       .from = move->from,
                                                       .to = move->to,
                                                       .flow = engine->setup.flow->name });
}

static void
record_request (Engine *engine, StorageRequest request)
{
  char *reason = asked_steal_reason (&engine->asked, request);

  records_add (&engine->journal, STORAGE_RECORD_REQUEST, PLAN_NO_NODE, (guint8) request, 0,
               reason != NULL ? g_variant_new_take_string (reason) : NULL);
}

void
duties_take_requests (Engine *engine)
{
  int requests = atomic_exchange (&engine->asked.requests, 0);
  gboolean was_suspending = mode_is_suspending (&engine->core.mode);
  gboolean was_cancelled = mode_is_cancelled (&engine->core.mode);

  if ((requests & REQUEST_SUSPEND) != 0)
    core_suspend (&engine->core);
  if (mode_is_suspending (&engine->core.mode) && !was_suspending)
    record_request (engine, STORAGE_REQUEST_SUSPEND);
  if ((requests & REQUEST_END_REVERTS) != 0)
    core_end_reverts (&engine->core);
  if ((requests & (REQUEST_CANCEL | REQUEST_KEEP)) == 0)
    return;
  core_cancel (&engine->core, (requests & REQUEST_CANCEL) == 0);
  if (mode_is_cancelled (&engine->core.mode) && !was_cancelled)
    record_request (engine, (requests & REQUEST_CANCEL) != 0 ? STORAGE_REQUEST_CANCEL
                                                             : STORAGE_REQUEST_KEEP);
}

static void
perform_start (Engine *engine, const StorageRecord *intent)
{
  if (G_UNLIKELY (atomic_load_explicit (&engine->asked.requests, memory_order_relaxed) != 0))
    duties_take_requests (engine);
  if (G_UNLIKELY (!core_may_start (&engine->core, intent->atom)))
    {
      core_take_back (&engine->core, intent->atom);
      return;
    }
  attempts_start (engine, intent);
  if (listeners_hear (&engine->listeners, LISTENER_ATOM))
    tell_atom (engine, intent);
}

static void
perform_again (Engine *engine, const StorageRecord *intent, gboolean is_probe)
{
  if (G_UNLIKELY (atomic_load_explicit (&engine->asked.requests, memory_order_relaxed) != 0))
    duties_take_requests (engine);
  if (core_may_take_up (&engine->core, intent->atom, is_probe))
    attempts_start_again (engine, intent, is_probe);
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
        results_forget (&engine->values, record->atom);
      if (listeners_hear (&engine->listeners, LISTENER_ATOM))
        tell_atom (engine, record);
      break;
    case DUTY_START:
      perform_start (engine, record);
      break;
    case DUTY_FLOW:
      tell_flow (engine, record);
      break;
    case DUTY_CANCEL:
      flights_submit (&engine->flights);
      flights_cancel (&engine->flights, record->atom);
      break;
    case DUTY_REPEAT:
    case DUTY_PROBE:
      perform_again (engine, record, kind == DUTY_PROBE);
      break;
    case DUTY_RECORD:
      if (record->kind == STORAGE_RECORD_DECISION
          && listeners_hear (&engine->listeners, LISTENER_DECISION))
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
  return listeners_hear (&engine->listeners, LISTENER_ATOM)
         || (move->to == ATOM_STATE_PENDING && engine->values.has_any);
}

gboolean
duties_perform (Engine *engine, GError **error)
{
  Duties *duties = &engine->core.duties;
  guint first = 0;

  /* Doing a duty may add others, when somebody asked for something meanwhile. */
  while (first < duties->length || engine->journal.records.length > 0)
    {
      guint last = duties->length;

      if (!records_make_durable (&engine->journal, first, error))
        return FALSE;
      for (; first < last; first++)
        if (duties->kinds[first] != DUTY_MOVE || is_told (engine, &duties->records[first]))
          {
            StorageRecord record = duties->records[first];

            perform (engine, (DutyKind) duties->kinds[first], &record);
          }
    }
  core_clear_duties (&engine->core);
  flights_submit (&engine->flights);
  return TRUE;
}
