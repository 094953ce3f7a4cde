/* SPDX-License-Identifier: Apache-2.0 */
/* From a flow to a run that can be driven: compiled, validated, its inputs known, in the store,
 * with an executor. */
#include "engine/prepare.h"
#include "engine/deadline.h"
#include "engine/engine_state.h"
#include "engine/metadata_private.h"
#include "engine/progress.h"
#include "engine/records.h"
#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/plan/checks_inputs.h>

static gboolean
fail_with_diagnostics (Engine *engine, EngineError code, GError **error)
{
  g_propagate_error (error,
                     diagnostics_to_error (engine->setup.diagnostics, ENGINE_ERROR, (int) code));
  return FALSE;
}

gboolean
engine_compile (Engine *engine, GError **error)
{
  g_return_val_if_fail (engine != NULL, FALSE);
  if (engine->plan != NULL)
    return TRUE;
  g_clear_pointer (&engine->setup.diagnostics, diagnostics_free);
  engine->setup.diagnostics = diagnostics_new ();
  engine->plan = plan_new (engine->setup.flow, engine->setup.diagnostics);
  if (engine->plan == NULL)
    return fail_with_diagnostics (engine, ENGINE_ERROR_COMPILE, error);
  core_init (&engine->core, engine->plan, engine->setup.flags);
  deadline_prepare (&engine->deadlines);
  return TRUE;
}

/* Keeps what the compiler has found alone, so that a second validation does not repeat the first.
 */
static void
forget_validation (Engine *engine)
{
  EngineSetup *setup = &engine->setup;

  if (setup->compiled == NULL)
    {
      setup->compiled = diagnostics_new ();
      diagnostics_append (setup->compiled, setup->diagnostics);
      return;
    }
  diagnostics_free (setup->diagnostics);
  setup->diagnostics = diagnostics_new ();
  diagnostics_append (setup->diagnostics, setup->compiled);
}

gboolean
engine_validate (Engine *engine, GError **error)
{
  g_autoptr (GPtrArray) given = NULL;

  g_return_val_if_fail (engine != NULL, FALSE);
  if (!engine_compile (engine, error))
    return FALSE;
  forget_validation (engine);
  given = g_ptr_array_new ();
  for (guint i = 0; i < engine->injected.list->len; i++)
    if (injected_at (&engine->injected, i)->value != NULL)
      g_ptr_array_add (given, injected_at (&engine->injected, i)->symbol);
  g_ptr_array_add (given, NULL);
  if (!plan_check_inputs (engine->plan, (const char *const *) given->pdata,
                          engine->setup.diagnostics))
    return fail_with_diagnostics (engine, ENGINE_ERROR_INPUT, error);
  return TRUE;
}

StorageAtom
prepare_describe_atom (const Engine *engine, guint32 node)
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
  g_free (engine->journal.numbers);
  engine->journal.numbers = g_new (guint32, plan->n_nodes);
  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      engine->journal.numbers[node] = STORAGE_NO_ATOM;
      if (!plan_is_atom (plan, node))
        continue;
      engine->journal.numbers[node] = number;
      atoms[number++] = prepare_describe_atom (engine, node);
    }
  return atoms;
}

void
prepare_adopt_run (Engine *engine)
{
  const StorageRunInfo *info = storage_run_get_info (engine->journal.run);

  engine->journal.needs_completion
      = storage_has_atoms (engine->journal.storage) || storage_has_times (engine->journal.storage);
  if (storage_get_log_dir (engine->journal.storage) != NULL)
    engine->flights.log_dir = g_build_filename (storage_get_log_dir (engine->journal.storage),
                                                engine->setup.run_id, NULL);
  engine->flights.run.log_dir = engine->flights.log_dir;
  /* The same in every life of the run: what an attempt has left running is found by it. */
  engine->flights.run_key
      = g_strdup_printf ("%s@%" G_GINT64_MODIFIER "x", engine->setup.run_id, info->created_us);
  engine->flights.run.key = engine->flights.run_key;
}

static void
record_inputs (Engine *engine)
{
  for (guint i = 0; i < engine->injected.list->len; i++)
    {
      const Injected *injected = injected_at (&engine->injected, i);
      g_autoptr (GVariant) value = injected_dup_stored (injected);

      records_add (&engine->journal, STORAGE_RECORD_INPUT, PLAN_NO_NODE, 0, 0,
                   g_variant_new ("(sv)", injected->symbol, value));
    }
}

/* Paths may be any bytes; what is stored is text. */
static void
record_directory (Engine *engine)
{
  g_autoptr (GVariant) value = NULL;

  if (engine->setup.directory == NULL || !g_utf8_validate (engine->setup.directory, -1, NULL))
    return;
  value = g_variant_ref_sink (
      g_variant_new ("(sv)", "directory", g_variant_new_string (engine->setup.directory)));
  metadata_restore (engine, PLAN_NO_NODE, value);
  records_add (&engine->journal, STORAGE_RECORD_META, PLAN_NO_NODE, 0, 0, g_steal_pointer (&value));
}

/* The id of a run comes from the caller's users; a wrong one is no programming error. */
static gboolean
check_run_id (const Engine *engine, GError **error)
{
  if (storage_is_run_id (engine->setup.run_id))
    return TRUE;
  g_set_error (error, ENGINE_ERROR, ENGINE_ERROR_STATE, "'%s' can't be the id of a run",
               engine->setup.run_id);
  return FALSE;
}

/* Inputs and metadata go into the transaction that makes the run: without them no verb could go on
 * with it. */
static gboolean
create_run (Engine *engine, GError **error)
{
  StorageRunInfo info = { .id = engine->setup.run_id, .flow = engine->setup.flow->name };
  StorageRunContent content = { 0 };
  g_autofree StorageAtom *atoms = NULL;
  gboolean has_atoms = storage_has_atoms (engine->journal.storage);

  info.version_major = engine->setup.flow->version_major;
  info.version_minor = engine->setup.flow->version_minor;
  info.definition = engine->setup.definition;
  info.definition_path = engine->setup.definition_path;
  info.created_us = clock_get_time (&engine->clock);
  if (has_atoms)
    atoms = list_atoms (engine);
  record_directory (engine);
  record_inputs (engine);
  content.atoms = atoms;
  content.n_atoms = has_atoms ? engine->plan->n_atoms : engine->plan->n_nodes;
  engine->journal.run = records_create_run (&engine->journal, &info, content, error);
  if (engine->journal.run == NULL)
    return FALSE;
  prepare_adopt_run (engine);
  return TRUE;
}

static gboolean
open_port (Engine *engine, GError **error)
{
  if (!flights_open (&engine->flights, error))
    return FALSE;
  asked_set_port (&engine->asked, engine->flights.port);
  return TRUE;
}

gboolean
prepare_run (Engine *engine, GError **error)
{
  if (!records_check (&engine->journal, error))
    return FALSE;
  if (!engine_validate (engine, error))
    return FALSE;
  if (engine->flights.port == NULL && !open_port (engine, error))
    return FALSE;
  if (engine->journal.run == NULL && (!check_run_id (engine, error) || !create_run (engine, error)))
    return FALSE;
  injected_index (&engine->injected, engine->plan);
  progress_prepare (&engine->reports, engine->flights.port, &engine->flights.run);
  return TRUE;
}
