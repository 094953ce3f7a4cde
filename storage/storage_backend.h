/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* For authors of stores: the slots behind storage/storage.h. A store is a struct that begins with Storage, a run one that begins
 * with StorageRun. The front functions check arguments, so a backend need not; every backend passes
 * tests/storage/conformance.c. Slots are called by one thread at a time.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct
{
  const char *scheme;        /* of the URI, such as "sqlite" */
  gboolean has_times;        /* records need time_us */
  gboolean has_atoms;        /* create_run needs the list of atoms */
  void (*free) (Storage *storage);
  StorageRun *(*create_run) (Storage *storage, const StorageRunInfo *info, const StorageAtom *atoms, guint n_atoms, GError **error);
  StorageRun *(*open_run) (Storage *storage, const char *id, GError **error);
  char *(*lookup_run_id) (Storage *storage, const char *prefix, GError **error);
  gboolean (*foreach_run) (Storage *storage, StorageRunFunc func, gpointer user_data, GError **error);
  gboolean (*append) (StorageRun *run, const StorageRecord *records, guint count, GError **error);
  gboolean (*foreach_record) (StorageRun *run, StorageRecordFunc func, gpointer user_data, GError **error);
  const StorageAtom *(*get_atoms) (StorageRun *run, guint *count);
  void (*close_run) (StorageRun *run);
} StorageSlots;

struct Storage
{
  const StorageSlots *slots;
  int ref_count;
  char *uri;     /* owned */
  char *log_dir; /* owned (nullable) */
};

struct StorageRun
{
  Storage *storage; /* a reference, the front's */
  StorageRunInfo info; /* strings are the backend's */
  gboolean is_owned;
};

G_END_DECLS
