/* SPDX-License-Identifier: Apache-2.0 */
/* From a durable intent to an attempt in the executor: filled in, and looked at whether it may be
 * handed over at all. And what attempts of a former life have left running.
 */
#include "engine/attempts.h"
#include "engine/binding.h"
#include "engine/core/core_moves.h"
#include "engine/deadline.h"
#include "engine/deciding.h"
#include "engine/engine_state.h"
#include "engine/leftovers.h"
#include "engine/tries.h"

void
attempts_give_back (Engine *engine, Attempt *attempt)
{
  if (attempt->arguments != NULL)
    binding_drop (engine, attempt);
  flights_give_back (&engine->flights, attempt);
}

/* When the attempt must have ended: its own limit, and of an execute, but not of its probe, those
 * of the flows around it. */
static gint64
find_deadline (Engine *engine, const Attempt *attempt)
{
  const AtomExtra *extra = attempt->atom->extra;
  gint64 deadline_us = 0;
  const char *flow;

  if (extra != NULL && extra->timeout_us[attempt->action] > 0)
    deadline_us = clock_get_monotonic (&engine->clock) + extra->timeout_us[attempt->action];
  if (G_UNLIKELY (engine->deadlines.starts != NULL) && attempt->action == ATOM_ACTION_EXECUTE
      && attempt->work != ATTEMPT_PROBE)
    {
      gint64 flow_us = deadline_find (&engine->deadlines, attempt->node, &flow);

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
  attempt->run = &engine->flights.run;
  attempt->execute_number = engine->core.attempts[intent->atom];
  attempt->own_result = NULL;
  attempt->own_failure = NULL;
  attempt->history = NULL;
  attempt->work = attempt->action == ATOM_ACTION_REVERT ? ATTEMPT_REVERT : ATTEMPT_EXECUTE;
  attempt->then = attempt->work;
  attempt->step = 0;
  attempt->is_repeat = FALSE;
  if (attempt->action == ATOM_ACTION_REVERT)
    {
      attempt->failures = results_ref_failed (&engine->values);
      attempt->own_result
          = engine->values.results != NULL ? engine->values.results[intent->atom] : NULL;
      attempt->own_failure
          = engine->values.failures != NULL ? engine->values.failures[intent->atom] : NULL;
    }
  if (attempt->atom->member.kind == ATOM_KIND_RETRY)
    attempt->history = tries_get_history (&engine->tries, intent->atom);
  attempt->deadline_us = find_deadline (engine, attempt);
}

/* Makes an attempt the probe of the atom, which looks for what its execute has made: as the one
 * that made it, with its key and its arguments, though it is a revert that was begun or has ended.
 */
static void
make_probe (Engine *engine, Attempt *attempt)
{
  attempt->work = ATTEMPT_PROBE;
  attempt->action = ATOM_ACTION_EXECUTE;
  attempt->number = engine->core.attempts[attempt->node];
  attempt->deadline_us = find_deadline (engine, attempt);
}

/* Why an execute can't be handed over (nullable) (transfer full): its flow has no time left, or its
 * deciders could not decide. */
static Failure *
find_execute_hindrance (Engine *engine, const Attempt *attempt)
{
  const char *flow = NULL;
  gint64 end_us;

  if (engine->tries.doomed != NULL)
    {
      Failure *doom = tries_take_doom (&engine->tries, attempt->node);

      if (doom != NULL)
        return doom;
    }
  if (attempt->work == ATTEMPT_PROBE)
    return NULL;
  end_us = deadline_find (&engine->deadlines, attempt->node, &flow);
  if (end_us == 0 || end_us > clock_get_monotonic (&engine->clock))
    return NULL;
  return failure_new_printf (
      "timeout", "not started, because the time that flow '%s' is allowed is over", flow);
}

/* Why an attempt can't be handed to the executor (nullable) (transfer full). What can't be taken
 * back must not be called reverted. */
static Failure *
find_hindrance (Engine *engine, Attempt *attempt)
{
  Failure *failure = NULL;

  if (attempt->action == ATOM_ACTION_REVERT && attempt->atom->extra != NULL
      && attempt->atom->extra->effects == ATOM_EFFECTS_IRREVERSIBLE)
    return failure_new_printf ("irreversible", "it can't be taken back");
  if (attempt->action == ATOM_ACTION_EXECUTE
      && G_UNLIKELY (engine->tries.doomed != NULL || engine->deadlines.starts != NULL))
    failure = find_execute_hindrance (engine, attempt);
  if (failure == NULL && engine->plan->argument_offsets != NULL)
    failure = binding_fill (engine, attempt);
  return failure;
}

Failure *
attempts_wrap_not_started (Failure *failure)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autoptr (Failure) cause = failure;

  fields.message = failure_get_message (cause);
  fields.domain = ENGINE_NOT_STARTED;
  fields.cause = cause;
  return failure_new (&fields);
}

/* Whether there is nothing to call for this revert. An earlier try of a controller may have done
 * its work. */
static gboolean
is_empty_revert (const Engine *engine, const Attempt *attempt)
{
  if (attempt->action != ATOM_ACTION_REVERT)
    return FALSE;
  if (attempt->own_failure != NULL
      && failure_get_origin (attempt->own_failure) == FAILURE_ORIGIN_NOT_STARTED)
    return !core_has_mark (&engine->core, attempt->node, CORE_MARK_AGAIN);
  return attempt->atom->extra != NULL && !atom_has_revert (attempt->atom)
         && attempt->atom->extra->hooks == NULL
         && attempt->atom->extra->effects != ATOM_EFFECTS_IRREVERSIBLE
         && attempt->atom->extra->revert_arguments == NULL;
}

/* Hands a filled in attempt over; one that can't be has failed. Controllers run here, whatever the
 * executor. */
static void
hand_over (Engine *engine, Attempt *attempt)
{
  Failure *failure = NULL;

  if (is_empty_revert (engine, attempt))
    attempt_succeed (attempt, NULL);
  else if ((failure = find_hindrance (engine, attempt)) != NULL)
    attempt_fail (attempt, attempt->action == ATOM_ACTION_EXECUTE && !attempt->is_repeat
                               ? attempts_wrap_not_started (failure)
                               : failure);
  else if (attempt->atom->member.kind == ATOM_KIND_RETRY)
    attempt_run (attempt);
  else
    {
      flights_add (&engine->flights, attempt);
      return;
    }
  vector_push (&engine->flights.ended, attempt);
}

/* Why the deciders of an interrupted execute can't decide (nullable) (transfer full): that may be
 * what it was about to fail of. Of an entry they stand for the first atom behind it. */
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

/* Starts an attempt once nothing of an earlier one can live beside it. */
static void
begin (Engine *engine, Attempt *attempt)
{
  Failure *failure = NULL;

  if (attempt->is_repeat && attempt->then != ATTEMPT_PROBE)
    failure = find_undecided (engine, attempt);
  if (failure != NULL)
    {
      attempt_fail (attempt, failure);
      vector_push (&engine->flights.ended, attempt);
      return;
    }
  if (attempt->then == ATTEMPT_PROBE)
    make_probe (engine, attempt);
  hand_over (engine, attempt);
}

/* Clears what has to be cleared before the attempt, or starts it. */
static void
clear_or_begin (Engine *engine, Attempt *attempt)
{
  if (leftovers_take_next (engine, attempt))
    flights_add (&engine->flights, attempt);
  else
    begin (engine, attempt);
}

gboolean
attempts_go_on (Engine *engine, Attempt *attempt)
{
  const Core *core = &engine->core;
  guint32 node = attempt->node;
  StorageRecord intent = { .atom = node, .to = core->states[node] };
  gboolean is_repeat = attempt->is_repeat;
  AttemptWork then = attempt->then;
  guint32 step = attempt->step + 1;

  if (attempt->outcome != ATTEMPT_OUTCOME_SUCCESS || engine->journal.has_failed)
    return FALSE;
  intent.attempt = intent.to == ATOM_STATE_REVERTING ? core->reverts[node] : core->attempts[node];
  attempt_reset (attempt);
  fill_attempt (engine, attempt, &intent);
  attempt->is_repeat = is_repeat;
  attempt->then = then;
  attempt->step = step;
  clear_or_begin (engine, attempt);
  return TRUE;
}

void
attempts_start (Engine *engine, const StorageRecord *intent)
{
  Attempt *attempt = flights_take (&engine->flights);

  if (G_UNLIKELY (engine->deadlines.starts != NULL) && intent->to == ATOM_STATE_RUNNING)
    deadline_note_start (&engine->deadlines, intent->atom, clock_get_now (&engine->clock));
  fill_attempt (engine, attempt, intent);
  clear_or_begin (engine, attempt);
}

void
attempts_start_again (Engine *engine, const StorageRecord *intent, gboolean is_probe)
{
  Attempt *attempt = flights_take (&engine->flights);

  fill_attempt (engine, attempt, intent);
  attempt->is_repeat = TRUE;
  if (is_probe)
    attempt->then = ATTEMPT_PROBE;
  clear_or_begin (engine, attempt);
}

void
attempts_probe (Engine *engine, Attempt *attempt)
{
  attempt_reset (attempt);
  attempt->is_repeat = FALSE;
  make_probe (engine, attempt);
  hand_over (engine, attempt);
}

Attempt *
attempts_take_probe (Engine *engine, guint32 node)
{
  Attempt *attempt = flights_take (&engine->flights);

  fill_attempt (engine, attempt, &(StorageRecord){ .atom = node, .to = ATOM_STATE_RUNNING });
  make_probe (engine, attempt);
  return attempt;
}
