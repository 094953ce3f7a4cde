/* SPDX-License-Identifier: Apache-2.0 */
/* Symbols that are provided for nobody. */
#include "engine/plan/checks_unused.h"

#include "engine/plan/plan_private.h"

/* Marks the symbols that some argument, condition or output reads. Returns: (transfer full), by
 * symbol. */
static guint8 *
mark_used (const Plan *plan, const char *const *outputs)
{
  guint8 *is_used = g_new0 (guint8, (gsize) plan->symbols->len + 1);

  for (guint32 i = 0; i < plan->n_arguments; i++)
    if (plan->arguments[i].injected == NULL)
      is_used[plan->arguments[i].symbol] = TRUE;
  for (guint32 i = 0; i < plan->n_deciders; i++)
    for (guint32 j = 0; j < plan->deciders[i].n_arguments; j++)
      is_used[plan->decider_arguments[plan->deciders[i].argument + j].symbol] = TRUE;
  for (guint i = 0; outputs != NULL && outputs[i] != NULL; i++)
    {
      guint32 symbol
          = name_table_find (&plan->symbol_numbers, atom_hash_name (outputs[i]), outputs[i]);

      if (symbol != NAME_NONE)
        is_used[symbol] = TRUE;
    }
  return is_used;
}

void
plan_check_outputs (const Plan *plan, const char *const *outputs, Diagnostics *diagnostics)
{
  g_autofree guint8 *is_used = NULL;

  g_return_if_fail (plan != NULL && diagnostics != NULL);
  if (plan->symbols == NULL)
    return;
  is_used = mark_used (plan, outputs);
  for (guint32 symbol = 0; symbol < plan->symbols->len; symbol++)
    for (guint32 i = plan->provider_offsets[symbol];
         !is_used[symbol] && i < plan->provider_offsets[symbol + 1]; i++)
      {
        const Atom *atom = plan_atom (plan, plan->providers[i].node);
        guint count;
        const AtomProvided *provided
            = atom_get_provides (atom, &count) + plan->providers[i].provided;

        if (atom_has_revert (atom))
          continue; /* its own results are arguments of a revert */
        diagnostics_add (diagnostics, DIAGNOSTIC_WARNING, "unused-provides",
                         provided->mark != NULL ? provided->mark : atom_get_mark (atom),
                         "'%s' provides '%s', which nobody uses", atom->name, provided->symbol);
        diagnostics_add_help (
            diagnostics,
            "no step requires it, no 'when' reads it, and it is not among the 'outputs'");
      }
}
