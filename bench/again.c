/* SPDX-License-Identifier: Apache-2.0 */

/* What it costs to try again, and to stop and go on, in flows of C atoms on the memory store. A
 * flow of 10 atoms with a retry controller, whose last atom fails each time but the last, stands in
 * the middle of a linear flow of N atoms: microseconds a try (10 executes, 10 reverts, the
 * decision). A linear flow of N atoms is suspended and run on S times: microseconds each, over what
 * the run takes anyway. Prints a line for each N.
 */

#include "bench/graph.h"
#include "bench/sample.h"

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/flows/flow.h>

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>

#define N_RETRIED 10u
#define N_TRIES 1000u
#define N_STOPS 20u

/* What the atoms of a flow share. */
typedef struct
{
  guint calls;
  guint tries;
  gint64 first_ns;  /* when the first try failed */
  gint64 last_ns;   /* when the last one did its work */
  guint stop_every; /* 0: never */
  Engine *engine;
} Shared;

static gboolean
count (AtomContext *context G_GNUC_UNUSED, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  Shared *shared = user_data;

  shared->calls++;
  if (shared->stop_every > 0 && shared->calls % shared->stop_every == 0)
    engine_suspend (shared->engine);
  return TRUE;
}

/* Fails N_TRIES - 1 times. */
static gboolean
fail_often (AtomContext *context G_GNUC_UNUSED, gpointer user_data, GError **error)
{
  Shared *shared = user_data;

  if (++shared->tries == 1)
    shared->first_ns = sample_cpu_ns ();
  shared->last_ns = sample_cpu_ns ();
  if (shared->tries == N_TRIES)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "once more");
  return FALSE;
}

static void
add_atoms (Flow *flow, guint n_atoms, GraphName *name, Shared *shared)
{
  for (guint i = 0; i < n_atoms; i++)
    {
      flow_add (flow, task_new (name->text, count, count, shared, NULL));
      graph_name_next (name);
    }
}

static void
run (Flow *flow, Shared *shared)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;

  shared->engine = engine_new (flow, NULL);
  do
    if (!engine_run (shared->engine, &end, &error))
      g_error ("%s", error->message);
  while (end == FLOW_STATE_SUSPENDED);
  if (end != FLOW_STATE_SUCCESS)
    g_error ("the flow ended in state %d", (int) end);
  engine_free (shared->engine);
}

/* Microseconds a try. */
static void
measure_retry (gconstpointer user_data, double *values)
{
  guint n_atoms = *(const guint *) user_data;
  g_autoptr (Flow) flow = flow_new_linear ("again");
  Flow *inner = flow_new_linear ("inner");
  GraphName name = GRAPH_NAME_FIRST;
  Shared shared = { 0 };

  add_atoms (flow, (n_atoms - N_RETRIED) / 2, &name, &shared);
  flow_set_retry (inner, retry_new_times (NULL, N_TRIES));
  add_atoms (inner, N_RETRIED - 1, &name, &shared);
  flow_add (inner, task_new ("last", fail_often, count, &shared, NULL));
  flow_add_flow (flow, inner);
  add_atoms (flow, n_atoms - N_RETRIED - (n_atoms - N_RETRIED) / 2, &name, &shared);
  run (flow, &shared);
  values[0] = (double) (shared.last_ns - shared.first_ns) / 1e3 / (N_TRIES - 1);
}

/* Milliseconds of a run that is suspended `stops` times. */
static double
run_with_stops (guint n_atoms, guint stops)
{
  g_autoptr (Flow) flow = flow_new_linear ("stops");
  GraphName name = GRAPH_NAME_FIRST;
  Shared shared = { .stop_every = stops > 0 ? MAX (n_atoms / (stops + 1), 1) : 0 };
  gint64 start_ns;

  add_atoms (flow, n_atoms, &name, &shared);
  start_ns = sample_cpu_ns ();
  run (flow, &shared);
  return (double) (sample_cpu_ns () - start_ns) / 1e6;
}

static void
measure_straight (gconstpointer user_data, double *values)
{
  values[0] = run_with_stops (*(const guint *) user_data, 0);
}

static void
measure_stops (gconstpointer user_data, double *values)
{
  values[0] = run_with_stops (*(const guint *) user_data, N_STOPS);
}

static void
print_size (guint n_atoms, guint repeat)
{
  SampleFunc funcs[2] = { measure_straight, measure_stops };
  double retry;
  double straight;
  double stops;

  sample_take (measure_retry, &n_atoms, repeat, &retry, 1);
  sample_take_both (funcs, &n_atoms, repeat, (double *[]){ &straight, &stops }, 1);
  printf ("%u\t%.2f\t%.3f\t%.3f\t%.2f\t%u\n", n_atoms, retry, straight, stops, stops / straight,
          N_STOPS);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  int largest = 1000000;
  int repeat = 1;
  const GOptionEntry entries[] = {
    { "atoms", 'n', 0, G_OPTION_ARG_INT, &largest, "the largest flow, besides one of 20 (1000000)",
      "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &repeat, "print medians of so many samples (1)",
      "COUNT" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- retries, and suspending, in small and large flows");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || largest < 20 || repeat < 1)
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (),
               error != NULL ? error->message : "a number is too small");
      return 2;
    }
  printf ("atoms\tretry-us\tstraight-ms\tstops-ms\tratio\tstops\n");
  print_size (20, (guint) repeat);
  print_size ((guint) largest, (guint) repeat);
  return EXIT_SUCCESS;
}
