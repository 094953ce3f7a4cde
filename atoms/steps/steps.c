/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/step.h>

#include <string.h>

#include <backflow/atoms/task.h>
#include <backflow/values/value.h>

#include "atoms/atom_private.h"
#include "atoms/step_options.h"
#include "atoms/steps/dir_create.h"
#include "atoms/steps/file_write.h"
#include "atoms/steps/wait_http.h"
#include "atoms/steps/wait_port.h"

/* The steps in the order of their names, and what each does, row by row. */
static const StepInfo infos[] = {
  { "dir.create",
    "Makes a directory, and with `parents` those above it. A directory that is there already is "
    "left as it is. The result is an "
    "object with `path` and `created`, the list of the directories made. The revert removes just "
    "these, when they are empty and still those that it made.",
    dir_create_options },
  { "file.write",
    "Writes a file as a whole: others see the former content or the new one. What was there is "
    "kept beside the file as "
    "`.NAME.backflow-….was` (or `.none` when there was nothing) for as long as the revert may be "
    "wanted, and `.made` tells the file from others of the same content. Symbolic links are "
    "refused. The result is an object with `path`, `size` and `sha256`. The revert puts back what "
    "was there, and refuses to when the file was changed or written again since: runs that wrote "
    "in turn are reverted in the opposite order.",
    file_write_options },
  { "wait.http",
    "Waits until a GET of an http:// URL is answered with a status. The result is the status. "
    "There is nothing to revert.",
    wait_http_options },
  { "wait.port",
    "Waits until a TCP port accepts connections. There is no result, and nothing to revert.",
    wait_port_options },
};

static const StepFunctions *const functions[] = {
  &dir_create_functions,
  &file_write_functions,
  &wait_http_functions,
  &wait_port_functions,
};

G_STATIC_ASSERT (G_N_ELEMENTS (infos) == G_N_ELEMENTS (functions));

const StepInfo *
step_list (guint *count)
{
  g_return_val_if_fail (count != NULL, NULL);
  *count = G_N_ELEMENTS (infos);
  return infos;
}

const StepInfo *
step_find (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    if (strcmp (infos[i].name, name) == 0)
      return &infos[i];
  return NULL;
}

gboolean
step_check_option (const StepInfo *step, const char *option, GVariant *value, GError **error)
{
  g_autoptr (GVariant) sunk = NULL;

  g_return_val_if_fail (step != NULL && option != NULL && value != NULL, FALSE);
  sunk = g_variant_ref_sink (value);
  return step_options_check (step, functions[step - infos], option, sunk, error);
}

/* The options as a dictionary. Returns: (transfer full) (nullable): NULL with an error, or when
 * there are none. */
static GVariant *
normalize_options (GVariant *options, GError **error)
{
  g_autoptr (GVariant) normal = NULL;

  if (value_is_null (options))
    return NULL;
  normal = value_normalize (options, error);
  if (normal == NULL || g_variant_is_of_type (normal, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&normal);
  g_set_error (error, STEP_ERROR, STEP_ERROR_TYPE, "the options are to be an object, not %s",
               value_get_type_name (normal));
  return NULL;
}

Atom *
step_new_task (const char *task_name, const char *step_name, GVariant *options, GError **error)
{
  g_autoptr (GVariant) sunk = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (GVariant) normal = NULL;
  g_autoptr (GError) bad = NULL;
  const StepInfo *info;
  const StepFunctions *step;
  StepOptions *parsed;
  Atom *task;

  g_return_val_if_fail (task_name != NULL && task_name[0] != '\0' && step_name != NULL, NULL);
  info = step_find (step_name);
  if (info == NULL)
    {
      g_set_error (error, STEP_ERROR, STEP_ERROR_NOT_FOUND, "there is no built-in step '%s'",
                   step_name);
      return NULL;
    }
  normal = normalize_options (sunk, &bad);
  if (bad != NULL)
    {
      g_set_error (error, STEP_ERROR, STEP_ERROR_TYPE, "%s: %s", step_name, bad->message);
      return NULL;
    }
  step = functions[info - infos];
  parsed = step_options_new (info, step, normal, error);
  if (parsed == NULL)
    return NULL;
  task = task_new (task_name, step->execute, step->revert, parsed, step_options_free);
  task_set_probe (task, step->probe);
  return task;
}

/* The options of a step task; NULL for other atoms. */
static const StepOptions *
find_options (const Atom *task)
{
  if (task->extra == NULL || task->extra->destroy != step_options_free)
    return NULL;
  return task->user_data;
}

void
step_clear_revert (Atom *task)
{
  g_return_if_fail (task != NULL && find_options (task) != NULL);
  task->revert = NULL;
}
