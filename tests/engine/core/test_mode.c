/* SPDX-License-Identifier: Apache-2.0 */
/* The mode and the direction of a run: every request, failure and start, in every state of a small
 * run that they can lead to, moves them by a row of their tables, or is refused when there is no
 * row; and every row of the two tables is taken. */
#include "tests/engine/core/sim_core.h"

#include "engine/core/invariants.h"

#include <backflow/atoms/task.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The runs that were reached and not tried yet, and what was seen. */
typedef struct
{
  Plan *plan;
  GPtrArray *runs;  /* of SimCore */
  GHashTable *seen; /* descriptions of runs */
  gboolean mode_rows[MODE_STATE_COUNT][MODE_EVENT_COUNT];
  gboolean direction_rows[DIRECTION_STATE_COUNT][DIRECTION_EVENT_COUNT];
} World;

static Plan *
make_plan (void)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  Flow *flow = flow_new_unordered ("f");
  Plan *plan;

  flow_add (flow, task_new ("a", NULL, NULL, NULL, NULL));
  flow_add (flow, task_new ("b", NULL, NULL, NULL, NULL));
  plan = plan_new (flow, diagnostics);
  assert_non_null (plan);
  flow_unref (flow);
  return plan;
}

/* What of a run decides how it goes on. Returns: (transfer full). */
static char *
describe (const Core *core)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%d %d %d %d %d %u", (int) core->state, (int) core->flow_state,
                   (int) core->mode.state, (int) core->mode.direction, (int) core->mode.flags,
                   core->questions.length - core->questions.n_asked);
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    g_string_append_printf (text, " %u.%u.%u", core->states[node], core->marks[node],
                            core->readiness.hold[node]);
  for (guint i = 0; i < core->running.length; i++)
    g_string_append_printf (text, " r%u", core->running.items[i]);
  for (guint i = 0; i < core->leftovers.length; i++)
    g_string_append_printf (text, " l%u.%d", core->leftovers.items[i].node,
                            (int) core->leftovers.items[i].state);
  return g_string_free (text, FALSE);
}

/* A run that was not seen before is tried later. */
static void
keep (World *world, SimCore *run)
{
  SimCore *copy;
  char *text;

  run->core.duties.length = 0;
  run->core.duties.is_special = FALSE;
  text = describe (&run->core);
  if (!g_hash_table_add (world->seen, text))
    return;
  copy = g_new0 (SimCore, 1);
  sim_core_copy (copy, run);
  g_ptr_array_add (world->runs, copy);
}

/* Answers all questions in one way: failed reverts are not tried again, interrupted attempts are
 * left to a person, or repeated. */
static void
answer (Core *core, CoreUnknown what)
{
  CoreQuestion question;

  while (core_next_question (core, &question))
    if (question.kind == CORE_QUESTION_REVERT)
      core_answer_revert (core, &question, FALSE, 0, 0);
    else
      core_answer_unknown (core, &question, what);
}

/* The event happened to a run that was in the mode and direction `before`: they have moved by their
 * rows, or not at all. */
static void
check_move (World *world, const Core *core, CoreMode before, ModeEvent on)
{
  guint8 next = mode_transitions[before.state][on];

  if (next == 0)
    {
      assert_int_equal (core->mode.state, before.state);
      assert_int_equal (core->mode.direction, before.direction);
      return;
    }
  assert_int_equal (core->mode.state, next - 1);
  world->mode_rows[before.state][on] = TRUE;
}

static void
check_turn (World *world, const Core *core, CoreMode before, DirectionEvent on)
{
  guint8 next = direction_transitions[before.direction][on];

  assert_int_equal (core->mode.direction, next != 0 ? next - 1u : (guint) before.direction);
  if (next != 0)
    world->direction_rows[before.direction][on] = TRUE;
}

static gboolean
is_driven (const Core *core)
{
  return core->flow_state == FLOW_STATE_RUNNING || core->flow_state == FLOW_STATE_SUSPENDING;
}

static void
try_requests (World *world, const SimCore *run)
{
  static const ModeEvent events[] = { MODE_EVENT_SUSPEND, MODE_EVENT_CANCEL, MODE_EVENT_KEEP };
  SimCore *next = g_new0 (SimCore, 1);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      CoreMode before = run->core.mode;

      sim_core_copy (next, run);
      if (events[i] == MODE_EVENT_SUSPEND)
        core_suspend (&next->core);
      else
        core_cancel (&next->core, events[i] == MODE_EVENT_KEEP);
      if (!is_driven (&run->core))
        {
          assert_int_equal (next->core.mode.state, before.state);
          continue;
        }
      check_move (world, &next->core, before, events[i]);
      if (events[i] == MODE_EVENT_CANCEL && mode_can_move (&before, events[i]))
        check_turn (world, &next->core, before, DIRECTION_EVENT_ROLL_BACK);
      answer (&next->core, CORE_UNKNOWN_ASK);
      keep (world, next);
    }
  g_free (next);
}

/* Starts a run, or lets it go on, with room for `capacity` attempts. */
static void
try_start (World *world, const SimCore *run, guint capacity)
{
  SimCore *next = g_new0 (SimCore, 1);
  gboolean starts
      = run->core.state == ENGINE_STATE_UNDEFINED || run->core.state == ENGINE_STATE_SUSPENDED;

  sim_core_copy (next, run);
  if (run->core.state == ENGINE_STATE_WAITING && run->core.running.length == 0)
    (void) core_advance (&next->core, capacity, NULL, 0);
  else if (run->core.state != ENGINE_STATE_WAITING && run->core.state != ENGINE_STATE_SUCCESS
           && run->core.state != ENGINE_STATE_FAILURE && run->core.state != ENGINE_STATE_REVERTED)
    (void) core_step (&next->core, capacity, NULL, 0);
  if (starts)
    {
      check_move (world, &next->core, run->core.mode, MODE_EVENT_START);
      check_turn (world, &next->core, run->core.mode, DIRECTION_EVENT_START);
    }
  answer (&next->core, CORE_UNKNOWN_REPEAT);
  keep (world, next);
  g_free (next);
}

/* Ends an attempt in flight in both ways. */
static void
try_ends (World *world, const SimCore *run)
{
  SimCore *next = g_new0 (SimCore, 1);

  for (guint i = 0; run->core.state == ENGINE_STATE_WAITING && i < run->core.running.length; i++)
    for (CoreOutcome outcome = CORE_OUTCOME_SUCCESS; outcome <= CORE_OUTCOME_FAILURE; outcome++)
      {
        CoreCompletion end = { run->core.running.items[i], outcome };
        CoreMode before = run->core.mode;
        gboolean sticks = outcome == CORE_OUTCOME_FAILURE
                          && run->core.states[end.node] == ATOM_STATE_RUNNING
                          && before.flags == ENGINE_FLAGS_NEVER_RESOLVE;

        sim_core_copy (next, run);
        (void) core_step (&next->core, 2, &end, 1);
        if (sticks)
          check_move (world, &next->core, before, MODE_EVENT_STICK);
        else
          assert_int_equal (next->core.mode.state, before.state);
        answer (&next->core, CORE_UNKNOWN_REPEAT);
        keep (world, next);
      }
  g_free (next);
}

/* Says something about a run that has ended, or resets it. */
static void
try_ended (World *world, const SimCore *run)
{
  SimCore *next = g_new0 (SimCore, 1);
  gboolean is_failed = run->core.flow_state == FLOW_STATE_FAILURE;
  gboolean is_at_end = run->core.state != ENGINE_STATE_GAME_OVER
                       && (is_failed || run->core.flow_state == FLOW_STATE_SUCCESS);

  sim_core_copy (next, run);
  if (is_at_end)
    {
      core_undo (&next->core);
      check_move (world, &next->core, run->core.mode, MODE_EVENT_REOPEN);
      check_turn (world, &next->core, run->core.mode, DIRECTION_EVENT_UNDO);
      keep (world, next);
    }
  sim_core_copy (next, run);
  if (run->core.flow_state == FLOW_STATE_SUCCESS || run->core.flow_state == FLOW_STATE_REVERTED)
    {
      core_reset (&next->core);
      check_move (world, &next->core, run->core.mode, MODE_EVENT_RESET);
      check_turn (world, &next->core, run->core.mode, DIRECTION_EVENT_RESET);
      keep (world, next);
    }
  g_free (next);
}

/* Resolves each atom in each way that is possible, in a run that is not driven. */
static void
try_resolutions (World *world, const SimCore *run)
{
  SimCore *next = g_new0 (SimCore, 1);
  gboolean is_idle = run->core.state == ENGINE_STATE_UNDEFINED
                     || run->core.state == ENGINE_STATE_SUSPENDED
                     || run->core.state == ENGINE_STATE_FAILURE;

  for (guint32 node = 0; is_idle && node < run->core.plan->n_nodes; node++)
    for (guint i = 0; i < STORAGE_RESOLUTION_COUNT; i++)
      {
        sim_core_copy (next, run);
        if (!core_can_resolve (&run->core, node, (StorageResolution) i))
          continue;
        assert_true (core_resolve (&next->core, node, (StorageResolution) i));
        check_move (world, &next->core, run->core.mode, MODE_EVENT_REOPEN);
        answer (&next->core, CORE_UNKNOWN_REPEAT);
        keep (world, next);
      }
  g_free (next);
}

/* Applies the journal of an interrupted run: where it stood, the states of its atoms, and what was
 * said about them. */
static void
apply_journal (Core *next, const Core *run)
{
  core_apply (next, &(StorageRecord){ .atom = STORAGE_NO_ATOM,
                                      .kind = STORAGE_RECORD_FLOW,
                                      .from = FLOW_STATE_PENDING,
                                      .to = FLOW_STATE_RUNNING });
  if (mode_is_rolling_back (&run->mode))
    core_apply (next, &(StorageRecord){ .atom = STORAGE_NO_ATOM,
                                        .kind = STORAGE_RECORD_INTENTION,
                                        .intention = INTENTION_REVERT });
  for (guint32 node = 0; node < run->plan->n_nodes; node++)
    if (plan_is_atom (run->plan, node) && run->states[node] != ATOM_STATE_PENDING)
      core_apply (next, &(StorageRecord){ .atom = node,
                                          .kind = STORAGE_RECORD_ATOM,
                                          .from = ATOM_STATE_PENDING,
                                          .to = run->states[node],
                                          .attempt = 1 });
  for (guint32 node = 0; node < run->plan->n_nodes; node++)
    if (run->mode.state == MODE_STATE_REOPENED && run->states[node] == ATOM_STATE_RUNNING)
      core_apply (next, &(StorageRecord){ .atom = node,
                                          .kind = STORAGE_RECORD_RESOLUTION,
                                          .to = STORAGE_RESOLUTION_RETRY });
}

/* The run is interrupted and restored. keeps: after a request to keep it. */
static void
try_crash (World *world, const SimCore *run, gboolean keeps)
{
  SimCore *next;
  CoreMode before;

  if (!is_driven (&run->core)
      || (run->core.state != ENGINE_STATE_WAITING && run->core.state != ENGINE_STATE_UNDEFINED))
    return;
  next = g_new0 (SimCore, 1);
  sim_core_init (next, world->plan);
  next->core.mode.flags = run->core.mode.flags;
  apply_journal (&next->core, &run->core);
  if (keeps || mode_is_stuck (&run->core.mode))
    core_apply (&next->core, &(StorageRecord){ .atom = STORAGE_NO_ATOM,
                                               .kind = STORAGE_RECORD_REQUEST,
                                               .to = STORAGE_REQUEST_KEEP });
  before = next->core.mode;
  core_rebuild (&next->core);
  if (next->core.mode.state != before.state)
    check_move (world, &next->core, before, MODE_EVENT_STICK);
  answer (&next->core, CORE_UNKNOWN_ASK);
  keep (world, next);
  g_free (next);
}

static void
check_invariants (const Core *core)
{
  const char *broken = invariants_find_broken (core);
  g_autofree char *text = describe (core);

  if (broken != NULL)
    fail_msg ("%s: %s", broken, text);
}

static void
explore (World *world, EngineFlags flags)
{
  SimCore *first = g_new0 (SimCore, 1);

  sim_core_init (first, world->plan);
  first->core.mode.flags = flags;
  keep (world, first);
  g_free (first);
  while (world->runs->len > 0)
    {
      SimCore *run = g_ptr_array_steal_index_fast (world->runs, world->runs->len - 1);

      /* A person who resolves an atom of a run that NEVER_RESOLVE has stopped lets it go on with
       * its failure. */
      if (flags == ENGINE_FLAGS_NONE)
        check_invariants (&run->core);
      try_requests (world, run);
      try_start (world, run, 1);
      try_start (world, run, 2);
      try_ends (world, run);
      try_ended (world, run);
      try_resolutions (world, run);
      try_crash (world, run, FALSE);
      try_crash (world, run, TRUE);
      g_free (run);
    }
}

static void
check_rows (const char *name, const TransitionTable *table, const gboolean *taken)
{
  guint n_missing = 0;

  for (guint i = 0; i < table->n_states * table->n_events; i++)
    if (table->next[i] != 0 && !taken[i])
      {
        fprintf (stderr, "%s: nothing takes %s on %s\n", name, table->states[i / table->n_events],
                 table->events[i % table->n_events]);
        n_missing++;
      }
  assert_int_equal (n_missing, 0);
}

static void
every_move_of_mode_and_direction_is_a_row_and_every_row_is_taken (void **unused)
{
  World world = { .plan = make_plan () };
  guint count;
  const TransitionTable *tables = transitions_list (&count);

  (void) unused;
  world.runs = g_ptr_array_new_with_free_func (g_free);
  world.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  explore (&world, ENGINE_FLAGS_NONE);
  explore (&world, ENGINE_FLAGS_NEVER_RESOLVE);
  check_rows ("direction", &tables[3], world.direction_rows[0]);
  check_rows ("mode", &tables[4], world.mode_rows[0]);
  g_ptr_array_unref (world.runs);
  g_hash_table_unref (world.seen);
  plan_free (world.plan);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_move_of_mode_and_direction_is_a_row_and_every_row_is_taken),
  };

  return cmocka_run_group_tests_name ("mode", tests, NULL, NULL);
}
