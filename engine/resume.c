/* SPDX-License-Identifier: Apache-2.0 */
/* Going on with a run of a former life: its journal is read once, from the beginning, and every
 * record is applied to the core, the values and what controllers remember, as it was when it was
 * written. Atoms are matched by name: those that the flow has got since then join the run as
 * PENDING, those that it has no more must be without an effect.
 */
#include "atoms/retry_history.h"
#include "engine/deadline.h"
#include "engine/engine_state.h"
#include "engine/metadata_private.h"
#include "engine/prepare.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/tries.h"

#include <backflow/engine/engine.h>
#include <backflow/engine/resume.h>
#include <backflow/values/value.h>

#include <string.h>

/* A journal being read. nodes: by number in the store, PLAN_NO_NODE for an atom that the flow has
 * no more; NULL: the number itself. lost: (nullable) by number, the states of those. notes: texts
 * that the journal has of the run already. misfit: the number of a record that does not fit those
 * before it, 0 for none. */
typedef struct
{
  Engine *engine;
  const StorageAtom *atoms;
  guint n_atoms;
  guint32 *nodes;
  guint8 *lost;
  GHashTable *notes;
  guint64 misfit;
} Replay;

/* How many names a note has; the rest is counted. */
#define NAMES_MAX 8

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

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

/* -- Matching -----------------------------------------------------------------------------------
 */

static gboolean
check_version (const Engine *engine, GError **error)
{
  const StorageRunInfo *info = storage_run_get_info (engine->journal.run);

  if (info->version_major == engine->setup.flow->version_major)
    return TRUE;
  return refuse (error, "the run was begun with version %u.%u of its flow, this is %u.%u",
                 info->version_major, info->version_minor, engine->setup.flow->version_major,
                 engine->setup.flow->version_minor);
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
  engine->journal.numbers[node] = number;
  return TRUE;
}

/* A store that forgets names can only tell that something must have changed. */
static gboolean
check_size (const Engine *engine, GError **error)
{
  if (storage_run_get_n_atoms (engine->journal.run) == engine->plan->n_nodes)
    return TRUE;
  return refuse (error, "the flow is not the one that the run was begun with, and its store has "
                        "forgotten the names of the atoms");
}

static gboolean
match_atoms (Replay *replay, GError **error)
{
  Engine *engine = replay->engine;

  if (!storage_has_atoms (engine->journal.storage))
    return check_size (engine, error);
  replay->atoms = storage_run_get_atoms (engine->journal.run, &replay->n_atoms);
  replay->nodes = g_new (guint32, replay->n_atoms + 1);
  replay->lost = g_new0 (guint8, replay->n_atoms + 1);
  engine->journal.numbers = g_new (guint32, engine->plan->n_nodes);
  for (guint32 node = 0; node < engine->plan->n_nodes; node++)
    engine->journal.numbers[node] = STORAGE_NO_ATOM;
  for (guint i = 0; i < replay->n_atoms; i++)
    if (!match_atom (replay, i, error))
      return FALSE;
  return TRUE;
}

/* An effect that nobody could undo any more must not be forgotten. */
static gboolean
check_lost (const Replay *replay, GError **error)
{
  for (guint i = 0; replay->nodes != NULL && i < replay->n_atoms; i++)
    if (replay->nodes[i] == PLAN_NO_NODE && replay->lost[i] != ATOM_STATE_PENDING
        && replay->lost[i] != ATOM_STATE_REVERTED && replay->lost[i] != ATOM_STATE_IGNORE)
      return refuse (error, "'%s' is %s in the run, and the flow has no such atom any more",
                     replay->atoms[i].name, atom_state_get_name ((AtomState) replay->lost[i]));
  return TRUE;
}

/* -- What is different ----------------------------------------------------------------------------
 */

/* Leaves a note about the run for the next transaction, unless an earlier life has left the same;
 * text: (transfer full). */
static void
note (const Replay *replay, char *taken)
{
  g_autofree char *text = taken;

  if (!g_hash_table_contains (replay->notes, text))
    records_add (&replay->engine->journal, STORAGE_RECORD_NOTE, PLAN_NO_NODE, 0, 0,
                 g_variant_new_string (text));
}

/* Adds a name to a list of which `count` are there. */
static void
list_name (GString *list, guint count, const char *name)
{
  if (count < NAMES_MAX)
    g_string_append_printf (list, "%s'%s'", count > 0 ? ", " : "", name);
}

/* Ends the list. Returns: (transfer full) `intro` and the list. */
static char *
end_list (const GString *list, guint count, const char *intro)
{
  if (count <= NAMES_MAX)
    return g_strconcat (intro, list->str, NULL);
  return g_strdup_printf ("%s%s and %u more", intro, list->str, count - NAMES_MAX);
}

static void
note_version (const Replay *replay)
{
  const StorageRunInfo *info = storage_run_get_info (replay->engine->journal.run);
  const Flow *flow = replay->engine->setup.flow;

  if (info->version_minor != flow->version_minor)
    note (replay, g_strdup_printf ("begun with version %u.%u of its flow, it goes on with %u.%u",
                                   info->version_major, info->version_minor, flow->version_major,
                                   flow->version_minor));
}

static void
note_lost (const Replay *replay)
{
  g_autoptr (GString) list = g_string_new (NULL);
  guint count = 0;

  for (guint i = 0; i < replay->n_atoms; i++)
    if (replay->nodes[i] == PLAN_NO_NODE)
      list_name (list, count++, replay->atoms[i].name);
  if (count > 0)
    note (replay, end_list (list, count, "no longer in the flow, and without an effect: "));
}

/* The atoms that the run does not have yet get the next numbers, in the order of definition.
 * Returns: (transfer full) of StorageAtom. */
static GArray *
number_added (Replay *replay)
{
  Engine *engine = replay->engine;
  GArray *added = g_array_new (FALSE, FALSE, sizeof (StorageAtom));
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint32 node = 0; engine->journal.numbers != NULL && node < engine->plan->n_nodes; node++)
    if (plan_is_atom (engine->plan, node) && engine->journal.numbers[node] == STORAGE_NO_ATOM)
      {
        StorageAtom atom = prepare_describe_atom (engine, node);

        engine->journal.numbers[node] = replay->n_atoms + added->len;
        list_name (list, added->len, atom.name);
        g_array_append_val (added, atom);
      }
  if (added->len > 0)
    note (replay, end_list (list, added->len, "added to the run: "));
  return added;
}

/* The run becomes one of the flow as it is now. */
static gboolean
adapt_run (Replay *replay, GError **error)
{
  Engine *engine = replay->engine;
  g_autoptr (GArray) added = NULL;

  note_version (replay);
  note_lost (replay);
  added = number_added (replay);
  if (added->len == 0)
    return TRUE;
  return storage_run_add_atoms (engine->journal.run, &g_array_index (added, StorageAtom, 0),
                                added->len, error)
         && records_append_added (&engine->journal, error);
}

/* -- Values -------------------------------------------------------------------------------------
 */

static void
restore_revert (Engine *engine, const StorageRecord *record)
{
  if (record->to == ATOM_STATE_REVERT_FAILURE)
    {
      results_set_revert (&engine->values, record->atom, NULL,
                          record->value != NULL ? failure_new_from_variant (record->value) : NULL);
      (void) tries_count_revert (&engine->tries, record->atom);
      return;
    }
  results_set_revert (&engine->values, record->atom,
                      record->value != NULL ? g_variant_ref (record->value) : NULL, NULL);
  tries_forget_revert (&engine->tries, record->atom);
  if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY)
    retry_history_clear (tries_get_history (&engine->tries, record->atom));
}

static Failure *
restore_failure (const StorageRecord *record)
{
  return record->value != NULL ? failure_new_from_variant (record->value)
                               : failure_new_printf ("unknown", "nobody kept why");
}

static void
restore_atom (Engine *engine, const StorageRecord *record)
{
  switch ((AtomState) record->to)
    {
    case ATOM_STATE_SUCCESS:
      if (record->from != ATOM_STATE_RUNNING)
        break;
      results_set_result (&engine->values, record->atom,
                          record->value != NULL ? g_variant_ref (record->value) : NULL);
      if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY)
        retry_history_begin (tries_get_history (&engine->tries, record->atom), record->value);
      break;
    case ATOM_STATE_FAILURE:
      if (record->from == ATOM_STATE_RUNNING)
        results_set_failure (&engine->values, record->atom, restore_failure (record));
      break;
    case ATOM_STATE_REVERTED:
    case ATOM_STATE_REVERT_FAILURE:
      restore_revert (engine, record);
      break;
    case ATOM_STATE_RUNNING:
      deadline_note_start (&engine->deadlines, record->atom, MAX (record->time_us, 1));
      break;
    case ATOM_STATE_PENDING:
      if (record->from != ATOM_STATE_RUNNING)
        results_forget (&engine->values, record->atom);
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
  if (engine->plan->kinds[record->atom] == PLAN_NODE_RETRY
      && !storage_record_is_about_revert (record))
    tries_remember (&engine->tries, record->atom, storage_record_get_failed_atom (record));
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
      injected_restore (&engine->injected, record->value);
      break;
    case STORAGE_RECORD_DECISION:
      restore_decision (engine, record);
      break;
    case STORAGE_RECORD_FLOW:
      if (record->to != FLOW_STATE_PENDING)
        break;
      results_clear (&engine->values);
      tries_forget (&engine->tries);
      deadline_forget (&engine->deadlines);
      metadata_forget_atoms (engine);
      deadline_prepare (&engine->deadlines);
      break;
    case STORAGE_RECORD_RESOLUTION:
      tries_forget_revert (&engine->tries, record->atom);
      break;
    case STORAGE_RECORD_META:
      metadata_restore (engine, record->atom, record->value);
      break;
    case STORAGE_RECORD_REQUEST:
      /* Who undoes a run tries its failed reverts anew. */
      if (record->to == STORAGE_REQUEST_UNDO)
        tries_forget_reverts (&engine->tries);
      break;
    case STORAGE_RECORD_INTENTION:
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_PROGRESS:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_COUNT:
    default:
      break;
    }
}

/* -- The journal --------------------------------------------------------------------------------
 */

static guint32
node_of (const Replay *replay, guint32 number)
{
  return number != STORAGE_NO_ATOM && replay->nodes != NULL ? replay->nodes[number] : number;
}

/* Nobody waits longer than was meant, though the clock was set back since. Returns: (transfer full)
 * `(xx)`. */
static GVariant *
limit_wait (const Engine *engine, GVariant *decided)
{
  gint64 wait_us;
  gint64 until_us;

  g_variant_get (decided, "(xx)", &wait_us, &until_us);
  return g_variant_ref_sink (g_variant_new (
      "(xx)", wait_us,
      MIN (until_us, clock_get_now (&engine->clock) + MIN (wait_us, STORAGE_TIME_MAX_US))));
}

static gboolean
replay_record (const StorageRecord *stored, gpointer user_data)
{
  Replay *replay = user_data;
  StorageRecord record = *stored;
  g_autoptr (GVariant) limited = NULL;

  record.atom = node_of (replay, stored->atom);
  if (stored->kind == STORAGE_RECORD_NOTE && stored->atom == STORAGE_NO_ATOM)
    g_hash_table_add (replay->notes, g_variant_dup_string (stored->value, NULL));
  if (stored->atom != STORAGE_NO_ATOM && record.atom == PLAN_NO_NODE)
    {
      if (stored->kind == STORAGE_RECORD_ATOM)
        replay->lost[stored->atom] = stored->to;
      return TRUE;
    }
  if (record.kind == STORAGE_RECORD_DECISION)
    record.attempt = node_of (replay, stored->attempt);
  if (record.kind == STORAGE_RECORD_DECISION && stored->value != NULL)
    record.value = limited = limit_wait (replay->engine, stored->value);
  if (!core_can_apply (&replay->engine->core, &record,
                       storage_has_atoms (replay->engine->journal.storage)))
    {
      replay->misfit = stored->seq;
      return FALSE;
    }
  core_apply (&replay->engine->core, &record);
  restore_values (replay->engine, &record);
  return TRUE;
}

static gboolean
check_misfit (const Replay *replay, GError **error)
{
  if (replay->misfit == 0)
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
               "%s: run \"%s\", record %" G_GUINT64_FORMAT ": it contradicts the records before it",
               storage_get_uri (replay->engine->journal.storage), replay->engine->setup.run_id,
               replay->misfit);
  return FALSE;
}

static gboolean
replay (Replay *replay, GError **error)
{
  Engine *engine = replay->engine;

  if (!check_version (engine, error) || !match_atoms (replay, error)
      || !storage_run_foreach (engine->journal.run, replay_record, replay, error)
      || !check_misfit (replay, error) || !check_lost (replay, error))
    return FALSE;
  prepare_adopt_run (engine);
  return adapt_run (replay, error);
}

static gboolean
resume (Engine *engine, GError **error)
{
  Replay reading = { .engine = engine };
  gboolean is_fine;

  engine->journal.run = storage_take_run (engine->journal.storage, engine->setup.run_id, error);
  if (engine->journal.run == NULL)
    return FALSE;
  reading.notes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  is_fine = replay (&reading, error);
  g_hash_table_unref (reading.notes);
  g_free (reading.nodes);
  g_free (reading.lost);
  if (is_fine)
    core_rebuild (&engine->core);
  return is_fine;
}

Engine *
engine_new_resumed (Flow *flow, const EngineOptions *options, GError **error)
{
  g_autoptr (Engine) engine = NULL;

  g_return_val_if_fail (
      flow != NULL && options != NULL && options->storage != NULL && options->run_id != NULL, NULL);
  engine = engine_new (flow, options);
  if (!engine_compile (engine, error) || !resume (engine, error))
    return NULL;
  return g_steal_pointer (&engine);
}
