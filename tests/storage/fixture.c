/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/storage/fixture.h"

/* Values of records that tests have made. */
static GPtrArray *values;

char *
fixture_make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("backflow-storage-XXXXXX", &error);

  assert_non_null (folder);
  return folder;
}

static int
remove_entry (const char *path, const struct stat *status, int kind, struct FTW *place)
{
  (void) status;
  (void) kind;
  (void) place;
  return remove (path);
}

void
fixture_remove_folder (char *folder)
{
  if (folder != NULL)
    nftw (folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_free (folder);
}

int
fixture_set_up (void **state)
{
  *state = fixture_make_folder ();
  return 0;
}

int
fixture_tear_down (void **state)
{
  fixture_remove_folder ((char *) *state);
  fixture_forget_values ();
  return 0;
}

void
fixture_assert_error (GError **error, StorageError code, const char *text)
{
  assert_non_null (*error);
  if (!g_error_matches (*error, STORAGE_ERROR, (int) code)
      || strstr ((*error)->message, text) == NULL)
    fail_msg ("code %d and \"%s\" were expected, not code %d: %s", (int) code, text, (*error)->code,
              (*error)->message);
  g_clear_error (error);
}

StorageRun *
fixture_create_run (Storage *storage, const char *id, guint n_atoms)
{
  StorageRunInfo info = { .id = id, .flow = "flow", .version_major = 1 };
  g_autofree StorageAtom *atoms = g_new0 (StorageAtom, n_atoms);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  StorageRun *run;

  for (guint i = 0; i < n_atoms; i++)
    {
      char *name = g_strdup_printf ("a%u", i);

      g_ptr_array_add (names, name);
      atoms[i].name = name;
      atoms[i].flow = "flow";
    }
  run = storage_create_run (storage, &info,
                            &(StorageRunContent){ .atoms = atoms, .n_atoms = n_atoms }, &error);
  if (run == NULL)
    fail_msg ("%s", error->message);
  return run;
}

StorageRun *
fixture_take_run (Storage *storage, const char *id)
{
  g_autoptr (GError) error = NULL;
  StorageRun *run = storage_take_run (storage, id, &error);

  if (run == NULL)
    fail_msg ("%s", error->message);
  return run;
}

void
fixture_append (StorageRun *run, StorageRecord record)
{
  g_autoptr (GError) error = NULL;

  if (!storage_run_append (run, &record, 1, &error))
    fail_msg ("%s", error->message);
}

static GVariant *
keep_value (GVariant *value)
{
  if (value == NULL)
    return NULL;
  if (values == NULL)
    values = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_ptr_array_add (values, g_variant_ref_sink (value));
  return value;
}

void
fixture_forget_values (void)
{
  g_clear_pointer (&values, g_ptr_array_unref);
}

StorageRecord
fixture_atom (guint atom, AtomState from, AtomState to, guint attempt, GVariant *value)
{
  return (StorageRecord){ .atom = atom,
                          .kind = STORAGE_RECORD_ATOM,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .attempt = attempt,
                          .time_us = 1000000 + (gint64) attempt,
                          .value = keep_value (value) };
}

StorageRecord
fixture_flow (FlowState from, FlowState to)
{
  return (StorageRecord){ .atom = STORAGE_NO_ATOM,
                          .kind = STORAGE_RECORD_FLOW,
                          .from = (guint8) from,
                          .to = (guint8) to,
                          .time_us = 2000000 };
}

StorageRecord
fixture_other (StorageRecordKind kind, guint atom, guint to, guint attempt, GVariant *value)
{
  return (StorageRecord){ .atom = atom,
                          .kind = (guint8) kind,
                          .to = (guint8) to,
                          .attempt = attempt,
                          .time_us = 3000000,
                          .value = keep_value (value) };
}

static void
describe_move (GString *line, const StorageRecord *record)
{
  if (record->kind == STORAGE_RECORD_ATOM)
    g_string_append_printf (line, " %s>%s %s #%u", atom_state_get_name (record->from),
                            atom_state_get_name (record->to),
                            intention_get_name (record->intention), record->attempt);
  else if (record->kind == STORAGE_RECORD_FLOW)
    g_string_append_printf (line, " %s>%s", flow_state_get_name (record->from),
                            flow_state_get_name (record->to));
  else if (record->kind == STORAGE_RECORD_INTENTION)
    g_string_append_printf (line, " %s #%u", intention_get_name (record->intention),
                            record->attempt);
  else
    g_string_append_printf (line, " %u #%u", record->to, record->attempt);
}

static gboolean
describe_record (const StorageRecord *record, gpointer user_data)
{
  GString *lines = (GString *) user_data;

  g_string_append_printf (lines, "%" G_GUINT64_FORMAT " %s", record->seq,
                          storage_record_kind_get_name (record->kind));
  if (record->atom != STORAGE_NO_ATOM)
    g_string_append_printf (lines, " %u", record->atom);
  describe_move (lines, record);
  if (record->value != NULL)
    {
      g_autofree char *text = g_variant_print (record->value, TRUE);

      g_string_append_printf (lines, " %s", text);
    }
  g_string_append_c (lines, '\n');
  return TRUE;
}

char *
fixture_describe (StorageRun *run)
{
  GString *lines = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (!storage_run_foreach (run, describe_record, lines, &error))
    fail_msg ("%s", error->message);
  return g_string_free (lines, FALSE);
}

void
fixture_assert_records (StorageRun *run, const char *expected)
{
  g_autofree char *lines = fixture_describe (run);

  assert_string_equal (lines, expected);
}

static gboolean
count_record (const StorageRecord *record, gpointer user_data)
{
  guint *count = (guint *) user_data;

  ++*count;
  assert_int_equal (record->seq, *count);
  return TRUE;
}

guint
fixture_count (StorageRun *run)
{
  g_autoptr (GError) error = NULL;
  guint count = 0;

  if (!storage_run_foreach (run, count_record, &count, &error))
    fail_msg ("%s", error->message);
  return count;
}

gboolean
fixture_poll_requests (Storage *storage, const char *id, guint64 *seen, StorageRequestFunc func,
                       gpointer user_data, GError **error)
{
  StorageAttendance attendance = { .seen = *seen };
  gboolean is_fine = storage_attend (storage, id, &attendance, func, user_data, error);

  *seen = attendance.seen;
  return is_fine;
}
