/* SPDX-License-Identifier: Apache-2.0 */
/* The engine itself over a simulated executor and clock: random flows whose tasks fail, time out,
 * are suspended, resumed and cancelled, through engine_run(), a journal in memory, and ports that
 * give attempts back in the order of simulated time. Nothing waits, and a seed repeats a run to
 * the last event.
 *
 * BACKFLOW_SIMULATED_SEED=N begins with that flow; BACKFLOW_SOAK_SECONDS=N goes on for so long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/backflow.h>

#define CAPACITY 4
#define N_FLOWS 2000
#define N_TASKS_MAX 64

typedef struct World World;

/* A task and its effect in the world. */
typedef struct
{
  World *world;
  const Atom *atom;
  gboolean is_live; /* an attempt of it is in flight */
  gboolean is_there;
} Task;

struct World
{
  Executor executor;
  GRand *random;
  gint64 time_us;
  Engine *engine;
  Task tasks[N_TASKS_MAX];
  guint n_tasks;
  guint n_flows;
  gboolean may_ask; /* a request from outside may still come */
  GString *trace;
  char *broken; /* (nullable) the promise that was broken first */
};

/* An attempt in the simulated executor. */
typedef struct
{
  Attempt *attempt;
  gint64 end_us;
} Running;

typedef struct
{
  Port base;
  World *world;
  Running running[CAPACITY];
  guint n_running;
  gboolean is_interrupted;
} SimulatedPort;

static gboolean
chance (World *world, guint percent)
{
  return g_rand_int_range (world->random, 0, 100) < (gint32) percent;
}

static void
break_promise (World *world, const char *what, const char *atom)
{
  if (world->broken == NULL)
    world->broken = g_strdup_printf ("%s: %s", atom, what);
}

/* -- The clock ------------------------------------------------------------------------------- */

static gint64
get_now (gpointer data)
{
  return ((World *) data)->time_us + 1000 * G_USEC_PER_SEC;
}

static gint64
get_monotonic (gpointer data)
{
  return ((World *) data)->time_us;
}

static double
draw (gpointer data)
{
  return g_rand_double (((World *) data)->random);
}

/* -- The executor ---------------------------------------------------------------------------- */

static void
free_executor (Executor *executor)
{
  (void) executor;
}

static Port *
open_port (Executor *executor, GError **error)
{
  SimulatedPort *port = g_new0 (SimulatedPort, 1);

  (void) error;
  port->world = (World *) executor;
  port->base.capacity = CAPACITY;
  return &port->base;
}

static void
close_port (Port *port)
{
  g_free (port);
}

static Task *
task_of (World *world, const Attempt *attempt)
{
  guint i = 0;

  while (world->tasks[i].atom != attempt->atom)
    i++;
  return &world->tasks[i];
}

static void
submit (Port *port, Attempt *const *attempts, guint count)
{
  SimulatedPort *self = (SimulatedPort *) port;

  for (guint i = 0; i < count; i++)
    {
      Task *task = task_of (self->world, attempts[i]);
      gint64 takes_us = g_rand_int_range (self->world->random, 1, 5000);

      if (task->is_live)
        break_promise (self->world, "two attempts at once", atom_get_name (attempts[i]->atom));
      task->is_live = TRUE;
      self->running[self->n_running++] = (Running){ attempts[i], self->world->time_us + takes_us };
    }
}

/* Asks for something now and then, as another thread would. */
static void
disturb (World *world)
{
  if (!world->may_ask || !chance (world, 3))
    return;
  if (chance (world, 60))
    engine_suspend (world->engine);
  else
    engine_cancel (world->engine);
  world->may_ask = chance (world, 50);
}

static guint
find_first (const SimulatedPort *self)
{
  guint first = 0;

  for (guint i = 1; i < self->n_running; i++)
    if (self->running[i].end_us < self->running[first].end_us)
      first = i;
  return first;
}

static void
finish (World *world, Attempt *attempt)
{
  if (atomic_load (&attempt->cancelled) != 0)
    attempt_fail (attempt, failure_new_printf ("cancelled", "cancelled"));
  else if (attempt->deadline_us != 0 && attempt->deadline_us < world->time_us)
    attempt_fail (attempt, failure_new_printf ("timeout", "too late"));
  else
    attempt_run (attempt);
  task_of (world, attempt)->is_live = FALSE;
}

static guint
collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  SimulatedPort *self = (SimulatedPort *) port;
  World *world = self->world;
  guint first = find_first (self);

  (void) max;
  disturb (world);
  if (self->is_interrupted)
    {
      self->is_interrupted = FALSE;
      return 0;
    }
  if (self->n_running == 0 || self->running[first].end_us > until_us)
    {
      if (until_us != G_MAXINT64)
        world->time_us = MAX (world->time_us, until_us);
      return 0;
    }
  world->time_us = MAX (world->time_us, self->running[first].end_us);
  done[0] = self->running[first].attempt;
  self->running[first] = self->running[--self->n_running];
  finish (world, done[0]);
  return 1;
}

static void
cancel (Port *port, Attempt *attempt)
{
  (void) port;
  atomic_store (&attempt->cancelled, 1);
}

static void
interrupt (Port *port)
{
  ((SimulatedPort *) port)->is_interrupted = TRUE;
}

static const ExecutorSlots slots = { .name = "simulated",
                                     .free = free_executor,
                                     .open = open_port,
                                     .close = close_port,
                                     .submit = submit,
                                     .collect = collect,
                                     .cancel = cancel,
                                     .interrupt = interrupt };

/* -- Tasks and flows ------------------------------------------------------------------------- */

static gboolean
execute (AtomContext *context, gpointer user_data, GError **error)
{
  Task *task = user_data;
  gboolean fails = chance (task->world, 12);

  (void) context;
  /* A failure may leave a part of its effect. */
  if (!fails || chance (task->world, 50))
    task->is_there = TRUE;
  if (fails)
    g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "drawn");
  return !fails;
}

static gboolean
revert (AtomContext *context, gpointer user_data, GError **error)
{
  Task *task = user_data;

  (void) context;
  if (chance (task->world, 10))
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "drawn");
      return FALSE;
    }
  task->is_there = FALSE;
  return TRUE;
}

static Atom *
make_task (World *world)
{
  static const AtomBackoff tries = { 3, 50, 2.0, 400, 0.5 };
  Task *task = &world->tasks[world->n_tasks];
  g_autofree char *name = g_strdup_printf ("t%u", world->n_tasks++);
  Atom *atom = task_new (name, execute, revert, task, NULL);

  task->world = world;
  task->atom = atom;
  if (chance (world, 20))
    atom_set_timeout (atom, ATOM_ACTION_EXECUTE, g_rand_int_range (world->random, 500, 6000));
  if (chance (world, 50))
    atom_set_revert_backoff (atom, &tries);
  return atom;
}

static Flow *
make_flow (World *world, guint depth)
{
  static const AtomBackoff delays = { 3, 100, 2.0, 1000, 0.5 };
  g_autofree char *name = g_strdup_printf ("f%u", world->n_flows++);
  Flow *flow = chance (world, 50) ? flow_new_linear (name) : flow_new_unordered (name);
  gint32 n_children = g_rand_int_range (world->random, 1, 5);

  if (chance (world, 30))
    {
      g_autofree char *retry_name = g_strdup_printf ("%s.retry", name);
      Atom *retry = retry_new_times (retry_name, 3);

      retry_set_backoff (retry, &delays);
      flow_set_retry (flow, retry);
    }
  for (gint32 i = 0; i < n_children && world->n_tasks < N_TASKS_MAX; i++)
    if (depth < 3 && chance (world, 30))
      flow_add_flow (flow, make_flow (world, depth + 1));
    else
      flow_add (flow, make_task (world));
  return flow;
}

/* -- Runs ------------------------------------------------------------------------------------ */

static void
write_down (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  World *world = user_data;

  (void) engine;
  g_string_append_printf (world->trace, "%" G_GINT64_FORMAT " %s %s\n", event->time_us,
                          event->atom != NULL ? event->atom : event->flow,
                          listener_get_state_name (event->kind, event->to));
}

static void
check_task (World *world, const Task *task, FlowState end)
{
  const char *name = atom_get_name (task->atom);
  AtomState state = ATOM_STATE_PENDING;

  assert_true (engine_get_atom_state (world->engine, name, &state, NULL));
  if (task->is_live || state == ATOM_STATE_RUNNING || state == ATOM_STATE_REVERTING)
    break_promise (world, "an attempt outlives its run", name);
  if (state == ATOM_STATE_REVERTED && task->is_there)
    break_promise (world, "is there though it is REVERTED", name);
  if (end == FLOW_STATE_REVERTED && task->is_there)
    break_promise (world, "is there though the run is REVERTED", name);
  if (end == FLOW_STATE_SUCCESS && (!task->is_there || state != ATOM_STATE_SUCCESS))
    break_promise (world, "is not there though the run is SUCCESS", name);
}

/* Whether what is in the world is what the run says of it. */
static void
check_end (World *world, FlowState end)
{
  for (guint i = 0; i < world->n_tasks; i++)
    check_task (world, &world->tasks[i], end);
}

static void
run_to_end (World *world, Flow *flow, const EngineOptions *options)
{
  FlowState end = FLOW_STATE_SUSPENDED;
  gboolean is_resumed = FALSE;

  for (guint i = 0; end == FLOW_STATE_SUSPENDED && i < 1000; i++)
    {
      g_autoptr (GError) error = NULL;

      if (world->engine == NULL)
        world->engine
            = is_resumed ? engine_new_resumed (flow, options, &error) : engine_new (flow, options);
      assert_non_null (world->engine);
      (void) engine_add_listener (world->engine, LISTENER_ATOM | LISTENER_FLOW | LISTENER_DECISION,
                                  write_down, world, NULL);
      assert_true (engine_run (world->engine, &end, &error));
      if (end != FLOW_STATE_SUSPENDED)
        check_end (world, end);
      g_clear_pointer (&world->engine, engine_free);
      is_resumed = TRUE;
    }
  assert_int_not_equal (end, FLOW_STATE_SUSPENDED);
}

/* Runs the flow of a seed. Returns: (transfer full) its trace; broken: (out) (nullable). */
static char *
simulate (guint32 seed, char **broken)
{
  g_autofree World *world = g_new0 (World, 1);
  EngineClock clock = { get_now, get_monotonic, draw, world };
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  EngineOptions options = { .run_id = "r", .storage = storage, .clock = &clock };
  g_autoptr (Flow) flow = NULL;

  executor_init (&world->executor, &slots);
  options.executor = &world->executor;
  world->random = g_rand_new_with_seed (seed);
  world->trace = g_string_new (NULL);
  world->time_us = G_USEC_PER_SEC;
  world->may_ask = chance (world, 50);
  flow = make_flow (world, 0);
  run_to_end (world, flow, &options);
  g_rand_free (world->random);
  *broken = world->broken;
  return g_string_free (world->trace, FALSE);
}

static guint
get_number (const char *name, guint otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? (guint) strtoul (text, NULL, 10) : otherwise;
}

static void
the_engine_keeps_its_promises_in_simulated_time (void **unused)
{
  guint seed = get_number ("BACKFLOW_SIMULATED_SEED", 1);
  gint64 until_us
      = g_get_monotonic_time () + get_number ("BACKFLOW_SOAK_SECONDS", 0) * G_USEC_PER_SEC;

  (void) unused;
  for (guint i = 0; i < N_FLOWS || g_get_monotonic_time () < until_us; i++, seed++)
    {
      g_autofree char *broken = NULL;
      g_autofree char *trace = simulate (seed, &broken);

      if (broken != NULL)
        fail_msg ("BACKFLOW_SIMULATED_SEED=%u: %s\n%s", seed, broken, trace);
    }
}

static void
a_seed_repeats_a_run_to_the_last_event (void **unused)
{
  gsize length = 0;

  (void) unused;
  for (guint seed = 1; seed < 40; seed++)
    {
      char *broken = NULL;
      g_autofree char *once = simulate (seed, &broken);
      g_autofree char *again = simulate (seed, &broken);

      assert_string_equal (once, again);
      length += strlen (once);
    }
  assert_true (length > 10000);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_engine_keeps_its_promises_in_simulated_time),
    cmocka_unit_test (a_seed_repeats_a_run_to_the_last_event),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
