/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/stored_definition.h"

#include <string.h>

#include <backflow/flows/yaml/loader.h>

/* Under which names a definition that took the place of the first one is kept with the run. */
#define META_TEXT "definition"
#define META_PATH "definition-path"

struct StoredDefinition
{
  FlowFile *file;
  Plan *plan;
  char *problem;
};

/* -- The text -----------------------------------------------------------------------------------
 */

static char *
dup_meta (const Report *report, const char *name)
{
  char *text = NULL;

  (void) g_variant_lookup (report_get_meta (report), name, "s", &text);
  return text;
}

char *
stored_definition_dup_text (const Report *report, char **path)
{
  const StorageRunInfo *run = report_get_run (report);
  char *text = dup_meta (report, META_TEXT);

  *path = dup_meta (report, META_PATH);
  if (*path == NULL)
    *path = g_strdup (run->definition_path);
  return text != NULL ? text : g_strdup (run->definition);
}

gboolean
stored_definition_replace (Engine *engine, const FlowFile *file, GError **error)
{
  GBytes *bytes = flow_file_get_text (file);
  char *text = g_strndup ((const char *) g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

  return engine_set_metadata (engine, NULL, META_TEXT, g_variant_new_take_string (text), error)
         && engine_set_metadata (engine, NULL, META_PATH,
                                 g_variant_new_string (flow_file_get_name (file)), error);
}

/* -- The plan -----------------------------------------------------------------------------------
 */

static void
load (StoredDefinition *definition, const char *text, const char *path, Diagnostics *diagnostics)
{
  g_autofree char *directory = g_path_get_dirname (path);
  FlowFileOptions options = { .base_directory = directory, .modules = FLOW_FILE_MODULES_SKIP };
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  Flow *flow;

  definition->file = flow_file_load_text (path, bytes, &options, diagnostics);
  flow = definition->file != NULL ? flow_file_get_flow (definition->file) : NULL;
  if (flow != NULL && diagnostics_get_n_errors (diagnostics) == 0)
    definition->plan = plan_new (flow, diagnostics);
}

static char *
dup_problem (const Diagnostics *diagnostics)
{
  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    if (diagnostics_get (diagnostics, i)->severity == DIAGNOSTIC_ERROR)
      return g_strdup_printf ("The definition that is stored with the run can't be used here: %s.",
                              diagnostics_get (diagnostics, i)->message);
  return g_strdup ("The definition that is stored with the run can't be used here.");
}

StoredDefinition *
stored_definition_new (const Report *report)
{
  StoredDefinition *definition = g_new0 (StoredDefinition, 1);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autofree char *path = NULL;
  g_autofree char *text = stored_definition_dup_text (report, &path);

  if (text == NULL)
    {
      definition->problem = g_strdup ("No definition is stored with the run.");
      return definition;
    }
  load (definition, text, path != NULL ? path : "definition", diagnostics);
  if (definition->plan == NULL)
    definition->problem = dup_problem (diagnostics);
  return definition;
}

void
stored_definition_free (StoredDefinition *definition)
{
  if (definition == NULL)
    return;
  plan_free (definition->plan);
  flow_file_free (definition->file);
  g_free (definition->problem);
  g_free (definition);
}

const FlowFile *
stored_definition_get_file (const StoredDefinition *definition)
{
  return definition->file;
}

const Plan *
stored_definition_get_plan (const StoredDefinition *definition)
{
  return definition->plan;
}

const char *
stored_definition_get_problem (const StoredDefinition *definition)
{
  return definition->problem;
}
