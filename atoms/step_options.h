/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For authors of built-in steps: a step is a row in the tables of atoms/steps/steps.c, a list of
 * options, and functions that get a StepOptions as their user data. Options are parsed when the
 * task is made; at execution step_values_new() puts the arguments in, and the step reads its values
 * by the number of the option in its list.
 */

#include <backflow/atoms/context.h>
#include <backflow/atoms/hooks.h>
#include <backflow/atoms/step.h>

G_BEGIN_DECLS

/* The options of one step task. Immutable; any thread. */
typedef struct StepOptions StepOptions;

/* The options of one execution, with their arguments in them. */
typedef struct StepValues StepValues;

/* What a step does. */
typedef struct
{
  AtomFunc execute;
  AtomFunc revert; /* (nullable) */
  /* Whether the value, which has the option's type, is one that the step can use; (nullable): all
   * are. FALSE with STEP_ERROR_VALUE. A duration is a number of microseconds here. */
  gboolean (*check) (guint option, GVariant *value, GError **error);
  TaskProbeFunc probe; /* (nullable) */
} StepFunctions;

/* Parses the options of a step. Returns: (transfer full); NULL with STEP_ERROR_OPTION, _TYPE or
 * _VALUE. */
StepOptions *step_options_new (const StepInfo *info, const StepFunctions *functions,
                               GVariant *options, GError **error);

/* Frees them; for GDestroyNotify. */
void step_options_free (gpointer options);

/* Parses one option and forgets it; errors as for step_check_option(). */
gboolean step_options_check (const StepInfo *info, const StepFunctions *functions,
                             const char *option, GVariant *value, GError **error);

/* Puts the arguments of an attempt into the options. Returns: (transfer full); NULL when an
 * argument is absent or does not fit: the context then has its failure, of the domain "argument".
 */
StepValues *step_values_new (const StepOptions *options, AtomContext *context);

/* Frees them; NULL is fine. */
void step_values_free (StepValues *values);

/* Whether there is a value for the option. */
gboolean step_values_has (const StepValues *values, guint option);

/* A text, borrowed (nullable): NULL when the option was not given. */
const char *step_values_get_string (const StepValues *values, guint option);

/* An integer, a duration in microseconds, or a boolean as 0 or 1; `fallback` when the option was
 * not given. */
gint64 step_values_get_integer (const StepValues *values, guint option, gint64 fallback);

/* Whether the task has a revert that may want what the step keeps. */
gboolean step_is_reverted (AtomContext *context);

/* Fails the attempt with a failure of that domain. Returns: FALSE, for the step function to return.
 */
gboolean step_fail (AtomContext *context, const char *domain, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StepValues, step_values_free)

G_END_DECLS
