/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/expression_database.h"

#define VALUE_MAX 67108864 /* bytes of a value, and of what is made of it */
#define DEPTH_MAX 500      /* levels of an expression */
#define PATTERN_MAX                                                                                \
  1000 /* bytes of a pattern of LIKE and GLOB, whose work can grow with a power of it */
#define OPERATIONS_MAX 100000 /* operations of the prepared statement */
#define STEPS_MAX 10 /* times OPERATIONS_MAX operations, after which an evaluation is ended */

/* What making and using the table takes is allowed, and no more. */
static int
authorize (void *data, int action, const char *first, const char *second, const char *database,
           const char *trigger)
{
  const ExpressionGuard *guard = data;

  (void) first;
  (void) database;
  (void) trigger;
  switch (action)
    {
    case SQLITE_FUNCTION:
      return g_ascii_strcasecmp (second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_READ:
      return SQLITE_OK;
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return guard->is_locked ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_DENY;
    }
}

static int
count_steps (void *data)
{
  ExpressionGuard *guard = data;

  return ++guard->n_steps > STEPS_MAX;
}

static void
set_limits (sqlite3 *database)
{
  static const struct
  {
    int limit;
    int value;
  } limits[] = {
    { SQLITE_LIMIT_LENGTH, VALUE_MAX },
    { SQLITE_LIMIT_SQL_LENGTH, 4 * EXPRESSION_TEXT_MAX },
    { SQLITE_LIMIT_COLUMN, EXPRESSION_SYMBOLS_MAX + 2 },
    { SQLITE_LIMIT_EXPR_DEPTH, DEPTH_MAX },
    { SQLITE_LIMIT_VDBE_OP, OPERATIONS_MAX },
    { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN_MAX },
    { SQLITE_LIMIT_VARIABLE_NUMBER, EXPRESSION_SYMBOLS_MAX },
    { SQLITE_LIMIT_ATTACHED, 0 },
    { SQLITE_LIMIT_WORKER_THREADS, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    (void) sqlite3_limit (database, limits[i].limit, limits[i].value);
}

sqlite3 *
expression_database_open (ExpressionGuard *guard)
{
  sqlite3 *database = NULL;
  static const struct
  {
    int option;
    int value;
  } options[] = {
    { SQLITE_DBCONFIG_DQS_DML, 0 },        { SQLITE_DBCONFIG_DQS_DDL, 0 },
    { SQLITE_DBCONFIG_DEFENSIVE, 1 },      { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
    { SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 }, { SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
  };
  const int flags
      = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;

  if (sqlite3_open_v2 (":memory:", &database, flags, NULL) != SQLITE_OK)
    {
      (void) sqlite3_close (database);
      return NULL;
    }
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    (void) sqlite3_db_config (database, options[i].option, options[i].value, NULL);
  (void) sqlite3_db_config (database, SQLITE_DBCONFIG_LOOKASIDE, NULL, 0, 0);
  set_limits (database);
  /* There are a page or two in each of these databases, and there may be many of them. */
  (void) sqlite3_exec (database, "PRAGMA page_size = 512", NULL, NULL, NULL);
  (void) sqlite3_set_authorizer (database, authorize, guard);
  sqlite3_progress_handler (database, OPERATIONS_MAX, count_steps, guard);
  return database;
}
