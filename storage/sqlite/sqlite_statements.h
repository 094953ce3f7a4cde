/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The statements of the SQLite store: their text, prepared once per store, and how they are run. A
 * statement that returned is reset, so that no transaction stays open between calls.
 */

#include <glib.h>
#include <sqlite3.h>

#include "storage/owner_lock.h"

G_BEGIN_DECLS

/* clang-format off */
#define SQLITE_STATEMENTS(X)                                                                        \
  X (BEGIN,          "BEGIN IMMEDIATE")                                                             \
  X (COMMIT,         "COMMIT")                                                                      \
  X (ADD_DEFINITION, "INSERT INTO definitions (digest, text) VALUES (?1, ?2) ON CONFLICT DO NOTHING") \
  X (ADD_RUN,        "INSERT INTO runs (id, flow, version_major, version_minor, definition,"        \
                     " definition_path, created_us, updated_us, state, owner, token, n_atoms)"      \
                     " VALUES (?1, ?2, ?3, ?4, (SELECT no FROM definitions WHERE digest = ?5),"     \
                     " ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING")                 \
  X (ADD_ATOM,       "INSERT INTO atoms (key, name, flow, kind, has_revert, effects)"               \
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                            \
  X (ADD_N_ATOMS,    "UPDATE runs SET n_atoms = n_atoms + ?3 WHERE no = ?1 AND token = ?2")         \
  X (ADD_RECORD,     "INSERT INTO journal (key, time_us, kind, atom, from_state, to_state,"         \
                     " intention, attempt, name, value)"                                            \
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                           \
  X (ADD_FENCED,     "INSERT INTO journal (key, time_us, kind, atom, from_state, to_state,"         \
                     " intention, attempt, name, value)"                                            \
                     " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"                              \
                     " FROM runs WHERE no = ?11 AND token = ?12")                                   \
  X (SET_STATE,      "UPDATE runs SET state = ?2, updated_us = ?3 WHERE no = ?1")                   \
  X (CLAIM,          "UPDATE runs SET owner = ?2, token = token + 1 WHERE no = ?1")                 \
  X (RELEASE,        "UPDATE runs SET owner = NULL WHERE no = ?1 AND token = ?2")                   \
  X (ADD_REQUEST,    "INSERT INTO requests (run, token, time_us, request, reason)"                  \
                     " VALUES (?1, ?2, ?3, ?4, ?5)")                                                \
  X (DROP_REQUESTS,  "DELETE FROM requests WHERE run = ?1 AND token <= ?2")                         \
  X (LIST_REQUESTS,  "SELECT requests.no, request, reason, runs.token"                                          \
                     " FROM runs LEFT JOIN requests"                                                \
                     " ON requests.run = runs.no AND requests.token = runs.token AND requests.no > ?2" \
                     " WHERE runs.id = ?1 ORDER BY requests.no")                                    \
  X (REMOVE_RUN,     "DELETE FROM runs WHERE no = ?1 AND token = ?2")                                \
  X (DATA_VERSION,   "PRAGMA data_version")                                                         \
  X (FIND_OWNER,     "SELECT no, state, updated_us, owner, token FROM runs WHERE id = ?1")           \
  X (FIND_RUN,       "SELECT runs.no, id, flow, version_major, version_minor, definition_path,"     \
                     " created_us, updated_us, state, owner, token, n_atoms, text"                  \
                     " FROM runs LEFT JOIN definitions ON definitions.no = definition"              \
                     " WHERE id = ?1")                                                              \
  X (LIST_RUNS,      "SELECT no, id, flow, version_major, version_minor, definition_path,"          \
                     " created_us, updated_us, state, owner, token, n_atoms"                        \
                     " FROM runs WHERE no < ?1 ORDER BY no DESC LIMIT ?2")                          \
  X (LIST_IDS,       "SELECT id FROM runs WHERE id >= ?1 ORDER BY id LIMIT ?2")                     \
  X (NEWEST_ID,      "SELECT id FROM runs ORDER BY no DESC LIMIT 1")                                \
  X (LIST_ATOMS,     "SELECT atom, name, flow, kind, has_revert, effects FROM atoms"                \
                     " WHERE key BETWEEN ?1 AND ?2 ORDER BY key")                                   \
  X (LAST_RECORD,    "SELECT seq FROM journal WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1") \
  X (LIST_RECORDS,   "SELECT seq, time_us, kind, atom, from_state, to_state, intention, attempt,"   \
                     " name, value FROM journal WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3")
/* clang-format on */

typedef enum
{
#define X(name, sql) SQLITE_STATEMENT_##name,
  SQLITE_STATEMENTS (X)
#undef X
      SQLITE_STATEMENT_COUNT
} SqliteStatement;

/* An open database with its statements. path: for messages. locks: of the owners of its runs. text:
 * for the value of one record. bind_result: of the first binding that failed since a statement was
 * run, else SQLITE_OK. */
typedef struct
{
  sqlite3 *db;
  char *path;
  OwnerLocks *locks;
  GString *text;
  int bind_result;
  sqlite3_stmt *statements[SQLITE_STATEMENT_COUNT];
} SqliteConnection;

/* Prepares all. FALSE with a STORAGE_ERROR. */
gboolean sqlite_statements_prepare (SqliteConnection *connection, GError **error);

/* Finalizes all. */
void sqlite_statements_finalize (SqliteConnection *connection);

/* Bind a parameter, from 1. A failure is kept in the connection: the statement is not run, and
 * sqlite_statement_next() reports it. text: (nullable) NULL binds NULL; borrowed until the
 * statement was run, copied by sqlite_bind_copy(). */
void sqlite_bind_number (SqliteConnection *connection, SqliteStatement which, int place,
                         gint64 number);
void sqlite_bind_text (SqliteConnection *connection, SqliteStatement which, int place,
                       const char *text);
void sqlite_bind_copy (SqliteConnection *connection, SqliteStatement which, int place,
                       const char *text);
void sqlite_bind_null (SqliteConnection *connection, SqliteStatement which, int place);

/* Runs a statement that returns no rows, and resets it. doing: for the message. */
gboolean sqlite_statement_run (SqliteConnection *connection, SqliteStatement which,
                               const char *doing, GError **error);

/* What sqlite_statement_next() found. */
typedef enum
{
  SQLITE_NEXT_ROW,   /* a row, to be read before the next call */
  SQLITE_NEXT_END,   /* no more; the statement is reset */
  SQLITE_NEXT_ERROR, /* `error` is set; the statement is reset */
} SqliteNext;

/* Goes to the next row. A caller that stops before the end calls sqlite_statement_reset(). */
SqliteNext sqlite_statement_next (SqliteConnection *connection, SqliteStatement which,
                                  const char *doing, GError **error);

/* Ends a statement whose rows were not all read. */
void sqlite_statement_reset (SqliteConnection *connection, SqliteStatement which);

/* A transaction that is rolled back when it goes out of scope before it was committed. */
typedef SqliteConnection SqliteTransaction;

/* Begins to write, once no other process does. Returns: (transfer full); NULL with a STORAGE_ERROR.
 */
SqliteTransaction *sqlite_transaction_new (SqliteConnection *connection, GError **error);

/* Commits and consumes the transaction; after FALSE it is rolled back. */
gboolean sqlite_transaction_commit (SqliteTransaction *transaction, const char *doing,
                                    GError **error);

/* Rolls back. */
void sqlite_transaction_free (SqliteTransaction *transaction);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SqliteTransaction, sqlite_transaction_free)

G_END_DECLS
