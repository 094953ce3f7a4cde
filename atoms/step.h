/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Built-in steps (`use:` in flow files): tasks that know how to undo themselves exactly. Each has a name such as
 * `file.write` and named options (`with:`), which are constants, or strings with `{argument}` in them. The steps are rows
 * of a table, so that loaders and manuals can list them. Functions are pure; any thread.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

#define STEP_ERROR (step_error_quark ())

/* NOT_FOUND: no step of that name. OPTION: an unknown option, or a required one is missing. TYPE: an option of the wrong type. */
typedef enum
{
  STEP_ERROR_NOT_FOUND,
  STEP_ERROR_OPTION,
  STEP_ERROR_TYPE,
} StepError;

BACKFLOW_PUBLIC GQuark step_error_quark (void);

/* One option of a built-in step. type: as in value_get_type_name(), or "duration". */
typedef struct
{
  const char *name;
  const char *type;
  gboolean is_required;
  const char *description;
} StepOption;

/* A built-in step. options end with one whose name is NULL. */
typedef struct
{
  const char *name;
  const char *description;
  const StepOption *options;
} StepInfo;

/* All built-in steps, in the order of their names; `count` receives how many. Static. */
BACKFLOW_PUBLIC const StepInfo *step_list (guint *count);

/* The step of that name (nullable). Static. */
BACKFLOW_PUBLIC const StepInfo *step_find (const char *name);

/* Makes the task `task_name` that does the step `step_name` with `options`, an object value (sunk). Option texts may hold
 * `{argument}`; the caller declares the arguments with atom_require(). Returns: (transfer full); NULL with a STEP_ERROR. */
BACKFLOW_PUBLIC Atom *step_new_task (const char *task_name, const char *step_name, GVariant *options, GError **error);

G_END_DECLS
