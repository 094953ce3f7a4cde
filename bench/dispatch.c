/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/dispatch.h"
#include "bench/sample.h"

#include <stdio.h>
#include <stdlib.h>

enum
{
  BUILD,
  COMPILE,
  RUN,
  TOTAL,
  FREE,
  MEMORY,
  MEMORY_WITHOUT_NAMES,
  N_VALUES
};

typedef struct
{
  DispatchFunc func;
  GraphShape shape;
  guint32 n_nodes;
} Measurement;

/* All values are for one node. */
static void
measure (gconstpointer user_data, double *values)
{
  const Measurement *measurement = user_data;
  g_autoptr (Graph) graph = graph_new (measurement->shape, measurement->n_nodes);
  DispatchTimes times = { 0 };
  gsize before = sample_reset_peak ();
  double memory;

  measurement->func (graph, &times);
  memory = (double) sample_peak_bytes () - (double) before;
  values[BUILD] = times.build_ns / graph->n_nodes;
  values[COMPILE] = times.compile_ns / graph->n_nodes;
  values[RUN] = times.run_ns / graph->n_nodes;
  values[TOTAL] = values[BUILD] + values[COMPILE] + values[RUN];
  values[FREE] = times.free_ns / graph->n_nodes;
  values[MEMORY] = memory / graph->n_nodes;
  values[MEMORY_WITHOUT_NAMES] = (memory - times.name_bytes) / graph->n_nodes;
}

static void
print_shape (const Measurement *measurement, guint repeat)
{
  double medians[N_VALUES];

  sample_take (measure, measurement, repeat, medians, N_VALUES);
  printf ("%s\t%u", graph_shape_get_name (measurement->shape), measurement->n_nodes);
  for (guint i = 0; i < N_VALUES; i++)
    printf ("\t%.1f", medians[i]);
  printf ("\n");
  fflush (stdout);
}

typedef struct
{
  int n_nodes;
  int repeat;
  char *name;
  gboolean ask_kind;
  GraphShape only;
} Options;

/* FALSE when something on the command line is wrong, which has been said. */
static gboolean
parse_options (Options *options, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "atoms", 'n', 0, G_OPTION_ARG_INT, &options->n_nodes, "how many atoms (1000000)", "N" },
    { "shape", 's', 0, G_OPTION_ARG_STRING, &options->name,
      "only chain, independent, fan, tree, random, near or grid", "NAME" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &options->repeat, "print medians of so many samples (1)",
      "COUNT" },
    { "kind", 'k', 0, G_OPTION_ARG_NONE, &options->ask_kind, "print what kind of build this is",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- ns and bytes an atom, shape by shape");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (), error->message);
      return FALSE;
    }
  options->only = options->name != NULL ? graph_shape_find (options->name) : GRAPH_SHAPE_COUNT;
  if (options->name != NULL && options->only == GRAPH_SHAPE_COUNT)
    {
      fprintf (stderr, "%s: no shape is called %s\n", g_get_prgname (), options->name);
      return FALSE;
    }
  if (options->n_nodes < 8 || options->repeat < 1)
    {
      fprintf (stderr, "%s: a number is too small\n", g_get_prgname ());
      return FALSE;
    }
  return TRUE;
}

int
dispatch_main (int argc, char **argv, DispatchFunc func)
{
  Options options = { .n_nodes = 1000000, .repeat = 1 };
  gboolean parsed = parse_options (&options, argc, argv);
  g_autofree char *name = options.name;

  (void) name; /* it is only freed here */
  if (!parsed)
    return 2;
  if (options.ask_kind)
    {
      printf ("%s\n", sample_build_kind ());
      return EXIT_SUCCESS;
    }
  printf ("shape\tatoms\tbuild\tcompile\trun\ttotal\tfree\tbytes\tbytes-without-names\n");
  for (GraphShape shape = GRAPH_SHAPE_CHAIN; shape < GRAPH_SHAPE_COUNT; shape++)
    {
      const Measurement measurement = { func, shape, (guint32) options.n_nodes };

      if (options.only == GRAPH_SHAPE_COUNT || options.only == shape)
        print_shape (&measurement, (guint) options.repeat);
    }
  return EXIT_SUCCESS;
}
