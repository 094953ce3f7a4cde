/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions in SQLite.
 *
 * The text becomes a generated column of a table in a database of its own in memory, with a column
 * for each symbol: in that place SQLite itself refuses subqueries, aggregates, parameters and
 * functions that are not deterministic, at last when one of them is asked for the time. Symbols are
 * what it calls unknown columns, so its parser alone decides what is a name. The table has no
 * rowid, which would be a name of its own. Evaluating is to insert a row and to be returned that
 * column.
 */
#include <backflow/flows/expression.h>

#include <string.h>

#include <backflow/values/value.h>

#include "flows/expression_database.h"

/* Columns that no text can name, because control characters are refused. */
#define OUTCOME "\"\001outcome\""
#define KEY "\"\001key\""

static const char table_begin[] = "CREATE TABLE symbols (" OUTCOME " AS (";
static const char check_begin[] = "SELECT CAST(";
static const char unknown_column[] = "no such column: ";
static const char quoted_end[] = "\" - should this be a string literal in single-quotes?";

typedef struct
{
  char *name;
  int offset;
} Symbol;

struct Expression
{
  sqlite3 *database;
  sqlite3_stmt *insert;
  sqlite3_stmt *clear;
  ExpressionGuard guard;
  char *text;
  GArray *symbols;  /* of Symbol, in the order of columns; then of mention */
  GPtrArray *names; /* the same, borrowed, NULL-terminated */
};

GQuark
expression_error_quark (void)
{
  return g_quark_from_static_string ("backflow-expression-error-quark");
}

/* -- What SQLite says ----------------------------------------------------------------------------
 */

static gboolean
is_forbidden (const char *message)
{
  static const char *const signs[]
      = { "prohibited",        "misuse of", "not authorized", "unsafe use",    "RAISE()",
          "non-deterministic", "too large", "too many",       "stack overflow" };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strstr (message, signs[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* What was meant to hold the text is nothing that its author knows of. Returns: (transfer full). */
static char *
translate (const Expression *expression, const char *message, int offset)
{
  int length = (int) strlen (expression->text);
  GString *said;

  if (strcmp (message, "incomplete input") == 0
      || (offset == length && strstr (message, "syntax error") != NULL))
    return g_strdup ("it ends too early");
  if (g_str_has_prefix (message, "unrecognized token") && offset >= 0)
    return g_strdup_printf ("unrecognized token: %.20s%s", expression->text + offset,
                            length - offset > 20 ? "…" : "");
  said = g_string_new (message);
  g_string_replace (said, " in generated columns", " in conditions", 0);
  g_string_replace (said, " in a generated column", " in a condition", 0);
  return g_string_free (said, FALSE);
}

/* Fails with what SQLite said last about a statement that has the text after `begin` bytes; 0 when
 * it is not in it. */
static gboolean
fail_to_prepare (const Expression *expression, gsize begin, int *offset, GError **error)
{
  const char *message = sqlite3_errmsg (expression->database);
  int length = (int) strlen (expression->text);
  int at = begin > 0 ? sqlite3_error_offset (expression->database) - (int) begin : -1;
  g_autofree char *said = NULL;

  if (strcmp (message, "incomplete input") == 0)
    at = length;
  at = at < 0 ? -1 : MIN (at, length);
  said = translate (expression, message, at);
  while (at == length && length > 0 && g_ascii_isspace (expression->text[length - 1]))
    at = --length;
  g_set_error_literal (
      error, EXPRESSION_ERROR,
      is_forbidden (message) ? EXPRESSION_ERROR_FORBIDDEN : EXPRESSION_ERROR_SYNTAX, said);
  *offset = at;
  return FALSE;
}

/* The name of the column that SQLite does not know. Returns: (transfer full) (nullable): NULL when
 * that is not what it says. */
static char *
dup_unknown_column (const char *message)
{
  const char *name = message + sizeof unknown_column - 1;

  if (!g_str_has_prefix (message, unknown_column))
    return NULL;
  if (name[0] == '"' && g_str_has_suffix (name, quoted_end) && strlen (name) > sizeof quoted_end)
    return g_strndup (name + 1, strlen (name) - sizeof quoted_end);
  return g_strdup (name);
}

/* -- Symbols -------------------------------------------------------------------------------------
 */

static void
symbol_clear (gpointer data)
{
  g_free (((Symbol *) data)->name);
}

static void
append_quoted (GString *sql, const char *name)
{
  g_string_append_c (sql, '"');
  for (const char *c = name; *c != '\0'; c++)
    g_string_append_printf (sql, *c == '"' ? "\"\"" : "%c", *c);
  g_string_append_c (sql, '"');
}

/* Appends the symbols as names: `first` before the first one, `next` before the others. */
static void
append_columns (const Expression *expression, GString *sql, const char *first, const char *next)
{
  for (guint i = 0; i < expression->symbols->len; i++)
    {
      g_string_append (sql, i > 0 ? next : first);
      append_quoted (sql, g_array_index (expression->symbols, Symbol, i).name);
    }
}

static char *
dup_table_statement (const Expression *expression)
{
  GString *sql = g_string_new (table_begin);

  /* The end of a line ends a comment that would swallow the rest. */
  g_string_append_printf (sql, "%s\n), " KEY " PRIMARY KEY", expression->text);
  append_columns (expression, sql, ", ", ", ");
  g_string_append (sql, ") WITHOUT ROWID");
  return g_string_free (sql, FALSE);
}

static gboolean
has_symbol (const Expression *expression, const char *name)
{
  for (guint i = 0; i < expression->symbols->len; i++)
    if (strcmp (g_array_index (expression->symbols, Symbol, i).name, name) == 0)
      return TRUE;
  return FALSE;
}

/* A text that closes the parenthesis that it stands in, and opens another one, is no expression,
 * though the statement around it is one. In CAST what is closed too early lacks its type; and what
 * has a type is none where there is no CAST. */
static gboolean
check_whole (const Expression *expression, int *offset, GError **error)
{
  g_autoptr (GString) sql = g_string_new (check_begin);
  sqlite3_stmt *statement = NULL;
  int code;

  g_string_append_printf (sql, "%s\n AS ANY)", expression->text);
  if (expression->symbols->len > 0)
    {
      append_columns (expression, sql, " FROM (SELECT NULL AS ", ", NULL AS ");
      g_string_append_c (sql, ')');
    }
  code = sqlite3_prepare_v2 (expression->database, sql->str, -1, &statement, NULL);
  (void) sqlite3_finalize (statement);
  return code == SQLITE_OK || fail_to_prepare (expression, sizeof check_begin - 1, offset, error);
}

/* Adds the symbol that SQLite did not know. FALSE when that is not what was wrong. */
static gboolean
add_symbol (Expression *expression, int *offset, GError **error)
{
  g_autofree char *name = dup_unknown_column (sqlite3_errmsg (expression->database));
  Symbol symbol
      = { NULL, sqlite3_error_offset (expression->database) - (int) sizeof table_begin + 1 };

  /* What follows the parenthesis is not even something that can follow a generated column. */
  if (name == NULL
      && strstr (sqlite3_errmsg (expression->database), "in generated column \"") != NULL)
    return check_whole (expression, offset, error)
           && fail_to_prepare (expression, 0, offset, error);
  if (name == NULL)
    return fail_to_prepare (expression, sizeof table_begin - 1, offset, error);
  if (has_symbol (expression, name))
    {
      *offset = symbol.offset;
      g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_SYNTAX,
                   "a symbol with a dot in its name stands in double quotes: \"%s\"", name);
      return FALSE;
    }
  if (expression->symbols->len == EXPRESSION_SYMBOLS_MAX)
    {
      *offset = symbol.offset;
      g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_FORBIDDEN,
                   "it reads more than %d symbols", EXPRESSION_SYMBOLS_MAX);
      return FALSE;
    }
  symbol.name = g_steal_pointer (&name);
  g_array_append_val (expression->symbols, symbol);
  return TRUE;
}

/* Makes the statement that makes the table, a symbol more each time. Returns: (transfer full); NULL
 * with an error. */
static sqlite3_stmt *
find_symbols (Expression *expression, int *offset, GError **error)
{
  while (TRUE)
    {
      g_autofree char *sql = dup_table_statement (expression);
      sqlite3_stmt *statement = NULL;

      if (sqlite3_prepare_v2 (expression->database, sql, -1, &statement, NULL) == SQLITE_OK)
        return statement;
      if (!add_symbol (expression, offset, error))
        return NULL;
    }
}

/* -- Making it ------------------------------------------------------------------------------------
 */

static gboolean
check_text (const char *text, int *offset, GError **error)
{
  gsize length = strlen (text);

  if (length > EXPRESSION_TEXT_MAX)
    {
      g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_FORBIDDEN,
                   "it is longer than %d bytes", EXPRESSION_TEXT_MAX);
      return FALSE;
    }
  for (gsize i = 0; i < length; i++)
    if (g_ascii_iscntrl (text[i]) && !g_ascii_isspace (text[i]))
      {
        *offset = (int) i;
        g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_SYNTAX,
                     "it has a control character");
        return FALSE;
      }
  return TRUE;
}

static gboolean
make_table (Expression *expression, int *offset, GError **error)
{
  sqlite3_stmt *statement = find_symbols (expression, offset, error);
  int code;

  if (statement == NULL)
    return FALSE;
  if (!check_whole (expression, offset, error))
    {
      (void) sqlite3_finalize (statement);
      return FALSE;
    }
  (void) sqlite3_step (statement);
  code = sqlite3_finalize (statement);
  return code == SQLITE_OK || fail_to_prepare (expression, 0, offset, error);
}

static gboolean
prepare (Expression *expression, int *offset, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("INSERT INTO symbols (" KEY);

  append_columns (expression, sql, ", ", ", ");
  g_string_append (sql, ") VALUES (0");
  for (guint i = 0; i < expression->symbols->len; i++)
    g_string_append_printf (sql, ", ?%u", i + 1);
  g_string_append (sql, ") RETURNING " OUTCOME);
  if (sqlite3_prepare_v3 (expression->database, sql->str, -1, SQLITE_PREPARE_PERSISTENT,
                          &expression->insert, NULL)
          != SQLITE_OK
      || sqlite3_prepare_v2 (expression->database, "DELETE FROM symbols", -1, &expression->clear,
                             NULL)
             != SQLITE_OK)
    return fail_to_prepare (expression, 0, offset, error);
  expression->guard.is_locked = TRUE;
  return TRUE;
}

/* Forgets the values, and is ready for others. */
static void
clear (Expression *expression)
{
  (void) sqlite3_reset (expression->insert);
  (void) sqlite3_clear_bindings (expression->insert);
  (void) sqlite3_step (expression->clear);
  (void) sqlite3_reset (expression->clear);
  expression->guard.n_steps = 0;
}

/* That something asks for the time shows when it is evaluated only: so it is, once. What else goes
 * wrong may be for lack of values. */
static gboolean
try_out (Expression *expression, int *offset, GError **error)
{
  gboolean is_fine = sqlite3_step (expression->insert) == SQLITE_ROW
                     || !is_forbidden (sqlite3_errmsg (expression->database))
                     || fail_to_prepare (expression, 0, offset, error);

  clear (expression);
  return is_fine;
}

static int
compare_offsets (gconstpointer a, gconstpointer b)
{
  int first = ((const Symbol *) a)->offset;
  int second = ((const Symbol *) b)->offset;

  return (first > second) - (first < second);
}

/* The symbols as they are given to others, in the order of mention. LIKE reads its right side
 * first, so it is not that of finding. */
static void
list_symbols (Expression *expression)
{
  g_array_sort (expression->symbols, compare_offsets);
  for (guint i = 0; i < expression->symbols->len; i++)
    g_ptr_array_add (expression->names, g_array_index (expression->symbols, Symbol, i).name);
  g_ptr_array_add (expression->names, NULL);
}

static gboolean
make (Expression *expression, int *offset, GError **error)
{
  if (!check_text (expression->text, offset, error))
    return FALSE;
  expression->database = expression_database_open (&expression->guard);
  if (expression->database == NULL)
    g_error ("out of memory: a database for a condition");
  if (!make_table (expression, offset, error))
    return FALSE;
  list_symbols (expression);
  return prepare (expression, offset, error) && try_out (expression, offset, error);
}

Expression *
expression_new (const char *text, int *offset, GError **error)
{
  g_autoptr (Expression) expression = NULL;
  int at = -1;
  gboolean is_made;

  g_return_val_if_fail (text != NULL, NULL);
  expression = g_new0 (Expression, 1);
  expression->text = g_strdup (text);
  expression->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  g_array_set_clear_func (expression->symbols, symbol_clear);
  expression->names = g_ptr_array_new ();
  is_made = make (expression, &at, error);
  if (offset != NULL)
    *offset = at;
  return is_made ? g_steal_pointer (&expression) : NULL;
}

void
expression_free (Expression *expression)
{
  if (expression == NULL)
    return;
  (void) sqlite3_finalize (expression->insert);
  (void) sqlite3_finalize (expression->clear);
  (void) sqlite3_close (expression->database);
  g_ptr_array_unref (expression->names);
  g_array_unref (expression->symbols);
  g_free (expression->text);
  g_free (expression);
}

const char *const *
expression_get_symbols (const Expression *expression)
{
  g_return_val_if_fail (expression != NULL, NULL);
  return (const char *const *) expression->names->pdata;
}

int
expression_get_symbol_offset (const Expression *expression, guint index)
{
  g_return_val_if_fail (expression != NULL && index < expression->symbols->len, -1);
  return g_array_index (expression->symbols, Symbol, index).offset;
}

/* -- Evaluating it --------------------------------------------------------------------------------
 */

static int
bind_value (sqlite3_stmt *statement, int place, GVariant *value)
{
  gsize length;
  char *json;
  const char *text;

  if (value_is_null (value))
    return sqlite3_bind_null (statement, place);
  switch ((int) g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return sqlite3_bind_int (statement, place, g_variant_get_boolean (value));
    case G_VARIANT_CLASS_INT64:
      return sqlite3_bind_int64 (statement, place, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_DOUBLE:
      return sqlite3_bind_double (statement, place, g_variant_get_double (value));
    case G_VARIANT_CLASS_STRING:
      text = g_variant_get_string (value, &length);
      return sqlite3_bind_text64 (statement, place, text, length, SQLITE_STATIC, SQLITE_UTF8);
    default:
      json = value_to_json (value);
      return sqlite3_bind_text64 (statement, place, json, strlen (json), g_free, SQLITE_UTF8);
    }
}

/* Fails because the outcome is NULL: with the symbols that are. */
static gboolean
fail_with_null (const Expression *expression, GVariant *const *values, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < expression->symbols->len; i++)
    if (value_is_null (values[i]))
      g_string_append_printf (names, "%s'%s'", names->len > 0 ? ", " : "",
                              g_array_index (expression->symbols, Symbol, i).name);
  g_set_error (
      error, EXPRESSION_ERROR, EXPRESSION_ERROR_NULL, "it is NULL, neither true nor false; %s%s",
      names->len > 0 ? "NULL among what it reads: " : "nothing that it reads is NULL", names->str);
  return FALSE;
}

static gboolean
fail_to_evaluate (const Expression *expression, GError **error)
{
  g_autofree char *said = translate (expression, sqlite3_errmsg (expression->database), -1);

  g_set_error_literal (error, EXPRESSION_ERROR, EXPRESSION_ERROR_EVALUATE, said);
  return FALSE;
}

static gboolean
read_outcome (const Expression *expression, GVariant *const *values, gboolean *verdict,
              GError **error)
{
  int type = sqlite3_column_type (expression->insert, 0);

  if (type == SQLITE_NULL)
    return fail_with_null (expression, values, error);
  if (type == SQLITE_TEXT || type == SQLITE_BLOB)
    {
      g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_EVALUATE,
                   "it is %s, neither true nor false", type == SQLITE_TEXT ? "a text" : "a blob");
      return FALSE;
    }
  *verdict = sqlite3_column_double (expression->insert, 0) != 0.0;
  return TRUE;
}

static gboolean
evaluate (Expression *expression, GVariant *const *values, gboolean *verdict, GError **error)
{
  for (guint i = 0; i < expression->symbols->len; i++)
    if (bind_value (expression->insert, (int) i + 1, values[i]) != SQLITE_OK)
      {
        g_set_error (error, EXPRESSION_ERROR, EXPRESSION_ERROR_EVALUATE, "'%s': %s",
                     g_array_index (expression->symbols, Symbol, i).name,
                     sqlite3_errmsg (expression->database));
        return FALSE;
      }
  if (sqlite3_step (expression->insert) != SQLITE_ROW)
    return fail_to_evaluate (expression, error);
  return read_outcome (expression, values, verdict, error);
}

gboolean
expression_evaluate (Expression *expression, GVariant *const *values, gboolean *verdict,
                     GError **error)
{
  gboolean is_fine;

  g_return_val_if_fail (expression != NULL && verdict != NULL, FALSE);
  g_return_val_if_fail (values != NULL || expression->symbols->len == 0, FALSE);
  is_fine = evaluate (expression, values, verdict, error);
  clear (expression);
  return is_fine;
}
