/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Storage: where runs are kept. A store holds runs; a run is an append-only journal
 * (storage/record.h) with a header and the list of its atoms. A Storage and its runs are used by
 * one thread at a time; open one per thread. Any number of processes may read a store on disk while
 * others write to it; a run is written by its owner alone. Stores by URI: `memory:` (as
 * STORAGE_MEMORY_JOURNAL), `memory:current`, `sqlite:PATH`, `sqlite:PATH?durability=normal`. For
 * authors of backends: storage/storage_backend.h.
 */

#include <backflow/storage/record.h>
#include <backflow/storage/storage_error.h>
#include <backflow/storage/storage_run.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Storage Storage;

/* When a commit has returned: FULL: it is on the disk. NORMAL: it survives the end of the process,
 * not a power cut. */
typedef enum
{
  STORAGE_DURABILITY_FULL,
  STORAGE_DURABILITY_NORMAL,
} StorageDurability;

/* What an opened store may do. READ: it must exist; nothing is written. CREATE: it is made when
 * absent. */
typedef enum
{
  STORAGE_OPEN_CREATE,
  STORAGE_OPEN_READ,
} StorageOpen;

/* What the memory store keeps. JOURNAL: every record with its time, and the atoms, as a store on
 * disk does.
 *
 * CURRENT: what is needed to know where the run is, four bytes an atom: the cheapest. Nothing of
 * times and names: who takes or opens a run gets the number of its atoms, and has to know which
 * they are. An atom that has had neither a value nor a record of another kind keeps only its latest
 * ATOM record; from its first such record on (and with the state that it had before one of another
 * kind) all of its records are kept, but for PROGRESS, which replaces that of the same attempt.
 * storage_run_foreach() calls first for the kept records in the order in which they were appended,
 * those of no atom among them, then for the latest of the other atoms in the order of their
 * numbers; seq counts these calls. Applied in that order they give the same state of every atom,
 * its values and the flow as all the records would: what a record says of other atoms than its own
 * must not depend on the states that these have when it is read. */
typedef enum
{
  STORAGE_MEMORY_CURRENT,
  STORAGE_MEMORY_JOURNAL,
} StorageMemory;

/* Called for each run; FALSE stops. The header is valid during the call only. The store may be used
 * in the call. */
typedef gboolean (*StorageRunFunc) (const StorageRunInfo *info, gpointer user_data);

/* Opens the store of a URI. Returns: (transfer full); NULL with STORAGE_ERROR_URI, _NOT_FOUND,
 * _NEWER, _CORRUPT, _PERMISSION, _BUSY, _FULL or _IO; the message names the URI or the path. */
BACKFLOW_PUBLIC Storage *storage_open (const char *uri, StorageOpen mode, GError **error);

/* Makes a store in memory that goes away with its last reference. Returns: (transfer full). */
BACKFLOW_PUBLIC Storage *storage_new_memory (StorageMemory keeps);

/* Opens a store in an SQLite file; makes folders with mode 0700, the file with 0600. Returns: as
 * storage_open(). */
BACKFLOW_PUBLIC Storage *storage_open_sqlite (const char *path, StorageOpen mode,
                                              StorageDurability durability, GError **error);

/* Takes a reference. Returns: (transfer full). */
BACKFLOW_PUBLIC Storage *storage_ref (Storage *storage);

/* Drops a reference; NULL is fine. An open run holds one. */
BACKFLOW_PUBLIC void storage_unref (Storage *storage);

/* What the store is called in messages, such as "sqlite:/path"; storage_open() opens one on disk
 * again by it. Borrowed. */
BACKFLOW_PUBLIC const char *storage_get_uri (Storage *storage);

/* The folder for logs of commands, borrowed (nullable): NULL for stores without one. It may not
 * exist yet. */
BACKFLOW_PUBLIC const char *storage_get_log_dir (Storage *storage);

/* Whether records need a time: a caller may leave time_us 0 otherwise. */
BACKFLOW_PUBLIC gboolean storage_has_times (Storage *storage);

/* Whether the store wants the list of atoms in storage_create_run(). */
BACKFLOW_PUBLIC gboolean storage_has_atoms (Storage *storage);

/* Whether `text` can be the id of a run, which also names files: 1 to 128 of the ASCII letters,
 * digits, `.`, `_` and `-`, the first a letter or a digit. `text` may be NULL. */
BACKFLOW_PUBLIC gboolean storage_is_run_id (const char *text);

/* Makes a run and owns it, in one transaction with its atoms and its first records: a run is in the
 * store with all of them, or not at all. Every field of `info` but the id (storage_is_run_id()) and
 * the flow may be zero; the store sets owner and token. content: (nullable) NULL: no atoms and no
 * records; copied. Returns: (transfer full); NULL with STORAGE_ERROR_EXISTS, _FULL, _PERMISSION,
 * _BUSY, _TOO_LARGE or _IO, and no such run is in the store then (when the process ends before
 * anything else is written, a commit that failed may still turn up, whole). */
BACKFLOW_PUBLIC StorageRun *storage_create_run (Storage *storage, const StorageRunInfo *info,
                                                const StorageRunContent *content, GError **error);

/* Opens a run for reading. Returns: (transfer full); NULL with STORAGE_ERROR_NOT_FOUND, _CORRUPT,
 * _BUSY or _IO. */
BACKFLOW_PUBLIC StorageRun *storage_open_run (Storage *storage, const char *id, GError **error);

/* Opens a run and owns it: its token grows, so that whoever owned it before can write nothing more,
 * and requests made of that one are forgotten. Refused while its owner is not known to be dead
 * (StorageOwnerLife); this very process too, as long as it has not closed the run. (Where the run
 * was opened through another Storage, and its owner got no lock, closing it must have succeeded;
 * else it is enough that it was called.) Returns: (transfer full); NULL with STORAGE_ERROR_OWNED
 * (the message says who has it), _NOT_FOUND, _FULL, _PERMISSION, _CORRUPT, _BUSY or _IO. */
BACKFLOW_PUBLIC StorageRun *storage_take_run (Storage *storage, const char *id, GError **error);

/* Takes a run from an owner of whom somebody vouches that it is dead and writes nothing more, where
 * that can't be known from here (STORAGE_OWNER_UNKNOWN); then the run is nobody's. Its token grows
 * all the same: should that owner be alive, it can write nothing more. owner: as
 * StorageRunInfo.owner has it, to the letter, so that it can't be said of another. TRUE too when
 * the owner is known to be dead, or nobody; nothing is changed then. FALSE with STORAGE_ERROR_OWNED
 * (it is another, or alive), _NOT_FOUND, _FULL, _PERMISSION, _CORRUPT, _BUSY or _IO. */
BACKFLOW_PUBLIC gboolean storage_disown_run (Storage *storage, const char *id, const char *owner,
                                             GError **error);

/* An owner in words, such as "process 7 on vm". Returns: (transfer full). Any thread. */
BACKFLOW_PUBLIC char *storage_owner_dup_text (const char *owner);

/* Leaves a request for the owner of a run, which finds it with storage_attend(). Any process that
 * may write to the store can leave one; in a store in memory, the thread that uses the Storage.
 * reason: (nullable) bytes that are not UTF-8 are replaced by U+FFFD. FALSE with
 * STORAGE_ERROR_UNOWNED when no live owner would see it (the flow may have ended), _NOT_FOUND,
 * _FULL, _PERMISSION, _BUSY, _CORRUPT or _IO. */
BACKFLOW_PUBLIC gboolean storage_leave_request (Storage *storage, const char *id,
                                                StorageRequest request, const char *reason,
                                                GError **error);

/* A request: see storage_attend(). reason: (nullable). Valid during the call, in which the
 * store may be used. */
typedef void (*StorageRequestFunc) (StorageRequest request, const char *reason, gpointer user_data);

/* The state of an owner that attends to its run. seen: the number of the last request that was
 * handed out; 0 at first, so that an owner that starts again gets all of them again. token: of the
 * owner (StorageRunInfo.token); 0: of the present owner, whichever that is. lease_until_us: set by
 * each call: until when the run stays the owner's, by g_get_monotonic_time(); G_MAXINT64 where the
 * store has no leases, because the owner holds a lock that the kernel drops. */
typedef struct
{
  guint64 seen;
  guint64 token;
  gint64 lease_until_us;
} StorageAttendance;

/* Attends to a run, in one round trip: tells the store that the owner lives, learns whether the run
 * is still its own, and calls `func` for the requests to it since `seen`, in their order. Requests
 * stay in the store. In a store on disk nothing is written and no writer is waited for or held up,
 * so that a Storage of its own that was opened with STORAGE_OPEN_READ may attend in another thread.
 * Cheap when nothing in the store has changed since the last call for the same run. FALSE with
 * STORAGE_ERROR_FENCED (another owner has the run), _NOT_FOUND, _BUSY, _CORRUPT or _IO (the file
 * was removed or replaced, too). */
BACKFLOW_PUBLIC gboolean storage_attend (Storage *storage, const char *id,
                                         StorageAttendance *attendance, StorageRequestFunc func,
                                         gpointer user_data, GError **error);

/* A descriptor for poll() that becomes readable when a request to some run may have been left, also
 * by another process; storage_attend() makes it unreadable again. It saves waiting, and is no
 * proof: attend at intervals all the same. Owned by the store; -1 where there is none. */
BACKFLOW_PUBLIC int storage_get_wait_fd (Storage *storage);

/* Removes a run with its atoms, records and requests; the files of its logs are the caller's. FALSE
 * with STORAGE_ERROR_OWNED (its owner is not known to be dead; an open handle that owns it, too),
 * _NOT_FOUND, _FULL, _PERMISSION, _BUSY, _CORRUPT or _IO. Handles of the run that are open for
 * reading find no more records. */
BACKFLOW_PUBLIC gboolean storage_remove_run (Storage *storage, const char *id, GError **error);

/* The id that is `prefix`, or the only one that begins with it; "@last" is the newest run's.
 * Returns: (transfer full); NULL with STORAGE_ERROR_NOT_FOUND, _AMBIGUOUS, _BUSY, _CORRUPT or _IO.
 */
BACKFLOW_PUBLIC char *storage_lookup_run_id (Storage *storage, const char *prefix, GError **error);

/* Calls `func` for the runs, newest first. FALSE with STORAGE_ERROR_BUSY, _CORRUPT or _IO. */
BACKFLOW_PUBLIC gboolean storage_list_runs (Storage *storage, StorageRunFunc func,
                                            gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Storage, storage_unref)

G_END_DECLS
