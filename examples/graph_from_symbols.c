/* SPDX-License-Identifier: Apache-2.0 */

/* A graph flow whose order follows from symbols alone: each task says what it needs and what it
 * makes, nobody says what comes first. The tasks are added in an order that would not work; the
 * plan is printed before the run.
 *
 *   cc -o graph_from_symbols graph_from_symbols.c $(pkg-config --cflags --libs backflow)
 *   ./graph_from_symbols
 */

#include <stdio.h>

#include <backflow/backflow.h>

/* Adds its arguments `a` and `b`; the names are bound to symbols by each task. */
static gboolean
add (AtomContext *context, gpointer user_data, GError **error)
{
  gint64 a = atom_context_get_int64 (context, "a", 0);
  gint64 b = atom_context_get_int64 (context, "b", 0);

  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (a + b));
  return TRUE;
}

static Atom *
new_sum (const char *name, const char *a, const char *b, const char *provides)
{
  Atom *task = task_new (name, add, NULL, NULL, NULL);

  atom_rebind (task, "a", a);
  atom_rebind (task, "b", b);
  atom_provide (task, provides);
  return task;
}

static void
print_plan (const Plan *plan)
{
  guint count;
  g_autofree guint32 *order = plan_dup_order (plan, &count);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *name = plan_dup_name (plan, order[i]);

      printf ("%u. %s\n", i + 1, name);
    }
}

int
main (void)
{
  g_autoptr (Flow) flow = flow_new_graph ("sums");
  g_autoptr (Engine) engine = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) total = NULL;
  FlowState state;

  flow_add (flow, new_sum ("total", "left", "right", "sum"));
  flow_add (flow, new_sum ("right", "y", "z", "right"));
  flow_add (flow, new_sum ("left", "x", "y", "left"));

  engine = engine_new (flow, NULL);
  if (!engine_inject (engine, "x", g_variant_new_int64 (1), &error)
      || !engine_inject (engine, "y", g_variant_new_int64 (20), &error)
      || !engine_inject (engine, "z", g_variant_new_int64 (300), &error)
      || !engine_validate (engine, &error))
    {
      fprintf (stderr, "graph_from_symbols: %s\n", error->message);
      return 1;
    }
  print_plan (engine_get_plan (engine));
  if (!engine_run (engine, &state, &error) || state != FLOW_STATE_SUCCESS)
    {
      fprintf (stderr, "graph_from_symbols: %s\n", error != NULL ? error->message : "it failed");
      return 1;
    }
  total = engine_fetch (engine, "sum");
  printf ("sum=%" G_GINT64_FORMAT "\n", g_variant_get_int64 (total));
  return 0;
}
