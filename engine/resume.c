/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with a run of a former life: its journal is read once, from the beginning, and every record is applied to the core, the
 * values and what controllers remember, as it was when it was written. Atoms are matched by name.
 */
#include "engine/engine_private.h"

#include "atoms/retry_private.h"

#include <backflow/atoms/value.h>

#include <string.h>

/* A journal being read. nodes: by number in the store, PLAN_NO_NODE for an atom that the flow has no more; NULL: the number itself.
 * lost: (nullable) by number, the states of those. */
typedef struct
{
  Engine *engine;
  const StorageAtom *atoms;
  guint n_atoms;
  guint32 *nodes;
  guint8 *lost;
} Replay;

static gboolean
refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_DEFINITION, text);
  return FALSE;
}

/* -- Matching ----------------------------------------------------------------------------------- */

static gboolean
check_version (const Engine *engine, GError **error)
{
  const StorageRunInfo *info = storage_run_get_info (engine->run);

  if (info->version_major == engine->flow->version_major)
    return TRUE;
  return refuse (error, "the run was begun with version %u.%u of its flow, this is %u.%u", info->version_major, info->version_minor,
                 engine->flow->version_major, engine->flow->version_minor);
}

/* Finds the node of each stored atom, and the number of each node. */
static gboolean
match_atom (Replay *replay, guint number, GError **error)
{
  Engine *engine = replay->engine;
  const StorageAtom *atom = &replay->atoms[number];
  guint32 node = plan_find_atom (engine->plan, atom->name);

  replay->nodes[number] = node;
  if (node == PLAN_NO_NODE)
    return TRUE;
  if ((atom->kind == ATOM_KIND_RETRY) != (engine->plan->kinds[node] == PLAN_NODE_RETRY))
    return refuse (error, "'%s' was a %s when the run was begun, and is a %s now", atom->name,
                   atom->kind == ATOM_KIND_RETRY ? "retry controller" : "task",
                   atom->kind == ATOM_KIND_RETRY ? "task" : "retry controller");
  engine->numbers[node] = number;
  return TRUE;
}

static gboolean
check_added (const Engine *engine, GError **error)
{
  for (guint32 node = 0; node < engine->plan->n_nodes; node++)
    if (plan_is_atom (engine->plan, node) && engine->numbers[node] == STORAGE_NO_ATOM)
      return refuse (error, "'%s' is not among the atoms that the run was begun with", plan_atom (engine->plan, node)->name);
  return TRUE;
}

static gboolean
match_atoms (Replay *replay, GError **error)
{
  Engine *engine = replay->engine;

  replay->atoms = storage_run_get_atoms (engine->run, &replay->n_atoms);
  if (replay->atoms == NULL)
    return TRUE;
  replay->nodes = g_new (guint32, replay->n_atoms + 1);
  replay->lost = g_new0 (guint8, replay->n_atoms + 1);
  engine->numbers = g_new (guint32, engine->plan->n_nodes);
  for (guint32 node = 0; node < engine->plan->n_nodes; node++)
    engine->numbers[node] = STORAGE_NO_ATOM;
  for (guint i = 0; i < replay->n_atoms; i++)
    if (!match_atom (replay, i, error))
      return FALSE;
  return check_added (engine, error);
}

/* An effect that nobody could undo any more must not be forgotten. */
static gboolean
check_lost (const Replay *replay, GError **error)
{
  for (guint i = 0; replay->nodes != NULL && i < replay->n_atoms; i++)
    if (replay->nodes[i] == PLAN_NO_NODE && replay->lost[i] != ATOM_STATE_PENDING && replay->lost[i] != ATOM_STATE_REVERTED
        && replay->lost[i] != ATOM_STATE_IGNORE)
      return refuse (error, "'%s' is %s in the run, and the flow has no such atom any more", replay->atoms[i].name,
                     atom_state_get_name ((AtomState) replay->lost[i]));
  return TRUE;
}

/* -- Values ------------------------------------------------------------------------------------- */

static void
restore_input (Engine *engine, GVariant *record)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GVariant) source = NULL;
  char *symbol;

  g_variant_get (record, "(sv)", &symbol, &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) && g_variant_n_children (value) == 1)
    source = g_variant_lookup_value (value, ENGINE_SECRET_KEY, G_VARIANT_TYPE_STRING);
  /* A secret is not in the store: it is injected again. */
  engine_keep_injected (engine, symbol, source != NULL ? NULL : g_steal_pointer (&value),
                        source != NULL ? g_variant_dup_string (source, NULL) : NULL);
}

static void
restore_revert (Engine *engine, const StorageRecord *record)
{
  gpointer key = GUINT_TO_POINTER (record->atom);

  if (record->to == ATOM_STATE_REVERT_FAILURE)
    {
      results_set_revert (engine, record->atom, NULL, record->value != NULL ? failure_new_from_variant (record->value) : NULL);
      if (engine->revert_tries == NULL)
        engine->revert_tries = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (engine->revert_tries, key,
                           GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (engine->revert_tries, key)) + 1));
      return;
    }
  results_set_revert (engine, record->atom, record->value != NULL ? g_variant_ref (record->value) : NULL, NULL);
  if (engine->revert_tries != NULL)
    g_hash_table_remove (engine->revert_tries, key);
  if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY)
    retry_history_clear (policy_get_history (engine, record->atom));
}

static Failure *
restore_failure (const StorageRecord *record)
{
  return record->value != NULL ? failure_new_from_variant (record->value) : failure_new_printf ("unknown", "nobody kept why");
}

static void
restore_atom (Engine *engine, const StorageRecord *record)
{
  switch ((AtomState) record->to)
    {
    case ATOM_STATE_SUCCESS:
      if (record->from != ATOM_STATE_RUNNING)
        break;
      results_set_result (engine, record->atom, record->value != NULL ? g_variant_ref (record->value) : NULL);
      if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY)
        retry_history_begin (policy_get_history (engine, record->atom), record->value);
      break;
    case ATOM_STATE_FAILURE:
      if (record->from == ATOM_STATE_RUNNING)
        results_set_failure (engine, record->atom, restore_failure (record));
      break;
    case ATOM_STATE_REVERTED:
    case ATOM_STATE_REVERT_FAILURE:
      restore_revert (engine, record);
      break;
    case ATOM_STATE_RUNNING:
      deadline_note_start (engine, record->atom, MAX (record->time_us, 1));
      break;
    case ATOM_STATE_PENDING:
      if (record->from != ATOM_STATE_RUNNING)
        results_forget (engine, record->atom);
      break;
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_RETRYING:
    case ATOM_STATE_IGNORE:
    case ATOM_STATE_COUNT:
    default:
      break;
    }
}

/* A controller was asked about a failure: that is part of what it remembers. */
static void
restore_decision (Engine *engine, const StorageRecord *record)
{
  if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY && record->atom != record->attempt)
    policy_remember (engine, record->atom, record->attempt);
}

static void
restore_values (Engine *engine, const StorageRecord *record)
{
  switch ((StorageRecordKind) record->kind)
    {
    case STORAGE_RECORD_ATOM:
      restore_atom (engine, record);
      break;
    case STORAGE_RECORD_INPUT:
      restore_input (engine, record->value);
      break;
    case STORAGE_RECORD_DECISION:
      restore_decision (engine, record);
      break;
    case STORAGE_RECORD_FLOW:
      if (record->to != FLOW_STATE_PENDING)
        break;
      results_clear (engine);
      policy_forget (engine);
      deadline_prepare (engine);
      break;
    case STORAGE_RECORD_RESOLUTION:
      if (engine->revert_tries != NULL)
        g_hash_table_remove (engine->revert_tries, GUINT_TO_POINTER (record->atom));
      break;
    case STORAGE_RECORD_META:
      metadata_restore (engine, record->atom, record->value);
      break;
    case STORAGE_RECORD_INTENTION:
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_REQUEST:
    case STORAGE_RECORD_PROGRESS:
    case STORAGE_RECORD_COUNT:
    default:
      break;
    }
}

/* -- The journal -------------------------------------------------------------------------------- */

static guint32
node_of (const Replay *replay, guint32 number)
{
  return number != STORAGE_NO_ATOM && replay->nodes != NULL ? replay->nodes[number] : number;
}

static gboolean
replay_record (const StorageRecord *stored, gpointer user_data)
{
  Replay *replay = user_data;
  StorageRecord record = *stored;

  record.atom = node_of (replay, stored->atom);
  if (stored->atom != STORAGE_NO_ATOM && record.atom == PLAN_NO_NODE)
    {
      if (stored->kind == STORAGE_RECORD_ATOM)
        replay->lost[stored->atom] = stored->to;
      return TRUE;
    }
  if (record.kind == STORAGE_RECORD_DECISION)
    record.attempt = node_of (replay, stored->attempt);
  core_apply (&replay->engine->core, &record);
  restore_values (replay->engine, &record);
  return TRUE;
}

static gboolean
resume (Engine *engine, GError **error)
{
  Replay replay = { .engine = engine };
  gboolean is_fine;

  engine->run = storage_take_run (engine->storage, engine->run_id, error);
  if (engine->run == NULL)
    return FALSE;
  is_fine = check_version (engine, error) && match_atoms (&replay, error)
            && storage_run_foreach (engine->run, replay_record, &replay, error) && check_lost (&replay, error);
  g_free (replay.nodes);
  g_free (replay.lost);
  if (!is_fine)
    return FALSE;
  engine_adopt_run (engine);
  core_rebuild (&engine->core);
  return TRUE;
}

Engine *
engine_new_resumed (Flow *flow, const EngineOptions *options, GError **error)
{
  g_autoptr (Engine) engine = NULL;

  g_return_val_if_fail (flow != NULL && options != NULL && options->storage != NULL && options->run_id != NULL, NULL);
  engine = engine_new (flow, options);
  if (!engine_compile (engine, error) || !resume (engine, error))
    return NULL;
  return g_steal_pointer (&engine);
}
