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
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_DEFINITION, 1, digest);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_DEFINITION, 2, text);
  return sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_DEFINITION, "keep the definition",
                               error);
}

static void
bind_header (SqliteConnection *connection, const SqliteRun *run, const char *digest)
{
  const StorageRunInfo *info = &run->base.info;

  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_RUN, 1, info->id);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_RUN, 2, info->flow);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 3, info->version_major);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 4, info->version_minor);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_RUN, 5, digest);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_RUN, 6, info->definition_path);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 7, info->created_us);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 8, info->updated_us);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 9, (int) info->state);
  sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_RUN, 10, info->owner);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 11, (gint64) info->token);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_RUN, 12, run->base.n_atoms);
}

/* Adds the row of the run, which gives it its number. */
static gboolean
add_header (SqliteConnection *connection, SqliteRun *run, const char *digest, GError **error)
{
  const char *id = run->base.info.id;

  bind_header (connection, run, digest);
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
  for (guint i = 0; i < count; i++)
    {
      sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_ATOM, 1,
                          sqlite_run_get_key (run, first + i));
      sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_ATOM, 2, atoms[i].name);
      sqlite_bind_text (connection, SQLITE_STATEMENT_ADD_ATOM, 3, atoms[i].flow);
      sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_ATOM, 4, (int) atoms[i].kind);
      sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_ATOM, 5, atoms[i].has_revert);
      sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_ATOM, 6, (int) atoms[i].effects);
      if (!sqlite_statement_run (connection, SQLITE_STATEMENT_ADD_ATOM, "keep the atoms", error))
        return FALSE;
    }
  return TRUE;
}

/* In a transaction: the rows of the run, all of them. */
static gboolean
add_run (SqliteConnection *connection, SqliteRun *run, const StorageRunContent *content,
         GError **error)
{
  const char *definition = run->base.info.definition;
  g_autofree char *digest = NULL;

  if (definition != NULL)
    digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, definition, -1);
  return (digest == NULL || add_definition (connection, definition, digest, error))
         && add_header (connection, run, digest, error)
         && add_atoms (connection, run, 0, content->atoms, content->n_atoms, error)
         && sqlite_journal_add_first (connection, run, content->records, content->n_records, error);
}

StorageRun *
sqlite_run_create (Storage *base, const StorageRunInfo *info, const StorageRunContent *content,
                   GError **error)
{
  SqliteConnection *connection = &((SqliteStorage *) base)->connection;
  g_autofree char *owner = NULL;
  g_autoptr (SqliteRun) run = new_run ();
  g_autoptr (SqliteTransaction) transaction = NULL;

  if (!sqlite_journal_check_place (connection, error))
    return NULL;
  run->lock = owner_lock_take (connection->locks);
  owner = owner_dup_self (run->lock);
  run->base.info = run_info_copy_new (info, owner, run->strings);
  run_info_apply_all (&run->base.info, content->records, content->n_records);
  run->base.n_atoms = content->n_atoms;
  run->last_seq = content->n_records;
  transaction = sqlite_transaction_new (connection, error);
  if (transaction == NULL || !add_run (connection, run, content, error)
      || !sqlite_transaction_commit (g_steal_pointer (&transaction), "make a run", error))
    return NULL;
  return (StorageRun *) g_steal_pointer (&run);
}

/* -- Opening a run -------------------------------------------------------------------------- */

/* Whether a column has text that is UTF-8; absent: whether NULL will do. */
static gboolean
is_text (sqlite3_stmt *statement, int column, gboolean may_be_absent)
{
  const char *text = get_text (statement, column);

  if (text == NULL)
    return may_be_absent && sqlite3_column_type (statement, column) == SQLITE_NULL;
  return g_utf8_validate (text, -1, NULL);
}

/* The path of the definition is bytes, as the file system has them. */
static gboolean
are_texts_sound (sqlite3_stmt *statement)
{
  return storage_is_run_id (get_text (statement, COLUMN_ID))
         && is_text (statement, COLUMN_FLOW, FALSE) && is_text (statement, COLUMN_OWNER, TRUE);
}

static gboolean
is_number (sqlite3_stmt *statement, int column, gint64 min, gint64 max)
{
  gint64 number = sqlite3_column_int64 (statement, column);

  return number >= min && number <= max;
}

static gboolean
are_numbers_sound (sqlite3_stmt *statement)
{
  static const struct
  {
    int column;
    gint64 min;
    gint64 max;
  } ranges[] = {
    { COLUMN_NO, 1, NO_MAX },
    { COLUMN_VERSION_MAJOR, 0, G_MAXUINT16 },
    { COLUMN_VERSION_MINOR, 0, G_MAXUINT16 },
    { COLUMN_CREATED, 0, STORAGE_TIME_MAX_US },
    { COLUMN_UPDATED, 0, STORAGE_TIME_MAX_US },
    { COLUMN_STATE, 0, FLOW_STATE_COUNT - 1 },
    { COLUMN_TOKEN, 0, G_MAXINT64 - 1 },
    { COLUMN_N_ATOMS, 0, (gint64) STORAGE_NO_ATOM - 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    if (!is_number (statement, ranges[i].column, ranges[i].min, ranges[i].max))
      return FALSE;
  return TRUE;
}

gboolean
sqlite_run_read_info (SqliteConnection *connection, sqlite3_stmt *statement, StorageRunInfo *info,
                      GError **error)
{
  const char *id = get_text (statement, COLUMN_ID);

  if (!are_texts_sound (statement))
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                   "%s: run \"%s\": its header has a text that means nothing", connection->path,
                   storage_is_run_id (id) ? id : "?");
      return FALSE;
    }
  if (!are_numbers_sound (statement))
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                   "%s: run \"%s\": its header has numbers that mean nothing", connection->path,
                   id);
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

  sqlite_bind_text (connection, SQLITE_STATEMENT_FIND_RUN, 1, id);
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
  sqlite_statement_reset (connection, SQLITE_STATEMENT_FIND_RUN);
  return is_read;
}

/* Columns of LIST_ATOMS: atom, name, flow, kind, has_revert, effects. */
static gboolean
add_atom (sqlite3_stmt *statement, AtomList *list, guint index)
{
  gint64 kind = sqlite3_column_int64 (statement, 3);
  gint64 effects = sqlite3_column_int64 (statement, 5);
  StorageAtom atom = { .name = get_text (statement, 1), .flow = get_text (statement, 2) };

  if (!is_text (statement, 1, FALSE) || !is_text (statement, 2, FALSE)
      || sqlite3_column_int64 (statement, 0) != index || kind < 0 || kind > ATOM_KIND_RETRY
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
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_ATOMS, 1, sqlite_run_get_key (run, 0));
  sqlite_bind_number (connection, SQLITE_STATEMENT_LIST_ATOMS, 2,
                      sqlite_run_get_key (run, G_MAXUINT32));
  while ((next = sqlite_statement_next (connection, SQLITE_STATEMENT_LIST_ATOMS, "read the atoms",
                                        error))
             == SQLITE_NEXT_ROW
         && add_atom (statement, run->atoms, count))
    count++;
  sqlite_statement_reset (connection, SQLITE_STATEMENT_LIST_ATOMS);
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
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_N_ATOMS, 1, run->no);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_N_ATOMS, 2, (gint64) run->base.info.token);
  sqlite_bind_number (connection, SQLITE_STATEMENT_ADD_N_ATOMS, 3, count);
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
