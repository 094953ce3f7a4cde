/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <backflow/storage/storage_backend.h>

#define RUN_ID_MAX 128

/* What stands for the newest run, and how many candidates the message about an ambiguous id names.
 */
#define NEWEST "@last"
#define CANDIDATES_MAX 4

GQuark
storage_error_quark (void)
{
  return g_quark_from_static_string ("backflow-storage-error");
}

Storage *
storage_ref (Storage *storage)
{
  g_return_val_if_fail (storage != NULL && storage->ref_count > 0, NULL);
  storage->ref_count++;
  return storage;
}

void
storage_unref (Storage *storage)
{
  if (storage == NULL)
    return;
  g_return_if_fail (storage->ref_count > 0);
  if (--storage->ref_count > 0)
    return;
  g_clear_pointer (&storage->uri, g_free);
  g_clear_pointer (&storage->log_dir, g_free);
  storage->slots->free (storage);
}

const char *
storage_get_uri (Storage *storage)
{
  g_return_val_if_fail (storage != NULL, NULL);
  return storage->uri;
}

const char *
storage_get_log_dir (Storage *storage)
{
  g_return_val_if_fail (storage != NULL, NULL);
  return storage->log_dir;
}

gboolean
storage_has_times (Storage *storage)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  return storage->slots->has_times;
}

gboolean
storage_has_atoms (Storage *storage)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  return storage->slots->has_atoms;
}

gboolean
storage_is_run_id (const char *text)
{
  gsize length;

  if (text == NULL || !g_ascii_isalnum (text[0]))
    return FALSE;
  length = strlen (text);
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("._-", text[i]) == NULL)
      return FALSE;
  return length <= RUN_ID_MAX;
}

/* What every new handle of a run gets from the front. */
static StorageRun *
adopt (Storage *storage, StorageRun *run, gboolean is_owned)
{
  if (run == NULL)
    return NULL;
  run->storage = storage_ref (storage);
  run->is_owned = is_owned;
  return run;
}

static gboolean
are_valid (const StorageRecord *records, guint count, guint n_atoms)
{
  for (guint i = 0; i < count; i++)
    if (!storage_record_is_valid (&records[i], n_atoms))
      return FALSE;
  return TRUE;
}

StorageRun *
storage_create_run (Storage *storage, const StorageRunInfo *info, const StorageRunContent *content,
                    GError **error)
{
  static const StorageRunContent nothing = { 0 };
  const StorageRunContent *all = content != NULL ? content : &nothing;

  g_return_val_if_fail (storage != NULL, NULL);
  g_return_val_if_fail (info != NULL && storage_is_run_id (info->id), NULL);
  g_return_val_if_fail (info->flow != NULL && info->state < FLOW_STATE_COUNT, NULL);
  g_return_val_if_fail (all->atoms != NULL || all->n_atoms == 0 || !storage->slots->has_atoms,
                        NULL);
  g_return_val_if_fail (all->n_atoms < STORAGE_NO_ATOM, NULL);
  g_return_val_if_fail (all->records != NULL || all->n_records == 0, NULL);
  g_return_val_if_fail (are_valid (all->records, all->n_records, all->n_atoms), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return adopt (storage, storage->slots->create_run (storage, info, all, error), TRUE);
}

StorageRun *
storage_open_run (Storage *storage, const char *id, GError **error)
{
  g_return_val_if_fail (storage != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return adopt (storage, storage->slots->open_run (storage, id, error), FALSE);
}

StorageRun *
storage_take_run (Storage *storage, const char *id, GError **error)
{
  g_return_val_if_fail (storage != NULL, NULL);
  g_return_val_if_fail (id != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return adopt (storage, storage->slots->take_run (storage, id, error), TRUE);
}

gboolean
storage_disown_run (Storage *storage, const char *id, const char *owner, GError **error)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  g_return_val_if_fail (id != NULL && owner != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  return storage->slots->disown_run (storage, id, owner, error);
}

gboolean
storage_leave_request (Storage *storage, const char *id, StorageRequest request, const char *reason,
                       GError **error)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  g_return_val_if_fail (id != NULL && request < STORAGE_REQUEST_COUNT, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  g_autofree char *valid = reason != NULL ? g_utf8_make_valid (reason, -1) : NULL;

  return storage->slots->request (storage, id, request, valid, error);
}

gboolean
storage_attend (Storage *storage, const char *id, StorageAttendance *attendance,
                StorageRequestFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  g_return_val_if_fail (id != NULL && attendance != NULL && func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  attendance->lease_until_us = G_MAXINT64;
  return storage->slots->attend (storage, id, attendance, func, user_data, error);
}

int
storage_get_wait_fd (Storage *storage)
{
  g_return_val_if_fail (storage != NULL, -1);
  return storage->slots->get_wait_fd != NULL ? storage->slots->get_wait_fd (storage) : -1;
}

gboolean
storage_remove_run (Storage *storage, const char *id, GError **error)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  g_return_val_if_fail (id != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  return storage->slots->remove_run (storage, id, error);
}

/* Which of the sorted ids is meant. */
static char *
choose_id (Storage *storage, const char *prefix, char **ids, GError **error)
{
  g_autofree char *list = NULL;

  if (ids[0] == NULL)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: no run begins with \"%s\"",
                 storage->uri, prefix);
  else if (ids[1] == NULL || g_str_equal (ids[0], prefix))
    return g_strdup (ids[0]);
  else
    {
      list = g_strjoinv (", ", ids);
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_AMBIGUOUS,
                   "%s: several runs begin with \"%s\": %s", storage->uri, prefix, list);
    }
  return NULL;
}

static char *
take_newest (Storage *storage, char **ids, GError **error)
{
  if (ids[0] != NULL)
    return g_strdup (ids[0]);
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: there are no runs",
               storage->uri);
  return NULL;
}

char *
storage_lookup_run_id (Storage *storage, const char *prefix, GError **error)
{
  g_return_val_if_fail (storage != NULL, NULL);
  g_return_val_if_fail (prefix != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  const char *wanted = g_str_equal (prefix, NEWEST) ? NULL : prefix;
  g_auto (GStrv) ids = storage->slots->find_run_ids (storage, wanted, CANDIDATES_MAX, error);

  if (ids == NULL)
    return NULL;
  return wanted == NULL ? take_newest (storage, ids, error)
                        : choose_id (storage, prefix, ids, error);
}

gboolean
storage_list_runs (Storage *storage, StorageRunFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (storage != NULL, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  return storage->slots->foreach_run (storage, func, user_data, error);
}

/* Checks all records, then appends. */
static G_NO_INLINE gboolean
append_checked (StorageRun *run, const StorageRecord *records, guint count, GError **error)
{
  g_return_val_if_fail (are_valid (records, count, run->n_atoms), FALSE);
  return count == 0 || run->storage->slots->append (run, records, count, error);
}

/* The hot path is kept free of calls but for the last, so that it needs no stack. */
gboolean
storage_run_append (StorageRun *run, const StorageRecord *records, guint count, GError **error)
{
  g_return_val_if_fail (run != NULL && run->is_owned, FALSE);
  g_return_val_if_fail (records != NULL || count == 0, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  for (guint i = 0; i < count; i++)
    if (!storage_record_is_plain (&records[i])
        || !storage_record_is_valid_plain (&records[i], run->n_atoms))
      return append_checked (run, records, count, error);
  if (count == 0)
    return TRUE;
  return run->storage->slots->append (run, records, count, error);
}

gboolean
storage_run_add_atoms (StorageRun *run, const StorageAtom *atoms, guint n_atoms, GError **error)
{
  g_return_val_if_fail (run != NULL && run->is_owned, FALSE);
  g_return_val_if_fail (atoms != NULL || n_atoms == 0 || !run->storage->slots->has_atoms, FALSE);
  g_return_val_if_fail (n_atoms < STORAGE_NO_ATOM - run->n_atoms, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  return n_atoms == 0 || run->storage->slots->add_atoms (run, atoms, n_atoms, error);
}

gboolean
storage_run_foreach (StorageRun *run, StorageRecordFunc func, gpointer user_data, GError **error)
{
  return storage_run_foreach_from (run, 1, func, user_data, error);
}

gboolean
storage_run_foreach_from (StorageRun *run, guint64 first, StorageRecordFunc func,
                          gpointer user_data, GError **error)
{
  g_return_val_if_fail (run != NULL, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  return run->storage->slots->foreach_record (run, MAX (first, 1), func, user_data, error);
}

const StorageRunInfo *
storage_run_get_info (StorageRun *run)
{
  g_return_val_if_fail (run != NULL, NULL);
  return &run->info;
}

const StorageAtom *
storage_run_get_atoms (StorageRun *run, guint *count)
{
  g_return_val_if_fail (run != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  *count = 0;
  if (!run->storage->slots->has_atoms)
    return NULL;
  return run->storage->slots->get_atoms (run, count);
}

guint
storage_run_get_n_atoms (StorageRun *run)
{
  g_return_val_if_fail (run != NULL, 0);
  return run->n_atoms;
}

void
storage_run_close (StorageRun *run)
{
  Storage *storage;

  if (run == NULL)
    return;
  storage = run->storage;
  storage->slots->close_run (run);
  storage_unref (storage);
}
