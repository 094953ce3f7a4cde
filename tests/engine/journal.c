/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/journal.h"

#include <backflow/atoms/failure.h>
#include <backflow/diagnostics/diagnostic_text.h>
#include <string.h>

#define SECOND G_USEC_PER_SEC
#define BEGIN ((gint64) 1700000000 * SECOND)

static void
make_run (Journal *journal, const char *definition)
{
  StorageRunInfo info = {
    .id = "r1", .definition = definition, .definition_path = "/flow.yaml", .created_us = BEGIN
  };
  g_autoptr (GArray) atoms = g_array_new (FALSE, TRUE, sizeof (StorageAtom));
  g_autoptr (GError) error = NULL;

  info.flow = flow_get_name (flow_file_get_flow (journal->file));
  for (guint32 node = 0; node < plan_get_n_nodes (journal->plan); node++)
    {
      Atom *atom = plan_get_atom (journal->plan, node);
      StorageAtom row = { .effects = ATOM_EFFECTS_REVERSIBLE, .has_revert = TRUE };

      if (atom == NULL)
        continue;
      row.name = atom_get_name (atom);
      row.flow = flow_get_name (plan_get_flow (journal->plan, node));
      row.kind = atom_get_kind (atom);
      g_array_append_val (atoms, row);
    }
  g_assert_cmpuint (atoms->len, <=, G_N_ELEMENTS (journal->states));
  journal->run = storage_create_run (
      journal->storage, &info,
      &(StorageRunContent){ .atoms = (const StorageAtom *) (gconstpointer) atoms->data,
                            .n_atoms = atoms->len },
      &error);
  g_assert_no_error (error);
}

Journal *
journal_new (const char *definition)
{
  Journal *journal = g_new0 (Journal, 1);
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GBytes) text = g_bytes_new (definition, strlen (definition));
  g_autofree char *findings = NULL;

  journal->storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  journal->file = flow_file_load_text ("flow.yaml", text, NULL, diagnostics);
  if (journal->file != NULL && flow_file_get_flow (journal->file) != NULL)
    journal->plan = plan_new (flow_file_get_flow (journal->file), diagnostics);
  findings = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
  if (journal->plan == NULL)
    g_error ("%s", findings);
  journal->time_us = BEGIN;
  make_run (journal, definition);
  journal_write (journal, "=RUNNING");
  return journal;
}

void
journal_free (Journal *journal)
{
  if (journal == NULL)
    return;
  report_free (journal->report);
  plan_free (journal->plan);
  flow_file_free (journal->file);
  storage_run_close (journal->run);
  storage_unref (journal->storage);
  g_free (journal);
}

void
journal_append (Journal *journal, const StorageRecord *record)
{
  StorageRecord dated = *record;
  g_autoptr (GVariant) value = record->value != NULL ? g_variant_ref_sink (record->value) : NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&journal->report, report_free);
  dated.value = value;
  dated.time_us = journal->time_us += SECOND;
  storage_run_append (journal->run, &dated, 1, &error);
  g_assert_no_error (error);
}

guint32
journal_find (const Journal *journal, const char *name)
{
  guint count;
  const StorageAtom *atoms = storage_run_get_atoms (journal->run, &count);

  for (guint i = 0; i < count; i++)
    if (strcmp (atoms[i].name, name) == 0)
      return i;
  g_error ("no atom %s", name);
}

const Report *
journal_read (Journal *journal)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&journal->report, report_free);
  journal->report = report_new (journal->storage, "r1", &error);
  g_assert_no_error (error);
  return journal->report;
}

/* -- Words --------------------------------------------------------------------------------------
 */

static GVariant *
make_value (const Journal *journal, guint32 atom, const char *name, AtomState to,
            const char *domain)
{
  g_autoptr (Failure) failure = NULL;
  guint count;
  gboolean is_retry = storage_run_get_atoms (journal->run, &count)[atom].kind == ATOM_KIND_RETRY;

  if (to == ATOM_STATE_SUCCESS && is_retry)
    return g_variant_new_int64 (journal->attempts[atom]);
  if (to != ATOM_STATE_FAILURE && to != ATOM_STATE_REVERT_FAILURE)
    return NULL;
  failure = failure_new_printf (domain, to == ATOM_STATE_FAILURE ? "%s broke" : "%s is busy", name);
  return failure_to_variant (failure);
}

static void
write_move (Journal *journal, const char *name, char sign)
{
  static const char signs[] = ".>+-<0!~/"; /* by AtomState */
  guint32 atom = journal_find (journal, name);
  AtomState to = sign == '^' ? ATOM_STATE_FAILURE : (AtomState) (strchr (signs, sign) - signs);
  StorageRecord record = { .kind = STORAGE_RECORD_ATOM,
                           .atom = atom,
                           .from = (guint8) journal->states[atom],
                           .to = (guint8) to };
  gboolean is_undone = to >= ATOM_STATE_REVERTING && to <= ATOM_STATE_REVERT_FAILURE;

  if (to == ATOM_STATE_RUNNING)
    journal->attempts[atom]++;
  record.attempt = MAX (journal->attempts[atom], 1);
  record.intention = is_undone ? INTENTION_REVERT : INTENTION_EXECUTE;
  record.value = make_value (journal, atom, name, to, sign == '^' ? "cancelled" : "command");
  journal->states[atom] = to;
  journal_append (journal, &record);
}

static void
write_decision (Journal *journal, const char *controller, const char *rest)
{
  static const char *const answers[] = { "RETRY", "REVERT", "REVERT_ALL", NULL };
  g_auto (GStrv) parts = g_strsplit_set (rest, "=,", 3);
  gint64 wait_us = parts[2] != NULL ? g_ascii_strtoll (parts[2], NULL, 10) * SECOND : 0;
  StorageRecord record = { .kind = STORAGE_RECORD_DECISION,
                           .atom = journal_find (journal, controller),
                           .attempt = journal_find (journal, parts[0]) };

  while (strcmp (answers[record.to], parts[1]) != 0)
    record.to++;
  if (wait_us > 0)
    record.value = g_variant_new ("(xx)", wait_us, journal->time_us + wait_us);
  journal_append (journal, &record);
}

static void
write_resolution (Journal *journal, const char *name, const char *what)
{
  static const char *const names[] = { "RETRY", "REVERTED", "SKIP", "DONE", NULL };
  StorageRecord record
      = { .kind = STORAGE_RECORD_RESOLUTION, .atom = journal_find (journal, name) };

  while (strcmp (names[record.to], what) != 0)
    record.to++;
  record.value = g_variant_new ("(smv)", "I looked", NULL);
  journal_append (journal, &record);
}

static void
write_request (Journal *journal, const char *what)
{
  static const char *const names[] = { "SUSPEND", "CANCEL", "KEEP", "UNDO", NULL };
  StorageRecord record = { .kind = STORAGE_RECORD_REQUEST, .atom = STORAGE_NO_ATOM };

  while (strcmp (names[record.to], what) != 0)
    record.to++;
  record.value = g_variant_new_string ("enough");
  journal_append (journal, &record);
}

static void
write_flow (Journal *journal, const char *state)
{
  const StorageRunInfo *info = storage_run_get_info (journal->run);
  StorageRecord record = { .kind = STORAGE_RECORD_FLOW,
                           .atom = STORAGE_NO_ATOM,
                           .from = (guint8) info->state,
                           .to = (guint8) flow_state_find (state) };

  journal_append (journal, &record);
}

static void
write_waiting (Journal *journal, const char *name, const char *behind)
{
  StorageRecord record = { .kind = STORAGE_RECORD_INTENTION,
                           .atom = journal_find (journal, name),
                           .intention = INTENTION_REVERT,
                           .attempt = journal_find (journal, behind) + 1 };

  journal_append (journal, &record);
}

static void
write_word (Journal *journal, const char *word)
{
  gsize length = strspn (word, "abcdefghijklmnopqrstuvwxyz");
  g_autofree char *name = NULL;

  /* The name of a controller has a dot within. */
  if (g_str_has_prefix (word + length, ".retry"))
    length += strlen (".retry");
  name = g_strndup (word, length);
  switch (word[length])
    {
    case '=':
      write_flow (journal, word + 1);
      break;
    case '*':
      write_request (journal, word + 1);
      break;
    case '?':
      write_decision (journal, name, word + length + 1);
      break;
    case ':':
      write_resolution (journal, name, word + length + 1);
      break;
    case '|':
      write_waiting (journal, name, word + length + 1);
      break;
    default:
      write_move (journal, name, word[length]);
      break;
    }
}

void
journal_write (Journal *journal, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (guint i = 0; list[i] != NULL; i++)
    if (*list[i] != '\0')
      write_word (journal, list[i]);
}
