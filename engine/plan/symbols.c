/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass of the compiler: numbers for symbols, the providers of each symbol in the order
 * of nodes, and the arguments of each node. Who reads from whom is found in scopes.c.
 */
#include "engine/plan/symbols.h"

#include "engine/plan/block.h"

#include <string.h>

/* What a flow of atoms without arguments never has; made while walking. */
typedef struct
{
  Compiler *compiler;
  GArray *arguments; /* of PlanArgument */
} Collector;

static const char *
name_of_symbol (gconstpointer data, guint32 number)
{
  const GPtrArray *symbols = data;

  return symbols->pdata[number];
}

guint32
compiler_intern (Compiler *compiler, const char *symbol)
{
  Plan *plan = compiler->plan;
  guint32 number
      = name_table_add (&plan->symbol_numbers, atom_hash_name (symbol), symbol, plan->symbols->len);

  if (number == plan->symbols->len)
    g_ptr_array_add (plan->symbols, (gpointer) (guintptr) symbol);
  return number;
}

/* The place of `symbol` among what the atom provides; `count` when it does not. */
static guint
find_own (const AtomProvided *provides, guint count, const char *symbol)
{
  guint i = 0;

  while (i < count && strcmp (provides[i].symbol, symbol) != 0)
    i++;
  return i;
}

static void
collect_arguments (Collector *collector, const Atom *atom, AtomAction action)
{
  guint count;
  guint n_provides;
  const AtomArgument *arguments = atom_get_arguments (atom, action, &count);
  const AtomProvided *provides = atom_get_provides (atom, &n_provides);

  for (guint i = 0; i < count; i++)
    {
      PlanArgument argument
          = { .injected = atom_find_injected (atom, arguments[i].name),
              .symbol = compiler_intern (collector->compiler, arguments[i].symbol),
              .is_optional = (guint8) arguments[i].is_optional };

      if (action == ATOM_ACTION_REVERT)
        {
          argument.scope = find_own (provides, n_provides, arguments[i].symbol);
          argument.is_own = argument.scope < n_provides;
          if (!argument.is_own)
            argument.scope = 0;
        }
      g_array_append_val (collector->arguments, argument);
    }
}

static void
collect_provides (Collector *collector, const Atom *atom, guint32 node)
{
  guint count;
  const AtomProvided *provides = atom_get_provides (atom, &count);

  for (guint32 i = 0; i < count; i++)
    {
      PlanProvided provided = { node, i };
      guint32 symbol = compiler_intern (collector->compiler, provides[i].symbol);

      g_array_append_val (collector->compiler->provided, provided);
      g_array_append_val (collector->compiler->provided_symbols, symbol);
    }
}

static void
collect_atom (Collector *collector, guint32 node)
{
  const Atom *atom = plan_atom (collector->compiler->plan, node);

  if (atom->extra == NULL)
    return;
  collect_provides (collector, atom, node);
  collect_arguments (collector, atom, ATOM_ACTION_EXECUTE);
  if (atom->extra->revert_arguments != NULL)
    collect_arguments (collector, atom, ATOM_ACTION_REVERT);
  if (task_get_min_arguments (atom)
      > (atom->extra->arguments != NULL ? atom->extra->arguments->len : 0))
    diagnostics_add (collector->compiler->diagnostics, DIAGNOSTIC_ERROR, "too-few-arguments",
                     atom_get_mark (atom), "'%s' needs at least %u arguments", atom->name,
                     task_get_min_arguments (atom));
}

void
compiler_sort_providers (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  const guint32 *symbols = (const guint32 *) (gconstpointer) compiler->provided_symbols->data;
  const PlanProvided *provided = (const PlanProvided *) (gconstpointer) compiler->provided->data;

  plan->n_providers = compiler->provided->len;
  plan->provider_offsets = g_new0 (guint32, (gsize) plan->symbols->len + 2);
  plan->providers = g_new (PlanProvided, MAX (plan->n_providers, 1));
  for (guint i = 0; i < plan->n_providers; i++)
    plan->provider_offsets[symbols[i] + 2]++;
  for (guint i = 1; i < plan->symbols->len + 2; i++)
    plan->provider_offsets[i] += plan->provider_offsets[i - 1];
  for (guint i = 0; i < plan->n_providers; i++)
    plan->providers[plan->provider_offsets[symbols[i] + 1]++] = provided[i];
  g_clear_pointer (&compiler->provided, g_array_unref);
  g_clear_pointer (&compiler->provided_symbols, g_array_unref);
}

void
compiler_collect_symbols (Compiler *compiler)
{
  Plan *plan = compiler->plan;
  Collector collector = { compiler, g_array_new (FALSE, FALSE, sizeof (PlanArgument)) };

  compiler->provided = g_array_new (FALSE, FALSE, sizeof (PlanProvided));
  compiler->provided_symbols = g_array_new (FALSE, FALSE, sizeof (guint32));
  plan->symbols = g_ptr_array_new ();
  name_table_init (&plan->symbol_numbers, 16, name_of_symbol, plan->symbols);
  plan->argument_offsets = block_new_array (guint32, (gsize) plan->n_nodes + 1);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      plan->argument_offsets[node] = collector.arguments->len;
      if (plan_is_atom (plan, node))
        collect_atom (&collector, node);
    }
  plan->n_arguments = plan->argument_offsets[plan->n_nodes] = collector.arguments->len;
  plan->arguments = (PlanArgument *) (gpointer) g_array_free (collector.arguments, FALSE);
}
