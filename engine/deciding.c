/* SPDX-License-Identifier: Apache-2.0 */
/* Asking deciders, when all that a node waits for is done.
 *
 * All deciders of the node are asked, and one that says no is enough; of several the one that
 * reaches furthest counts. A link whose source was ignored has no vote. Conditions read their
 * symbols as the arguments of atoms are read; functions are given the results of all atoms that the
 * links with deciders come from. Who can't decide has failed, and with it the node.
 */
#include "engine/engine_private.h"

#include "engine/plan/decider_text.h"

#include <backflow/flows/expression.h>
#include <backflow/values/value.h>

/* What is found out while the deciders of a node are asked. */
typedef struct
{
  Engine *engine;
  guint32 node;
  const PlanDecider *deciders;
  guint n_deciders;
  GVariant *history; /* (nullable) before a function is asked */
  gboolean is_taken;
  gboolean is_step;
  FlowDepth depth;
} Vote;

/* -- The history
 * ------------------------------------------------------------------------------------ */

static gboolean
is_ignored (const Engine *engine, guint32 node)
{
  return engine->core.states[node] == ATOM_STATE_IGNORE;
}

/* Whether a decider counts: a link does while something in its source was not ignored. */
static gboolean
has_vote (const Engine *engine, const PlanDecider *decider)
{
  gboolean has_atoms = FALSE;

  if (decider->is_step)
    return TRUE;
  for (guint32 node = decider->first; node <= decider->last; node++)
    if (plan_is_atom (engine->plan, node))
      {
        if (!is_ignored (engine, node))
          return TRUE;
        has_atoms = TRUE;
      }
  return !has_atoms && !is_ignored (engine, decider->first);
}

static void
add_results (const Engine *engine, guint32 first, guint32 last, GVariantBuilder *history)
{
  for (guint32 node = first; node <= last; node++)
    {
      GVariant *result = engine->values.results != NULL ? engine->values.results[node] : NULL;

      if (plan_is_atom (engine->plan, node) && !is_ignored (engine, node))
        g_variant_builder_add (history, "{sv}", plan_atom (engine->plan, node)->name,
                               result != NULL ? result : value_new_null ());
    }
}

/* Results by name of atom: of all sources of the links with deciders, each once: deciders are in
 * the order of their sources. */
static GVariant *
make_history (const Vote *vote)
{
  GVariantBuilder history;

  g_variant_builder_init (&history, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < vote->n_deciders; i++)
    {
      const PlanDecider *decider = &vote->deciders[i];

      if (!decider->is_step && (i == 0 || vote->deciders[i - 1].first != decider->first))
        add_results (vote->engine, decider->first, decider->last, &history);
    }
  return g_variant_ref_sink (g_variant_builder_end (&history));
}

/* -- Asking
 * ----------------------------------------------------------------------------------------- */

static gboolean
ask_function (Vote *vote, const PlanDecider *decider, gboolean *verdict, GError **error)
{
  g_autoptr (GError) said = NULL;

  if (vote->history == NULL)
    vote->history = make_history (vote);
  *verdict = decider->decider->func (vote->history, decider->decider->user_data, &said);
  if (said == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&said));
  return FALSE;
}

static gboolean
ask_expression (const Vote *vote, const PlanDecider *decider, gboolean *verdict, GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  const PlanArgument *arguments = &vote->engine->plan->decider_arguments[decider->argument];
  gboolean is_fine;

  for (guint32 i = 0; i < decider->n_arguments; i++)
    g_ptr_array_add (values, binding_find_value (vote->engine, vote->node, &arguments[i]));
  g_ptr_array_add (values, NULL);
  is_fine = expression_evaluate (decider->expression, (GVariant *const *) values->pdata, verdict,
                                 error);
  for (guint32 i = 0; i < decider->n_arguments; i++)
    if (values->pdata[i] != NULL)
      g_variant_unref (values->pdata[i]);
  return is_fine;
}

static gboolean
ask (Vote *vote, const PlanDecider *decider, GError **error)
{
  gboolean verdict = FALSE;
  gboolean is_fine = decider->expression != NULL ? ask_expression (vote, decider, &verdict, error)
                                                 : ask_function (vote, decider, &verdict, error);

  if (!is_fine)
    return FALSE;
  if (verdict)
    return TRUE;
  /* Depths are in the order from far to near. */
  vote->depth
      = vote->is_taken ? decider->decider->depth : MIN (vote->depth, decider->decider->depth);
  vote->is_taken = FALSE;
  vote->is_step |= decider->is_step;
  return TRUE;
}

/* The failure of the node whose decider could not decide; consumes the error. */
static Failure *
make_failure (const Vote *vote, const PlanDecider *decider, GError *error)
{
  g_autofree char *name = plan_describe_decider (vote->engine->plan, decider);
  g_autofree char *message = NULL;
  g_autoptr (Failure) cause = failure_new_from_error (error, 0);
  FailureFields fields = FAILURE_FIELDS_INIT;

  if (decider->expression != NULL)
    message = g_strdup_printf ("%s could not decide: %s: %s", name, decider->decider->expression,
                               error->message);
  else
    message = g_strdup_printf ("%s could not decide: %s", name, error->message);
  fields.message = message;
  fields.domain = "decider";
  fields.code = error->code;
  fields.cause = cause;
  g_error_free (error);
  return failure_new (&fields);
}

/* Asks all deciders of the node. FALSE with a failure. */
static gboolean
ask_all (Vote *vote, Failure **failure)
{
  for (guint i = 0; i < vote->n_deciders; i++)
    {
      GError *error = NULL;

      if (has_vote (vote->engine, &vote->deciders[i]) && !ask (vote, &vote->deciders[i], &error))
        {
          *failure = make_failure (vote, &vote->deciders[i], error);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
decider_evaluate (Engine *engine, guint32 node, gboolean *is_taken, FlowDepth *depth,
                  gboolean *is_step, Failure **failure)
{
  Vote vote = { .engine = engine, .node = node, .is_taken = TRUE, .depth = FLOW_DEPTH_ATOM };
  gboolean is_fine;

  vote.deciders = plan_find_deciders (engine->plan, node, &vote.n_deciders);
  is_fine = ask_all (&vote, failure);
  g_clear_pointer (&vote.history, g_variant_unref);
  if (!is_fine)
    return FALSE;
  *is_taken = vote.is_taken;
  *depth = vote.depth;
  *is_step = vote.is_step;
  return TRUE;
}
