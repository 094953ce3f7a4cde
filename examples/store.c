/* SPDX-License-Identifier: Apache-2.0 */

/* A store written from the installed headers: it keeps runs in another store, and counts the
 * records that pass through it. docs/write-a-store.md explains it slot by slot. The program runs a
 * flow with such a store over one in memory, and prints what was counted.
 *
 *   cc -o store store.c $(pkg-config --cflags --libs backflow)
 *   ./store
 */

#include <stdio.h>

#include <backflow/backflow.h>
#include <backflow/storage/storage_backend.h>

/* inner: the store that keeps the runs; a reference. */
typedef struct
{
  Storage base;
  Storage *inner;
  guint64 n_records;
} CountingStore;

/* inner: the same run in the inner store, owned. */
typedef struct
{
  StorageRun base;
  StorageRun *inner;
} CountingRun;

static Storage *
inner_store (Storage *storage)
{
  return ((CountingStore *) storage)->inner;
}

static StorageRun *
inner_run (StorageRun *run)
{
  return ((CountingRun *) run)->inner;
}

/* A backend sets info and n_atoms of a run; the strings in info are those of the inner run. */
static void
copy_header (StorageRun *run)
{
  run->info = *storage_run_get_info (inner_run (run));
  run->n_atoms = storage_run_get_n_atoms (inner_run (run));
}

/* Wraps a run of the inner store (transfer full) (nullable). Returns: (transfer full), NULL for
 * NULL. */
static StorageRun *
wrap_run (StorageRun *inner)
{
  CountingRun *run;

  if (inner == NULL)
    return NULL;
  run = g_new0 (CountingRun, 1);
  run->inner = inner;
  copy_header (&run->base);
  return &run->base;
}

static void
counting_free (Storage *storage)
{
  storage_unref (inner_store (storage));
  g_free (storage);
}

static StorageRun *
counting_create_run (Storage *storage, const StorageRunInfo *info, const StorageRunContent *content,
                     GError **error)
{
  StorageRun *run = wrap_run (storage_create_run (inner_store (storage), info, content, error));

  if (run != NULL)
    ((CountingStore *) storage)->n_records += content->n_records;
  return run;
}

static StorageRun *
counting_open_run (Storage *storage, const char *id, GError **error)
{
  return wrap_run (storage_open_run (inner_store (storage), id, error));
}

static StorageRun *
counting_take_run (Storage *storage, const char *id, GError **error)
{
  return wrap_run (storage_take_run (inner_store (storage), id, error));
}

static gboolean
counting_disown_run (Storage *storage, const char *id, const char *owner, GError **error)
{
  return storage_disown_run (inner_store (storage), id, owner, error);
}

static gboolean
counting_request (Storage *storage, const char *id, StorageRequest request, const char *reason,
                  GError **error)
{
  return storage_leave_request (inner_store (storage), id, request, reason, error);
}

static gboolean
counting_attend (Storage *storage, const char *id, StorageAttendance *attendance,
                 StorageRequestFunc func, gpointer user_data, GError **error)
{
  return storage_attend (inner_store (storage), id, attendance, func, user_data, error);
}

static int
counting_get_wait_fd (Storage *storage)
{
  return storage_get_wait_fd (inner_store (storage));
}

static gboolean
counting_remove_run (Storage *storage, const char *id, GError **error)
{
  return storage_remove_run (inner_store (storage), id, error);
}

/* The public functions look a single run up; the ids themselves come from the slot of the inner
 * store. */
static char **
counting_find_run_ids (Storage *storage, const char *prefix, guint max, GError **error)
{
  Storage *inner = inner_store (storage);

  return inner->slots->find_run_ids (inner, prefix, max, error);
}

static gboolean
counting_foreach_run (Storage *storage, StorageRunFunc func, gpointer user_data, GError **error)
{
  return storage_list_runs (inner_store (storage), func, user_data, error);
}

static gboolean
counting_append (StorageRun *run, const StorageRecord *records, guint count, GError **error)
{
  if (!storage_run_append (inner_run (run), records, count, error))
    return FALSE;
  ((CountingStore *) run->storage)->n_records += count;
  copy_header (run);
  return TRUE;
}

static gboolean
counting_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count, GError **error)
{
  if (!storage_run_add_atoms (inner_run (run), atoms, count, error))
    return FALSE;
  copy_header (run);
  return TRUE;
}

static gboolean
counting_foreach_record (StorageRun *run, guint64 first, StorageRecordFunc func, gpointer user_data,
                         GError **error)
{
  return storage_run_foreach_from (inner_run (run), first, func, user_data, error);
}

static const StorageAtom *
counting_get_atoms (StorageRun *run, guint *count)
{
  return storage_run_get_atoms (inner_run (run), count);
}

static void
counting_close_run (StorageRun *run)
{
  storage_run_close (inner_run (run));
  g_free (run);
}

static const StorageSlots counting_slots = {
  .scheme = "counting",
  .has_times = TRUE,
  .has_atoms = TRUE,
  .free = counting_free,
  .create_run = counting_create_run,
  .open_run = counting_open_run,
  .take_run = counting_take_run,
  .disown_run = counting_disown_run,
  .request = counting_request,
  .attend = counting_attend,
  .get_wait_fd = counting_get_wait_fd,
  .remove_run = counting_remove_run,
  .find_run_ids = counting_find_run_ids,
  .foreach_run = counting_foreach_run,
  .append = counting_append,
  .add_atoms = counting_add_atoms,
  .foreach_record = counting_foreach_record,
  .get_atoms = counting_get_atoms,
  .close_run = counting_close_run,
};

/* Makes a store over one that has times and atoms; takes a reference. Returns: (transfer full). */
static Storage *
storage_new_counting (Storage *inner)
{
  CountingStore *store = g_new0 (CountingStore, 1);

  store->base.slots = &counting_slots;
  store->base.ref_count = 1;
  store->base.uri = g_strdup_printf ("counting:%s", storage_get_uri (inner));
  store->base.log_dir = g_strdup (storage_get_log_dir (inner));
  store->inner = storage_ref (inner);
  return &store->base;
}

/* -- A flow whose run is kept in it ---------------------------------------------------------- */

static gboolean
greet (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  printf ("hello from %s\n", atom_context_get_name (context));
  return TRUE;
}

int
main (void)
{
  g_autoptr (Storage) memory = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  g_autoptr (Storage) storage = storage_new_counting (memory);
  g_autoptr (Flow) flow = flow_new_linear ("greetings");
  EngineOptions options = { .storage = storage };
  g_autoptr (Engine) engine = NULL;
  g_autoptr (GError) error = NULL;
  FlowState state;

  flow_add (flow, task_new ("first", greet, NULL, NULL, NULL));
  flow_add (flow, task_new ("second", greet, NULL, NULL, NULL));
  engine = engine_new (flow, &options);
  if (!engine_run (engine, &state, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  printf ("%s after %" G_GUINT64_FORMAT " records\n", flow_state_get_name (state),
          ((CountingStore *) storage)->n_records);
  return state == FLOW_STATE_SUCCESS ? 0 : 1;
}
