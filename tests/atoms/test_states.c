/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/states.h>

/* The numbers are stored: a name may only be added at the end. */
static void
states_keep_their_names_and_numbers (void **state)
{
  static const char *const atoms[]
      = { "PENDING",  "RUNNING",        "SUCCESS",  "FAILURE", "REVERTING",
          "REVERTED", "REVERT_FAILURE", "RETRYING", "IGNORE" };
  static const char *const flows[] = { "PENDING",  "RUNNING",    "SUCCESS",   "FAILURE",
                                       "REVERTED", "SUSPENDING", "SUSPENDED", "RESUMING" };
  static const char *const intentions[] = { "EXECUTE", "REVERT", "RETRY", "IGNORE" };

  (void) state;
  assert_true (ATOM_STATE_COUNT >= G_N_ELEMENTS (atoms));
  assert_true (FLOW_STATE_COUNT >= G_N_ELEMENTS (flows));
  assert_true (INTENTION_COUNT >= G_N_ELEMENTS (intentions));
  for (guint i = 0; i < G_N_ELEMENTS (atoms); i++)
    assert_string_equal (atom_state_get_name ((AtomState) i), atoms[i]);
  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    assert_string_equal (flow_state_get_name ((FlowState) i), flows[i]);
  for (guint i = 0; i < G_N_ELEMENTS (intentions); i++)
    assert_string_equal (intention_get_name ((Intention) i), intentions[i]);
}

static void
states_are_found_by_their_names (void **state)
{
  (void) state;
  for (guint i = 0; i < ATOM_STATE_COUNT; i++)
    assert_int_equal (atom_state_find (atom_state_get_name ((AtomState) i)), i);
  for (guint i = 0; i < FLOW_STATE_COUNT; i++)
    assert_int_equal (flow_state_find (flow_state_get_name ((FlowState) i)), i);
}

static void
what_is_no_state_is_not_found (void **state)
{
  (void) state;
  assert_int_equal (atom_state_find ("success"), ATOM_STATE_COUNT);
  assert_int_equal (atom_state_find (""), ATOM_STATE_COUNT);
  assert_int_equal (atom_state_find (NULL), ATOM_STATE_COUNT);
  assert_int_equal (flow_state_find ("RETRYING"), FLOW_STATE_COUNT);
}

static void
some_states_of_a_run_are_ends (void **state)
{
  g_autoptr (GString) ends = g_string_new (NULL);
  g_autoptr (GString) rests = g_string_new (NULL);

  (void) state;
  for (guint i = 0; i < FLOW_STATE_COUNT; i++)
    {
      const char *name = flow_state_get_name ((FlowState) i);

      g_string_append_printf (ends, "%s ", flow_state_is_end ((FlowState) i) ? name : "");
      g_string_append_printf (rests, "%s ", flow_state_is_rest ((FlowState) i) ? name : "");
    }
  assert_string_equal (ends->str, "  SUCCESS FAILURE REVERTED    ");
  assert_string_equal (rests->str, "  SUCCESS FAILURE REVERTED  SUSPENDED  ");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (states_keep_their_names_and_numbers),
    cmocka_unit_test (states_are_found_by_their_names),
    cmocka_unit_test (what_is_no_state_is_not_found),
    cmocka_unit_test (some_states_of_a_run_are_ends),
  };

  return cmocka_run_group_tests_name ("states", tests, NULL, NULL);
}
