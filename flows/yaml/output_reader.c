/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/output_reader.h"

#include <string.h>

#include "flows/yaml/variables.h"

/* Collects what is provided while the tree of flows is walked. */
typedef struct
{
  GHashTable *wanted; /* the outputs that nobody provides so far */
  GPtrArray *symbols; /* all that is provided, borrowed; NULL when it is not asked for */
  GPtrArray *flows;   /* to be visited */
} Walk;

static void
visit_atom (Walk *walk, const Atom *atom)
{
  guint count;
  const AtomProvided *provided = atom_get_provides (atom, &count);

  for (guint i = 0; i < count; i++)
    {
      g_hash_table_remove (walk->wanted, provided[i].symbol);
      if (walk->symbols != NULL)
        g_ptr_array_add (walk->symbols, (gpointer) (guintptr) provided[i].symbol);
    }
}

static void
visit_flow (Walk *walk, Flow *flow)
{
  guint count = flow_get_n_items (flow);

  if (flow_get_retry (flow) != NULL)
    visit_atom (walk, flow_get_retry (flow));
  for (guint i = 0; i < count; i++)
    {
      FlowItem item = flow_get_item (flow, i);

      if (item.flow != NULL)
        g_ptr_array_add (walk->flows, item.flow);
      else
        visit_atom (walk, item.atom);
    }
}

/* Walks over everything that provides symbols. */
static void
walk_all (Walk *walk, const FlowFile *file)
{
  for (guint i = 0; i < file->inputs->len; i++)
    {
      const char *name = g_array_index (file->inputs, FlowInput, i).name;

      g_hash_table_remove (walk->wanted, name);
      if (walk->symbols != NULL)
        g_ptr_array_add (walk->symbols, (gpointer) (guintptr) name);
    }
  g_ptr_array_add (walk->flows, file->flow);
  while (walk->flows->len > 0)
    visit_flow (walk, g_ptr_array_steal_index_fast (walk->flows, walk->flows->len - 1));
}

static void
report_missing (Loader *loader, Walk *walk)
{
  GPtrArray *outputs = loader->file->outputs;

  walk->symbols = g_ptr_array_new ();
  walk_all (walk, loader->file);
  for (guint i = 0; i < outputs->len; i++)
    {
      const char *symbol = outputs->pdata[i];

      if (!g_hash_table_contains (walk->wanted, symbol))
        continue;
      diagnostics_add (loader->diagnostics, DIAGNOSTIC_ERROR, "unknown-output",
                       &g_array_index (loader->output_marks, SourceMark, i),
                       "no step or input provides '%s'", symbol);
      loader_suggest (loader, symbol, (const char *const *) walk->symbols->pdata,
                      walk->symbols->len);
    }
  g_ptr_array_unref (walk->symbols);
}

void
output_reader_check (Loader *loader)
{
  GPtrArray *outputs = loader->file->outputs;
  Walk walk = { .symbols = NULL };

  if (outputs->len == 0 || loader->file->has_holes)
    return;
  walk.wanted = g_hash_table_new (g_str_hash, g_str_equal);
  walk.flows = g_ptr_array_new ();
  for (guint i = 0; i < outputs->len; i++)
    g_hash_table_add (walk.wanted, outputs->pdata[i]);
  walk_all (&walk, loader->file);
  if (g_hash_table_size (walk.wanted) > 0)
    report_missing (loader, &walk);
  g_hash_table_unref (walk.wanted);
  g_ptr_array_unref (walk.flows);
}

/* The symbols of the file by the variables that they become. */
static GHashTable *
index_symbols (const Walk *walk)
{
  GHashTable *symbols = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < walk->symbols->len; i++)
    {
      const char *symbol = walk->symbols->pdata[i];

      g_hash_table_insert (symbols, variables_dup_name (symbol, strlen (symbol)),
                           (gpointer) (guintptr) symbol);
    }
  return symbols;
}

static void
warn_of_unset (Loader *loader, GHashTable *symbols)
{
  for (guint i = 0; i < loader->unset->len; i++)
    {
      const UnsetVariable *variable = &g_array_index (loader->unset, UnsetVariable, i);
      const char *symbol = g_hash_table_lookup (symbols, variable->name);

      if (symbol == NULL)
        continue;
      diagnostics_add (loader->diagnostics, DIAGNOSTIC_WARNING, "unset-variable", &variable->mark,
                       "'$%s' is not set: '%s' is no argument of this command", variable->name,
                       symbol);
      diagnostics_add_help (loader->diagnostics, "add '%s' to 'requires'", symbol);
    }
}

void
output_reader_check_unset (Loader *loader)
{
  Walk walk = { .symbols = NULL };
  g_autoptr (GHashTable) symbols = NULL;

  if (loader->unset->len == 0 || loader->file->flow == NULL)
    return;
  walk.wanted = g_hash_table_new (g_str_hash, g_str_equal);
  walk.flows = g_ptr_array_new ();
  walk.symbols = g_ptr_array_new ();
  walk_all (&walk, loader->file);
  symbols = index_symbols (&walk);
  warn_of_unset (loader, symbols);
  g_hash_table_unref (walk.wanted);
  g_ptr_array_unref (walk.flows);
  g_ptr_array_unref (walk.symbols);
}
