/* SPDX-License-Identifier: Apache-2.0 */

/* What reading a flow file costs beside parsing its YAML: loading it and compiling it to a plan,
 * against a loop over libyaml's events that does nothing with them. Each sample reads the file
 * anew. Prints milliseconds of either and their ratio. With
 * --write N it writes a file of N steps instead.
 */

#include "bench/fleet.h"
#include "bench/sample.h"

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/flows/yaml/loader.h>

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

static char *
read_file (const char *path, gsize *size)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, size, &error))
    g_error ("%s", error->message);
  return text;
}

static void
measure_events (gconstpointer user_data, double *values)
{
  gint64 start = sample_cpu_ns ();
  gsize size;
  g_autofree char *text = read_file (user_data, &size);
  yaml_parser_t parser;
  yaml_event_t event;
  gboolean at_end = FALSE;

  yaml_parser_initialize (&parser);
  yaml_parser_set_input_string (&parser, (const unsigned char *) text, size);
  while (!at_end)
    {
      if (!yaml_parser_parse (&parser, &event))
        g_error ("line %zu: %s", parser.problem_mark.line + 1, parser.problem);
      at_end = event.type == YAML_STREAM_END_EVENT;
      yaml_event_delete (&event);
    }
  yaml_parser_delete (&parser);
  values[0] = (double) (sample_cpu_ns () - start) / 1e6;
  values[1] = (double) size;
}

static void
measure_check (gconstpointer user_data, double *values)
{
  gint64 start = sample_cpu_ns ();
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = flow_file_load (user_data, NULL, diagnostics);
  g_autoptr (Plan) plan = NULL;

  if (file == NULL || flow_file_get_flow (file) == NULL)
    g_error ("the file could not be loaded");
  plan = plan_new (flow_file_get_flow (file), diagnostics);
  if (plan == NULL)
    g_error ("the flow could not be compiled");
  values[0] = (double) (sample_cpu_ns () - start) / 1e6;
  values[1] = (double) g_bytes_get_size (flow_file_get_text (file));
}

static int
print_figures (const char *path, guint repeat)
{
  SampleFunc funcs[2] = { measure_check, measure_events };
  double check[2];
  double events[2];

  sample_take_both (funcs, path, repeat, (double *[]){ check, events }, 2);
  printf ("bytes\tcheck-ms\tevents-ms\tratio\n%.0f\t%.1f\t%.1f\t%.3f\n", check[1], check[0],
          events[0], check[0] / events[0]);
  return EXIT_SUCCESS;
}

static int
write_file (const char *path, guint n_steps)
{
  g_autoptr (GError) error = NULL;

  if (fleet_write (path, n_steps, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s: %s\n", g_get_prgname (), error->message);
  return EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  int n_steps = 0;
  int repeat = 1;
  const GOptionEntry entries[] = {
    { "write", 'w', 0, G_OPTION_ARG_INT, &n_steps, "write a file of so many steps", "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &repeat, "print medians of so many samples (1)",
      "COUNT" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("FILE - checking a flow file against parsing its YAML");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 || n_steps < 0
      || repeat < 1)
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (),
               error != NULL ? error->message : "one FILE is needed; see --help");
      return 2;
    }
  return n_steps > 0 ? write_file (argv[1], (guint) n_steps)
                     : print_figures (argv[1], (guint) repeat);
}
