/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For authors of stores: the slots behind storage/storage.h. A store is a struct that begins with
 * Storage, a run one that begins with StorageRun. The front functions check arguments, so a backend
 * need not; every backend passes tests/storage/conformance.c. All slots are required, but where one
 * says that it is optional. They are called by one thread at a time, the one that uses the store,
 * and never from within a StorageRecordFunc, StorageRunFunc or StorageRequestFunc unless the caller
 * does so: a backend therefore holds neither a transaction nor a cursor while it calls one.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct
{
  const char *scheme; /* of the URI, such as "sqlite" */
  gboolean has_times; /* records need time_us */
  gboolean has_atoms; /* create_run needs the list of atoms */

  /* Frees the store with all but what struct Storage owns. All its runs are closed. */
  void (*free) (Storage *storage);

  /* Makes a run, owned, with a zero created_us replaced by the time of day; header, atoms and
   * records in one transaction. content: never NULL, its records are valid. Returns: (transfer
   * full), `info` and `n_atoms` filled in, as an append of the records would. */
  StorageRun *(*create_run) (Storage *storage, const StorageRunInfo *info,
                             const StorageRunContent *content, GError **error);

  /* Opens a run for reading, with its atoms. Returns: (transfer full), `info` and `n_atoms` filled
   * in. */
  StorageRun *(*open_run) (Storage *storage, const char *id, GError **error);

  /* Opens a run as above, and owns it: see storage_take_run(). Returns: (transfer full). */
  StorageRun *(*take_run) (Storage *storage, const char *id, GError **error);

  /* See storage_disown_run(). */
  gboolean (*disown_run) (Storage *storage, const char *id, const char *owner, GError **error);

  /* See storage_leave_request(); `reason` (nullable) is valid UTF-8. */
  gboolean (*request) (Storage *storage, const char *id, StorageRequest request, const char *reason,
                       GError **error);

  /* See storage_attend(). The front has set lease_until_us to G_MAXINT64; a store with leases sets
   * it to the end of the one that it has renewed, measured from before the round trip. */
  gboolean (*attend) (Storage *storage, const char *id, StorageAttendance *attendance,
                      StorageRequestFunc func, gpointer user_data, GError **error);

  /* See storage_get_wait_fd(). Optional: NULL: -1. */
  int (*get_wait_fd) (Storage *storage);

  /* See storage_remove_run(). Whether the owner lives is judged in the transaction that removes. */
  gboolean (*remove_run) (Storage *storage, const char *id, GError **error);

  /* The ids that begin with `prefix` in the order of their bytes, at most `max`; without a prefix
   * the newest. Returns: (transfer full) NULL-terminated; NULL with STORAGE_ERROR_BUSY, _CORRUPT or
   * _IO. */
  char **(*find_run_ids) (Storage *storage, const char *prefix, guint max, GError **error);

  /* See storage_list_runs(). */
  gboolean (*foreach_run) (Storage *storage, StorageRunFunc func, gpointer user_data,
                           GError **error);

  /* Appends at least one valid record to an owned run, all or none, and sets info.state and
   * info.updated_us after a FLOW record. The hot path: no allocation for records without a value.
   */
  gboolean (*append) (StorageRun *run, const StorageRecord *records, guint count, GError **error);

  /* Adds at least one atom behind the last of an owned run, all or none, fenced as an append, and
   * sets n_atoms. `atoms` may be NULL when has_atoms is not set. */
  gboolean (*add_atoms) (StorageRun *run, const StorageAtom *atoms, guint count, GError **error);

  /* See storage_run_foreach_from(); `first` is at least 1. */
  gboolean (*foreach_record) (StorageRun *run, guint64 first, StorageRecordFunc func,
                              gpointer user_data, GError **error);

  /* See storage_run_get_atoms(). Only called when has_atoms is set; `count` is never NULL. */
  const StorageAtom *(*get_atoms) (StorageRun *run, guint *count);

  /* Gives up an owned run, and frees all but what struct StorageRun owns. */
  void (*close_run) (StorageRun *run);
} StorageSlots;

/* An opener sets slots and uri, log_dir where there is one, and ref_count to 1. */
struct Storage
{
  const StorageSlots *slots;
  int ref_count;
  char *uri;     /* owned by the front */
  char *log_dir; /* owned by the front (nullable) */
};

/* A backend sets info and n_atoms, the front the rest. */
struct StorageRun
{
  Storage *storage;    /* a reference, the front's */
  StorageRunInfo info; /* the strings are the backend's */
  guint n_atoms;
  gboolean is_owned;
};

G_END_DECLS
