/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: steps the core, does its duties where the core has said all that can share a transaction (what ended, and what
 * starts because of it), and collects what ended.
 */
#include "engine/engine_private.h"

#include "engine/invariants.h"

#include <string.h>

/* Makes records of what an ended attempt left behind besides its outcome. */
static void
record_leavings (Engine *engine, const Attempt *attempt)
{
  const char *path = attempt->log_path;

  if (path != NULL)
    {
      const char *dir = storage_get_log_dir (engine->storage);

      if (dir != NULL && g_str_has_prefix (path, dir))
        path += strlen (dir) + 1;
      duties_add_record (engine, STORAGE_RECORD_LOG, attempt->node, (guint8) attempt->action, attempt->number,
                         g_variant_new_string (path));
    }
  if (attempt->note == NULL)
    return;
  duties_add_record (engine, STORAGE_RECORD_NOTE, attempt->node, (guint8) attempt->action, attempt->number,
                     g_variant_new_string (attempt->note));
  if (engine_is_heard (engine, LISTENER_NOTE))
    engine_tell (engine, (ListenerEvent){ .kind = LISTENER_NOTE,
                                              .flow = engine->flow->name,
                                              .atom = attempt->atom->name,
                                              .atom_kind = (AtomKind) attempt->atom->member.kind,
                                              .attempt = attempt->number,
                                              .text = attempt->note });
}

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

/* Takes the end of an attempt in: its values are kept, the core will hear of it, its memory is free for the next. */
static inline void
take_end (Engine *engine, Attempt *attempt)
{
  CoreCompletion completion = { attempt->node, CORE_OUTCOME_NOT_STARTED };

  if (attempt->outcome != ATTEMPT_OUTCOME_NOT_STARTED)
    {
      /* An atom that returns nothing in a run that has no values yet leaves nothing to keep. */
      if (attempt->result != NULL || attempt->failure != NULL || attempt->atom->extra != NULL || engine->values.has_any)
        results_keep (engine, attempt);
      completion.outcome = attempt->outcome == ATTEMPT_OUTCOME_SUCCESS ? CORE_OUTCOME_SUCCESS : CORE_OUTCOME_FAILURE;
      count_outcome (&engine->statistics, attempt);
    }
  if (G_UNLIKELY (attempt->log_path != NULL || attempt->note != NULL))
    record_leavings (engine, attempt);
  if (attempt->arguments != NULL)
    binding_drop (engine, attempt);
  attempt_reset (attempt);
  vector_push (&engine->idle, attempt);
  vector_push (&engine->completions, completion);
}

static inline void
forget_in_flight (Engine *engine, const Attempt *attempt)
{
  guint at = 0;

  while (engine->in_flight.items[at] != attempt)
    at++;
  engine->in_flight.items[at] = vector_pop (&engine->in_flight);
}

/* Waits until something has ended or somebody asks for something. */
static inline void
collect (Engine *engine)
{
  guint n_done;

  engine->completions.length = 0;
  for (guint i = 0; i < engine->ended.length; i++)
    take_end (engine, engine->ended.items[i]);
  engine->ended.length = 0;
  if (engine->completions.length > 0 || engine->in_flight.length == 0)
    return;
  do
    n_done = port_collect (engine->port, engine->done, engine->capacity, G_MAXINT64);
  while (n_done == 0 && atomic_load (&engine->requests) == 0);
  for (guint i = 0; i < n_done; i++)
    {
      forget_in_flight (engine, engine->done[i]);
      take_end (engine, engine->done[i]);
    }
}

/* The store does not take what it must know: nothing more is started, what runs is awaited, and what it made of it is lost: its
 * outcome is unknown to the store, as after a crash. */
static void
give_up (Engine *engine)
{
  engine->has_failed_store = TRUE;
  engine->submitting.length = 0;
  while (engine->in_flight.length > 0)
    collect (engine);
}

static void
tell_state (Engine *engine, EngineState from)
{
  if (engine_is_heard (engine, LISTENER_ENGINE))
    engine_tell (engine, (ListenerEvent){ .kind = LISTENER_ENGINE,
                                              .from = (int) from,
                                              .to = (int) engine->core.state,
                                              .flow = engine->flow->name });
}

/* Whether the duties so far have to be done before the core goes on: when it waits, and when it is over. */
static inline gboolean
needs_duties_done (EngineState state)
{
  return state != ENGINE_STATE_ANALYZING && state != ENGINE_STATE_SCHEDULING && state != ENGINE_STATE_GAME_OVER;
}

static gboolean
perform_or_give_up (Engine *engine, GError **error)
{
  if (duties_perform (engine, error))
    return TRUE;
  give_up (engine);
  return FALSE;
}

/* Goes on by one transition (`single`), or until there is something to do for the runner again. */
static inline gboolean
go_on (Engine *engine, gboolean single, GError **error)
{
  Core *core = &engine->core;
  EngineState from = core->state;

  if (engine->has_failed_store)
    {
      g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "the run stopped because its store failed");
      return FALSE;
    }
  if (G_UNLIKELY (atomic_load_explicit (&engine->requests, memory_order_relaxed) != 0))
    duties_take_requests (engine);
  if (from == ENGINE_STATE_WAITING)
    {
      if (core->duties.length > 0 && !perform_or_give_up (engine, error))
        return FALSE;
      collect (engine);
    }
  if (single)
    (void) core_step (core, engine->capacity, engine->completions.items, from == ENGINE_STATE_WAITING ? engine->completions.length : 0);
  else
    (void) core_advance (core, engine->capacity, engine->completions.items, engine->completions.length);
  invariants_check (core);
  if (needs_duties_done (core->state) && !perform_or_give_up (engine, error))
    return FALSE;
  tell_state (engine, from);
  return TRUE;
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
  return go_on (engine, engine_is_heard (engine, LISTENER_ENGINE), error);
}
