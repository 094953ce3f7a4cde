/* SPDX-License-Identifier: Apache-2.0 */

/* Map and reduce: tasks that apply a function to each of their arguments, or fold them. The words
 * of each line are counted by one map task, whose result is an array; its elements are symbols,
 * which a reduce task adds up.
 *
 *   cc -o map_reduce map_reduce.c $(pkg-config --cflags --libs backflow)
 *   ./map_reduce 'to be' 'or not to be'
 */

#include <stdio.h>

#include <backflow/backflow.h>

static GVariant *
count_words (GVariant *line, gpointer user_data, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (g_variant_get_string (line, NULL), " \t", -1);
  gint64 found = 0;

  (void) user_data;
  (void) error;
  for (char **word = words; *word != NULL; word++)
    found += **word != '\0' ? 1 : 0;
  return g_variant_new_int64 (found);
}

static GVariant *
add (GVariant *left, GVariant *right, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  return g_variant_new_int64 (g_variant_get_int64 (left) + g_variant_get_int64 (right));
}

/* `count` lines: the symbols line-0, line-1, … are mapped to words-0, words-1, …, and these to
 * `total`. */
static Flow *
new_flow (guint count)
{
  Flow *flow = flow_new_linear ("count-words");
  Atom *map = task_new_map ("count", count_words, NULL, NULL);
  Atom *reduce = task_new_reduce ("add-up", add, NULL, NULL);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *line = g_strdup_printf ("line-%u", i);
      g_autofree char *words = g_strdup_printf ("words-%u", i);

      atom_require (map, line);
      atom_provide_index (map, words, i);
      atom_require (reduce, words);
    }
  atom_provide (reduce, "total");
  flow_add (flow, map);
  flow_add (flow, reduce);
  return flow;
}

static gboolean
inject_lines (Engine *engine, char **lines, guint count, GError **error)
{
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *name = g_strdup_printf ("line-%u", i);

      if (!engine_inject (engine, name, g_variant_new_string (lines[i]), error))
        return FALSE;
    }
  return TRUE;
}

int
main (int argc, char **argv)
{
  guint count = argc > 1 ? (guint) argc - 1 : 0;
  g_autoptr (Flow) flow = new_flow (count);
  g_autoptr (Engine) engine = engine_new (flow, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) total = NULL;
  FlowState state;

  /* A reduce task with fewer than two arguments does not compile: engine_run() says so. */
  if (!inject_lines (engine, argv + 1, count, &error) || !engine_run (engine, &state, &error))
    {
      fprintf (stderr, "map_reduce: %s\n", error->message);
      return 1;
    }
  total = engine_fetch (engine, "total");
  printf ("total=%" G_GINT64_FORMAT "\n", g_variant_get_int64 (total));
  return 0;
}
