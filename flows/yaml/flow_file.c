/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "flows/yaml/flow_file_private.h"

/* -- Life -------------------------------------------------------------------------------------- */

static void
input_clear (gpointer data)
{
  FlowInput *input = data;

  g_free ((gpointer) (guintptr) input->name);
  g_free ((gpointer) (guintptr) input->description);
  g_free ((gpointer) (guintptr) input->env);
  g_clear_pointer (&input->default_value, g_variant_unref);
}

FlowFile *
flow_file_new (const char *name, GBytes *text)
{
  FlowFile *file = g_new0 (FlowFile, 1);

  file->name = name;
  file->text = g_bytes_ref (text);
  file->inputs = g_array_new (FALSE, FALSE, sizeof (FlowInput));
  g_array_set_clear_func (file->inputs, input_clear);
  file->outputs = g_ptr_array_new_with_free_func (g_free);
  return file;
}

void
flow_file_free (FlowFile *file)
{
  if (file == NULL)
    return;
  flow_unref (file->flow);
  g_bytes_unref (file->text);
  g_free (file->description);
  g_array_unref (file->inputs);
  g_ptr_array_unref (file->outputs);
  g_free (file);
}

/* -- What is in it ------------------------------------------------------------------------------
 */

Flow *
flow_file_get_flow (const FlowFile *file)
{
  return file->has_holes ? NULL : file->flow;
}

Flow *
flow_file_get_partial_flow (const FlowFile *file)
{
  return file->flow;
}

const char *
flow_file_get_name (const FlowFile *file)
{
  return file->name;
}

GBytes *
flow_file_get_text (const FlowFile *file)
{
  return file->text;
}

const char *
flow_file_get_description (const FlowFile *file)
{
  return file->description;
}

const FlowInput *
flow_file_get_inputs (const FlowFile *file, guint *count)
{
  *count = file->inputs->len;
  return (const FlowInput *) (const void *) file->inputs->data;
}

const FlowInput *
flow_file_find_input (const FlowFile *file, const char *name)
{
  for (guint i = 0; i < file->inputs->len; i++)
    {
      const FlowInput *input = &g_array_index (file->inputs, FlowInput, i);

      if (strcmp (input->name, name) == 0)
        return input;
    }
  return NULL;
}

const char *const *
flow_file_get_outputs (const FlowFile *file)
{
  return (const char *const *) file->outputs->pdata;
}

gboolean
flow_file_has_skipped_modules (const FlowFile *file)
{
  g_return_val_if_fail (file != NULL, FALSE);
  return file->has_skipped_modules;
}

/* -- Types ------------------------------------------------------------------------------------ */

const char *const flow_input_type_names[FLOW_INPUT_OBJECT + 1]
    = { "any", "string", "integer", "number", "boolean", "array", "object" };

const char *
flow_input_type_get_name (FlowInputType type)
{
  g_return_val_if_fail (type < G_N_ELEMENTS (flow_input_type_names), NULL);
  return flow_input_type_names[type];
}
