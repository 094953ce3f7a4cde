/* SPDX-License-Identifier: Apache-2.0 */

/* Linear flows of C atoms on the memory store, from the first task_new() to the end of the run: to
 * success, and with a last atom that fails, so that all others are reverted. Prints a line a size:
 * atoms, milliseconds of either, their ratio.
 */

#include "bench/graph.h"
#include "bench/sample.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/flows/flow.h>

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

static gboolean
count (AtomContext *context G_GNUC_UNUSED, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  ++*(guint *) user_data;
  return TRUE;
}

static gboolean
fail (AtomContext *context G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the last one fails");
  return FALSE;
}

/* calls: receives how many executes and reverts were counted. Returns: milliseconds. */
static double
run_flow (guint n_atoms, AtomFunc last, FlowState expected, guint *calls)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;
  gint64 start = sample_cpu_ns ();
  g_autoptr (Flow) flow = flow_new_linear ("rollback");
  g_autoptr (Engine) engine = NULL;
  GraphName name = GRAPH_NAME_FIRST;

  *calls = 0;
  for (guint i = 0; i < n_atoms; i++)
    {
      flow_add (flow, task_new (name.text, i + 1 < n_atoms ? count : last, count, calls, NULL));
      graph_name_next (&name);
    }
  engine = engine_new (flow, NULL);
  if (!engine_run (engine, &end, &error))
    g_error ("%s", error->message);
  if (end != expected)
    g_error ("the flow ended in state %d, not %d", (int) end, (int) expected);
  return (double) (sample_cpu_ns () - start) / 1e6;
}

static void
measure_success (gconstpointer user_data, double *values)
{
  guint n_atoms = *(const guint *) user_data;
  guint calls;

  values[0] = run_flow (n_atoms, count, FLOW_STATE_SUCCESS, &calls);
  if (calls != n_atoms)
    g_error ("%u calls, not %u", calls, n_atoms);
}

/* Every atom but the last executes and reverts; the last one, which failed, reverts too. */
static void
measure_rollback (gconstpointer user_data, double *values)
{
  guint n_atoms = *(const guint *) user_data;
  guint calls;

  values[0] = run_flow (n_atoms, fail, FLOW_STATE_REVERTED, &calls);
  if (calls != 2 * n_atoms - 1)
    g_error ("%u calls, not %u", calls, 2 * n_atoms - 1);
}

static void
print_size (guint n_atoms, guint repeat)
{
  SampleFunc funcs[2] = { measure_success, measure_rollback };
  double success;
  double rollback;

  sample_take_both (funcs, &n_atoms, repeat, (double *[]){ &success, &rollback }, 1);
  printf ("%u\t%.3f\t%.3f\t%.2f\n", n_atoms, success, rollback, rollback / success);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  int largest = 1000000;
  int repeat = 1;
  const GOptionEntry entries[] = {
    { "atoms", 'n', 0, G_OPTION_ARG_INT, &largest,
      "the largest flow, of 1000 and up by tens (1000000)", "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &repeat, "print medians of so many samples (1)",
      "COUNT" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- a linear flow that succeeds, and rolls back");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || largest < 1 || repeat < 1)
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (),
               error != NULL ? error->message : "a number is too small");
      return 2;
    }
  printf ("atoms\tsuccess-ms\trollback-ms\tratio\n");
  for (gint64 n_atoms = 1000; n_atoms <= largest; n_atoms *= 10)
    print_size ((guint) n_atoms, (guint) repeat);
  return EXIT_SUCCESS;
}
