/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: steps the core, does its duties where the core has said all that can share a
 * transaction (what ended, and what starts because of it), and collects what ended.
 */
#include "engine/runner.h"
#include "atoms/masking.h"
#include "engine/attempts.h"
#include "engine/binding.h"
#include "engine/core/invariants.h"
#include "engine/deadline.h"
#include "engine/duties.h"
#include "engine/engine_state.h"
#include "engine/leftovers.h"
#include "engine/policy.h"
#include "engine/progress.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/tries.h"
#include "engine/verify.h"
#include "engine/waiting.h"

static inline void
count_outcome (EngineStatistics *statistics, const Attempt *attempt)
{
  guint is_success = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS;

  statistics->completed++;
  if (attempt->action == ATOM_ACTION_EXECUTE)
    {
      statistics->succeeded += is_success;
      statistics->failed += !is_success;
      return;
    }
  statistics->reverted += is_success;
  statistics->revert_failed += !is_success;
}

/* What the core hears of the end of an attempt. */
static CoreOutcome
judge_end (const Attempt *attempt)
{
  if (G_UNLIKELY (attempt->work == ATTEMPT_CLEAR))
    return attempt->outcome == ATTEMPT_OUTCOME_FAILURE || attempt->is_repeat
               ? CORE_OUTCOME_UNKNOWN
               : CORE_OUTCOME_NOT_STARTED;
  switch (attempt->outcome)
    {
    case ATTEMPT_OUTCOME_SUCCESS:
      return G_UNLIKELY (attempt->work == ATTEMPT_PROBE) ? CORE_OUTCOME_PRESENT
                                                         : CORE_OUTCOME_SUCCESS;
    case ATTEMPT_OUTCOME_ABSENT:
      return CORE_OUTCOME_ABSENT;
    case ATTEMPT_OUTCOME_NOT_STARTED:
      /* Of a former life something may be there all the same. */
      return attempt->is_repeat ? CORE_OUTCOME_UNKNOWN : CORE_OUTCOME_NOT_STARTED;
    case ATTEMPT_OUTCOME_FAILURE:
    case ATTEMPT_OUTCOME_NONE:
    default:
      return attempt->work == ATTEMPT_PROBE ? CORE_OUTCOME_UNKNOWN : CORE_OUTCOME_FAILURE;
    }
}

/* Keeps that processes of an earlier attempt live on, or may. */
static void
keep_uncleared (Engine *engine, Attempt *attempt)
{
  if (attempt->failure == NULL)
    return;
  leftovers_note_uncleared (engine, attempt->node);
  g_free (attempt->note);
  attempt->note = g_strdup_printf ("waits until processes of an earlier attempt are gone: %s",
                                   failure_get_message (attempt->failure));
}

/* Keeps what a probe, or an attempt that was not started, says. */
static void
keep_other_end (Engine *engine, Attempt *attempt, CoreOutcome outcome)
{
  if (attempt->work == ATTEMPT_CLEAR)
    {
      keep_uncleared (engine, attempt);
      return;
    }
  if (attempt->work == ATTEMPT_PROBE && outcome != CORE_OUTCOME_NOT_STARTED)
    records_add_probe (&engine->journal, attempt);
  if (outcome == CORE_OUTCOME_PRESENT && engine->core.states[attempt->node] == ATOM_STATE_RUNNING)
    results_keep (&engine->values, attempt);
  else if (outcome == CORE_OUTCOME_UNKNOWN && attempt->failure != NULL && attempt->note == NULL)
    attempt->note = g_strdup_printf ("the probe does not know either: %s",
                                     failure_get_message (attempt->failure));
}

/* Keeps what is to be kept of an attempt that ran. */
static inline void
keep_end (Engine *engine, Attempt *attempt, CoreOutcome outcome)
{
  if (G_UNLIKELY (outcome > CORE_OUTCOME_FAILURE))
    {
      keep_other_end (engine, attempt, outcome);
      return;
    }
  if (G_UNLIKELY (engine->plan->has_retries || engine->tries.reverts != NULL))
    tries_note_end (&engine->tries, attempt);
  count_outcome (&engine->statistics, attempt);
  /* An atom that returns nothing in a run that has no values yet leaves nothing to keep. */
  if (attempt->result != NULL || attempt->failure != NULL || attempt->atom->extra != NULL
      || engine->values.has_any)
    results_keep (&engine->values, attempt);
}

/* The secrets that are known. Returns: (transfer full) (nullable): NULL when there are none. */
static Masking *
find_secrets (const Engine *engine)
{
  Masking *masking = NULL;

  for (guint i = 0; i < engine->injected.list->len; i++)
    {
      const Injected *injected = &g_array_index (engine->injected.list, Injected, i);

      if (injected->source == NULL || injected->value == NULL)
        continue;
      if (masking == NULL)
        masking = masking_new ();
      masking_add (masking, injected->value);
    }
  return masking;
}

/* Messages, excerpts and notes are stored and shown: the secrets of the run are hidden in them. */
static void
hide_secrets (const Engine *engine, Attempt *attempt)
{
  g_autoptr (Masking) masking = find_secrets (engine);
  char *note;

  if (masking == NULL)
    return;
  if (attempt->failure != NULL)
    {
      Failure *hidden = masking_hide_failure (masking, attempt->failure);

      failure_unref (attempt->failure);
      attempt->failure = hidden;
    }
  note = masking_hide (masking, attempt->note);
  if (note != NULL)
    {
      g_free (attempt->note);
      attempt->note = note;
    }
}

/* Takes the end of an attempt in: its values are kept, the core will hear of it, its memory is free
 * for the next. */
static inline void
take_end (Engine *engine, Attempt *attempt)
{
  CoreCompletion completion = { attempt->node, judge_end (attempt) };

  if (G_UNLIKELY (attempt->failure != NULL || attempt->note != NULL))
    hide_secrets (engine, attempt);
  keep_end (engine, attempt, completion.outcome);
  if (G_UNLIKELY (engine->reports.has_any))
    progress_end (&engine->reports, attempt);
  /* One that promised a result and has none has failed all the same. */
  if (completion.outcome == CORE_OUTCOME_SUCCESS && attempt->outcome == ATTEMPT_OUTCOME_FAILURE)
    completion.outcome = CORE_OUTCOME_FAILURE;
  else if (completion.outcome == CORE_OUTCOME_PRESENT
           && attempt->outcome == ATTEMPT_OUTCOME_FAILURE)
    completion.outcome = CORE_OUTCOME_FAILURE;
  if (G_UNLIKELY (attempt->log_path != NULL || attempt->note != NULL))
    records_add_leavings (&engine->journal, attempt);
  attempts_give_back (engine, attempt);
  vector_push (&engine->flights.completions, completion);
}

/* Drops an attempt that the executor was never given. */
static void
forget_unsubmitted (Engine *engine, Attempt *attempt)
{
  flights_remove (&engine->flights, attempt);
  attempts_give_back (engine, attempt);
}

/* NOT_STARTED is the engine's to say: an executor was given this attempt. */
static void
refuse_reserved (Attempt *attempt)
{
  FailureFields fields = *failure_get_fields (attempt->failure);
  g_autoptr (Failure) before = NULL;

  if (fields.origin != FAILURE_ORIGIN_NOT_STARTED)
    return;
  before = g_steal_pointer (&attempt->failure);
  fields.origin = FAILURE_ORIGIN_ATOM;
  attempt->failure = failure_new (&fields);
}

/* An attempt that could not be started has failed. Where it is the first that would have executed
 * the atom, its revert is never called. */
static void
judge_unstarted (Attempt *attempt)
{
  Failure *failure = g_steal_pointer (&attempt->failure);

  if (attempt->action == ATOM_ACTION_EXECUTE && !attempt->is_repeat)
    failure = attempts_wrap_not_started (failure);
  attempt_fail (attempt, failure);
}

static void
judge_failure (const Engine *engine, Attempt *attempt)
{
  refuse_reserved (attempt);
  if (attempt->outcome == ATTEMPT_OUTCOME_NOT_STARTED)
    judge_unstarted (attempt);
  deadline_explain (&engine->deadlines, attempt);
}

/* Whether other threads have reported progress. Relaxed: whose attempt has ended is seen with what
 * it reported. */
static inline gboolean
has_reports (const Engine *engine)
{
  return atomic_load_explicit (&engine->reports.has_incoming, memory_order_relaxed) != 0;
}

/* Waits until something has ended, somebody asks for something, or until `until_us`. Returns: how
 * many have ended. */
static inline guint
wait_for_ends (Engine *engine, gint64 until_us)
{
  guint n_done;

  do
    {
      n_done = port_collect (engine->flights.port, engine->flights.done, engine->flights.capacity,
                             MIN (until_us, progress_get_due (&engine->reports)));
      if (G_UNLIKELY (engine->reports.has_any || has_reports (engine)))
        progress_collect (&engine->reports);
    }
  while (n_done == 0 && atomic_load (&engine->asked.requests) == 0
         && clock_get_monotonic (&engine->clock) < until_us);
  return n_done;
}

/* Takes an attempt in that had ended before the executor was given it. A revert that did nothing is
 * not looked at. */
static inline void
take_unsubmitted (Engine *engine, Attempt *attempt)
{
  if (G_UNLIKELY (attempt->work == ATTEMPT_PROBE))
    (void) verify_revert (engine, attempt);
  if (G_UNLIKELY (attempt->outcome == ATTEMPT_OUTCOME_NOT_STARTED && attempt->failure != NULL))
    judge_unstarted (attempt);
  take_end (engine, attempt);
}

/* Takes in what the executor gives back, unless it goes on as the probe of what it did. */
static inline void
take_done (Engine *engine, Attempt *attempt)
{
  flights_remove (&engine->flights, attempt);
  if (G_UNLIKELY (attempt->failure != NULL))
    judge_failure (engine, attempt);
  if (G_UNLIKELY (attempt->work == ATTEMPT_CLEAR))
    {
      if (!attempts_go_on (engine, attempt))
        take_end (engine, attempt);
      return;
    }
  if (G_LIKELY (attempt->action == ATOM_ACTION_EXECUTE && attempt->work != ATTEMPT_PROBE)
      || !verify_revert (engine, attempt))
    take_end (engine, attempt);
}

/* Takes in what has ended, once something has, somebody asks for something, or the time has come
 * that somebody waits for. */
static inline void
collect (Engine *engine)
{
  gint64 due_us = core_get_due (&engine->core);
  guint n_done;

  engine->flights.completions.length = 0;
  if (G_UNLIKELY (has_reports (engine)))
    progress_collect (&engine->reports);
  for (guint i = 0; i < engine->flights.ended.length; i++)
    take_unsubmitted (engine, engine->flights.ended.items[i]);
  engine->flights.ended.length = 0;
  if (engine->flights.completions.length > 0
      || (engine->flights.in_flight.length == 0 && due_us == G_MAXINT64))
    return;
  n_done = wait_for_ends (
      engine, G_LIKELY (due_us == G_MAXINT64) ? G_MAXINT64 : due_us - engine->clock.offset_us);
  for (guint i = 0; i < n_done; i++)
    take_done (engine, engine->flights.done[i]);
  flights_submit (&engine->flights);
}

/* -- The express lane ---------------------------------------------------------------------------
 *
 * One attempt after the other that returns nothing, with nobody listening and a store that takes
 * the core's records as they are: then what happens between two attempts is two records and the
 * next attempt, and needs no lists of duties and completions. Promises are kept by the same steps
 * in the same order: the end of the one and the intent of the next are durable before the next is
 * handed over. Whatever is not that plain leaves the lane. Atoms with options (`extra`),
 * controllers among them, never take it: a plan that has one has argument_offsets.
 */

/* Whether all that is known of the run fits the lane. */
static inline gboolean
is_plain_run (const Engine *engine)
{
  return !engine->journal.needs_completion && !engine->values.has_any && engine->listeners.mask == 0
         && engine->plan->argument_offsets == NULL && engine->deadlines.starts == NULL
         && !engine->reports.has_any;
}

static gboolean
may_take_express_lane (const Engine *engine)
{
  const Core *core = &engine->core;

  return engine->flights.capacity == 1 && engine->flights.in_flight.length == 1
         && core->duties.length == 0 && is_plain_run (engine) && !mode_is_undoing (&core->mode)
         && !core->readiness.is_watchful && core->mode.state == MODE_STATE_GOING
         && engine->journal.records.length == 0;
}

/* Whether the attempt did what the lane is for: its work, leaving nothing behind. */
static inline gboolean
is_plain_success (const Attempt *attempt)
{
  return attempt->outcome == ATTEMPT_OUTCOME_SUCCESS && attempt->result == NULL
         && attempt->log_path == NULL && attempt->note == NULL;
}

/* Makes an ended attempt the first one of `node`. */
static inline void
renew_attempt (Engine *engine, Attempt *attempt, const StorageRecord *intent)
{
  attempt_reset (attempt);
  attempt->atom = plan_atom (engine->plan, intent->atom);
  attempt->node = intent->atom;
  attempt->number = intent->attempt;
}

static gboolean
run_express (Engine *engine, GError **error)
{
  Attempt *attempt = engine->flights.in_flight.items[0];

  while (atomic_load_explicit (&engine->asked.requests, memory_order_relaxed) == 0)
    {
      StorageRecord records[2];
      guint32 next;

      if (port_collect (engine->flights.port, &attempt, 1, G_MAXINT64) == 0)
        return TRUE;
      /* A request that came while the attempt ran is heeded before the next one starts. */
      if (!is_plain_success (attempt) || engine->reports.has_any || has_reports (engine)
          || atomic_load_explicit (&engine->asked.requests, memory_order_relaxed) != 0)
        {
          engine->flights.in_flight.length = 0;
          vector_push (&engine->flights.ended, attempt);
          return TRUE;
        }
      next = core_pass_on (&engine->core, attempt->node, records);
      count_outcome (&engine->statistics, attempt);
      engine->statistics.commits++;
      engine->statistics.transitions += next != PLAN_NO_NODE ? 2 : 1;
      if (next != PLAN_NO_NODE && storage_run_append (engine->journal.run, records, 2, error))
        {
          renew_attempt (engine, attempt, &records[1]);
          port_submit (engine->flights.port, &attempt, 1);
          continue;
        }
      attempt_reset (attempt);
      engine->flights.in_flight.length = 0;
      vector_push (&engine->flights.idle, attempt);
      return next == PLAN_NO_NODE && storage_run_append (engine->journal.run, records, 1, error);
    }
  return TRUE;
}

/* The store does not take what it must know: nothing more is started, what runs is awaited, and
 * what it made of it is lost: its outcome is unknown to the store, as after a crash. */
static void
give_up (Engine *engine)
{
  engine->journal.has_failed = TRUE;
  while (engine->flights.submitting.length > 0)
    forget_unsubmitted (engine, vector_pop (&engine->flights.submitting));
  while (engine->flights.in_flight.length > 0 || engine->flights.ended.length > 0)
    collect (engine);
}

static void
tell_state (Engine *engine, EngineState from)
{
  if (listeners_hear (&engine->listeners, LISTENER_ENGINE))
    listeners_tell (&engine->listeners, (ListenerEvent){ .kind = LISTENER_ENGINE,
                                                         .from = (int) from,
                                                         .to = (int) engine->core.state,
                                                         .flow = engine->setup.flow->name });
}

/* Whether the duties so far have to be done before the core goes on: when it waits, and when it is
 * over. */
static inline gboolean
needs_duties_done (EngineState state)
{
  return state != ENGINE_STATE_ANALYZING && state != ENGINE_STATE_SCHEDULING
         && state != ENGINE_STATE_GAME_OVER;
}

static gboolean
perform_or_give_up (Engine *engine, GError **error)
{
  if (duties_perform (engine, error))
    return TRUE;
  give_up (engine);
  return FALSE;
}

/* Takes in what was asked for; what was asked for before the flow runs waits until it does. */
static inline void
take_requests (Engine *engine, EngineState from)
{
  if (G_LIKELY (atomic_load_explicit (&engine->asked.requests, memory_order_relaxed) == 0))
    return;
  if (from != ENGINE_STATE_UNDEFINED && from != ENGINE_STATE_SUSPENDED)
    duties_take_requests (engine);
}

/* Does what is to be done before the core can go on from WAITING, and collects what has ended. */
static inline gboolean
await_ends (Engine *engine, gboolean single, GError **error)
{
  if (engine->core.duties.length > 0 && !perform_or_give_up (engine, error))
    return FALSE;
  if (!single && may_take_express_lane (engine) && !run_express (engine, error))
    {
      give_up (engine);
      return FALSE;
    }
  collect (engine);
  /* Who asked before the end was seen is heard before it. */
  take_requests (engine, ENGINE_STATE_WAITING);
  return TRUE;
}

/* Steps the core once, or as far as nobody is asked and nothing is to be done. */
static inline void
step_core (Engine *engine, gboolean single, const CoreCompletion *completions, guint n_completions)
{
  if (single)
    (void) core_step (&engine->core, engine->flights.capacity, completions, n_completions);
  else
    (void) core_advance (&engine->core, engine->flights.capacity, completions, n_completions);
}

/* Answers what the core asks, and lets it go on as far as it can because of that. */
static void
answer_core (Engine *engine, gboolean single)
{
  while (engine->core.questions.length > 0)
    {
      policy_answer (engine);
      if (!single && !needs_duties_done (engine->core.state))
        step_core (engine, FALSE, NULL, 0);
    }
}

/* Does what is to be done where the core is now, and tells how it came there. */
static inline gboolean
end_step (Engine *engine, EngineState from, GError **error)
{
  gboolean is_due = needs_duties_done (engine->core.state);

  if (is_due && !perform_or_give_up (engine, error))
    return FALSE;
  tell_state (engine, from);
  /* Who heard of that may have left something to be kept. */
  return engine->journal.records.length == 0 || !is_due || perform_or_give_up (engine, error);
}

/* Goes on by one transition (`single`), or until there is something to do for the runner again. */
static inline gboolean
go_on (Engine *engine, gboolean single, GError **error)
{
  Core *core = &engine->core;
  EngineState from = core->state;

  if (!records_check (&engine->journal, error))
    return FALSE;
  take_requests (engine, from);
  if (from == ENGINE_STATE_WAITING && !await_ends (engine, single, error))
    return FALSE;
  if (G_UNLIKELY (core->timers.length > 0))
    core_set_time (core, clock_get_now (&engine->clock));
  step_core (engine, single, engine->flights.completions.items,
             from == ENGINE_STATE_WAITING ? engine->flights.completions.length : 0);
  if (G_UNLIKELY (core->questions.length > 0))
    answer_core (engine, single);
  invariants_check (core);
  if (G_UNLIKELY (core->state == ENGINE_STATE_FAILURE && mode_is_rolling_back (&core->mode)))
    waiting_record (engine);
  return end_step (engine, from, error);
}

gboolean
runner_step (Engine *engine, GError **error)
{
  return go_on (engine, TRUE, error);
}

gboolean
runner_advance (Engine *engine, GError **error)
{
  /* Who listens to the automaton hears of every transition. */
  return go_on (engine, listeners_hear (&engine->listeners, LISTENER_ENGINE), error);
}

void
runner_suspend (Engine *engine)
{
  const Core *core = &engine->core;

  if (engine->plan == NULL || core->state == ENGINE_STATE_UNDEFINED || runner_is_end (core->state))
    return;
  asked_ask (&engine->asked, STORAGE_REQUEST_SUSPEND);
  while (!runner_is_end (core->state))
    if (!go_on (engine, FALSE, NULL))
      return;
}
