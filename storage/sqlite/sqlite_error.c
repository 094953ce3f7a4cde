/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "storage/sqlite/sqlite_error.h"

static StorageError
get_system_code (int system_errno)
{
  switch (system_errno)
    {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return STORAGE_ERROR_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
      return STORAGE_ERROR_PERMISSION;
    case ENOENT:
      return STORAGE_ERROR_NOT_FOUND;
    default:
      return STORAGE_ERROR_IO;
    }
}

StorageError
sqlite_error_get_code (int result, int system_errno)
{
  switch (result & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return STORAGE_ERROR_BUSY;
    case SQLITE_FULL:
      return STORAGE_ERROR_FULL;
    case SQLITE_TOOBIG:
      return STORAGE_ERROR_TOO_LARGE;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return STORAGE_ERROR_PERMISSION;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return get_system_code (system_errno);
    /* Of our own statements these can only mean that the tables are not what the version says. */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
      return STORAGE_ERROR_CORRUPT;
    default:
      return STORAGE_ERROR_IO;
    }
}

/* SQLite's own words about a lock or a file do not say enough. */
static const char *
describe (sqlite3 *db, int result)
{
  switch (result & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return "locked by another process for too long";
    case SQLITE_TOOBIG:
      return "a value in it is larger than 1,000,000,000 bytes";
    case SQLITE_NOTADB:
      return "this is no SQLite database";
    default:
      return db != NULL && sqlite3_extended_errcode (db) == result ? sqlite3_errmsg (db)
                                                                   : sqlite3_errstr (result);
    }
}

void
sqlite_error_set (GError **error, sqlite3 *db, const char *path, int result, const char *doing)
{
  int kind = result & 0xff;
  int system_errno = 0;

  if (db != NULL && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN))
    system_errno = sqlite3_system_errno (db);
  g_set_error (error, STORAGE_ERROR, (int) sqlite_error_get_code (result, system_errno),
               "%s: cannot %s: %s%s%s", path, doing, describe (db, result),
               system_errno != 0 ? ": " : "", system_errno != 0 ? g_strerror (system_errno) : "");
}

void
sqlite_error_set_system (GError **error, const char *path, int system_errno, const char *doing)
{
  g_set_error (error, STORAGE_ERROR, (int) get_system_code (system_errno), "%s: cannot %s: %s",
               path, doing, g_strerror (system_errno));
}
