/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/task.h>

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/context.h>

#include "atoms/atom_private.h"
#include "atoms/task_private.h"

/* A reduce of fewer values is nothing. */
#define REDUCE_ARGUMENTS_MIN 2u

Atom *
task_new (const char *name, AtomFunc execute, AtomFunc revert, gpointer user_data,
          GDestroyNotify destroy)
{
  Atom *task;

  g_return_val_if_fail (name != NULL && name[0] != '\0', NULL);
  task = atom_new (ATOM_KIND_TASK, name);
  task->execute = execute;
  task->revert = revert;
  task->user_data = user_data;
  if (destroy != NULL)
    atom_need_extra (task)->destroy = destroy;
  return task;
}

void
task_set_hooks (Atom *task, const TaskHooks *hooks)
{
  AtomExtra *extra;

  g_return_if_fail (task != NULL && task->member.kind == ATOM_KIND_TASK && hooks != NULL);
  extra = atom_need_extra (task);
  g_free (extra->hooks);
  extra->hooks = g_memdup2 (hooks, sizeof *hooks);
}

void
task_set_probe (Atom *task, TaskProbeFunc probe)
{
  g_return_if_fail (task != NULL && task->member.kind == ATOM_KIND_TASK);
  if (probe != NULL || task->extra != NULL)
    atom_need_extra (task)->probe = (void (*) (void)) probe;
}

/* -- Map and reduce --------------------------------------------------------------------------- */

/* The function of the user behind a map or a reduce. */
typedef struct
{
  TaskMapFunc map;
  TaskReduceFunc reduce;
  gpointer user_data;
  GDestroyNotify destroy;
} TaskFunctor;

static void
functor_free (gpointer data)
{
  TaskFunctor *functor = data;

  if (functor->destroy != NULL)
    functor->destroy (functor->user_data);
  g_free (functor);
}

/* The arguments that are there, in the order of declaration, borrowed. */
static GPtrArray *
collect_arguments (AtomContext *context)
{
  GPtrArray *values = g_ptr_array_new ();
  guint count;

  atom_get_arguments (context->atom, context->action, &count);
  for (guint i = 0; context->arguments != NULL && i < count; i++)
    if (context->arguments[i] != NULL)
      g_ptr_array_add (values, context->arguments[i]);
  return values;
}

/* What the user's function returned, sunk; NULL also when it set an error. */
static GVariant *
take_returned (AtomContext *context, GVariant *returned, GError **error)
{
  g_autoptr (GVariant) value = returned != NULL ? g_variant_take_ref (returned) : NULL;

  if (*error != NULL)
    return NULL;
  if (value == NULL)
    {
      g_autoptr (Failure) failure
          = failure_new_printf ("contract", "the function returned no value and no error");

      atom_context_set_failure (context, failure);
    }
  return g_steal_pointer (&value);
}

static gboolean
map_execute (AtomContext *context, gpointer user_data, GError **error)
{
  const TaskFunctor *functor = user_data;
  g_autoptr (GPtrArray) values = collect_arguments (context);
  g_autoptr (GPtrArray) mapped = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (guint i = 0; i < values->len; i++)
    {
      GVariant *value;

      value = take_returned (context, functor->map (values->pdata[i], functor->user_data, error),
                             error);
      if (value == NULL)
        return FALSE;
      g_ptr_array_add (mapped, g_variant_ref_sink (g_variant_new_variant (value)));
      g_variant_unref (value);
    }
  atom_context_set_result (context, g_variant_new_array (G_VARIANT_TYPE_VARIANT,
                                                         (GVariant **) mapped->pdata, mapped->len));
  return TRUE;
}

static gboolean
reduce_execute (AtomContext *context, gpointer user_data, GError **error)
{
  const TaskFunctor *functor = user_data;
  g_autoptr (GPtrArray) values = collect_arguments (context);
  g_autoptr (GVariant) folded = NULL;

  if (values->len < REDUCE_ARGUMENTS_MIN)
    {
      g_autoptr (Failure) failure = failure_new_printf (
          "argument", "a reduce takes two values at least, there are %u", values->len);

      atom_context_set_failure (context, failure);
      return FALSE;
    }
  folded = g_variant_ref (values->pdata[0]);
  for (guint i = 1; i < values->len; i++)
    {
      GVariant *left = folded;

      folded = take_returned (
          context, functor->reduce (left, values->pdata[i], functor->user_data, error), error);
      g_variant_unref (left);
      if (folded == NULL)
        return FALSE;
    }
  atom_context_set_result (context, folded);
  return TRUE;
}

static Atom *
new_functor_task (const char *name, AtomFunc execute, const TaskFunctor *functor)
{
  return task_new (name, execute, NULL, g_memdup2 (functor, sizeof *functor), functor_free);
}

Atom *
task_new_map (const char *name, TaskMapFunc func, gpointer user_data, GDestroyNotify destroy)
{
  const TaskFunctor functor = { .map = func, .user_data = user_data, .destroy = destroy };

  g_return_val_if_fail (name != NULL && name[0] != '\0' && func != NULL, NULL);
  return new_functor_task (name, map_execute, &functor);
}

Atom *
task_new_reduce (const char *name, TaskReduceFunc func, gpointer user_data, GDestroyNotify destroy)
{
  const TaskFunctor functor = { .reduce = func, .user_data = user_data, .destroy = destroy };

  g_return_val_if_fail (name != NULL && name[0] != '\0' && func != NULL, NULL);
  return new_functor_task (name, reduce_execute, &functor);
}

guint
task_get_min_arguments (const Atom *task)
{
  g_return_val_if_fail (task != NULL, 0);
  return task->execute == reduce_execute ? REDUCE_ARGUMENTS_MIN : 0;
}
