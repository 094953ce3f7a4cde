/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/sqlite/sqlite_run.h"
#include "storage/owner.h"
#include "storage/run_info.h"
#include "storage/sqlite/sqlite_journal.h"
#include "storage/sqlite/sqlite_owner.h"

/* Columns of LIST_RUNS and FIND_RUN. */
enum
{
  COLUMN_NO,
  COLUMN_ID,
  COLUMN_FLOW,
  COLUMN_VERSION_MAJOR,
  COLUMN_VERSION_MINOR,
  COLUMN_DEFINITION_PATH,
  COLUMN_CREATED,
  COLUMN_UPDATED,
  COLUMN_STATE,
  COLUMN_OWNER,
  COLUMN_TOKEN,
  COLUMN_N_ATOMS,
  COLUMN_DEFINITION, /* only of FIND_RUN */
};

#define ADDING "add atoms to a run"

/* Numbers of runs fit into the upper half of a key. */
#define NO_MAX G_MAXINT32

static SqliteRun *
new_run (void)
{
  SqliteRun *run = g_new0 (SqliteRun, 1);

  run->strings = g_string_chunk_new (256);
  return run;
}

void
sqlite_run_free (SqliteRun *run)
{
  owner_lock_free (run->lock);
  g_string_chunk_free (run->strings);
  atom_list_free (run->atoms);
  g_free (run);
}

static const char *
get_text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

/* -- Making a run --------------------------------------------------------------------------- */

/* Texts of flow files are kept once, however often they are run. */
static gboolean
add_definition (SqliteConnection *connection, const char *text, const char *digest, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_ADD_DEFINITION];

  sqlite3_bind_text (statement, 1, digest, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, text, -1, SQLITE_STATIC);
  return sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_DEFINITION, "keep the definition",
                               error);
}

static void
bind_header (sqlite3_stmt *statement, const SqliteRun *run, const char *digest)
{
  const StorageRunInfo *info = &run->base.info;

  sqlite3_bind_text (statement, 1, info->id, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, info->flow, -1, SQLITE_STATIC);
  sqlite3_bind_int (statement, 3, info->version_major);
  sqlite3_bind_int (statement, 4, info->version_minor);
  sqlite3_bind_text (statement, 5, digest, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 6, info->definition_path, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 7, info->created_us);
  sqlite3_bind_int64 (statement, 8, info->updated_us);
  sqlite3_bind_int (statement, 9, (int) info->state);
  sqlite3_bind_text (statement, 10, info->owner, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 11, (gint64) info->token);
  sqlite3_bind_int64 (statement, 12, run->base.n_atoms);
}

/* Adds the row of the run, which gives it its number. */
static gboolean
add_header (SqliteConnection *connection, SqliteRun *run, const char *digest, GError **error)
{
  const char *id = run->base.info.id;

  bind_header (connection->statements[SQLITE_STATEMENT_ADD_RUN], run, digest);
  if (!sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_RUN, "make a run", error))
    return FALSE;
  run->no = sqlite3_last_insert_rowid (connection->db);
  if (sqlite3_changes (connection->db) == 0)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_EXISTS, "%s: there is a run \"%s\" already",
                 connection->path, id);
  else if (run->no > NO_MAX)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_FULL, "%s: no more runs fit into it",
                 connection->path);
  else
    return TRUE;
  return FALSE;
}

/* Adds the rows of `count` atoms, of which the first has the number `first`. */
static gboolean
add_atoms (SqliteConnection *connection, const SqliteRun *run, guint first,
           const StorageAtom *atoms, guint count, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_ADD_ATOM];

  for (guint i = 0; i < count; i++)
    {
      sqlite3_bind_int64 (statement, 1, sqlite_run_get_key (run, first + i));
      sqlite3_bind_text (statement, 2, atoms[i].name, -1, SQLITE_STATIC);
      sqlite3_bind_text (statement, 3, atoms[i].flow, -1, SQLITE_STATIC);
      sqlite3_bind_int (statement, 4, (int) atoms[i].kind);
      sqlite3_bind_int (statement, 5, atoms[i].has_revert);
      sqlite3_bind_int (statement, 6, (int) atoms[i].effects);
      if (!sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_ATOM, "keep the atoms", error))
        return FALSE;
    }
  return TRUE;
}

StorageRun *
sqlite_run_create (Storage *base, const StorageRunInfo *info, const StorageAtom *atoms,
                   guint n_atoms, GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  g_autofree char *owner = NULL;
  g_autofree char *digest = NULL;
  g_autoptr (SqliteRun) run = new_run ();
  g_autoptr (SqliteTransaction) transaction = NULL;

  run->lock = owner_lock_take (connection->locks);
  owner = owner_dup_self (run->lock);
  run->base.info = run_info_copy_new (info, owner, run->strings);
  run->base.n_atoms = n_atoms;
  if (info->definition != NULL)
    digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, info->definition, -1);
  transaction = sqlite_transaction_new (connection, error);
  if (transaction == NULL)
    return NULL;
  if (digest != NULL && !add_definition (connection, info->definition, digest, error))
    return NULL;
  if (!add_header (connection, run, digest, error)
      || !add_atoms (connection, run, 0, atoms, n_atoms, error)
      || !sqlite_transaction_commit (g_steal_pointer (&transaction), "make a run", error))
    return NULL;
  return (StorageRun *) g_steal_pointer (&run);
}

/* -- Opening a run -------------------------------------------------------------------------- */

static gboolean
is_header_sound (sqlite3_stmt *statement)
{
  gint64 major = sqlite3_column_int64 (statement, COLUMN_VERSION_MAJOR);
  gint64 minor = sqlite3_column_int64 (statement, COLUMN_VERSION_MINOR);
  gint64 state = sqlite3_column_int64 (statement, COLUMN_STATE);
  gint64 n_atoms = sqlite3_column_int64 (statement, COLUMN_N_ATOMS);

  return major >= 0 && major <= G_MAXUINT16 && minor >= 0 && minor <= G_MAXUINT16 && state >= 0
         && state < FLOW_STATE_COUNT && n_atoms >= 0 && n_atoms < STORAGE_NO_ATOM;
}

gboolean
sqlite_run_read_info (SqliteConnection *connection, sqlite3_stmt *statement, StorageRunInfo *info,
                      GError **error)
{
  if (!is_header_sound (statement))
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                   "%s: run \"%s\": its header has numbers that mean nothing", connection->path,
                   get_text (statement, COLUMN_ID));
      return FALSE;
    }
  *info = (StorageRunInfo){
    .id = get_text (statement, COLUMN_ID),
    .flow = get_text (statement, COLUMN_FLOW),
    .version_major = (guint16) sqlite3_column_int (statement, COLUMN_VERSION_MAJOR),
    .version_minor = (guint16) sqlite3_column_int (statement, COLUMN_VERSION_MINOR),
    .definition_path = get_text (statement, COLUMN_DEFINITION_PATH),
    .created_us = sqlite3_column_int64 (statement, COLUMN_CREATED),
    .updated_us = sqlite3_column_int64 (statement, COLUMN_UPDATED),
    .state = (FlowState) sqlite3_column_int (statement, COLUMN_STATE),
    .owner = get_text (statement, COLUMN_OWNER),
    .token = (guint64) sqlite3_column_int64 (statement, COLUMN_TOKEN),
  };
  info->owner_life = owner_get_life (info->owner, connection->locks);
  return TRUE;
}

static gboolean
read_header (SqliteConnection *connection, const char *id, SqliteRun *run, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_FIND_RUN];
  StorageRunInfo info;
  SqliteNext next;
  gboolean is_read;

  sqlite3_bind_text (statement, 1, id, -1, SQLITE_STATIC);
  next = sqlite_statement_next (connection, SQLITE_STATEMENT_FIND_RUN, "read a run", error);
  if (next == SQLITE_NEXT_END)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND, "%s: there is no run \"%s\"",
                 connection->path, id);
  if (next != SQLITE_NEXT_ROW)
    return FALSE;
  is_read = sqlite_run_read_info (connection, statement, &info, error);
  if (is_read)
    {
      info.definition = get_text (statement, COLUMN_DEFINITION);
      run->base.info = run_info_copy (&info, run->strings);
      run->base.n_atoms = (guint) sqlite3_column_int64 (statement, COLUMN_N_ATOMS);
      run->no = sqlite3_column_int64 (statement, COLUMN_NO);
    }
  sqlite3_reset (statement);
  return is_read;
}

/* Columns of LIST_ATOMS: atom, name, flow, kind, has_revert, effects. */
static gboolean
add_atom (sqlite3_stmt *statement, AtomList *list, guint index)
{
  gint64 kind = sqlite3_column_int64 (statement, 3);
  gint64 effects = sqlite3_column_int64 (statement, 5);
  StorageAtom atom = { .name = get_text (statement, 1), .flow = get_text (statement, 2) };

  if (sqlite3_column_int64 (statement, 0) != index || kind < 0 || kind > ATOM_KIND_RETRY
      || effects < 0 || effects > ATOM_EFFECTS_IRREVERSIBLE)
    return FALSE;
  atom.kind = (AtomKind) kind;
  atom.has_revert = sqlite3_column_int (statement, 4) != 0;
  atom.effects = (AtomEffects) effects;
  atom_list_add (list, &atom);
  return TRUE;
}

static gboolean
read_atoms (SqliteConnection *connection, SqliteRun *run, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_LIST_ATOMS];
  SqliteNext next;
  guint count = 0;

  run->atoms = atom_list_new (0);
  sqlite3_bind_int64 (statement, 1, sqlite_run_get_key (run, 0));
  sqlite3_bind_int64 (statement, 2, sqlite_run_get_key (run, G_MAXUINT32));
  while ((next = sqlite_statement_next (connection, SQLITE_STATEMENT_LIST_ATOMS, "read the atoms",
                                        error))
             == SQLITE_NEXT_ROW
         && add_atom (statement, run->atoms, count))
    count++;
  sqlite3_reset (statement);
  if (next == SQLITE_NEXT_END && count == run->base.n_atoms)
    return TRUE;
  if (next != SQLITE_NEXT_ERROR)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                 "%s: run \"%s\": atom %u of %u is missing or damaged", connection->path,
                 run->base.info.id, count, run->base.n_atoms);
  return FALSE;
}

StorageRun *
sqlite_run_open (Storage *base, const char *id, GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  g_autoptr (SqliteRun) run = new_run ();

  if (!read_header (connection, id, run, error) || !read_atoms (connection, run, error))
    return NULL;
  return (StorageRun *) g_steal_pointer (&run);
}

const StorageAtom *
sqlite_run_get_atoms (StorageRun *run, guint *count)
{
  AtomList *atoms = ((SqliteRun *) run)->atoms;

  return atoms != NULL ? atom_list_get (atoms, count) : NULL;
}

/* -- Adding atoms --------------------------------------------------------------------------- */

/* Makes room for them, if the run is still ours: see sqlite_journal.c. */
static gboolean
add_n_atoms (SqliteConnection *connection, const SqliteRun *run, guint count, GError **error)
{
  sqlite3_stmt *statement = connection->statements[SQLITE_STATEMENT_ADD_N_ATOMS];

  sqlite3_bind_int64 (statement, 1, run->no);
  sqlite3_bind_int64 (statement, 2, (gint64) run->base.info.token);
  sqlite3_bind_int64 (statement, 3, count);
  if (!sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_N_ATOMS, ADDING, error))
    return FALSE;
  if (sqlite3_changes (connection->db) == 1)
    return TRUE;
  sqlite_journal_set_fenced (run, error);
  return FALSE;
}

gboolean
sqlite_run_add_atoms (StorageRun *base, const StorageAtom *atoms, guint count, GError **error)
{
  SqliteConnection *connection = sqlite_run_get_connection (base);
  SqliteRun *run = (SqliteRun *) base;
  g_autoptr (SqliteTransaction) transaction = NULL;

  if (!sqlite_journal_check_place (connection, error))
    return FALSE;
  transaction = sqlite_transaction_new (connection, error);
  if (transaction == NULL || !add_n_atoms (connection, run, count, error)
      || !add_atoms (connection, run, base->n_atoms, atoms, count, error)
      || !sqlite_transaction_commit (g_steal_pointer (&transaction), ADDING, error))
    return FALSE;
  for (guint i = 0; run->atoms != NULL && i < count; i++)
    atom_list_add (run->atoms, &atoms[i]);
  base->n_atoms += count;
  return TRUE;
}

/* -- Closing a run -------------------------------------------------------------------------- */

/* The lock is let go of last: as long as the row names us, and that could be changed, it is held.
 */
void
sqlite_run_close (StorageRun *run)
{
  if (run->is_owned)
    sqlite_owner_release ((SqliteStorage *) run->storage, (SqliteRun *) run);
  sqlite_run_free ((SqliteRun *) run);
}
