/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/context.h>

#include <string.h>

#include <backflow/atoms/attempt.h>
#include <backflow/values/value.h>

#include "atoms/atom_private.h"
#include "atoms/provided.h"

/* The declared argument of that name, in `argument`; FALSE when none is declared. */
static gboolean
find_declared (AtomContext *context, const char *name, GVariant **argument)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (context->atom, context->action, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (arguments[i].name, name) == 0)
      {
        *argument = context->arguments != NULL ? context->arguments[i] : NULL;
        return TRUE;
      }
  return FALSE;
}

/* A value that lives as long as the attempt. Consumes a reference. */
static GVariant *
lend (AtomContext *context, GVariant *value)
{
  if (value == NULL)
    return NULL;
  if (context->lent == NULL)
    context->lent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_ptr_array_add (context->lent, value);
  return value;
}

GVariant *
atom_context_get_argument (AtomContext *context, const char *name)
{
  GVariant *argument = NULL;
  const AtomProvided *provides;
  guint count;

  g_return_val_if_fail (context != NULL && name != NULL, NULL);
  if (find_declared (context, name, &argument) || context->action == ATOM_ACTION_EXECUTE)
    return argument;
  provides = atom_get_provides (context->atom, &count);
  for (guint i = 0; i < count; i++)
    if (strcmp (provides[i].symbol, name) == 0)
      return lend (context, atom_provided_find_value (&provides[i], context->own_result));
  return NULL;
}

const char *
atom_context_get_string (AtomContext *context, const char *name)
{
  GVariant *argument = atom_context_get_argument (context, name);

  if (argument == NULL || !g_variant_is_of_type (argument, G_VARIANT_TYPE_STRING))
    return NULL;
  return g_variant_get_string (argument, NULL);
}

gint64
atom_context_get_int64 (AtomContext *context, const char *name, gint64 fallback)
{
  GVariant *argument = atom_context_get_argument (context, name);

  if (argument == NULL || !g_variant_is_of_type (argument, G_VARIANT_TYPE_INT64))
    return fallback;
  return g_variant_get_int64 (argument);
}

double
atom_context_get_double (AtomContext *context, const char *name, double fallback)
{
  GVariant *argument = atom_context_get_argument (context, name);

  if (argument != NULL && g_variant_is_of_type (argument, G_VARIANT_TYPE_DOUBLE))
    return g_variant_get_double (argument);
  if (argument != NULL && g_variant_is_of_type (argument, G_VARIANT_TYPE_INT64))
    return (double) g_variant_get_int64 (argument);
  return fallback;
}

void
atom_context_set_result (AtomContext *context, GVariant *result)
{
  g_autoptr (GError) error = NULL;
  GVariant *normal;

  g_return_if_fail (context != NULL);
  normal = result != NULL ? value_normalize (result, &error) : NULL;
  g_clear_pointer (&context->result, g_variant_unref);
  context->result = normal;
  if (error == NULL || context->failure != NULL)
    return;
  g_prefix_error (&error, "the result: ");
  context->failure = failure_new_from_error (error, context->number);
}

void
atom_context_set_failure (AtomContext *context, Failure *failure)
{
  g_return_if_fail (context != NULL && failure != NULL);
  if (context->failure == NULL)
    context->failure = failure_take_origin (failure_ref (failure), FAILURE_ORIGIN_ATOM);
}

GVariant *
atom_context_get_result (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return context->action == ATOM_ACTION_REVERT ? context->own_result : context->result;
}

const Failure *
atom_context_get_failure (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return context->failure != NULL ? context->failure : context->own_failure;
}

guint
atom_context_get_n_failures (AtomContext *context)
{
  guint count;

  g_return_val_if_fail (context != NULL, 0);
  (void) attempt_failures_get (context->failures, &count);
  return count;
}

const Failure *
atom_context_get_nth_failure (AtomContext *context, guint index, const char **name)
{
  guint count;
  const AttemptFailure *failures;

  g_return_val_if_fail (context != NULL, NULL);
  failures = attempt_failures_get (context->failures, &count);
  g_return_val_if_fail (index < count, NULL);
  if (name != NULL)
    *name = failures[index].atom;
  return failures[index].failure;
}

const char *
atom_context_get_name (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return context->atom->name;
}

AtomAction
atom_context_get_action (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, ATOM_ACTION_EXECUTE);
  return context->action;
}

guint
atom_context_get_attempt (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, 0);
  return context->number;
}

const char *
atom_context_get_run (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return context->run != NULL && context->run->run_id != NULL ? context->run->run_id : "";
}

char *
atom_context_dup_idempotency_key (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, NULL);
  return attempt_dup_idempotency_key (context);
}

/* The details as they are kept, or NULL. Who passes something else than an object made a mistake
 * that costs only the details. */
static GVariant *
normalize_details (GVariant *details)
{
  g_autoptr (GVariant) sunk = details != NULL ? g_variant_ref_sink (details) : NULL;
  g_autoptr (GVariant) normal = NULL;
  g_autoptr (GError) error = NULL;

  if (sunk == NULL)
    return NULL;
  normal = value_normalize (sunk, &error);
  if (normal != NULL && g_variant_is_of_type (normal, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&normal);
  g_critical ("the details of progress are to be an object, not %s",
              error != NULL ? error->message : value_get_type_name (normal));
  return NULL;
}

void
atom_context_report_progress (AtomContext *context, double fraction, GVariant *details)
{
  g_autoptr (GVariant) normal = normalize_details (details);
  const AttemptRun *run;

  g_return_if_fail (context != NULL);
  run = context->run;
  /* What a probe does is not what the atom does. */
  if (run == NULL || run->progress == NULL || context->work == ATTEMPT_PROBE)
    return;
  /* What is no number is nothing done. */
  fraction = fraction > 0 ? MIN (fraction, 1.0) : 0.0;
  run->progress (run->progress_data, context, fraction, normal);
}

gint64
atom_context_get_deadline (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, 0);
  return context->deadline_us;
}

/* What cancels a run asks its executes to stop; reverts go on. */
static gboolean
run_is_cancelled (const AtomContext *context)
{
  const AttemptRun *run = context->run;

  return context->action == ATOM_ACTION_EXECUTE && run != NULL && run->is_cancelled != NULL
         && atomic_load_explicit (run->is_cancelled, memory_order_relaxed) != 0;
}

gboolean
atom_context_is_cancelled (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, FALSE);
  return atomic_load_explicit (&context->cancelled, memory_order_relaxed) != 0
         || run_is_cancelled (context);
}

int
atom_context_get_cancel_fd (AtomContext *context)
{
  g_return_val_if_fail (context != NULL, -1);
  if (context->action == ATOM_ACTION_EXECUTE && context->run != NULL && context->run->cancel_fd > 0)
    return context->run->cancel_fd;
  return context->cancel_fd;
}
