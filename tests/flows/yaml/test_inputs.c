/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/flows/yaml/inputs.h>
#include <backflow/flows/yaml/loader.h>
#include <backflow/values/value.h>

static const char declaration[] = "flow: x\n"
                                  "inputs:\n"
                                  "  text: {type: string, env: TEXT}\n"
                                  "  count: {type: integer, env: COUNT, default: 1}\n"
                                  "  ratio: {type: number, default: 0.5}\n"
                                  "  flag: {type: boolean, default: false}\n"
                                  "  list: {type: array, default: []}\n"
                                  "  map: {type: object, default: {}}\n"
                                  "  any: {default: null}\n"
                                  "  maybe: {type: string, default: null}\n"
                                  "  token: {type: integer, secret: true, env: TOKEN}\n"
                                  "steps: []\n";

/* The inputs of the declaration above, and a folder for files. */
typedef struct
{
  Diagnostics *diagnostics;
  FlowFile *file;
  Inputs *inputs;
  char *folder;
  char *path;
} Fixture;

static int
set_up (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr (GBytes) text = g_bytes_new_static (declaration, strlen (declaration));

  fixture->diagnostics = diagnostics_new ();
  fixture->file = flow_file_load_text ("flow.yaml", text, NULL, fixture->diagnostics);
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
  fixture->inputs = inputs_new (fixture->file);
  fixture->folder = g_dir_make_tmp ("backflow-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "inputs.yaml", NULL);
  *state = fixture;
  return 0;
}

static int
tear_down (void **state)
{
  Fixture *fixture = *state;

  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
  inputs_free (fixture->inputs);
  flow_file_free (fixture->file);
  diagnostics_free (fixture->diagnostics);
  g_free (fixture);
  return 0;
}

static void
add_file (Fixture *fixture, const char *text)
{
  assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  inputs_add_file (fixture->inputs, fixture->path, fixture->diagnostics);
}

static void
assert_input (const Fixture *fixture, const char *name, const char *json, const char *source)
{
  const char *found_source;
  GVariant *value = inputs_find (fixture->inputs, name, &found_source);
  g_autofree char *found = NULL;

  assert_non_null (value);
  found = value_to_json (value);
  assert_string_equal (found, json);
  assert_string_equal (found_source, source);
}

static void
arguments_are_read_by_the_type_of_the_input (void **state)
{
  Fixture *fixture = *state;
  static const struct
  {
    const char *argument;
    const char *name;
    const char *json;
  } cases[] = {
    { "text=5", "text", "\"5\"" },
    { "text=", "text", "\"\"" },
    { "text=a=b", "text", "\"a=b\"" },
    { "text=[", "text", "\"[\"" },
    { "count=-7", "count", "-7" },
    { "count=0x10", "count", "16" },
    { "ratio=2", "ratio", "2.0" },
    { "ratio=1e3", "ratio", "1000.0" },
    { "flag=true", "flag", "true" },
    { "list=[a, 1, {b: c}]", "list", "[\"a\",1,{\"b\":\"c\"}]" },
    { "list=- a\n- b", "list", "[\"a\",\"b\"]" },
    { "map={\"a\": [true]}", "map", "{\"a\":[true]}" },
    { "any=5", "any", "5" },
    { "any=five", "any", "\"five\"" },
    { "any=a: b", "any", "\"a: b\"" },
    { "any=\"5\"", "any", "\"5\"" },
    { "any={a: 5}", "any", "{\"a\":5}" },
    { "any=", "any", "null" },
    { "any=null", "any", "null" },
    { "maybe=null", "maybe", "\"null\"" },
    { "token=5", "token", "5" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      inputs_add_argument (fixture->inputs, cases[i].argument, fixture->diagnostics);
      assert_input (fixture, cases[i].name, cases[i].json, "argument");
    }
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
}

static void
wrong_arguments_are_refused_with_what_was_expected (void **state)
{
  Fixture *fixture = *state;
  static const struct
  {
    const char *argument;
    const char *finding;
  } cases[] = {
    { "text", "error: 'text' is not NAME=VALUE\n" },
    { "=x", "error: '=x' is not NAME=VALUE\n" },
    { "txt=x", "error: the file declares no input 'txt'; did you mean 'text'?\n" },
    { "zzz=x", "error: the file declares no input 'zzz'\n" },
    { "text=\xff", "error: the input 'text' (-i) cannot be that value: expected UTF-8 text\n" },
    { "count=1.5", "error: the input 'count' (-i) cannot be that value: expected an integer\n" },
    { "count=9223372036854775808",
      "error: the input 'count' (-i) cannot be that value: expected an integer\n" },
    { "ratio=half", "error: the input 'ratio' (-i) cannot be that value: expected a number\n" },
    { "ratio=.inf", "error: the input 'ratio' (-i) cannot be that value: expected a number\n" },
    { "flag=yes", "error: the input 'flag' (-i) cannot be that value: expected true or false, not "
                  "yes or no\n" },
    { "list={a: b}",
      "error: the input 'list' (-i) cannot be that value: expected an array such as [a, b]\n" },
    { "list=[a", "error: the input 'list' (-i) cannot be that value: expected YAML, but expected "
                 "',' or ']' here (line 1, column 3)\n" },
    { "map=a",
      "error: the input 'map' (-i) cannot be that value: expected an object such as {a: 1}\n" },
    { "any=[*a]", "error: the input 'any' (-i) cannot be that value: expected YAML, but no anchor "
                  "'&a' stands before this (line 1, column 2)\n" },
    { "token=hunter2", "error: the input 'token' (-i) cannot be that value: expected integer\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autofree char *text = NULL;

      inputs_add_argument (fixture->inputs, cases[i].argument, diagnostics);
      text = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
      assert_string_equal (text, cases[i].finding);
    }
  assert_null (inputs_find (fixture->inputs, "count", NULL));
}

static void
files_give_typed_values (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *source = g_strconcat ("file:", fixture->path, NULL);

  add_file (fixture, "text: abc\ncount: 5\nratio: 2\nflag: true\nlist: [1]\nmap: {a: b}\n"
                     "any: {b: ~}\nmaybe: ~\ntoken: 7\n");
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
  assert_input (fixture, "text", "\"abc\"", source);
  assert_input (fixture, "count", "5", source);
  assert_input (fixture, "ratio", "2.0", source);
  assert_input (fixture, "flag", "true", source);
  assert_input (fixture, "list", "[1]", source);
  assert_input (fixture, "map", "{\"a\":\"b\"}", source);
  assert_input (fixture, "any", "{\"b\":null}", source);
  assert_input (fixture, "maybe", "null", source);
  assert_input (fixture, "token", "7", source);
}

static void
wrong_files_are_refused_at_their_places (void **state)
{
  Fixture *fixture = *state;
  static const struct
  {
    const char *text;
    const char *code;
    guint line;
    guint column;
  } cases[] = {
    { "text: 5\n", "type", 1, 7 },      { "\ncount: '5'\n", "type", 2, 8 },
    { "count: null\n", "type", 1, 8 },  { "cuont: 5\n", "unknown-input", 1, 1 },
    { "[a]\n", "type", 1, 1 },          { "", "empty", 0, 0 },
    { "a: b: c\n", "syntax", 1, 5 },    { "text: a\ntext: b\n", "duplicate-key", 2, 1 },
    { "ratio: .nan\n", "range", 1, 8 }, { "? [a]\n: b\n", "key-type", 1, 3 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Diagnostic *finding;

      add_file (fixture, cases[i].text);
      assert_int_equal (diagnostics_get_length (fixture->diagnostics), i + 1);
      finding = diagnostics_get (fixture->diagnostics, (guint) i);
      assert_string_equal (finding->code, cases[i].code);
      assert_string_equal (finding->mark.file, fixture->path);
      assert_int_equal (finding->mark.line, cases[i].line);
      assert_int_equal (finding->mark.column, cases[i].column);
    }
}

static void
an_absent_file_is_refused (void **state)
{
  Fixture *fixture = *state;

  inputs_add_file (fixture->inputs, fixture->path, fixture->diagnostics);
  assert_int_equal (diagnostics_get_n_errors (fixture->diagnostics), 1);
  assert_string_equal (diagnostics_get (fixture->diagnostics, 0)->code, "unreadable");
}

static const char *
look_up (const char *name, gpointer user_data)
{
  const char *const *variables = user_data;

  for (guint i = 0; variables[i] != NULL; i += 2)
    if (strcmp (variables[i], name) == 0)
      return variables[i + 1];
  return NULL;
}

static void
the_environment_gives_only_what_is_declared_to_come_from_it (void **state)
{
  Fixture *fixture = *state;
  const char *variables[] = { "TEXT", "abc", "COUNT", "5", "flag", "true", "FLAG", "true", NULL };

  inputs_add_environment (fixture->inputs, look_up, variables, fixture->diagnostics);
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
  assert_input (fixture, "text", "\"abc\"", "env:TEXT");
  assert_input (fixture, "count", "5", "env:COUNT");
  assert_null (inputs_find (fixture->inputs, "flag", NULL));
  assert_null (inputs_find (fixture->inputs, "token", NULL));
}

static void
a_wrong_variable_is_named (void **state)
{
  Fixture *fixture = *state;
  const char *variables[] = { "COUNT", "many", NULL };

  inputs_add_environment (fixture->inputs, look_up, variables, fixture->diagnostics);
  assert_string_equal (diagnostics_get (fixture->diagnostics, 0)->message,
                       "the input 'count' (COUNT) cannot be that value: expected an integer");
}

static void
arguments_win_over_files_over_the_environment_over_defaults (void **state)
{
  Fixture *fixture = *state;
  const char *variables[] = { "TEXT", "env", "COUNT", "3", "TOKEN", "4", NULL };
  g_autofree char *source = g_strconcat ("file:", fixture->path, NULL);

  inputs_add_argument (fixture->inputs, "count=1", fixture->diagnostics);
  inputs_add_argument (fixture->inputs, "count=2", fixture->diagnostics);
  add_file (fixture, "count: 5\ntext: first\n");
  add_file (fixture, "text: second\n");
  inputs_add_environment (fixture->inputs, look_up, variables, fixture->diagnostics);
  inputs_add_defaults (fixture->inputs, fixture->diagnostics);
  assert_input (fixture, "count", "2", "argument");
  assert_input (fixture, "text", "\"second\"", source);
  assert_input (fixture, "token", "4", "env:TOKEN");
  assert_input (fixture, "ratio", "0.5", "default");
  assert_input (fixture, "any", "null", "default");
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
}

static void
a_variable_that_would_not_be_used_need_not_be_right (void **state)
{
  Fixture *fixture = *state;
  const char *variables[] = { "COUNT", "many", NULL };

  inputs_add_argument (fixture->inputs, "count=1", fixture->diagnostics);
  inputs_add_environment (fixture->inputs, look_up, variables, fixture->diagnostics);
  assert_int_equal (diagnostics_get_length (fixture->diagnostics), 0);
}

static void
all_missing_inputs_are_listed_where_they_are_declared (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *text = NULL;

  inputs_add_defaults (fixture->inputs, fixture->diagnostics);
  text = diagnostics_format_text (fixture->diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (text,
                       "flow.yaml:3:3: error: the input 'text' is missing\n"
                       "    3 |   text: {type: string, env: TEXT}\n"
                       "      |   ^^^^ give it with -i text=VALUE, or in the variable TEXT\n"
                       "flow.yaml:11:3: error: the input 'token' is missing\n"
                       "   11 |   token: {type: integer, secret: true, env: TOKEN}\n"
                       "      |   ^^^^^ give it with -i token=VALUE, or in the variable TOKEN\n");
}

static void
values_of_secrets_are_never_shown (void **state)
{
  Fixture *fixture = *state;
  const char *variables[] = { "TOKEN", "hunter2 {", NULL };
  g_autofree char *text = NULL;

  add_file (fixture, "token: hunter2\n");
  inputs_add_argument (fixture->inputs, "token=[hunter2", fixture->diagnostics);
  inputs_add_environment (fixture->inputs, look_up, variables, fixture->diagnostics);
  assert_int_equal (diagnostics_get_n_errors (fixture->diagnostics), 3);
  text = diagnostics_format_text (fixture->diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_null (strstr (text, "hunter2"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (arguments_are_read_by_the_type_of_the_input, set_up,
                                     tear_down),
    cmocka_unit_test_setup_teardown (wrong_arguments_are_refused_with_what_was_expected, set_up,
                                     tear_down),
    cmocka_unit_test_setup_teardown (files_give_typed_values, set_up, tear_down),
    cmocka_unit_test_setup_teardown (wrong_files_are_refused_at_their_places, set_up, tear_down),
    cmocka_unit_test_setup_teardown (an_absent_file_is_refused, set_up, tear_down),
    cmocka_unit_test_setup_teardown (the_environment_gives_only_what_is_declared_to_come_from_it,
                                     set_up, tear_down),
    cmocka_unit_test_setup_teardown (a_wrong_variable_is_named, set_up, tear_down),
    cmocka_unit_test_setup_teardown (arguments_win_over_files_over_the_environment_over_defaults,
                                     set_up, tear_down),
    cmocka_unit_test_setup_teardown (a_variable_that_would_not_be_used_need_not_be_right, set_up,
                                     tear_down),
    cmocka_unit_test_setup_teardown (all_missing_inputs_are_listed_where_they_are_declared, set_up,
                                     tear_down),
    cmocka_unit_test_setup_teardown (values_of_secrets_are_never_shown, set_up, tear_down),
  };

  return cmocka_run_group_tests_name ("inputs", tests, NULL, NULL);
}
