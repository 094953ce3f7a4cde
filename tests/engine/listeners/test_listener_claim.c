/* SPDX-License-Identifier: Apache-2.0 */
/* A run whose claim is lost is suspended, says why, and goes on when the claim holds again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_kinds.h>

#define RUN_ID "run"

/* Holds for `left` questions more. */
typedef struct
{
  guint left;
  guint asked;
  gboolean is_freed;
} Claim;

static gboolean
holds (Engine *engine, gpointer user_data)
{
  Claim *claim = user_data;

  (void) engine;
  claim->asked++;
  if (claim->left == 0)
    return FALSE;
  claim->left--;
  return TRUE;
}

static void
note_freed (gpointer user_data)
{
  ((Claim *) user_data)->is_freed = TRUE;
}

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static Engine *
new_engine (Storage *storage)
{
  g_autoptr (Flow) flow = flow_new_linear ("f");
  const EngineOptions options = { .run_id = RUN_ID, .storage = storage };

  flow_add (flow, task_new ("a", succeed, NULL, NULL, NULL));
  flow_add (flow, task_new ("b", succeed, NULL, NULL, NULL));
  flow_add (flow, task_new ("c", succeed, NULL, NULL, NULL));
  return engine_new (flow, &options);
}

static FlowState
run (Engine *engine)
{
  FlowState end = FLOW_STATE_PENDING;

  assert_true (engine_run (engine, &end, NULL));
  return end;
}

static void
it_is_asked_at_every_event_while_it_holds (void **state)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  Engine *engine = new_engine (storage);
  Claim claim = { .left = 100 };

  (void) state;
  listener_add_claim_check (engine, holds, &claim, note_freed);
  assert_int_equal (run (engine), FLOW_STATE_SUCCESS);
  assert_int_equal (claim.asked, 8);
  assert_false (claim.is_freed);
  engine_free (engine);
  assert_true (claim.is_freed);
}

static gboolean
find_reason (const StorageRecord *record, gpointer user_data)
{
  char **reason = user_data;

  if (record->kind == STORAGE_RECORD_REQUEST && record->to == STORAGE_REQUEST_SUSPEND
      && record->value != NULL)
    *reason = g_variant_dup_string (record->value, NULL);
  return TRUE;
}

static void
losing_it_suspends_and_is_kept_as_the_reason (void **state)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  g_autoptr (Engine) engine = new_engine (storage);
  g_autoptr (StorageRun) stored = NULL;
  g_autofree char *reason = NULL;
  Claim claim = { .left = 2 };
  AtomState of_b = ATOM_STATE_COUNT;

  (void) state;
  listener_add_claim_check (engine, holds, &claim, NULL);
  assert_int_equal (run (engine), FLOW_STATE_SUSPENDED);
  assert_true (engine_get_atom_state (engine, "b", &of_b, NULL));
  assert_int_equal (of_b, ATOM_STATE_PENDING);
  /* Lost is lost: nobody is asked again before the run goes on. */
  assert_int_equal (claim.asked, 3);
  stored = storage_open_run (storage, RUN_ID, NULL);
  assert_true (storage_run_foreach (stored, find_reason, &reason, NULL));
  assert_string_equal (reason, "the claim on the run is lost");
}

static void
it_is_asked_again_when_the_run_goes_on (void **state)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  g_autoptr (Engine) engine = new_engine (storage);
  Claim claim = { .left = 0 };

  (void) state;
  listener_add_claim_check (engine, holds, &claim, NULL);
  assert_int_equal (run (engine), FLOW_STATE_SUSPENDED);
  assert_int_equal (claim.asked, 1);
  assert_int_equal (run (engine), FLOW_STATE_SUSPENDED);
  assert_int_equal (claim.asked, 2);
  claim.left = 100;
  assert_int_equal (run (engine), FLOW_STATE_SUCCESS);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (it_is_asked_at_every_event_while_it_holds),
    cmocka_unit_test (losing_it_suspends_and_is_kept_as_the_reason),
    cmocka_unit_test (it_is_asked_again_when_the_run_goes_on),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
