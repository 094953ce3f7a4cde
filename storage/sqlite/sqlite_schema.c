/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/sqlite/sqlite_schema.h"
#include "storage/sqlite/sqlite_error.h"

/* clang-format off */

/* The keys of atoms and journal hold the number of the run and theirs in one integer, so that both
 * are appended to at the end of a run (SQLite is fastest there) and need no second index. */
static const char version_1[] =
  "CREATE TABLE definitions (\n"
  "  no INTEGER PRIMARY KEY,\n"
  "  digest TEXT NOT NULL UNIQUE,\n"
  "  text TEXT NOT NULL\n"
  ") STRICT;\n"
  "CREATE TABLE runs (\n"
  "  no INTEGER PRIMARY KEY AUTOINCREMENT,\n"
  "  id TEXT NOT NULL UNIQUE,\n"
  "  flow TEXT NOT NULL,\n"
  "  version_major INTEGER NOT NULL,\n"
  "  version_minor INTEGER NOT NULL,\n"
  "  definition INTEGER REFERENCES definitions (no),\n"
  "  definition_path TEXT,\n"
  "  created_us INTEGER NOT NULL,\n"
  "  updated_us INTEGER NOT NULL,\n"
  "  state INTEGER NOT NULL,\n"
  "  owner TEXT,\n"
  "  token INTEGER NOT NULL,\n"
  "  n_atoms INTEGER NOT NULL\n"
  ") STRICT;\n"
  "CREATE TABLE atoms (\n"
  "  key INTEGER PRIMARY KEY,\n"
  "  run INTEGER GENERATED ALWAYS AS (key >> 32) VIRTUAL,\n"
  "  atom INTEGER GENERATED ALWAYS AS (key & 0xffffffff) VIRTUAL,\n"
  "  name TEXT NOT NULL,\n"
  "  flow TEXT NOT NULL,\n"
  "  kind INTEGER NOT NULL,\n"
  "  has_revert INTEGER NOT NULL,\n"
  "  effects INTEGER NOT NULL\n"
  ") STRICT;\n"
  "CREATE TABLE journal (\n"
  "  key INTEGER PRIMARY KEY,\n"
  "  run INTEGER GENERATED ALWAYS AS (key >> 32) VIRTUAL,\n"
  "  seq INTEGER GENERATED ALWAYS AS (key & 0xffffffff) VIRTUAL,\n"
  "  time_us INTEGER NOT NULL,\n"
  "  kind INTEGER NOT NULL,\n"
  "  atom INTEGER,\n"
  "  from_state INTEGER NOT NULL,\n"
  "  to_state INTEGER NOT NULL,\n"
  "  intention INTEGER NOT NULL,\n"
  "  attempt INTEGER NOT NULL,\n"
  "  name TEXT,\n"
  "  value TEXT\n"
  ") STRICT;\n"
  "CREATE TRIGGER runs_deleted AFTER DELETE ON runs BEGIN\n"
  "  DELETE FROM atoms WHERE key BETWEEN OLD.no << 32 AND OLD.no << 32 | 0xffffffff;\n"
  "  DELETE FROM journal WHERE key BETWEEN OLD.no << 32 AND OLD.no << 32 | 0xffffffff;\n"
  "END;\n"
  "CREATE VIEW history AS SELECT\n"
  "  runs.id AS run,\n"
  "  journal.seq AS seq,\n"
  "  strftime('%Y-%m-%dT%H:%M:', journal.time_us / 1000000, 'unixepoch')\n"
  "    || format('%02d.%06dZ', journal.time_us / 1000000 % 60, journal.time_us % 1000000) AS time,\n"
  "  '[\"ATOM\",\"FLOW\",\"INPUT\",\"DECISION\",\"INTENTION\",\"LOG\",\"NOTE\",\"REQUEST\"]'\n"
  "    ->> journal.kind AS kind,\n"
  "  atoms.name AS atom,\n"
  "  CASE journal.kind\n"
  "    WHEN 0 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTING\",\"REVERTED\",\n"
  "      \"REVERT_FAILURE\",\"RETRYING\",\"IGNORE\"]' ->> journal.from_state\n"
  "    WHEN 1 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTED\",\"SUSPENDING\",\n"
  "      \"SUSPENDED\",\"RESUMING\"]' ->> journal.from_state END AS from_state,\n"
  "  CASE journal.kind\n"
  "    WHEN 0 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTING\",\"REVERTED\",\n"
  "      \"REVERT_FAILURE\",\"RETRYING\",\"IGNORE\"]' ->> journal.to_state\n"
  "    WHEN 1 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTED\",\"SUSPENDING\",\n"
  "      \"SUSPENDED\",\"RESUMING\"]' ->> journal.to_state\n"
  "    WHEN 3 THEN '[\"RETRY\",\"REVERT\",\"REVERT_ALL\"]' ->> journal.to_state\n"
  "    WHEN 5 THEN '[\"EXECUTE\",\"REVERT\"]' ->> journal.to_state\n"
  "    WHEN 7 THEN '[\"SUSPEND\",\"CANCEL\"]' ->> journal.to_state END AS to_state,\n"
  "  CASE WHEN journal.kind IN (0, 4)\n"
  "    THEN '[\"EXECUTE\",\"REVERT\",\"RETRY\",\"IGNORE\"]' ->> journal.intention END AS intention,\n"
  "  journal.attempt AS attempt,\n"
  "  journal.name AS name,\n"
  "  journal.value AS value\n"
  "FROM journal\n"
  "  JOIN runs ON runs.no = journal.key >> 32\n"
  "  LEFT JOIN atoms ON atoms.key = (journal.key >> 32 << 32 | journal.atom)\n"
  "ORDER BY journal.key;\n";

/* Requests are found by their run, in the order in which they were made: an index ends with the number of the row. Numbers are
 * never used again, so that whoever has seen one has seen all before it. */
static const char version_2[] =
  "CREATE TABLE requests (\n"
  "  no INTEGER PRIMARY KEY AUTOINCREMENT,\n"
  "  run INTEGER NOT NULL,\n"
  "  token INTEGER NOT NULL,\n"
  "  time_us INTEGER NOT NULL,\n"
  "  request INTEGER NOT NULL,\n"
  "  reason TEXT\n"
  ") STRICT;\n"
  "CREATE INDEX requests_of_run ON requests (run);\n"
  "DROP TRIGGER runs_deleted;\n"
  "CREATE TRIGGER runs_deleted AFTER DELETE ON runs BEGIN\n"
  "  DELETE FROM atoms WHERE key BETWEEN OLD.no << 32 AND OLD.no << 32 | 0xffffffff;\n"
  "  DELETE FROM journal WHERE key BETWEEN OLD.no << 32 AND OLD.no << 32 | 0xffffffff;\n"
  "  DELETE FROM requests WHERE run = OLD.no;\n"
  "END;\n"
  "DROP VIEW history;\n"
  "CREATE VIEW history AS SELECT\n"
  "  runs.id AS run,\n"
  "  journal.seq AS seq,\n"
  "  strftime('%Y-%m-%dT%H:%M:', journal.time_us / 1000000, 'unixepoch')\n"
  "    || format('%02d.%06dZ', journal.time_us / 1000000 % 60, journal.time_us % 1000000) AS time,\n"
  "  '[\"ATOM\",\"FLOW\",\"INPUT\",\"DECISION\",\"INTENTION\",\"LOG\",\"NOTE\",\"REQUEST\",\n"
  "    \"RESOLUTION\",\"PROGRESS\",\"META\",\"PROBE\"]' ->> journal.kind AS kind,\n"
  "  atoms.name AS atom,\n"
  "  CASE journal.kind\n"
  "    WHEN 0 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTING\",\"REVERTED\",\n"
  "      \"REVERT_FAILURE\",\"RETRYING\",\"IGNORE\"]' ->> journal.from_state\n"
  "    WHEN 1 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTED\",\"SUSPENDING\",\n"
  "      \"SUSPENDED\",\"RESUMING\"]' ->> journal.from_state\n"
  "    WHEN 11 THEN '[\"EXECUTE\",\"REVERT\"]' ->> journal.from_state END AS from_state,\n"
  "  CASE journal.kind\n"
  "    WHEN 0 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTING\",\"REVERTED\",\n"
  "      \"REVERT_FAILURE\",\"RETRYING\",\"IGNORE\"]' ->> journal.to_state\n"
  "    WHEN 1 THEN '[\"PENDING\",\"RUNNING\",\"SUCCESS\",\"FAILURE\",\"REVERTED\",\"SUSPENDING\",\n"
  "      \"SUSPENDED\",\"RESUMING\"]' ->> journal.to_state\n"
  "    WHEN 3 THEN '[\"RETRY\",\"REVERT\",\"REVERT_ALL\"]' ->> journal.to_state\n"
  "    WHEN 5 THEN '[\"EXECUTE\",\"REVERT\"]' ->> journal.to_state\n"
  "    WHEN 7 THEN '[\"SUSPEND\",\"CANCEL\",\"KEEP\",\"UNDO\"]' ->> journal.to_state\n"
  "    WHEN 8 THEN '[\"RETRY\",\"REVERTED\",\"SKIP\",\"DONE\"]' ->> journal.to_state\n"
  "    WHEN 9 THEN '[\"EXECUTE\",\"REVERT\"]' ->> journal.to_state\n"
  "    WHEN 11 THEN '[\"PRESENT\",\"ABSENT\",\"UNKNOWN\"]' ->> journal.to_state END AS to_state,\n"
  "  CASE WHEN journal.kind IN (0, 4)\n"
  "    THEN '[\"EXECUTE\",\"REVERT\",\"RETRY\",\"IGNORE\"]' ->> journal.intention END AS intention,\n"
  "  journal.attempt AS attempt,\n"
  "  journal.name AS name,\n"
  "  journal.value AS value\n"
  "FROM journal\n"
  "  JOIN runs ON runs.no = journal.key >> 32\n"
  "  LEFT JOIN atoms ON atoms.key = (journal.key >> 32 << 32 | journal.atom)\n"
  "ORDER BY journal.key;\n";

/* clang-format on */

static const char *const scripts[] = { version_1, version_2 };

const SqliteSchema sqlite_schema = { scripts, G_N_ELEMENTS (scripts) };

static gboolean
execute (sqlite3 *db, const char *path, const char *sql, const char *doing, GError **error)
{
  int result = sqlite3_exec (db, sql, NULL, NULL, NULL);

  if (result == SQLITE_OK)
    return TRUE;
  sqlite_error_set (error, db, path, sqlite3_extended_errcode (db), doing);
  return FALSE;
}

/* Reads the one number that `sql` asks for. */
static gboolean
read_number (sqlite3 *db, const char *path, const char *sql, gint64 *number, GError **error)
{
  sqlite3_stmt *statement = NULL;
  int result = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);

  if (result == SQLITE_OK)
    result = sqlite3_step (statement);
  if (result == SQLITE_ROW)
    *number = sqlite3_column_int64 (statement, 0);
  else
    sqlite_error_set (error, db, path, result, "read it");
  (void) sqlite3_finalize (statement);
  return result == SQLITE_ROW;
}

gboolean
sqlite_schema_read_version (sqlite3 *db, const char *path, gint64 *version, GError **error)
{
  return read_number (db, path, "PRAGMA user_version", version, error);
}

gboolean
sqlite_schema_check (const SqliteSchema *schema, gint64 version, const char *path, GError **error)
{
  if (version <= schema->count)
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NEWER,
               "%s: a newer Backflow wrote this store (version %" G_GINT64_FORMAT
               ", this one knows up to %d); it was left untouched",
               path, version, schema->count);
  return FALSE;
}

/* A database without a version is ours to fill only when there is nothing in it. */
static gboolean
check_empty (sqlite3 *db, const char *path, GError **error)
{
  gint64 count;

  if (!read_number (db, path, "SELECT count(*) FROM sqlite_schema", &count, error))
    return FALSE;
  if (count == 0)
    return TRUE;
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
               "%s: this is the database of another program; it was left untouched", path);
  return FALSE;
}

/* In a transaction: runs the scripts from `version` on. */
static gboolean
run_scripts (const SqliteSchema *schema, gint64 version, sqlite3 *db, const char *path,
             GError **error)
{
  g_autofree char *marks = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                            SQLITE_SCHEMA_APPLICATION, schema->count);

  for (gint64 i = version; i < schema->count; i++)
    if (!execute (db, path, schema->scripts[i], "make its tables", error))
      return FALSE;
  return execute (db, path, marks, "mark its version", error);
}

static gboolean
migrate_locked (const SqliteSchema *schema, sqlite3 *db, const char *path, GError **error)
{
  gint64 version;

  if (!sqlite_schema_read_version (db, path, &version, error)
      || !sqlite_schema_check (schema, version, path, error))
    return FALSE;
  if (version == 0 && !check_empty (db, path, error))
    return FALSE;
  return run_scripts (schema, version, db, path, error)
         && execute (db, path, "COMMIT", "write its tables", error);
}

gboolean
sqlite_schema_migrate (const SqliteSchema *schema, sqlite3 *db, const char *path, GError **error)
{
  gint64 version;

  if (!sqlite_schema_read_version (db, path, &version, error))
    return FALSE;
  if (version == schema->count)
    return TRUE;
  if (!sqlite_schema_check (schema, version, path, error)
      || !execute (db, path, "BEGIN IMMEDIATE", "write to it", error))
    return FALSE;
  if (!migrate_locked (schema, db, path, error))
    {
      (void) sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
      return FALSE;
    }
  /* An older Backflow reads the header of the file alone, before it touches anything. While a
   * reader keeps the version in the log, the older program reads the old version, and meets the new
   * one when it opens the log. */
  (void) sqlite3_wal_checkpoint_v2 (db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  return TRUE;
}
