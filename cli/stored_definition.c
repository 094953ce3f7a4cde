/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stored_definition.h"

#include <string.h>

#include <backflow/flows/yaml/loader.h>

struct StoredDefinition
{
  FlowFile *file;
  Plan *plan;
  char *problem;
};

static void
load (StoredDefinition *definition, const StorageRunInfo *run, Diagnostics *diagnostics)
{
  const char *path = run->definition_path != NULL ? run->definition_path : "definition";
  g_autofree char *directory = g_path_get_dirname (path);
  FlowFileOptions options = { .base_directory = directory };
  g_autoptr (GBytes) text = g_bytes_new (run->definition, strlen (run->definition));
  Flow *flow;

  definition->file = flow_file_load_text (path, text, &options, diagnostics);
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
stored_definition_new (const StorageRunInfo *run)
{
  StoredDefinition *definition = g_new0 (StoredDefinition, 1);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

  if (run->definition == NULL)
    {
      definition->problem = g_strdup ("No definition is stored with the run.");
      return definition;
    }
  load (definition, run, diagnostics);
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
