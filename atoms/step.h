/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Built-in steps (`use:` in flow files): tasks that know how to undo themselves exactly. Each has a
 * name such as `file.write` and named options (`with:`), which are constants, or strings with
 * `{argument}` in them. The steps are rows of a table, so that loaders and manuals can list them.
 * Functions are pure; any thread.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

#define STEP_ERROR (step_error_quark ())

/* NOT_FOUND: no step of that name. OPTION: an unknown option, or a required one is missing. TYPE:
 * an option of the wrong type. VALUE: an option that the step cannot do anything with: a malformed
 * text, a number out of its range. */
typedef enum
{
  STEP_ERROR_NOT_FOUND,
  STEP_ERROR_OPTION,
  STEP_ERROR_TYPE,
  STEP_ERROR_VALUE,
} StepError;

BACKFLOW_PUBLIC GQuark step_error_quark (void);

/* One option of a built-in step. type: "string", "integer", "boolean", or "duration" (a text as
 * values/duration.h reads it). An option of any type may be a text with placeholders instead: what
 * is put together at execution is read as the type. */
typedef struct
{
  const char *name;
  const char *type;
  gboolean is_required;
  const char *description;
} StepOption;

/* A built-in step. description: a paragraph on what it does, what its result is, and what its
 * revert does. options end with one whose name is NULL. */
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

/* Checks one option of a step as step_new_task() does, so that a loader can report each at its
 * place. FALSE with STEP_ERROR_OPTION, _TYPE or _VALUE, and the option's name in the message. */
BACKFLOW_PUBLIC gboolean step_check_option (const StepInfo *step, const char *option,
                                            GVariant *value, GError **error);

/* Makes the task `task_name` that does the step `step_name` with `options`, an object value (sunk;
 * NULL for none). Texts may hold `{argument}`, and braces as `{{` and `}}`; the caller declares the
 * arguments with atom_require(). Returns: (transfer full); NULL with a STEP_ERROR. */
BACKFLOW_PUBLIC Atom *step_new_task (const char *task_name, const char *step_name,
                                     GVariant *options, GError **error);

/* Takes the revert of a step task away: the step then keeps nothing that it could be undone with.
 * For other atoms a programming error. */
BACKFLOW_PUBLIC void step_clear_revert (Atom *task);

G_END_DECLS
