/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/flows/flow.h>
#include <backflow/flows/link.h>

static Atom *
new_task (const char *name)
{
  return task_new (name, NULL, NULL, NULL, NULL);
}

static void
a_flow_has_a_name_a_kind_and_nothing_else (void **state)
{
  g_autoptr (Flow) flow = flow_new_unordered ("f");
  guint16 major;
  guint16 minor;

  (void) state;
  flow_get_version (flow, &major, &minor);
  assert_string_equal (flow_get_name (flow), "f");
  assert_int_equal (flow_get_kind (flow), FLOW_KIND_UNORDERED);
  assert_int_equal (flow_get_n_items (flow), 0);
  assert_int_equal (flow_get_n_links (flow), 0);
  assert_int_equal (flow_get_timeout (flow), 0);
  assert_null (flow_get_retry (flow));
  assert_null (flow_get_parent (flow));
  assert_null (flow_get_mark (flow));
  assert_int_equal (major, 1);
  assert_int_equal (minor, 0);
  flow_unref (NULL);
}

static void
a_timeout_is_set_and_taken_back (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("outer");
  Flow *inner = flow_new_graph ("inner");

  (void) state;
  flow_add_flow (flow, inner);
  flow_set_timeout (flow, G_USEC_PER_SEC);
  flow_set_timeout (inner, G_MAXINT64);
  assert_int_equal (flow_get_timeout (flow), G_USEC_PER_SEC);
  assert_int_equal (flow_get_timeout (inner), G_MAXINT64);
  flow_set_timeout (flow, 0);
  assert_int_equal (flow_get_timeout (flow), 0);
  assert_int_equal (flow_get_timeout (inner), G_MAXINT64);
}

static void
members_know_where_they_are (void **state)
{
  g_autoptr (Flow) flow = flow_new_linear ("outer");
  Flow *inner = flow_new_graph ("inner");
  Atom *task = new_task ("t");

  (void) state;
  flow_add (flow, task);
  flow_add_flow (flow, inner);
  assert_int_equal (flow_get_n_items (flow), 2);
  assert_ptr_equal (flow_get_item (flow, 0).atom, task);
  assert_null (flow_get_item (flow, 0).flow);
  assert_ptr_equal (flow_get_item (flow, 1).flow, inner);
  assert_null (flow_get_item (flow, 1).atom);
  assert_ptr_equal (flow_find_of_atom (task), flow);
  assert_ptr_equal (flow_get_parent (inner), flow);
}

static void
a_retry_gets_the_name_of_its_flow_unless_it_has_one (void **state)
{
  g_autoptr (Flow) first = flow_new_linear ("first");
  g_autoptr (Flow) second = flow_new_linear ("second");

  (void) state;
  flow_set_retry (first, retry_new_times (NULL, 2));
  flow_set_retry (second, retry_new_times ("own", 2));
  assert_string_equal (atom_get_name (flow_get_retry (first)), "first.retry");
  assert_string_equal (atom_get_name (flow_get_retry (second)), "own");
  assert_ptr_equal (flow_find_of_atom (flow_get_retry (first)), first);
  assert_int_equal (flow_get_n_items (first), 0);
}

static void
a_nest_of_any_depth_is_freed (void **state)
{
  Flow *outermost = flow_new_linear ("f");
  Flow *flow = outermost;

  (void) state;
  for (guint i = 0; i < 300000; i++)
    {
      Flow *inner = flow_new_linear ("f");

      flow_add_flow (flow, inner);
      flow = inner;
    }
  flow_add (flow, new_task ("t"));
  flow_unref (outermost);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_flow_has_a_name_a_kind_and_nothing_else),
    cmocka_unit_test (a_timeout_is_set_and_taken_back),
    cmocka_unit_test (members_know_where_they_are),
    cmocka_unit_test (a_retry_gets_the_name_of_its_flow_unless_it_has_one),
    cmocka_unit_test (a_nest_of_any_depth_is_freed),
  };

  return cmocka_run_group_tests_name ("flow", tests, NULL, NULL);
}
