/* SPDX-License-Identifier: Apache-2.0 */
/* A store that fails at any append: nothing starts whose intent is not durable, the error is the
 * store's, and the engine is over. The executors are the serial one and one that holds three
 * attempts. Also runs whose requests come before they begin.
 */
#include "tests/engine/story.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/attempt.h>
#include <backflow/atoms/task.h>
#include <backflow/executors/executor_backend.h>
#include <backflow/executors/serial.h>
#include <backflow/storage/storage_backend.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* -- A store that counts its appends, and fails one of them -------------------------------------
 */

typedef struct
{
  Storage base;
  Storage *inner;
  guint n_appends;
  guint fail_at; /* the append that fails, and all after it, from 1; 0: none */
  gboolean fails_create;
  guint8 states[8]; /* by atom in the order of definition: the last durable state */
} FaultyStorage;

typedef struct
{
  StorageRun base;
  StorageRun *inner;
} FaultyRun;

static void
faulty_free (Storage *base)
{
  storage_unref (((FaultyStorage *) base)->inner);
  g_free (base);
}

static StorageRun *
faulty_create_run (Storage *base, const StorageRunInfo *info, const StorageRunContent *content,
                   GError **error)
{
  FaultyStorage *self = (FaultyStorage *) base;
  FaultyRun *run;

  if (self->fails_create)
    {
      g_set_error_literal (error, STORAGE_ERROR, STORAGE_ERROR_BUSY, "made to be busy");
      return NULL;
    }
  run = g_new0 (FaultyRun, 1);
  run->inner = storage_create_run (self->inner, info, content, error);
  run->base.info = *storage_run_get_info (run->inner);
  run->base.n_atoms = content->n_atoms;
  return &run->base;
}

static gboolean
faulty_append (StorageRun *base, const StorageRecord *records, guint count, GError **error)
{
  FaultyStorage *self = (FaultyStorage *) base->storage;

  if (++self->n_appends >= self->fail_at && self->fail_at > 0)
    {
      g_set_error_literal (error, STORAGE_ERROR, STORAGE_ERROR_IO, "made to fail");
      return FALSE;
    }
  for (guint i = 0; i < count; i++)
    if (records[i].kind == STORAGE_RECORD_ATOM)
      self->states[records[i].atom - (base->storage->slots->has_atoms ? 0 : 1)] = records[i].to;
  return storage_run_append (((FaultyRun *) base)->inner, records, count, error);
}

static void
faulty_close_run (StorageRun *base)
{
  storage_run_close (((FaultyRun *) base)->inner);
  g_free (base);
}

static StorageSlots
make_slots (gboolean has_atoms)
{
  return (StorageSlots){ .scheme = "faulty",
                         .has_atoms = has_atoms,
                         .free = faulty_free,
                         .create_run = faulty_create_run,
                         .append = faulty_append,
                         .close_run = faulty_close_run };
}

static FaultyStorage *
faulty_new (const StorageSlots *slots, guint fail_at)
{
  FaultyStorage *self = g_new0 (FaultyStorage, 1);

  self->base.slots = slots;
  self->base.ref_count = 1;
  self->inner = storage_new_memory (STORAGE_MEMORY_CURRENT);
  self->fail_at = fail_at;
  return self;
}

/* -- An executor that holds three attempts, and ends the youngest first -------------------------
 */

#define WIDE 3

typedef struct
{
  Port base;
  Attempt *held[WIDE];
  guint n_held;
} WidePort;

static void
wide_free (Executor *executor)
{
  g_free (executor);
}

static Port *
wide_open (Executor *executor, GError **error)
{
  WidePort *port = g_new0 (WidePort, 1);

  (void) executor;
  (void) error;
  port->base.capacity = WIDE;
  return &port->base;
}

static void
wide_close (Port *port)
{
  g_free (port);
}

static void
wide_submit (Port *port, Attempt *const *attempts, guint count)
{
  WidePort *self = (WidePort *) port;

  for (guint i = 0; i < count; i++)
    self->held[self->n_held++] = attempts[i];
}

static guint
wide_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  WidePort *self = (WidePort *) port;

  (void) max;
  (void) until_us;
  if (self->n_held == 0)
    fail_msg ("the engine waits for what it never handed over");
  done[0] = self->held[--self->n_held];
  attempt_run (done[0]);
  return 1;
}

static void
wide_cancel (Port *port, Attempt *attempt)
{
  (void) port;
  atomic_store (&attempt->cancelled, 1);
}

static void
wide_interrupt (Port *port)
{
  (void) port;
}

static const ExecutorSlots wide_slots = { "wide",      wide_free,    wide_open,   wide_close,
                                          wide_submit, wide_collect, wide_cancel, wide_interrupt };

static Executor *
wide_new (void)
{
  Executor *executor = g_new0 (Executor, 1);

  executor_init (executor, &wide_slots);
  return executor;
}

/* -- Flows --------------------------------------------------------------------------------------
 */

static gboolean
fail_at_last (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  g_set_error_literal (error, ENGINE_ERROR, 0, "Woot!");
  return FALSE;
}

static gboolean
execute_if_durable (AtomContext *context, gpointer data, GError **error)
{
  const FaultyStorage *storage = data;
  guint number = (guint) g_ascii_strtoull (atom_context_get_name (context) + 1, NULL, 10);

  assert_int_equal (storage->states[number], ATOM_STATE_RUNNING);
  if (atom_context_get_name (context)[0] != 'f')
    return TRUE;
  return fail_at_last (context, data, error);
}

static gboolean
revert_if_durable (AtomContext *context, gpointer data, GError **error)
{
  const FaultyStorage *storage = data;
  guint number = (guint) g_ascii_strtoull (atom_context_get_name (context) + 1, NULL, 10);

  (void) error;
  assert_int_equal (storage->states[number], ATOM_STATE_REVERTING);
  return TRUE;
}

/* Tasks a0, a1, …, then one that fails when `fails`. */
static Flow *
build (FaultyStorage *storage, FlowKind kind, gboolean fails)
{
  Flow *flow = kind == FLOW_KIND_LINEAR ? flow_new_linear ("f") : flow_new_unordered ("f");

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("%c%u", fails && i == 4 ? 'f' : 'a', i);

      flow_add (flow, task_new (name, execute_if_durable, revert_if_durable, storage, NULL));
    }
  return flow;
}

typedef enum
{
  HEARING_NOTHING,
  HEARING_ALL,
  SUSPENDING_AT_ONCE,
  CANCELLING_AT_ONCE,
  HEARINGS
} Hearing;

static void
hear (Engine *engine, const ListenerEvent *event, gpointer data)
{
  Hearing hearing = *(Hearing *) data;

  if (event->kind != LISTENER_ATOM)
    return;
  if (hearing == SUSPENDING_AT_ONCE)
    engine_suspend (engine);
  else if (hearing == CANCELLING_AT_ONCE)
    engine_cancel (engine);
}

/* Runs once, or on and on while it is suspended. Returns: whether the store did not fail. */
static gboolean
run_to_the_end (Engine *engine)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  FlowState end = FLOW_STATE_SUSPENDED;

  while (end == FLOW_STATE_SUSPENDED)
    if (!engine_run (engine, &end, &error))
      {
        assert_true (g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_IO));
        assert_string_equal (error->message, "made to fail");
        assert_false (engine_run (engine, &end, &again));
        assert_non_null (again);
        return FALSE;
      }
  return TRUE;
}

/* One way to run: bits of a number, so that all of them can be gone through. */
typedef struct
{
  FlowKind kind;
  gboolean fails;
  gboolean is_wide;
  gboolean has_atoms;
  Hearing hearing;
} Way;

static gboolean
run_with_failure_at (guint fail_at, Way way)
{
  const StorageSlots slots = make_slots (way.has_atoms);
  FaultyStorage *storage = faulty_new (&slots, fail_at);
  g_autoptr (Executor) executor = way.is_wide ? wide_new () : executor_new_serial ();
  EngineOptions options = { .storage = &storage->base, .executor = executor };
  Flow *flow = build (storage, way.kind, way.fails);
  Engine *engine;
  gboolean is_fine;

  engine = engine_new (flow, &options);
  if (way.hearing != HEARING_NOTHING)
    engine_add_listener (engine, LISTENER_FLOW | LISTENER_ATOM, hear, &way.hearing, NULL);
  is_fine = run_to_the_end (engine);
  engine_free (engine);
  flow_unref (flow);
  storage_unref (&storage->base);
  return is_fine;
}

static Way
get_way (guint number)
{
  return (Way){ .kind = (number & 1) != 0 ? FLOW_KIND_LINEAR : FLOW_KIND_UNORDERED,
                .fails = (number & 2) != 0,
                .is_wide = (number & 4) != 0,
                .has_atoms = (number & 8) != 0,
                .hearing = (Hearing) (number >> 4) };
}

static void
nothing_starts_whose_intent_is_not_durable (void **unused)
{
  (void) unused;
  for (guint way = 0; way < 16 * HEARINGS; way++)
    {
      guint fail_at = 1;

      while (!run_with_failure_at (fail_at, get_way (way)))
        fail_at++;
      assert_in_range (fail_at, 4, 100);
    }
}

static void
a_run_that_could_not_be_made_can_be_made_later (void **unused)
{
  const StorageSlots slots = make_slots (TRUE);
  FaultyStorage *storage = faulty_new (&slots, 0);
  EngineOptions options = { .storage = &storage->base };
  Flow *flow = build (storage, FLOW_KIND_LINEAR, FALSE);
  Engine *engine = engine_new (flow, &options);
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;

  (void) unused;
  storage->fails_create = TRUE;
  assert_false (engine_run (engine, &end, &error));
  assert_true (g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_BUSY));
  storage->fails_create = FALSE;
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUCCESS);
  engine_free (engine);
  flow_unref (flow);
  storage_unref (&storage->base);
}

/* -- Without a store that fails -----------------------------------------------------------------
 */

static void
what_is_asked_before_the_run_counts_for_it (void **unused)
{
  Story story;

  (void) unused;
  story_init (&story, "linear l [P a, P b]", NULL, NULL);
  engine_suspend (story.engine);
  assert_int_equal (story_run (&story), FLOW_STATE_SUSPENDED);
  story_expect (&story, "flow l RUNNING; flow l SUSPENDING; flow l SUSPENDED");
  engine_cancel (story.engine);
  assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
  story_expect_states (&story, "a PENDING, b PENDING");
  assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
  story_clear (&story);
}

static void
a_cancel_at_every_line_reverts_all_and_the_run_can_start_again (void **unused)
{
  const char *text = "linear l [P a, unordered u [P c, linear m [P d, P x]], P e]";
  g_auto (GStrv) lines = NULL;
  Story plain;

  (void) unused;
  story_init (&plain, text, NULL, NULL);
  assert_int_equal (story_run (&plain), FLOW_STATE_SUCCESS);
  lines = g_strsplit (plain.trace->str, "; ", -1);
  /* After the last step there is nothing to cancel. */
  for (guint at = 0; lines[at + 2] != NULL; at++)
    {
      Story story;

      story_init (&story, text, NULL, NULL);
      story.cancel_at = lines[at];
      assert_int_equal (story_run (&story), FLOW_STATE_REVERTED);
      story.cancel_at = NULL;
      assert_int_equal (story_run (&story), FLOW_STATE_SUCCESS);
      assert_true (g_str_has_suffix (story.trace->str, plain.trace->str));
      story_clear (&story);
    }
  story_clear (&plain);
}

static FlowState
run_without_listeners (Flow *flow)
{
  Engine *engine = engine_new (flow, NULL);
  FlowState end = FLOW_STATE_PENDING;

  assert_true (engine_run (engine, &end, NULL));
  engine_free (engine);
  flow_unref (flow);
  return end;
}

static Atom *
new_payment (void)
{
  Atom *pay = task_new ("pay", NULL, NULL, NULL, NULL);

  atom_set_effects (pay, ATOM_EFFECTS_IRREVERSIBLE);
  return pay;
}

static void
what_can_not_be_taken_back_makes_the_end_a_failure (void **unused)
{
  Flow *before = story_build ("linear l [P a]");
  Flow *after = story_build ("linear l [P a]");

  (void) unused;
  flow_add (before, new_payment ());
  flow_add (before, task_new ("c", fail_at_last, NULL, NULL, NULL));
  assert_int_equal (run_without_listeners (before), FLOW_STATE_FAILURE);
  flow_add (after, task_new ("c", fail_at_last, NULL, NULL, NULL));
  flow_add (after, new_payment ());
  assert_int_equal (run_without_listeners (after), FLOW_STATE_REVERTED);
}

static void
a_promise_is_kept_without_listeners (void **unused)
{
  (void) unused;
  assert_int_equal (run_without_listeners (story_build ("linear l [N z, N a(-> (x,y)), NEVER b]")),
                    FLOW_STATE_REVERTED);
}

static gboolean
pass_the_deadline (AtomContext *context, gpointer data, GError **error)
{
  gint64 end = g_get_monotonic_time () + 20000;

  (void) context;
  (void) data;
  (void) error;
  while (g_get_monotonic_time () < end)
    g_usleep (1000);
  return TRUE;
}

static void
a_deadline_is_kept_without_listeners (void **unused)
{
  Flow *flow = story_build ("linear l [N z]");
  Atom *late = task_new ("late", pass_the_deadline, NULL, NULL, NULL);

  (void) unused;
  atom_set_timeout (late, ATOM_ACTION_EXECUTE, 1000);
  flow_add (flow, late);
  assert_int_equal (run_without_listeners (flow), FLOW_STATE_REVERTED);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (nothing_starts_whose_intent_is_not_durable),
    cmocka_unit_test (a_run_that_could_not_be_made_can_be_made_later),
    cmocka_unit_test (what_is_asked_before_the_run_counts_for_it),
    cmocka_unit_test (a_cancel_at_every_line_reverts_all_and_the_run_can_start_again),
    cmocka_unit_test (what_can_not_be_taken_back_makes_the_end_a_failure),
    cmocka_unit_test (a_promise_is_kept_without_listeners),
    cmocka_unit_test (a_deadline_is_kept_without_listeners),
  };

  return cmocka_run_group_tests_name ("store_failures", tests, NULL, NULL);
}
