/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: what is one, what it may ask for, which symbols it reads, and what its outcome is for
 * values of all kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include <backflow/flows/expression.h>
#include <backflow/values/value.h>

/* -- What is refused
 * -------------------------------------------------------------------------------- */

typedef struct
{
  const char *text;
  ExpressionError code;
  int offset;
  const char *message; /* a part of it */
} BadCase;

/* clang-format off */
static const BadCase bad_cases[] = {
  { "", EXPRESSION_ERROR_SYNTAX, 0, "ends too early" },
  { "a > 1 OR\n  \n", EXPRESSION_ERROR_SYNTAX, 8, "ends too early" },
  { "  ", EXPRESSION_ERROR_SYNTAX, 0, "ends too early" },
  { "port >", EXPRESSION_ERROR_SYNTAX, 6, "ends too early" },
  { "port > 1 AND", EXPRESSION_ERROR_SYNTAX, 12, "ends too early" },
  { "port > > 1", EXPRESSION_ERROR_SYNTAX, 7, "near \">\"" },
  { "a = 'x", EXPRESSION_ERROR_SYNTAX, 4, "unrecognized token: 'x" },
  { "a = b /* forever", EXPRESSION_ERROR_SYNTAX, 16, "ends too early" },
  { "a \001 b", EXPRESSION_ERROR_SYNTAX, 2, "control character" },
  { "select = 1", EXPRESSION_ERROR_SYNTAX, 0, "near \"select\"" },
  { "size(a) > 1", EXPRESSION_ERROR_SYNTAX, 0, "no such function: size" },
  { "a > 1 AND abs(a, 2)", EXPRESSION_ERROR_SYNTAX, 10, "wrong number of arguments" },
  { "disk.id = 1", EXPRESSION_ERROR_SYNTAX, 0, "double quotes: \"disk.id\"" },
  { "a = \"b\" AND x.\"y\" = 1", EXPRESSION_ERROR_SYNTAX, 12, "double quotes: \"x.y\"" },
  { "(a, b)", EXPRESSION_ERROR_SYNTAX, -2, "row value" },
  { "a, b", EXPRESSION_ERROR_SYNTAX, 1, "near \",\"" },
  { "1 AS a", EXPRESSION_ERROR_SYNTAX, 2, "near \"AS\"" },
  { "DROP TABLE symbols", EXPRESSION_ERROR_SYNTAX, 0, "near \"DROP\"" },
  { "1;", EXPRESSION_ERROR_SYNTAX, 1, "near \";\"" },
  { "1) STORED; ATTACH 'x' AS y; --", EXPRESSION_ERROR_SYNTAX, 9, "near \";\"" },
  { "1), more AS (2", EXPRESSION_ERROR_SYNTAX, 1, "near \")\"" },
  { "1) CHECK (a", EXPRESSION_ERROR_SYNTAX, 1, "near \")\"" },
  { "1), x PRIMARY KEY); --", EXPRESSION_ERROR_SYNTAX, 1, "near \")\"" },
  { "1) other", EXPRESSION_ERROR_SYNTAX, 1, "near \")\"" },
  { "1) /* ", EXPRESSION_ERROR_SYNTAX, -2, "ends too early" },
  { "a = b COLLATE other", EXPRESSION_ERROR_SYNTAX, -1, "no such collation sequence" },
  { "1 AS ANY), (2", EXPRESSION_ERROR_SYNTAX, 2, "near \"AS\"" },
  { "1 AS ANY), CAST(2 AS ANY", EXPRESSION_ERROR_SYNTAX, 2, "near \"AS\"" },
  { "a = ?", EXPRESSION_ERROR_FORBIDDEN, 4, "parameters prohibited in conditions" },
  { "a = ?1", EXPRESSION_ERROR_FORBIDDEN, 4, "parameters" },
  { "a = :x", EXPRESSION_ERROR_FORBIDDEN, 4, "parameters" },
  { "a = @x", EXPRESSION_ERROR_FORBIDDEN, 4, "parameters" },
  { "a = (SELECT 1)", EXPRESSION_ERROR_FORBIDDEN, -2, "subqueries prohibited in conditions" },
  { "a IN (SELECT name FROM sqlite_schema)", EXPRESSION_ERROR_FORBIDDEN, -2, "subqueries" },
  { "EXISTS (SELECT 1 FROM json_each('[1]'))", EXPRESSION_ERROR_FORBIDDEN, -2, "subqueries" },
  { "a IN (VALUES (1), (2))", EXPRESSION_ERROR_FORBIDDEN, -2, "subqueries" },
  { "SELECT 1", EXPRESSION_ERROR_SYNTAX, 0, "near \"SELECT\"" },
  { "count(a) > 1", EXPRESSION_ERROR_FORBIDDEN, 0, "misuse of aggregate" },
  { "max(a) > 1", EXPRESSION_ERROR_FORBIDDEN, 0, "misuse of aggregate" },
  { "sum(a) OVER () > 1", EXPRESSION_ERROR_FORBIDDEN, 0, "misuse of window" },
  { "a > 1 OR random() > 0", EXPRESSION_ERROR_FORBIDDEN, 9, "non-deterministic functions prohibited in conditions" },
  { "length(randomblob(4)) > a", EXPRESSION_ERROR_FORBIDDEN, 7, "non-deterministic" },
  { "CURRENT_TIMESTAMP > a", EXPRESSION_ERROR_FORBIDDEN, 0, "non-deterministic" },
  { "date('now') > a", EXPRESSION_ERROR_FORBIDDEN, -1, "non-deterministic use of date() in a condition" },
  { "unixepoch() > a", EXPRESSION_ERROR_FORBIDDEN, -1, "non-deterministic" },
  { "changes() = 0", EXPRESSION_ERROR_FORBIDDEN, 0, "non-deterministic" },
  { "load_extension('x')", EXPRESSION_ERROR_FORBIDDEN, 0, "load_extension" },
  { "RAISE(ABORT, 'x')", EXPRESSION_ERROR_FORBIDDEN, -1, "RAISE()" },
};
/* clang-format on */

static void
what_is_no_condition_is_refused (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *one = &bad_cases[i];
      int offset = -3;
      g_autoptr (GError) error = NULL;
      g_autoptr (Expression) expression = NULL;

      expression = expression_new (one->text, &offset, &error);
      if (expression != NULL)
        fail_msg ("'%s' is taken", one->text);
      if (!g_error_matches (error, EXPRESSION_ERROR, (int) one->code))
        fail_msg ("'%s': another error: %s", one->text, error->message);
      if (strstr (error->message, one->message) == NULL)
        fail_msg ("'%s': another message: %s", one->text, error->message);
      if (one->offset != -2 && offset != one->offset)
        fail_msg ("'%s': another place: %d: %s", one->text, offset, error->message);
    }
}

static void
assert_refused (const char *text, ExpressionError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = expression_new (text, NULL, &error);

  assert_null (expression);
  if (!g_error_matches (error, EXPRESSION_ERROR, (int) code))
    fail_msg ("%s", error->message);
}

static void
what_is_too_much_is_refused (void **state)
{
  g_autoptr (GString) many = g_string_new ("0");
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autofree char *long_text = g_strnfill (100000, ' ');

  (void) state;
  for (guint i = 0; i < 600; i++)
    {
      g_string_append_printf (many, i % 300 == 299 ? " OR (s%u" : " + s%u", i);
      g_string_append (deep, "1+(");
    }
  g_string_append (many, "))");
  g_string_append_c (deep, '1');
  for (guint i = 0; i < 600; i++)
    g_string_append_c (deep, ')');
  assert_refused (many->str, EXPRESSION_ERROR_FORBIDDEN);
  assert_refused (deep->str, EXPRESSION_ERROR_FORBIDDEN);
  assert_refused (long_text, EXPRESSION_ERROR_FORBIDDEN);
}

/* -- Symbols
 * ---------------------------------------------------------------------------------------- */

typedef struct
{
  const char *text;
  const char *symbols;
  int last_offset; /* of the last one */
} SymbolCase;

static const SymbolCase symbol_cases[] = {
  { "port > 1024 AND config IS NOT NULL", "port config", 16 },
  { "a LIKE b AND c", "a b c", 13 },
  { "region IN ('eu', 'us') AND size > 100", "region size", 27 },
  { "disk->>'$.id' IS NOT NULL", "disk", 0 },
  { "\"a.b-c\" = 'a.b-c'", "a.b-c", 0 },
  { "[in]=`or`", "in or", 5 },
  { "\"say \"\"hi\"\"\" = 1", "say \"hi\"", 0 },
  { "port > 1 AND PORT < 9 AND \"Port\" <> 5", "port", 0 },
  { "rowid = oid", "rowid oid", 8 },
  { "symbols = sqlite_schema", "symbols sqlite_schema", 10 },
  { "a > 1 -- AND b", "a", 0 },
  { "/* a */ b", "b", 8 },
  { "größe > 1 AND länge", "größe länge", 16 },
  { "CASE a WHEN 1 THEN b ELSE c END", "a b c", 26 },
  { "'a' = \"a\"", "a", 6 },
};

static void
symbols_are_what_sqlite_calls_columns (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (symbol_cases); i++)
    {
      const SymbolCase *one = &symbol_cases[i];
      int offset = -3;
      g_autoptr (GError) error = NULL;
      g_autoptr (Expression) expression = expression_new (one->text, &offset, &error);
      g_autofree char *symbols = NULL;
      if (expression == NULL)
        fail_msg ("'%s': %s", one->text, error->message);
      assert_int_equal (offset, -1);
      symbols = g_strjoinv (" ", (char **) (guintptr) expression_get_symbols (expression));
      assert_string_equal (symbols, one->symbols);
      assert_int_equal (
          expression_get_symbol_offset (
              expression,
              g_strv_length ((char **) (guintptr) expression_get_symbols (expression)) - 1),
          one->last_offset);
    }
}

static void
a_condition_without_symbols_needs_no_values (void **state)
{
  static const struct
  {
    const char *text;
    gboolean verdict;
  } cases[] = { { "1 > 2", FALSE },
                { "true", TRUE },
                { "0.5", TRUE },
                { "0 AND undefined", FALSE },
                { "date('2026-01-31') > '2026'", TRUE } };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Expression) expression = expression_new (cases[i].text, NULL, NULL);
      gboolean verdict = !cases[i].verdict;

      assert_non_null (expression);
      assert_true (expression_evaluate (expression, NULL, &verdict, NULL));
      assert_int_equal (verdict, cases[i].verdict);
    }
}

/* -- Outcomes
 * --------------------------------------------------------------------------------------- */

/* The values of the symbols of a text, out of an object in GVariant's text form. */
static GVariant **
find_values (const Expression *expression, const char *object)
{
  g_autoptr (GVariant) parsed = g_variant_parse (G_VARIANT_TYPE_VARDICT, object, NULL, NULL, NULL);
  const char *const *symbols = expression_get_symbols (expression);
  GVariant **values = g_new0 (GVariant *, g_strv_length ((char **) (guintptr) symbols) + 1);

  assert_non_null (parsed);
  for (guint i = 0; symbols[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (parsed, symbols[i], NULL);

      values[i] = value != NULL ? value_normalize (value, NULL) : NULL;
    }
  return values;
}

static void
free_values (const Expression *expression, GVariant **values)
{
  for (guint i = 0; expression_get_symbols (expression)[i] != NULL; i++)
    if (values[i] != NULL)
      g_variant_unref (values[i]);
  g_free (values);
}

static gboolean
evaluate (const char *text, const char *object, gboolean *verdict, GError **error)
{
  g_autoptr (Expression) expression = expression_new (text, NULL, NULL);
  GVariant **values;
  gboolean is_fine;

  if (expression == NULL)
    fail_msg ("'%s' is no condition", text);
  values = find_values (expression, object);
  is_fine = expression_evaluate (expression, values, verdict, error);
  free_values (expression, values);
  return is_fine;
}

static const struct
{
  const char *text;
  const char *values;
  gboolean verdict;
} outcome_cases[] = {
  { "port > 1024", "{'port': <int64 8080>}", TRUE },
  { "port > 1024", "{'port': <int64 80>}", FALSE },
  { "port + 1 = 9223372036854775807", "{'port': <int64 9223372036854775806>}", TRUE },
  { "ratio * 2 = 1", "{'ratio': <0.5>}", TRUE },
  { "ratio", "{'ratio': <0.25>}", TRUE },
  { "name = 'it''s'", "{'name': <\"it's\">}", TRUE },
  { "name LIKE 'w%'", "{'name': <'web-1'>}", TRUE },
  { "name = 8080", "{'name': <'8080'>}", FALSE },
  { "name > 100", "{'name': <'5'>}", TRUE },
  { "name + 0 > 100", "{'name': <'5'>}", FALSE },
  { "name = ''", "{'name': <''>}", TRUE },
  { "flag", "{'flag': <true>}", TRUE },
  { "NOT flag", "{'flag': <true>}", FALSE },
  { "flag = true AND flag = 1", "{'flag': <true>}", TRUE },
  { "disk IS NULL", "{'disk': <@mv nothing>}", TRUE },
  { "disk IS NULL", "{}", TRUE },
  { "coalesce(disk, 1)", "{}", TRUE },
  { "disk->>'$.id' = 'd-1'", "{'disk': <{'id': <'d-1'>}>}", TRUE },
  { "disk->>'$.size' > 10", "{'disk': <{'size': <int64 20>}>}", TRUE },
  { "disk->>'$.id' IS NOT NULL", "{'disk': <{'size': <int64 20>}>}", FALSE },
  { "json_array_length(hosts) = 2", "{'hosts': <[<'a'>, <'b'>]>}", TRUE },
  { "hosts->>1 = 'b'", "{'hosts': <[<'a'>, <'b'>]>}", TRUE },
  { "length(\"größe\") = 3", "{'größe': <'äöü'>}", TRUE },
  { "date(day) < '2026-02-01'", "{'day': <'2026-01-31'>}", TRUE },
  { "a = 'b'", "{'a': <'b'>, 'b': <'c'>}", TRUE },
  { "a = \"b\"", "{'a': <'b'>, 'b': <'c'>}", FALSE },
};

static void
outcomes_are_sqlites (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (outcome_cases); i++)
    {
      gboolean verdict = !outcome_cases[i].verdict;
      g_autoptr (GError) error = NULL;

      if (!evaluate (outcome_cases[i].text, outcome_cases[i].values, &verdict, &error))
        fail_msg ("'%s': %s", outcome_cases[i].text, error->message);
      if (verdict != outcome_cases[i].verdict)
        fail_msg ("'%s' of %s is %s", outcome_cases[i].text, outcome_cases[i].values,
                  verdict ? "true" : "false");
    }
}

static const struct
{
  const char *text;
  const char *values;
  ExpressionError code;
  const char *message;
} failing_cases[] = {
  { "port > 1024", "{}", EXPRESSION_ERROR_NULL, "'port'" },
  { "port > size + extra", "{'size': <int64 1>}", EXPRESSION_ERROR_NULL, "'port', 'extra'" },
  { "port > 1024", "{'port': <@mv nothing>}", EXPRESSION_ERROR_NULL, "'port'" },
  { "disk->>'$.id' = 1", "{'disk': <{'size': <int64 20>}>}", EXPRESSION_ERROR_NULL,
    "nothing that it reads is NULL" },
  { "name", "{'name': <'yes'>}", EXPRESSION_ERROR_EVALUATE, "a text" },
  { "name", "{'name': <'1'>}", EXPRESSION_ERROR_EVALUATE, "a text" },
  { "CAST(name AS BLOB)", "{'name': <'1'>}", EXPRESSION_ERROR_EVALUATE, "a blob" },
  { "disk->>'$.id' = 1", "{'disk': <'no JSON'>}", EXPRESSION_ERROR_EVALUATE, "JSON" },
  { "abs(n) > 0", "{'n': <int64 -9223372036854775808>}", EXPRESSION_ERROR_EVALUATE, "overflow" },
  { "date(day) > 0", "{'day': <'now'>}", EXPRESSION_ERROR_EVALUATE,
    "non-deterministic use of date() in a condition" },
  { "length(zeroblob(n)) > 0", "{'n': <int64 1000000000>}", EXPRESSION_ERROR_EVALUATE, "too big" },
  { "CASE WHEN n THEN datetime(n, 'unixepoch', 'localtime') > '' ELSE 0 END", "{'n': <int64 1>}",
    EXPRESSION_ERROR_EVALUATE, "non-deterministic" },
};

static void
what_has_no_outcome_fails (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (failing_cases); i++)
    {
      gboolean verdict = 7;
      g_autoptr (GError) error = NULL;

      assert_false (evaluate (failing_cases[i].text, failing_cases[i].values, &verdict, &error));
      if (!g_error_matches (error, EXPRESSION_ERROR, (int) failing_cases[i].code)
          || strstr (error->message, failing_cases[i].message) == NULL)
        fail_msg ("'%s': %s", failing_cases[i].text, error->message);
      assert_int_equal (verdict, 7);
    }
}

static void
a_text_that_is_too_long_is_an_error (void **state)
{
  g_autoptr (Expression) expression = expression_new ("length(name) > 1", NULL, NULL);
  g_autofree char *text = g_strnfill (70u << 20, 'x');
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string (text));
  g_autoptr (GError) error = NULL;
  gboolean verdict;

  (void) state;
  assert_false (expression_evaluate (expression, &value, &verdict, &error));
  assert_true (g_error_matches (error, EXPRESSION_ERROR, EXPRESSION_ERROR_EVALUATE));
  assert_non_null (strstr (error->message, "'name'"));
}

static void
an_expression_is_evaluated_again_and_again (void **state)
{
  g_autoptr (Expression) expression = expression_new ("a / b > 2", NULL, NULL);

  (void) state;
  for (gint64 i = 0; i < 1000; i++)
    {
      GVariant *values[] = { g_variant_ref_sink (g_variant_new_int64 (i)),
                             g_variant_ref_sink (g_variant_new_int64 (i % 2)) };
      g_autoptr (GError) error = NULL;
      gboolean verdict = FALSE;
      gboolean is_fine = expression_evaluate (expression, values, &verdict, &error);

      /* What is divided by zero is NULL, and says nothing about the next one. */
      assert_int_equal (is_fine, i % 2 != 0);
      assert_int_equal (verdict, i % 2 != 0 && i > 2);
      g_variant_unref (values[0]);
      g_variant_unref (values[1]);
    }
}

/* -- Random texts
 * ----------------------------------------------------------------------------------- */

#define N_TEXTS 3000

static char *
make_text (GRand *random)
{
  static const char *const tokens[]
      = { "a",      "b",          "\"c\"",  "1",      "'x'",    "(",           ")",
          ",",      "AND",        "NOT",    "=",      "AS",     "ANY",         "CAST",
          "SELECT", "FROM",       "--",     "/*",     "*/",     ";",           "IN",
          "IS",     "NULL",       "->>",    "?",      "x.y",    "CASE",        "WHEN",
          "THEN",   "END",        "LIKE",   "STORED", "CHECK",  "PRIMARY KEY", "abs",
          "count",  "random",     "date",   "'now'",  "+",      "COLLATE",     "WITHOUT ROWID",
          "\n",     "CONSTRAINT", "UNIQUE", "RAISE",  "FILTER", "OVER",        "`",
          "[",      "]",          "\"",     "'" };
  GString *text = g_string_new (NULL);
  int length = g_rand_int_range (random, 1, 10);

  for (int i = 0; i < length; i++)
    g_string_append_printf (text, "%s%s",
                            tokens[g_rand_int_range (random, 0, G_N_ELEMENTS (tokens))],
                            g_rand_boolean (random) ? " " : "");
  return g_string_free (text, FALSE);
}

/* Whether the text is one expression in another place than its own. */
static gboolean
is_expression_elsewhere (const Expression *expression, const char *text)
{
  g_autoptr (GString) sql = g_string_new ("SELECT CASE WHEN ");
  const char *const *symbols = expression_get_symbols (expression);
  const char *rest = NULL;
  sqlite3_stmt *statement = NULL;
  sqlite3 *database;
  gboolean is_one;

  g_string_append_printf (sql, "%s\n THEN 1 END FROM (SELECT 1", text);
  for (guint i = 0; symbols[i] != NULL; i++)
    {
      char *quoted = sqlite3_mprintf ("%w", symbols[i]);

      g_string_append_printf (sql, ", 1 AS \"%s\"", quoted);
      sqlite3_free (quoted);
    }
  g_string_append_c (sql, ')');
  assert_int_equal (sqlite3_open (":memory:", &database), SQLITE_OK);
  is_one = sqlite3_prepare_v2 (database, sql->str, -1, &statement, &rest) == SQLITE_OK
           && *rest == '\0';
  (void) sqlite3_finalize (statement);
  (void) sqlite3_close (database);
  return is_one;
}

static void
no_text_breaks_out_of_its_place (void **state)
{
  guint32 seed = g_random_int ();
  GRand *random = g_rand_new_with_seed (seed);

  (void) state;
  for (guint i = 0; i < N_TEXTS; i++)
    {
      g_autofree char *text = make_text (random);
      g_autoptr (GError) error = NULL;
      int offset = -3;
      g_autoptr (Expression) expression = expression_new (text, &offset, &error);

      if (offset < -1 || offset > (int) strlen (text))
        fail_msg ("seed %u: '%s': %d is outside of it", seed, text, offset);
      if (expression != NULL && !is_expression_elsewhere (expression, text))
        fail_msg ("seed %u: '%s' is taken", seed, text);
      /* Nobody is told of the statement around the text. */
      if (error != NULL
          && (strstr (error->message, "outcome") != NULL
              || strchr (error->message, '\001') != NULL))
        fail_msg ("seed %u: '%s': %s", seed, text, error->message);
    }
  g_rand_free (random);
}

static void
nothing_is_freed (void **state)
{
  (void) state;
  expression_free (NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (what_is_no_condition_is_refused),
    cmocka_unit_test (what_is_too_much_is_refused),
    cmocka_unit_test (symbols_are_what_sqlite_calls_columns),
    cmocka_unit_test (a_condition_without_symbols_needs_no_values),
    cmocka_unit_test (outcomes_are_sqlites),
    cmocka_unit_test (what_has_no_outcome_fails),
    cmocka_unit_test (a_text_that_is_too_long_is_an_error),
    cmocka_unit_test (an_expression_is_evaluated_again_and_again),
    cmocka_unit_test (no_text_breaks_out_of_its_place),
    cmocka_unit_test (nothing_is_freed),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
