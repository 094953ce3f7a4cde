/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a list against a plain table, and the lists that it serves: nodes that run, timers.
 */
#include "engine/core/core.h"

#include <backflow/atoms/task.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define N_NODES 500u

static void
an_index_finds_what_was_put_and_nothing_else (void **unused)
{
  NodeIndex index = { NULL, 0, 0 };
  guint places[N_NODES];
  g_autoptr (GRand) chance = g_rand_new_with_seed (7);

  (void) unused;
  for (guint32 node = 0; node < N_NODES; node++)
    places[node] = NODE_INDEX_NONE;
  for (guint step = 0; step < 200000; step++)
    {
      guint32 node = (guint32) g_rand_int_range (chance, 0, (gint32) N_NODES);

      if (g_rand_boolean (chance))
        {
          places[node] = step;
          node_index_put (&index, node, step);
        }
      else if (places[node] != NODE_INDEX_NONE)
        {
          places[node] = NODE_INDEX_NONE;
          node_index_remove (&index, node);
        }
      node = (guint32) g_rand_int_range (chance, 0, (gint32) N_NODES);
      assert_int_equal (node_index_find (&index, node), places[node]);
    }
  node_index_clear (&index);
  assert_int_equal (node_index_find (&index, 0), NODE_INDEX_NONE);
}

static void
running_nodes_are_taken_out_in_any_order (void **unused)
{
  CoreRunning running = { NULL, 0, 0, { NULL, 0, 0 } };
  guint8 is_in[N_NODES] = { 0 };
  g_autoptr (GRand) chance = g_rand_new_with_seed (8);

  (void) unused;
  for (guint step = 0; step < 100000; step++)
    {
      guint32 node
          = (guint32) g_rand_int_range (chance, 0, step / 20000 % 2 == 0 ? 12 : (gint32) N_NODES);
      guint count = 0;

      if (is_in[node])
        core_running_remove (&running, node);
      else
        core_running_add (&running, node);
      is_in[node] = !is_in[node];
      if (step % 100 != 0)
        continue;
      for (guint i = 0; i < N_NODES; i++)
        count += is_in[i];
      assert_int_equal (running.length, count);
      for (guint i = 0; i < running.length; i++)
        assert_true (is_in[running.items[i]]);
    }
  node_index_clear (&running.index);
  vector_clear (&running);
}

static Plan *
make_plan (void)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  Flow *flow = flow_new_unordered ("f");
  Plan *plan;

  for (guint i = 0; i < N_NODES; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      flow_add (flow, task_new (name, NULL, NULL, NULL, NULL));
    }
  plan = plan_new (flow, diagnostics);
  flow_unref (flow);
  return plan;
}

/* The first time of those that are set; G_MAXINT64 when none is. */
static gint64
find_first (const gint64 *times)
{
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < N_NODES; i++)
    if (times[i] != 0)
      first = MIN (first, times[i]);
  return first;
}

static void
the_first_timer_is_known_whatever_is_added_and_removed (void **unused)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (9);
  gint64 times[N_NODES] = { 0 };
  gint64 now = 1;
  Plan *plan = make_plan ();
  Core core;

  (void) unused;
  core_init (&core, plan, ENGINE_FLAGS_NONE);
  core_need_marks (&core);
  for (guint step = 0; step < 50000; step++)
    {
      guint32 node = (guint32) g_rand_int_range (chance, 1, (gint32) N_NODES);
      gint64 due = now + g_rand_int_range (chance, 1, 1000);

      switch (g_rand_int_range (chance, 0, 4))
        {
        case 0:
          core_forget_timer (&core, node);
          times[node] = 0;
          break;
        case 1:
          now += g_rand_int_range (chance, 0, 40);
          core_set_time (&core, now);
          for (guint i = 0; i < N_NODES; i++)
            times[i] = times[i] > now ? times[i] : 0;
          break;
        default:
          core_add_timer (&core, node, due);
          times[node] = due;
        }
      assert_int_equal (core_get_due (&core), find_first (times));
      assert_int_equal (core_has_timer (&core, node), times[node] != 0);
    }
  core_clear (&core);
  plan_free (plan);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_index_finds_what_was_put_and_nothing_else),
    cmocka_unit_test (running_nodes_are_taken_out_in_any_order),
    cmocka_unit_test (the_first_timer_is_known_whatever_is_added_and_removed),
  };

  return cmocka_run_group_tests_name ("node_index", tests, NULL, NULL);
}
