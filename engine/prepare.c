/* SPDX-License-Identifier: Apache-2.0 */
/* From a flow to a run that can be driven: compiled, validated, its inputs known, in the store,
 * with an executor. */
#include "engine/engine_private.h"

#include <backflow/engine/plan/checks_inputs.h>

static gboolean
fail_with_diagnostics (Engine *engine, EngineError code, GError **error)
{
  g_propagate_error (error, diagnostics_to_error (engine->diagnostics, ENGINE_ERROR, (int) code));
  return FALSE;
}

gboolean
engine_compile (Engine *engine, GError **error)
{
  g_return_val_if_fail (engine != NULL, FALSE);
  if (engine->plan != NULL)
    return TRUE;
  g_clear_pointer (&engine->diagnostics, diagnostics_free);
  engine->diagnostics = diagnostics_new ();
  engine->plan = plan_new (engine->flow, engine->diagnostics);
  if (engine->plan == NULL)
    return fail_with_diagnostics (engine, ENGINE_ERROR_COMPILE, error);
  core_init (&engine->core, engine->plan, engine->flags);
  deadline_prepare (engine);
  return TRUE;
}

gboolean
engine_validate (Engine *engine, GError **error)
{
  g_autoptr (GPtrArray) given = NULL;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!engine_compile (engine, error))
    return FALSE;
  given = g_ptr_array_new ();
  for (guint i = 0; i < engine->injected->len; i++)
    if (g_array_index (engine->injected, Injected, i).value != NULL)
      g_ptr_array_add (given, g_array_index (engine->injected, Injected, i).symbol);
  g_ptr_array_add (given, NULL);
  if (!plan_check_inputs (engine->plan, (const char *const *) given->pdata, engine->diagnostics))
    return fail_with_diagnostics (engine, ENGINE_ERROR_INPUT, error);
  return TRUE;
}

/* The injected values by symbol, for binding. */
static void
index_injected (Engine *engine)
{
  const Plan *plan = engine->plan;

  g_clear_pointer (&engine->injected_values, g_free);
  if (plan->symbols == NULL || engine->injected->len == 0)
    return;
  engine->injected_values = g_new0 (GVariant *, plan->symbols->len + 1);
  for (guint i = 0; i < engine->injected->len; i++)
    {
      const Injected *injected = &g_array_index (engine->injected, Injected, i);
      guint32 symbol = name_table_find (&plan->symbol_numbers, atom_hash_name (injected->symbol),
                                        injected->symbol);

      if (symbol != NAME_NONE)
        engine->injected_values[symbol] = injected->value;
    }
}

StorageAtom
engine_describe_atom (const Engine *engine, guint32 node)
{
  const Atom *atom = plan_atom (engine->plan, node);

  return (StorageAtom){ atom->name, ((const Flow *) atom->member.owner)->name,
                        (AtomKind) atom->member.kind, atom_has_revert (atom),
                        atom_get_effects (atom) };
}

/* The list of atoms for the store, in the order of definition; their numbers there are places in
 * it. */
static StorageAtom *
list_atoms (Engine *engine)
{
  const Plan *plan = engine->plan;
  StorageAtom *atoms = g_new0 (StorageAtom, MAX (plan->n_atoms, 1));
  guint32 number = 0;

  /* A run that could not be made may be tried again. */
  g_free (engine->numbers);
  engine->numbers = g_new (guint32, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      engine->numbers[node] = STORAGE_NO_ATOM;
      if (!plan_is_atom (plan, node))
        continue;
      engine->numbers[node] = number;
      atoms[number++] = engine_describe_atom (engine, node);
    }
  return atoms;
}

static void
record_injected (Engine *engine)
{
  for (guint i = 0; i < engine->injected->len; i++)
    {
      const Injected *injected = &g_array_index (engine->injected, Injected, i);
      GVariant *value = injected->value;

      if (injected->source != NULL)
        value = g_variant_new_parsed ("{'" ENGINE_SECRET_KEY "': <%s>}", injected->source);
      records_add (engine, STORAGE_RECORD_INPUT, PLAN_NO_NODE, 0, 0,
                   g_variant_new ("(sv)", injected->symbol, value));
    }
}

void
engine_adopt_run (Engine *engine)
{
  const StorageRunInfo *info = storage_run_get_info (engine->run);

  engine->needs_completion
      = storage_has_atoms (engine->storage) || storage_has_times (engine->storage);
  if (storage_get_log_dir (engine->storage) != NULL)
    engine->log_dir
        = g_build_filename (storage_get_log_dir (engine->storage), engine->run_id, NULL);
  engine->attempt_run.log_dir = engine->log_dir;
  /* The same in every life of the run: what an attempt has left running is found by it. */
  engine->run_key
      = g_strdup_printf ("%s@%" G_GINT64_MODIFIER "x", engine->run_id, info->created_us);
  engine->attempt_run.key = engine->run_key;
}

/* Paths may be any bytes; what is stored is text. */
static void
record_directory (Engine *engine)
{
  g_autoptr (GVariant) value = NULL;

  if (engine->directory == NULL || !g_utf8_validate (engine->directory, -1, NULL))
    return;
  value = g_variant_ref_sink (
      g_variant_new ("(sv)", "directory", g_variant_new_string (engine->directory)));
  metadata_restore (engine, PLAN_NO_NODE, value);
  records_add (engine, STORAGE_RECORD_META, PLAN_NO_NODE, 0, 0, g_steal_pointer (&value));
}

static gboolean
create_run (Engine *engine, GError **error)
{
  StorageRunInfo info = { .id = engine->run_id, .flow = engine->flow->name };
  g_autofree StorageAtom *atoms = NULL;
  gboolean has_atoms = storage_has_atoms (engine->storage);

  info.version_major = engine->flow->version_major;
  info.version_minor = engine->flow->version_minor;
  info.definition = engine->definition;
  info.definition_path = engine->definition_path;
  info.created_us = g_get_real_time ();
  if (has_atoms)
    atoms = list_atoms (engine);
  engine->run
      = storage_create_run (engine->storage, &info, atoms,
                            has_atoms ? engine->plan->n_atoms : engine->plan->n_nodes, error);
  if (engine->run == NULL)
    return FALSE;
  engine_adopt_run (engine);
  record_directory (engine);
  record_injected (engine);
  return TRUE;
}

static gboolean
open_port (Engine *engine, GError **error)
{
  Port *port = port_open (engine->executor, error);

  if (port == NULL)
    return FALSE;
  engine->capacity = port_get_capacity (port);
  engine->done = g_new (Attempt *, engine->capacity);
  /* Whoever asks from another thread sees the port as a whole, or leaves a request that is found
   * when the run begins. */
  __atomic_store_n (&engine->port, port, __ATOMIC_SEQ_CST);
  return TRUE;
}

gboolean
engine_check_store (const Engine *engine, GError **error)
{
  if (!engine->has_failed_store)
    return TRUE;
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                       "the run stopped because its store failed");
  return FALSE;
}

gboolean
engine_prepare (Engine *engine, GError **error)
{
  if (!engine_check_store (engine, error))
    return FALSE;
  if (!engine_validate (engine, error))
    return FALSE;
  if (engine->port == NULL && !open_port (engine, error))
    return FALSE;
  if (engine->run == NULL && !create_run (engine, error))
    return FALSE;
  index_injected (engine);
  progress_prepare (engine);
  if (engine->core.flow_state == FLOW_STATE_REVERTED)
    return engine_reset (engine, error);
  return TRUE;
}
