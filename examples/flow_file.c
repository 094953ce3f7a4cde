/* SPDX-License-Identifier: Apache-2.0 */

/* A program that runs flow files: it loads one, says all that is wrong with it, takes inputs from
 * its arguments, registers a C function of its own for `call`, writes the event log to standard
 * output, and prints the outputs.
 *
 *   cc -o flow_file flow_file.c $(pkg-config --cflags --libs backflow)
 *   ./flow_file greeting.yaml name=Ada
 */

#include <stdio.h>
#include <string.h>

#include <backflow/backflow.h>

static gboolean
shout (AtomContext *context, gpointer user_data, GError **error)
{
  const char *text = atom_context_get_string (context, "text");
  g_autofree char *loud = g_utf8_strup (text != NULL ? text : "", -1);

  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_string (loud));
  return TRUE;
}

static FlowFile *
load (const char *path, Diagnostics *diagnostics, GError **error)
{
  g_autoptr (Registry) registry = registry_new ();
  const RegistryEntry entry = { .execute = shout };
  const FlowFileOptions options = { .registry = registry };

  if (!registry_add (registry, "shout", &entry, error))
    return NULL;
  return flow_file_load (path, &options, diagnostics);
}

static Inputs *
new_inputs (const FlowFile *file, char **arguments, Diagnostics *diagnostics)
{
  Inputs *inputs = inputs_new (file);

  for (; *arguments != NULL; arguments++)
    inputs_add_argument (inputs, *arguments, diagnostics);
  inputs_add_defaults (inputs, diagnostics);
  return inputs;
}

static gboolean
inject (Engine *engine, const FlowFile *file, const Inputs *inputs, GError **error)
{
  guint count;
  const FlowInput *declared = flow_file_get_inputs (file, &count);

  for (guint i = 0; i < count; i++)
    {
      GVariant *value = inputs_find (inputs, declared[i].name, NULL);

      if (value != NULL && !engine_inject (engine, declared[i].name, value, error))
        return FALSE;
    }
  return TRUE;
}

static void
print_outputs (Engine *engine, const FlowFile *file)
{
  for (const char *const *name = flow_file_get_outputs (file); *name != NULL; name++)
    {
      g_autoptr (GVariant) value = engine_fetch (engine, *name);
      g_autofree char *word = value_to_word (value);

      printf ("%s=%s\n", *name, word);
    }
}

static int
run (const FlowFile *file, const Inputs *inputs)
{
  g_auto (GStrv) environment = g_get_environ ();
  EngineOptions options = { .environment = (const char *const *) environment };
  g_autoptr (Engine) engine = engine_new (flow_file_get_flow (file), &options);
  g_autoptr (GError) error = NULL;
  FlowState state = FLOW_STATE_PENDING;

  listener_add_event_log (engine, LISTENER_FLOW | LISTENER_ATOM, stdout);
  if (!inject (engine, file, inputs, &error) || !engine_run (engine, &state, &error))
    {
      fprintf (stderr, "flow_file: %s\n", error->message);
      return 1;
    }
  if (state == FLOW_STATE_SUCCESS)
    print_outputs (engine, file);
  return state == FLOW_STATE_SUCCESS ? 0 : 1;
}

int
main (int argc, char **argv)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = NULL;
  g_autoptr (Inputs) inputs = NULL;
  g_autoptr (GError) error = NULL;

  if (argc < 2)
    {
      fprintf (stderr, "flow_file FILE [NAME=VALUE]…\n");
      return 2;
    }
  file = load (argv[1], diagnostics, &error);
  if (error != NULL)
    {
      fprintf (stderr, "flow_file: %s\n", error->message);
      return 1;
    }
  if (file != NULL)
    inputs = new_inputs (file, argv + 2, diagnostics);
  if (diagnostics_get_n_errors (diagnostics) > 0)
    {
      g_autofree char *text = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);

      fputs (text, stderr);
      return 2;
    }
  return run (file, inputs);
}
