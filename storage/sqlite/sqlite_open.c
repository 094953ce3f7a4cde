/* SPDX-License-Identifier: Apache-2.0 */

/* Opening a store. What is there is looked at before anything is written, so that a file that is
 * not ours, or of a newer Backflow, stays as it is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/sqlite/sqlite_error.h"
#include "storage/sqlite/sqlite_open.h"

/* The first bytes of a database file, and two of the big-endian numbers in them
 * (https://www.sqlite.org/fileformat.html). */
#define HEADER_BYTES 100
#define HEADER_MAGIC "SQLite format 3"
#define HEADER_VERSION 60
#define HEADER_APPLICATION 68

/* The shortest and the longest time between two tries for a lock, and how many times it doubles. */
#define WAIT_MIN_US 100
#define WAIT_DOUBLINGS 5

#define FOLDER_MODE 0700
#define FILE_MODE 0600

static void
set_error (GError **error, StorageError code, const SqliteStorage *storage, const char *why)
{
  g_set_error (error, STORAGE_ERROR, (int) code, "%s: %s", storage->connection.path, why);
}

/* -- The file ------------------------------------------------------------------------------ */

/* Makes the file with its folders. mknod() makes it without opening it: closing a descriptor of
 * ours would drop the locks that another connection of this process has on it (POSIX). */
static gboolean
make_file (const SqliteStorage *storage, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (storage->connection.path);

  if (g_mkdir_with_parents (folder, FOLDER_MODE) != 0)
    sqlite_error_set_system (error, storage->connection.path, errno, "make its folder");
  else if (mknod (storage->connection.path, S_IFREG | FILE_MODE, 0) != 0 && errno != EEXIST)
    sqlite_error_set_system (error, storage->connection.path, errno, "make it");
  else
    return TRUE;
  return FALSE;
}

/* SQLite says of a path that is too long no more than that it can't be opened; the name of its
 * journal has to fit too. */
static gboolean
check_path (const SqliteStorage *storage, const SqliteOptions *options, GError **error)
{
  const sqlite3_vfs *vfs = sqlite3_vfs_find (options->vfs);
  g_autofree char *path = g_canonicalize_filename (storage->connection.path, NULL);
  gint max_bytes = vfs != NULL ? vfs->mxPathname - (gint) strlen ("-journal") : G_MAXINT;

  if (strlen (path) <= (gsize) MAX (max_bytes, 0))
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_URI,
               "%s: the path is too long, SQLite takes %d bytes", storage->connection.path,
               max_bytes);
  return FALSE;
}

static gboolean
need_file (const SqliteStorage *storage, StorageOpen mode, GError **error)
{
  struct stat status;

  if (stat (storage->connection.path, &status) == 0)
    {
      if (S_ISREG (status.st_mode))
        return TRUE;
      set_error (error, STORAGE_ERROR_PERMISSION, storage,
                 S_ISDIR (status.st_mode) ? "this is a folder" : "this is no regular file");
      return FALSE;
    }
  if (errno == ENOENT && mode == STORAGE_OPEN_CREATE)
    return make_file (storage, error);
  if (errno == ENOENT)
    set_error (error, STORAGE_ERROR_NOT_FOUND, storage, "there is no such store");
  else
    sqlite_error_set_system (error, storage->connection.path, errno, "look at it");
  return FALSE;
}

static guint32
get_number (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
}

static gboolean
check_header (const SqliteStorage *storage, const guint8 *header, GError **error)
{
  guint32 version = get_number (header + HEADER_VERSION);
  guint32 application = get_number (header + HEADER_APPLICATION);

  if (memcmp (header, HEADER_MAGIC, sizeof HEADER_MAGIC) != 0)
    set_error (error, STORAGE_ERROR_CORRUPT, storage,
               "this is no SQLite database; it was left untouched");
  else if (application != SQLITE_SCHEMA_APPLICATION && (application != 0 || version != 0))
    set_error (error, STORAGE_ERROR_CORRUPT, storage,
               "this is the database of another program; it was left untouched");
  else
    return sqlite_schema_check (&sqlite_schema, version, storage->connection.path, error);
  return FALSE;
}

/* What is said of a store that was not made yet. */
static gboolean
accept_empty (const SqliteStorage *storage, StorageOpen mode, GError **error)
{
  if (mode == STORAGE_OPEN_CREATE)
    return TRUE;
  set_error (error, STORAGE_ERROR_NOT_FOUND, storage, "there is no store in this empty file");
  return FALSE;
}

/* Reads the header through SQLite's file layer, which takes no lock and looks at no log. The size
 * is looked at before, because another process may be making the store; and not by SQLite, which
 * says of a file of one byte that it is empty. */
static gboolean
check_file (const SqliteStorage *storage, StorageOpen mode, GError **error)
{
  guint8 header[HEADER_BYTES] = { 0 };
  sqlite3_file *file = NULL;
  struct stat status;
  int result;

  if (stat (storage->connection.path, &status) != 0)
    {
      sqlite_error_set_system (error, storage->connection.path, errno, "look at it");
      return FALSE;
    }
  if (status.st_size == 0)
    return accept_empty (storage, mode, error);
  result = sqlite3_file_control (storage->connection.db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (result == SQLITE_OK)
    result = file->pMethods->xRead (file, header, HEADER_BYTES, 0);
  if (result == SQLITE_OK || result == SQLITE_IOERR_SHORT_READ)
    return check_header (storage, header, error);
  sqlite_error_set (error, storage->connection.db, storage->connection.path, result, "read it");
  return FALSE;
}

/* Whether nobody can be writing to it, and no shared memory can be made beside it: its folder is on
 * a medium, or in a place, where we may only read, and no log is left in it. */
static gboolean
is_still (const SqliteStorage *storage)
{
  g_autofree char *folder = g_path_get_dirname (storage->connection.path);
  g_autofree char *log = g_strconcat (storage->connection.path, "-wal", NULL);
  struct stat status;

  return access (folder, W_OK) != 0 && (errno == EROFS || errno == EACCES)
         && stat (log, &status) != 0 && errno == ENOENT;
}

static int
open_still (SqliteStorage *storage, int flags, const char *vfs)
{
  g_autofree char *escaped = g_uri_escape_string (storage->connection.path, "/", FALSE);
  g_autofree char *uri = g_strconcat ("file:", escaped, "?immutable=1", NULL);

  return sqlite3_open_v2 (uri, &storage->connection.db,
                          flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, vfs);
}

static gboolean
open_file (SqliteStorage *storage, const SqliteOptions *options, GError **error)
{
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int result;

  if (options->mode == STORAGE_OPEN_READ && is_still (storage))
    result = open_still (storage, flags, options->vfs);
  else
    result = sqlite3_open_v2 (storage->connection.path, &storage->connection.db,
                              flags | SQLITE_OPEN_READWRITE, options->vfs);
  if (result == SQLITE_OK)
    return check_file (storage, options->mode, error);
  sqlite_error_set (error, storage->connection.db, storage->connection.path, result, "open it");
  return FALSE;
}

/* -- The connection ------------------------------------------------------------------------ */

/* Waits a little for a lock; 0 when that has been enough. SQLite's own handler sleeps up to 100 ms
 * between tries, the time of a thousand commits. */
static int
wait_for_lock (void *user_data, int tries)
{
  SqliteStorage *storage = (SqliteStorage *) user_data;
  gint64 now_us = g_get_monotonic_time ();

  if (tries == 0)
    storage->waiting_since_us = now_us;
  if (now_us - storage->waiting_since_us >= storage->patience_us)
    return 0;
  g_usleep ((gulong) WAIT_MIN_US << MIN (tries, WAIT_DOUBLINGS));
  return 1;
}

/* A log is left at no more than 16 MiB when it was longer once. A reader may write neither by
 * mistake nor on purpose. */
static gboolean
set_options (SqliteStorage *storage, const SqliteOptions *options, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = %s;"
      "PRAGMA query_only = %s",
      options->durability == STORAGE_DURABILITY_FULL ? "FULL" : "NORMAL",
      options->mode == STORAGE_OPEN_READ ? "ON" : "OFF");
  sqlite3 *db = storage->connection.db;
  int result = sqlite3_busy_handler (db, wait_for_lock, storage);

  if (result == SQLITE_OK)
    result = sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  if (result == SQLITE_OK)
    result = sqlite3_exec (db, sql, NULL, NULL, NULL);
  if (result == SQLITE_OK)
    return TRUE;
  sqlite_error_set (error, storage->connection.db, storage->connection.path, result, "open it");
  return FALSE;
}

static int
set_log_mode (SqliteStorage *storage, gboolean *is_log)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (storage->connection.db, "PRAGMA journal_mode = WAL", -1,
                                   &statement, NULL);

  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *is_log = g_ascii_strcasecmp ((const char *) sqlite3_column_text (statement, 0), "wal") == 0;
  (void) sqlite3_finalize (statement);
  return result;
}

/* Turns the write-ahead log on, once in the life of the file. SQLite does not wait for all the
 * locks that this takes, so it is tried again. */
static gboolean
start_log (SqliteStorage *storage, GError **error)
{
  gboolean is_log = FALSE;
  int result = set_log_mode (storage, &is_log);

  for (int tries = 0; (result & 0xff) == SQLITE_BUSY && wait_for_lock (storage, tries); tries++)
    result = set_log_mode (storage, &is_log);
  if (result != SQLITE_ROW)
    sqlite_error_set (error, storage->connection.db, storage->connection.path, result,
                      "start its log");
  else if (!is_log)
    set_error (error, STORAGE_ERROR_IO, storage,
               "the file system cannot share the memory that its log needs");
  return result == SQLITE_ROW && is_log;
}

/* A reader takes what is there, and cannot bring it up to date. */
static gboolean
check_version (SqliteStorage *storage, GError **error)
{
  gint64 version;

  if (!sqlite_schema_read_version (storage->connection.db, storage->connection.path, &version,
                                   error)
      || !sqlite_schema_check (&sqlite_schema, version, storage->connection.path, error))
    return FALSE;
  if (version == sqlite_schema.count)
    return TRUE;
  if (version == 0)
    return accept_empty (storage, STORAGE_OPEN_READ, error);
  set_error (error, STORAGE_ERROR_PERMISSION, storage,
             "an older Backflow wrote this store, and it is only to be read: open it for writing "
             "once");
  return FALSE;
}

static gboolean
need_schema (SqliteStorage *storage, StorageOpen mode, GError **error)
{
  if (mode == STORAGE_OPEN_READ)
    return check_version (storage, error);
  if (sqlite3_db_readonly (storage->connection.db, "main") == 1)
    {
      set_error (error, STORAGE_ERROR_PERMISSION, storage, "not allowed to write to it");
      return FALSE;
    }
  return sqlite_schema_migrate (&sqlite_schema, storage->connection.db, storage->connection.path,
                                error)
         && start_log (storage, error);
}

gboolean
sqlite_open (SqliteStorage *storage, const SqliteOptions *options, GError **error)
{
  if (!check_path (storage, options, error) || !need_file (storage, options->mode, error)
      || !open_file (storage, options, error) || !set_options (storage, options, error)
      || !need_schema (storage, options->mode, error)
      || !sqlite_statements_prepare (&storage->connection, error))
    return FALSE;
  storage->base.log_dir
      = g_strconcat (sqlite3_db_filename (storage->connection.db, "main"), ".logs", NULL);
  storage->connection.locks
      = owner_locks_new (sqlite3_db_filename (storage->connection.db, "main"));
  return TRUE;
}
