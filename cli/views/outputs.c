/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/outputs.h"

#include <string.h>

#include <backflow/engine/report/report_reason.h>
#include <backflow/values/value.h>

#include "cli/text.h"

/* The result of the execute that made the step what it is, borrowed (nullable). */
static GVariant *
find_result (const Report *report, const char *name)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  guint place = report_find_atom (report, name);
  const ReportAtom *atom = place != REPORT_NO_ATOM ? &atoms[place] : NULL;

  if (atom == NULL || atom->state != ATOM_STATE_SUCCESS)
    return NULL;
  for (guint i = atom->n_attempts; i > 0; i--)
    if (atom->attempts[i - 1].action == ATOM_ACTION_EXECUTE)
      return atom->attempts[i - 1].result;
  return NULL;
}

/* Returns: (transfer full) (nullable). */
static GVariant *
take_part (const AtomProvided *provided, GVariant *result)
{
  if (result == NULL)
    return NULL;
  switch (provided->kind)
    {
    case ATOM_PROVIDES_INDEX:
      return value_find_index (result, provided->index);
    case ATOM_PROVIDES_KEY:
      return value_find_key (result, provided->key);
    case ATOM_PROVIDES_WHOLE:
    default:
      return g_variant_ref (result);
    }
}

/* What the steps provide, the first that has a value. Returns: (transfer full) (nullable). */
static GVariant *
find_provided (const Outputs *outputs, const char *symbol)
{
  for (guint32 node = 0; node < plan_get_n_nodes (outputs->plan); node++)
    {
      const Atom *atom = plan_get_atom (outputs->plan, node);
      guint count = 0;
      const AtomProvided *provided = atom != NULL ? atom_get_provides (atom, &count) : NULL;

      for (guint i = 0; i < count; i++)
        if (strcmp (provided[i].symbol, symbol) == 0)
          {
            GVariant *value
                = take_part (&provided[i], find_result (outputs->report, atom_get_name (atom)));

            if (value != NULL)
              return value;
          }
    }
  return NULL;
}

/* The value of an output; that of a secret is not told. Returns: (transfer full) (nullable). */
static GVariant *
find_value (const Outputs *outputs, const char *symbol)
{
  const FlowInput *input = flow_file_find_input (outputs->file, symbol);

  if (input != NULL && input->is_secret)
    return g_variant_ref_sink (g_variant_new_string ("(secret)"));
  if (input != NULL)
    {
      GVariant *given = value_find_key (report_get_inputs (outputs->report), symbol);

      if (given != NULL)
        return given;
    }
  return find_provided (outputs, symbol);
}

/* A value that would not stay on its line is written as JSON. */
static char *
dup_text (GVariant *value)
{
  g_autofree char *word = value_to_word (value);

  return strchr (word, '\n') != NULL ? value_to_json (value) : g_steal_pointer (&word);
}

void
outputs_print (const Outputs *outputs, const Console *console, FILE *out)
{
  for (const char *const *name = flow_file_get_outputs (outputs->file); *name != NULL; name++)
    {
      g_autoptr (GVariant) value = find_value (outputs, *name);
      g_autofree char *text = value != NULL ? dup_text (value) : NULL;

      if (text != NULL)
        fprintf (out, "%s=%s\n", *name, text);
      else
        console_print_warning (
            console, "the output \"%s\" has no value: the step that provides it was ignored",
            *name);
    }
}

GVariant *
outputs_to_variant (const Outputs *outputs)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (const char *const *name = flow_file_get_outputs (outputs->file); *name != NULL; name++)
    {
      g_autoptr (GVariant) value = find_value (outputs, *name);

      if (value != NULL)
        g_variant_builder_add (&object, "{sv}", *name, value);
    }
  return g_variant_builder_end (&object);
}
