/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "storage/memory/memory_log.h"
#include "storage/memory/memory_requests.h"
#include "storage/owner.h"

typedef struct
{
  Storage base;
  StorageMemory keeps;
  GPtrArray *logs;   /* of MemoryLog, oldest first */
  GHashTable *by_id; /* MemoryLog, borrowed */
  int wait_fd;       /* an eventfd, -1 before it is asked for */
} MemoryStorage;

/* Makes the descriptor unreadable. */
static void
drain (int wait_fd)
{
  guint64 count;

  if (wait_fd >= 0)
    (void) !read (wait_fd, &count, sizeof count);
}

static void
wake (int wait_fd)
{
  guint64 one = 1;

  if (wait_fd >= 0)
    (void) !write (wait_fd, &one, sizeof one);
}

static void
memory_free (Storage *base)
{
  MemoryStorage *storage = (MemoryStorage *) base;

  g_hash_table_unref (storage->by_id);
  g_ptr_array_unref (storage->logs);
  if (storage->wait_fd >= 0)
    (void) close (storage->wait_fd);
  g_free (storage);
}

static StorageRun *
new_run (MemoryLog *log)
{
  MemoryRun *run = g_new0 (MemoryRun, 1);

  run->log = memory_log_ref (log);
  run->base.info = log->info;
  run->base.n_atoms = log->n_atoms;
  return &run->base;
}

static StorageRun *
memory_create_run (Storage *base, const StorageRunInfo *info, const StorageRunContent *content,
                   GError **error)
{
  MemoryStorage *storage = (MemoryStorage *) base;
  StorageRun *run;
  MemoryLog *log;

  if (g_hash_table_contains (storage->by_id, info->id))
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_EXISTS, "%s: there is a run \"%s\" already",
                   base->uri, info->id);
      return NULL;
    }
  log = memory_log_new (info, content, storage->keeps, memory_requests_new ());
  g_ptr_array_add (storage->logs, log);
  g_hash_table_insert (storage->by_id, g_strdup (info->id), log);
  log->is_owned = TRUE;
  run = new_run (log);
  if (content->n_records > 0)
    (void) base->slots->append (run, content->records, content->n_records, NULL);
  return run;
}

static MemoryLog *
lookup_log (Storage *base, const char *id, GError **error)
{
  MemoryLog *log = (MemoryLog *) g_hash_table_lookup (((MemoryStorage *) base)->by_id, id);

  if (log == NULL)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: there is no run \"%s\"",
                 base->uri, id);
  return log;
}

static StorageRun *
memory_open_run (Storage *base, const char *id, GError **error)
{
  MemoryLog *log = lookup_log (base, id, error);

  return log != NULL ? new_run (log) : NULL;
}

static StorageRun *
memory_take_run (Storage *base, const char *id, GError **error)
{
  MemoryLog *log = lookup_log (base, id, error);
  g_autofree char *owner = NULL;

  if (log == NULL)
    return NULL;
  if (log->is_owned)
    {
      owner = owner_dup_self (NULL);
      owner_set_error (error, base->uri, id, owner);
      return NULL;
    }
  log->is_owned = TRUE;
  log->info.token++;
  return new_run (log);
}

/* The owner is this process, which lives. */
static gboolean
memory_disown_run (Storage *base, const char *id, const char *vouched, GError **error)
{
  const MemoryLog *log = lookup_log (base, id, error);
  g_autofree char *owner = owner_dup_self (NULL);
  StorageRunInfo run = { .id = id, .owner = owner, .owner_life = STORAGE_OWNER_ALIVE };

  if (log == NULL)
    return FALSE;
  return !log->is_owned || owner_check_vouched (base->uri, &run, vouched, error);
}

static gboolean
memory_request (Storage *base, const char *id, StorageRequest request, const char *reason,
                GError **error)
{
  MemoryLog *log = lookup_log (base, id, error);

  if (log == NULL)
    return FALSE;
  if (!log->is_owned || owner_has_left (log->info.state))
    {
      owner_set_none (error, base->uri, id);
      return FALSE;
    }
  memory_requests_add (log, request, reason);
  wake (((MemoryStorage *) base)->wait_fd);
  return TRUE;
}

static gboolean
memory_attend (Storage *base, const char *id, StorageAttendance *attendance,
               StorageRequestFunc func, gpointer user_data, GError **error)
{
  MemoryLog *log = lookup_log (base, id, error);

  drain (((MemoryStorage *) base)->wait_fd);
  if (log == NULL)
    return FALSE;
  if (attendance->token != 0 && attendance->token != log->info.token)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_FENCED,
                   "%s: run \"%s\" has another owner now", base->uri, id);
      return FALSE;
    }
  memory_requests_poll (log, &attendance->seen, func, user_data);
  return TRUE;
}

/* Made when it is first asked for: most stores in memory are never waited on. */
static int
memory_get_wait_fd (Storage *base)
{
  MemoryStorage *storage = (MemoryStorage *) base;

  if (storage->wait_fd < 0)
    storage->wait_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return storage->wait_fd;
}

/* The log is freed when the last handle of the run is closed. */
static gboolean
memory_remove_run (Storage *base, const char *id, GError **error)
{
  MemoryStorage *storage = (MemoryStorage *) base;
  MemoryLog *log = lookup_log (base, id, error);
  g_autofree char *owner = NULL;

  if (log == NULL)
    return FALSE;
  if (log->is_owned)
    {
      owner = owner_dup_self (NULL);
      owner_set_error (error, base->uri, id, owner);
      return FALSE;
    }
  g_hash_table_remove (storage->by_id, id);
  g_ptr_array_remove (storage->logs, log);
  return TRUE;
}

static const StorageRunInfo *
get_info (MemoryStorage *storage, guint index)
{
  return &((MemoryLog *) g_ptr_array_index (storage->logs, index))->info;
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char **
memory_find_run_ids (Storage *base, const char *prefix, guint max, GError **error)
{
  MemoryStorage *storage = (MemoryStorage *) base;
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  (void) error;
  if (prefix == NULL && storage->logs->len > 0)
    g_ptr_array_add (ids, g_strdup (get_info (storage, storage->logs->len - 1)->id));
  for (guint i = 0; prefix != NULL && i < storage->logs->len; i++)
    if (g_str_has_prefix (get_info (storage, i)->id, prefix))
      g_ptr_array_add (ids, g_strdup (get_info (storage, i)->id));
  g_ptr_array_sort (ids, compare_ids);
  if (ids->len > max)
    g_ptr_array_set_size (ids, (int) max);
  g_ptr_array_add (ids, NULL);
  return (char **) g_ptr_array_free (ids, FALSE);
}

static gboolean
memory_foreach_run (Storage *base, StorageRunFunc func, gpointer user_data, GError **error)
{
  MemoryStorage *storage = (MemoryStorage *) base;

  (void) error;
  for (guint i = storage->logs->len; i > 0; i--)
    {
      StorageRunInfo info = *get_info (storage, i - 1);

      info.definition = NULL;
      if (!func (&info, user_data))
        break;
    }
  return TRUE;
}

static const StorageAtom *
memory_get_atoms (StorageRun *run, guint *count)
{
  return atom_list_get (((MemoryRun *) run)->log->atoms, count);
}

/* What was asked of an owner ends with it. The list may be being read. */
static void
memory_close_run (StorageRun *run)
{
  MemoryLog *log = ((MemoryRun *) run)->log;

  if (run->is_owned)
    {
      log->is_owned = FALSE;
      g_ptr_array_unref (log->requests);
      log->requests = memory_requests_new ();
    }
  memory_log_unref (log);
  g_free (run);
}

static const StorageSlots journal_slots = {
  .scheme = "memory",
  .has_times = TRUE,
  .has_atoms = TRUE,
  .free = memory_free,
  .create_run = memory_create_run,
  .open_run = memory_open_run,
  .take_run = memory_take_run,
  .disown_run = memory_disown_run,
  .request = memory_request,
  .attend = memory_attend,
  .get_wait_fd = memory_get_wait_fd,
  .remove_run = memory_remove_run,
  .find_run_ids = memory_find_run_ids,
  .foreach_run = memory_foreach_run,
  .append = memory_log_append_journal,
  .add_atoms = memory_log_add_atoms,
  .foreach_record = memory_log_foreach,
  .get_atoms = memory_get_atoms,
  .close_run = memory_close_run,
};

static const StorageSlots current_slots = {
  .scheme = "memory",
  .has_times = FALSE,
  .has_atoms = FALSE,
  .free = memory_free,
  .create_run = memory_create_run,
  .open_run = memory_open_run,
  .take_run = memory_take_run,
  .disown_run = memory_disown_run,
  .request = memory_request,
  .attend = memory_attend,
  .get_wait_fd = memory_get_wait_fd,
  .remove_run = memory_remove_run,
  .find_run_ids = memory_find_run_ids,
  .foreach_run = memory_foreach_run,
  .append = memory_log_append_current,
  .add_atoms = memory_log_add_atoms,
  .foreach_record = memory_log_foreach,
  .get_atoms = memory_get_atoms,
  .close_run = memory_close_run,
};

static void
free_log (gpointer log)
{
  memory_log_unref ((MemoryLog *) log);
}

Storage *
storage_new_memory (StorageMemory keeps)
{
  MemoryStorage *storage = g_new0 (MemoryStorage, 1);
  gboolean is_current = keeps == STORAGE_MEMORY_CURRENT;

  storage->base.slots = is_current ? &current_slots : &journal_slots;
  storage->base.ref_count = 1;
  storage->base.uri = g_strdup (is_current ? "memory:current" : "memory:");
  storage->keeps = keeps;
  storage->wait_fd = -1;
  storage->logs = g_ptr_array_new_with_free_func (free_log);
  storage->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return &storage->base;
}
