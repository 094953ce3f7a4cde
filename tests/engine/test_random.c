/* SPDX-License-Identifier: Apache-2.0 */
/* Random flows with random failures, against the promises: an oracle that knows nothing of the
 * engine reads the plan's edges and the trace. The seed is printed; `BACKFLOW_SEED=N` repeats one
 * flow, `BACKFLOW_ROUNDS=N` runs more of them.
 */
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>
#include <backflow/flows/link.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ATOMS_MAX 80u
#define EVENTS_MAX (ATOMS_MAX * 8)

typedef struct World World;

/* What an atom of the world will do. */
typedef struct
{
  World *world;
  guint number;
  gboolean fails;
  gboolean revert_fails;
} Part;

typedef struct
{
  guint atom;
  AtomState to;
} Event;

struct World
{
  GRand *random;
  guint32 seed;
  Part parts[ATOMS_MAX];
  guint n_parts;
  Storage *storage;
  Engine *engine;
  Event events[EVENTS_MAX];
  guint n_events;
  GString *calls;    /* what was called, in order */
  gboolean is_plain; /* nobody listens, and the store keeps no journal */
  guint suspend_at;  /* an event number; 0: never */
  guint cancel_at;
};

/* -- The world ----------------------------------------------------------------------------------
 */

typedef struct
{
  guint32 atom;
  int last;
} LastState;

static gboolean
note_last (const StorageRecord *record, gpointer data)
{
  LastState *last = data;

  if (record->kind == STORAGE_RECORD_ATOM && record->atom == last->atom)
    last->last = record->to;
  return TRUE;
}

/* Intent before effect: what is called now, the store says already. */
static void
assert_intent_is_stored (World *world, AtomContext *context, AtomState intent)
{
  g_autoptr (StorageRun) run
      = storage_open_run (world->storage, engine_get_run_id (world->engine), NULL);
  LastState last = { 0, -1 };
  guint count;
  const StorageAtom *atoms;

  assert_non_null (run);
  atoms = storage_run_get_atoms (run, &count);
  while (strcmp (atoms[last.atom].name, atom_context_get_name (context)) != 0)
    last.atom++;
  assert_true (storage_run_foreach (run, note_last, &last, NULL));
  assert_int_equal (last.last, intent);
}

static gboolean
do_part (AtomContext *context, gpointer data, GError **error)
{
  Part *part = data;

  g_string_append_printf (part->world->calls, "x%u ", part->number);
  if (!part->world->is_plain)
    assert_intent_is_stored (part->world, context, ATOM_STATE_RUNNING);
  if (part->fails)
    g_set_error_literal (error, g_quark_from_static_string ("world"), 1, "fails");
  return !part->fails;
}

static gboolean
undo_part (AtomContext *context, gpointer data, GError **error)
{
  Part *part = data;

  g_string_append_printf (part->world->calls, "r%u ", part->number);
  if (!part->world->is_plain)
    assert_intent_is_stored (part->world, context, ATOM_STATE_REVERTING);
  if (part->revert_fails)
    g_set_error_literal (error, g_quark_from_static_string ("world"), 2, "revert fails");
  return !part->revert_fails;
}

static gboolean
happens (World *world, double probability)
{
  return g_rand_double (world->random) < probability;
}

static void
add_part (World *world, Flow *flow, double failing)
{
  Part *part = &world->parts[world->n_parts];
  Atom *atom;
  char name[16];

  *part = (Part){ world, world->n_parts++, happens (world, failing), happens (world, failing) };
  g_snprintf (name, sizeof name, "a%u", part->number);
  atom = task_new (name, do_part, undo_part, part, NULL);
  if (happens (world, 0.1))
    atom_set_priority (atom, g_rand_int_range (world->random, -3, 4));
  flow_add (flow, atom);
}

static void
add_links (World *world, Flow *flow)
{
  guint count = flow_get_n_items (flow);

  for (guint i = 0; i < count; i++)
    for (guint j = 0; j < i; j++)
      if (happens (world, 0.3))
        flow_link_items (flow, flow_get_item (flow, j), flow_get_item (flow, i), NULL, NULL);
}

static Flow *
make_flow (World *world, guint depth, double failing)
{
  Flow *flow = flow_new ((FlowKind) g_rand_int_range (world->random, 0, 3), "f");
  guint count = (guint) g_rand_int_range (world->random, depth == 0 ? 1 : 0, 6);

  for (guint i = 0; i < count && world->n_parts < ATOMS_MAX - 1; i++)
    if (depth < 4 && happens (world, 0.35))
      flow_add_flow (flow, make_flow (world, depth + 1, failing));
    else
      add_part (world, flow, failing);
  if (flow_get_kind (flow) == FLOW_KIND_GRAPH)
    add_links (world, flow);
  return flow;
}

static void
on_event (Engine *engine, const ListenerEvent *event, gpointer data)
{
  World *world = data;

  assert_true (world->n_events < EVENTS_MAX);
  world->events[world->n_events++]
      = (Event){ (guint) atoi (event->atom + 1), (AtomState) event->to };
  if (world->n_events == world->suspend_at)
    engine_suspend (engine);
  if (world->n_events == world->cancel_at)
    engine_cancel (engine);
}

/* -- The oracle ---------------------------------------------------------------------------------
 */

/* before[i][j]: atom i depends on atom j, directly or not; from the edges of the plan. */
typedef struct
{
  guint8 before[ATOMS_MAX][ATOMS_MAX];
} Order;

static void
learn_order (const Plan *plan, Order *order)
{
  memset (order, 0, sizeof *order);
  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_autofree guint8 *seen = g_new0 (guint8, plan_get_n_nodes (plan));
      guint of;

      if (plan_get_atom (plan, node) == NULL)
        continue;
      of = (guint) atoi (atom_get_name (plan_get_atom (plan, node)) + 1);
      g_array_append_val (stack, node);
      while (stack->len > 0)
        {
          guint32 at = g_array_index (stack, guint32, stack->len - 1);
          guint count;
          const guint32 *predecessors = plan_get_predecessors (plan, at, &count);

          g_array_set_size (stack, stack->len - 1);
          for (guint i = 0; i < count; i++)
            {
              Atom *atom = plan_get_atom (plan, predecessors[i]);

              if (atom != NULL)
                order->before[of][atoi (atom_get_name (atom) + 1)] = TRUE;
              if (!seen[predecessors[i]])
                {
                  seen[predecessors[i]] = TRUE;
                  g_array_append_val (stack, predecessors[i]);
                }
            }
        }
    }
}

static gboolean
is_quiet (int state)
{
  return state == ATOM_STATE_PENDING || state == ATOM_STATE_REVERTED;
}

/* Every start is at the right time, given the states so far. */
static void
check_start (const World *world, const Order *order, const int *states, const Event *event,
             gboolean has_failed)
{
  for (guint other = 0; other < world->n_parts; other++)
    {
      if (event->to == ATOM_STATE_RUNNING && order->before[event->atom][other])
        assert_int_equal (states[other], ATOM_STATE_SUCCESS);
      if (event->to == ATOM_STATE_REVERTING && order->before[other][event->atom])
        assert_true (is_quiet (states[other]));
    }
  if (event->to == ATOM_STATE_RUNNING)
    assert_false (has_failed);
}

static void
check_events (const World *world, const Order *order, int *states)
{
  static const int after[ATOM_STATE_COUNT][3] = {
    /* A start that is cancelled before anything happened is taken back. */
    [ATOM_STATE_PENDING] = { ATOM_STATE_RUNNING, -1, -1 },
    [ATOM_STATE_RUNNING] = { ATOM_STATE_PENDING, -1, -1 },
    [ATOM_STATE_SUCCESS] = { ATOM_STATE_RUNNING, ATOM_STATE_REVERTING, -1 },
    [ATOM_STATE_FAILURE] = { ATOM_STATE_RUNNING, ATOM_STATE_REVERTING, -1 },
    [ATOM_STATE_REVERTING] = { ATOM_STATE_SUCCESS, ATOM_STATE_FAILURE, -1 },
    [ATOM_STATE_REVERTED] = { ATOM_STATE_REVERTING, -1, -1 },
    [ATOM_STATE_REVERT_FAILURE] = { ATOM_STATE_REVERTING, -1, -1 },
  };
  gboolean has_failed = FALSE;

  for (guint i = 0; i < world->n_events; i++)
    {
      const Event *event = &world->events[i];

      assert_true (states[event->atom] == after[event->to][0]
                   || states[event->atom] == after[event->to][1]);
      check_start (world, order, states, event, has_failed);
      has_failed |= event->to == ATOM_STATE_FAILURE;
      states[event->atom] = (int) event->to;
    }
}

/* What is left when it is over: nothing that could have been undone. */
static void
check_end (const World *world, const Order *order, const int *states, FlowState end,
           gboolean was_cancelled)
{
  gboolean has_failed = FALSE;
  gboolean has_left = FALSE;

  for (guint i = 0; i < world->n_events; i++)
    has_failed |= world->events[i].to == ATOM_STATE_FAILURE;
  for (guint i = 0; i < world->n_parts; i++)
    {
      gboolean is_blocked = FALSE;

      if (!has_failed && !was_cancelled)
        {
          assert_int_equal (states[i], ATOM_STATE_SUCCESS);
          continue;
        }
      for (guint j = 0; j < world->n_parts; j++)
        is_blocked |= order->before[j][i] && states[j] == ATOM_STATE_REVERT_FAILURE;
      has_left |= !is_quiet (states[i]);
      if (states[i] == ATOM_STATE_SUCCESS || states[i] == ATOM_STATE_FAILURE)
        assert_true (is_blocked);
    }
  assert_string_equal (flow_state_get_name (end), !has_failed && !was_cancelled ? "SUCCESS"
                                                  : has_left                    ? "FAILURE"
                                                                                : "REVERTED");
}

typedef struct
{
  int states[ATOMS_MAX];
} Replay;

static gboolean
replay_record (const StorageRecord *record, gpointer data)
{
  Replay *replay = data;

  if (record->kind == STORAGE_RECORD_ATOM)
    {
      assert_int_equal (replay->states[record->atom], record->from);
      replay->states[record->atom] = record->to;
    }
  return TRUE;
}

/* The journal, applied in order, gives the states that the engine says. */
static void
check_journal (const World *world)
{
  g_autoptr (StorageRun) run
      = storage_open_run (world->storage, engine_get_run_id (world->engine), NULL);
  Replay replay = { { 0 } };
  guint count;
  const StorageAtom *atoms = storage_run_get_atoms (run, &count);

  assert_int_equal (count, world->n_parts);
  assert_true (storage_run_foreach (run, replay_record, &replay, NULL));
  for (guint i = 0; i < count; i++)
    {
      AtomState state;

      assert_true (engine_get_atom_state (world->engine, atoms[i].name, &state, NULL));
      assert_int_equal (replay.states[i], state);
    }
}

/* -- Rounds -------------------------------------------------------------------------------------
 */

static FlowState
run_to_end (World *world)
{
  FlowState end = FLOW_STATE_PENDING;

  do
    {
      g_autoptr (GError) error = NULL;

      if (!engine_run (world->engine, &end, &error))
        fail_msg ("seed %u: %s", world->seed, error->message);
    }
  while (end == FLOW_STATE_SUSPENDED);
  return end;
}

static void
play (guint32 seed)
{
  World world
      = { .random = g_rand_new_with_seed (seed), .seed = seed, .calls = g_string_new (NULL) };
  g_autoptr (Flow) flow = make_flow (&world, 0, g_rand_int_range (world.random, 0, 4) * 0.06);
  int states[ATOMS_MAX] = { 0 };
  Order *order = g_new (Order, 1);
  EngineOptions options = { 0 };
  FlowState end;

  if (happens (&world, 0.3))
    world.suspend_at = (guint) g_rand_int_range (world.random, 1, 60);
  if (happens (&world, 0.2))
    world.cancel_at = (guint) g_rand_int_range (world.random, 1, 60);
  world.storage = options.storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  world.engine = engine_new (flow, &options);
  engine_add_listener (world.engine, LISTENER_ATOM, on_event, &world, NULL);
  end = run_to_end (&world);
  learn_order (engine_get_plan (world.engine), order);
  check_events (&world, order, states);
  /* A cancel that comes with the last event finds nothing to roll back. */
  if (world.cancel_at == 0 || world.n_events < world.cancel_at || end == FLOW_STATE_SUCCESS)
    check_end (&world, order, states, end, FALSE);
  else
    check_end (&world, order, states, end, TRUE);
  check_journal (&world);
  engine_free (world.engine);
  storage_unref (world.storage);
  g_rand_free (world.random);
  g_string_free (world.calls, TRUE);
  g_free (order);
}

/* Runs the flow of a seed, with a listener and a journal or plainly. Returns: what was called, and
 * how it ended. */
static char *
call_sequence (guint32 seed, gboolean is_plain)
{
  World world = { .random = g_rand_new_with_seed (seed),
                  .seed = seed,
                  .calls = g_string_new (NULL),
                  .is_plain = is_plain };
  g_autoptr (Flow) flow = make_flow (&world, 0, g_rand_int_range (world.random, 0, 4) * 0.06);
  EngineOptions options = { 0 };

  if (!is_plain)
    options.storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  world.storage = options.storage;
  world.engine = engine_new (flow, &options);
  if (!is_plain)
    engine_add_listener (world.engine, LISTENER_ATOM, on_event, &world, NULL);
  g_string_append (world.calls, flow_state_get_name (run_to_end (&world)));
  for (guint i = 0; i < world.n_parts; i++)
    {
      g_autofree char *name = g_strdup_printf ("a%u", i);
      AtomState state;

      assert_true (engine_get_atom_state (world.engine, name, &state, NULL));
      g_string_append_printf (world.calls, " %s", atom_state_get_name (state));
    }
  engine_free (world.engine);
  storage_unref (world.storage);
  g_rand_free (world.random);
  return g_string_free (world.calls, FALSE);
}

/* The engine has a shorter way when nobody listens; it must lead to the same places. */
static void
a_run_that_nobody_hears_of_is_the_same (void **unused)
{
  (void) unused;
  for (guint32 seed = 1; seed <= 1500; seed++)
    {
      g_autofree char *heard = call_sequence (seed, FALSE);
      g_autofree char *plain = call_sequence (seed, TRUE);

      assert_string_equal (heard, plain);
    }
}

static void
random_flows_keep_the_promises (void **unused)
{
  const char *seed = g_getenv ("BACKFLOW_SEED");
  const char *rounds = g_getenv ("BACKFLOW_ROUNDS");
  guint count = rounds != NULL ? (guint) atoi (rounds) : 1500;
  guint32 first = g_random_int ();

  (void) unused;
  if (seed != NULL)
    {
      first = (guint32) g_ascii_strtoull (seed, NULL, 10);
      count = 1;
    }
  for (guint i = 0; i < count; i++)
    {
      /* The last one printed is the one that failed. */
      if (i % 100 == 0 || seed != NULL)
        print_message ("# seeds from %u\n", first + i);
      play (first + i);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (random_flows_keep_the_promises),
                                      cmocka_unit_test (a_run_that_nobody_hears_of_is_the_same) };

  return cmocka_run_group_tests_name ("random", tests, NULL, NULL);
}
