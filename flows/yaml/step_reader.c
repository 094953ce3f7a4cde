/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/atoms/step.h>

#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"
#include "flows/yaml/placeholders.h"
#include "flows/yaml/step_reader.h"

/* -- The step -----------------------------------------------------------------------------------
 */

static const StepInfo *
find_step (TaskDraft *draft)
{
  const Node *node = draft->values[TASK_KEY_USE];
  const char *name = field_get_text (draft->loader, node, "use");
  const StepInfo *step = name == NULL ? NULL : step_find (name);
  g_autoptr (GPtrArray) names = NULL;
  const StepInfo *steps;
  guint count;

  if (name == NULL || step != NULL)
    return step;
  loader_report (draft->loader, node, "unknown-step", "there is no built-in step '%s'", name);
  steps = step_list (&count);
  names = g_ptr_array_new ();
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (names, (gpointer) (guintptr) steps[i].name);
  loader_suggest (draft->loader, name, (const char *const *) names->pdata, count);
  return NULL;
}

/* -- Its options --------------------------------------------------------------------------------
 */

static const StepOption *
find_option (const StepInfo *step, const char *name)
{
  for (const StepOption *option = step->options; option->name != NULL; option++)
    if (strcmp (option->name, name) == 0)
      return option;
  return NULL;
}

static void
report_unknown_option (TaskDraft *draft, const StepInfo *step, const Node *node)
{
  const char *name = document_get_text (draft->loader->document, node);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  loader_report (draft->loader, node, "unknown-option", "'%s' has no option '%s'", step->name,
                 name);
  for (const StepOption *option = step->options; option->name != NULL; option++)
    g_ptr_array_add (names, (gpointer) (guintptr) option->name);
  loader_suggest (draft->loader, name, (const char *const *) names->pdata, names->len);
}

/* The value of an option. A string takes any scalar as it is written. */
static GVariant *
dup_option_value (TaskDraft *draft, const StepOption *option, const Node *node)
{
  const char *text = document_get_text (draft->loader->document, node);

  if (text == NULL || field_is_null (draft->loader, node) || strcmp (option->type, "string") != 0)
    return field_dup_value (draft->loader, node);
  return g_variant_ref_sink (g_variant_new_string (text));
}

/* Reads one option into `entries`. Returns: whether it is good, as far as can be seen without the
 * step. */
static gboolean
read_option (TaskDraft *draft, const StepInfo *step, const Node *key, const Node *node,
             GPtrArray *entries)
{
  const char *name = document_get_text (draft->loader->document, key);
  const StepOption *option = name == NULL ? NULL : find_option (step, name);
  GVariant *value;

  if (name == NULL)
    return FALSE;
  if (option == NULL)
    {
      report_unknown_option (draft, step, key);
      return FALSE;
    }
  value = dup_option_value (draft, option, node);
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (entries, g_variant_new_dict_entry (g_variant_new_string (name),
                                                      g_variant_new_variant (value)));
  g_variant_unref (value);
  return TRUE;
}

/* Reads all options into an object value. Returns: (transfer full) floating; `is_good` is made
 * FALSE when something was reported. */
static GVariant *
read_options (TaskDraft *draft, const StepInfo *step, gboolean *is_good)
{
  const Node *with = draft->values[TASK_KEY_WITH];
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  const Node *key;
  NodeIter iter;

  if (with != NULL && !field_is_mapping (draft->loader, with, "with", FLOW_FILE_ARGUMENTS_MAX))
    *is_good = FALSE;
  else if (with != NULL)
    {
      node_iter_init (&iter, draft->loader->document, with);
      while ((key = node_iter_next (&iter)) != NULL)
        *is_good &= read_option (draft, step, key, node_iter_next (&iter), entries);
    }
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), (GVariant **) entries->pdata, entries->len);
}

/* Reports what the step says about each of its options, at its place. Returns: whether it said
 * anything. */
static gboolean
report_options (TaskDraft *draft, const StepInfo *step, GVariant *options)
{
  guint before = diagnostics_get_n_errors (draft->loader->diagnostics);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GError) error = NULL;

      if (!step_check_option (step, name, value, &error))
        loader_report (draft->loader, keys_find (draft->loader, draft->values[TASK_KEY_WITH], name),
                       "option", "%s", error->message);
    }
  return diagnostics_get_n_errors (draft->loader->diagnostics) > before;
}

static gboolean
has_required (TaskDraft *draft, const StepInfo *step)
{
  const Node *with = draft->values[TASK_KEY_WITH];
  gboolean has_all = TRUE;

  for (const StepOption *option = step->options; option->name != NULL; option++)
    {
      if (!option->is_required
          || (with != NULL && keys_find (draft->loader, with, option->name) != NULL))
        continue;
      has_all = FALSE;
      loader_report (draft->loader, draft->values[TASK_KEY_USE], "missing-option",
                     "'%s' needs the option '%s'", step->name, option->name);
      diagnostics_add_help (draft->loader->diagnostics, "add it to 'with': %s",
                            option->description);
    }
  return has_all;
}

/* A step undoes itself: all that its revert can be is none. */
static gboolean
check_revert (TaskDraft *draft)
{
  const Node *revert = draft->values[TASK_KEY_REVERT];

  if (revert == NULL
      || g_strcmp0 (document_get_text (draft->loader->document, revert), "none") == 0)
    return TRUE;
  loader_report (draft->loader, revert, "revert-of-step", "a built-in step reverts itself");
  diagnostics_add_help (draft->loader->diagnostics, "leave it out, or write 'none' to turn it off");
  return FALSE;
}

Atom *
step_reader_make (TaskDraft *draft, const char *name)
{
  const StepInfo *step = find_step (draft);
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_good = TRUE;
  Atom *atom = NULL;

  if (step == NULL)
    return NULL;
  options = g_variant_ref_sink (read_options (draft, step, &is_good));
  is_good &= has_required (draft, step);
  is_good &= check_revert (draft);
  if (is_good)
    atom = step_new_task (name, step->name, options, &error);
  if (atom == NULL && !report_options (draft, step, options) && error != NULL)
    loader_report (draft->loader, draft->values[TASK_KEY_USE], "option", "%s", error->message);
  if (atom != NULL && draft->values[TASK_KEY_REVERT] != NULL)
    step_clear_revert (atom);
  return atom;
}

void
step_reader_check_options (TaskDraft *draft)
{
  const Node *with = draft->values[TASK_KEY_WITH];
  NodeIter iter;

  if (with == NULL)
    return;
  node_iter_init (&iter, draft->loader->document, with);
  while (node_iter_next (&iter) != NULL)
    {
      const Node *node = node_iter_next (&iter);

      if (document_get_text (draft->loader->document, node) != NULL)
        placeholders_check (draft, node, ATOM_ACTION_EXECUTE);
    }
}
