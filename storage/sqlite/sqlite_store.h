/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SqliteStorage and SqliteRun: the structs behind a Storage and a StorageRun in an SQLite database.
 * sqlite.c makes and frees a store, sqlite_run.c a handle of a run; the other files of the folder
 * work on them. One thread.
 */

#include <sqlite3.h>

#include <backflow/storage/storage_backend.h>

#include "storage/atom_list.h"
#include "storage/sqlite/sqlite_schema.h"
#include "storage/sqlite/sqlite_statements.h"

G_BEGIN_DECLS

/* Options of sqlite_storage_open(). patience_us: how long a call waits for locks of other
 * processes. vfs: (nullable) the name of a registered sqlite3_vfs. */
typedef struct
{
  const char *path;
  StorageOpen mode;
  StorageDurability durability;
  gint64 patience_us;
  const char *vfs;
} SqliteOptions;

/* The right to append to a run: the number of the run, and the fencing token of its owner. */
typedef struct
{
  gint64 no;
  guint64 token;
} SqliteClaim;

/* The result of the last look for requests, and the state of the file then: see sqlite_requests.c.
 */
typedef struct
{
  char *id; /* (nullable) */
  guint64 token;
  guint64 seen;
  gint64 version;
  gint64 changes;
} SqlitePolled;

/* An open store. waiting_since_us: when the current wait for a lock began. given_up: of
 * SqliteClaim, see sqlite_owner.c. wait_fd: see sqlite_wait.h. */
typedef struct
{
  Storage base;
  SqliteConnection connection;
  GArray *given_up;
  SqlitePolled polled;
  gint64 patience_us;
  gint64 waiting_since_us;
  int wait_fd;
} SqliteStorage;

/* A handle of a run. no: its number in the tables. last_seq: of an owned run, the number of its
 * last record. lock: (nullable) that its owner holds. */
typedef struct
{
  StorageRun base;
  gint64 no;
  guint64 last_seq;
  GStringChunk *strings;
  AtomList *atoms; /* (nullable) */
  OwnerLock *lock;
} SqliteRun;

/* The connection of a run's store, borrowed. */
static inline SqliteConnection *
sqlite_run_get_connection (const StorageRun *run)
{
  return &((SqliteStorage *) run->storage)->connection;
}

/* The key of a row of `atoms` or `journal`. */
static inline gint64
sqlite_run_get_key (const SqliteRun *run, guint64 number)
{
  return run->no << SQLITE_SCHEMA_KEY_SHIFT | (gint64) number;
}

G_END_DECLS
