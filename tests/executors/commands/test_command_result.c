/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include <backflow/values/value.h>

#include "executors/commands/command_result.h"

/* What the task says about its result. */
typedef enum
{
  TASK_SILENT,
  TASK_PROVIDES,
  TASK_JSON,
  TASK_JSON_KEY,
  TASK_TEXT_INDEX,
} TaskKind;

static Atom *
new_task (TaskKind kind)
{
  Atom *command = command_new ("one");

  if (kind == TASK_PROVIDES)
    atom_provide (command, "config");
  if (kind == TASK_JSON || kind == TASK_JSON_KEY)
    command_set_output (command, COMMAND_OUTPUT_JSON);
  if (kind == TASK_JSON_KEY)
    {
      atom_provide (command, "all");
      atom_provide_key (command, "port", "port");
      atom_provide_index (command, "second", 1);
    }
  if (kind == TASK_TEXT_INDEX)
    atom_provide_index (command, "third", 2);
  return command;
}

static CommandResult
read_bytes (TaskKind kind, CommandRole role, const char *text, gsize size)
{
  g_autoptr (Atom) command = new_task (kind);
  g_autoptr (Output) output = output_new (COMMAND_RESULT_MAX_BYTES, 16, NULL);

  output_append (output, OUTPUT_STDOUT, (const guint8 *) text, size);
  return command_result_read (command, role, output, NULL);
}

static void
clear (CommandResult *result)
{
  g_clear_pointer (&result->value, g_variant_unref);
  g_clear_pointer (&result->problem, g_free);
  g_clear_pointer (&result->note, g_free);
}

/* The result as JSON, or what is wrong, with the note, if any, behind it. */
static char *
read_text (TaskKind kind, CommandRole role, const char *text, gssize size)
{
  CommandResult result = read_bytes (kind, role, text, size >= 0 ? (gsize) size : strlen (text));
  g_autofree char *json = value_to_json (result.value);
  char *shown
      = g_strjoin (" | ", result.problem != NULL ? result.problem : json, result.note, NULL);

  assert_true (result.problem == NULL || result.value == NULL);
  clear (&result);
  return shown;
}

static void
results_are_what_was_printed (void **state)
{
  static const struct
  {
    TaskKind kind;
    CommandRole role;
    const char *text;
    gssize size;
    const char *expected;
  } cases[] = {
    { TASK_PROVIDES, COMMAND_EXECUTE, "", -1, "\"\"" },
    { TASK_PROVIDES, COMMAND_EXECUTE, "\n", -1, "\"\"" },
    { TASK_PROVIDES, COMMAND_EXECUTE, "a\n\n", -1, "\"a\\n\"" },
    { TASK_PROVIDES, COMMAND_EXECUTE, " a b", -1, "\" a b\"" },
    { TASK_PROVIDES, COMMAND_EXECUTE, "12\n", -1, "\"12\"" },
    { TASK_PROVIDES, COMMAND_EXECUTE, "a\r\n", -1, "\"a\\r\"" },
    { TASK_PROVIDES, COMMAND_PROBE, "there\n", -1, "\"there\"" },
    { TASK_SILENT, COMMAND_EXECUTE, "", -1, "null" },
    { TASK_SILENT, COMMAND_EXECUTE, "\n", -1, "\"\"" },
    { TASK_SILENT, COMMAND_EXECUTE, "said\n", -1, "\"said\"" },
    { TASK_PROVIDES, COMMAND_REVERT, "", -1, "null" },
    { TASK_JSON, COMMAND_EXECUTE, "{\"a\": [1, 2.5, null]}\n", -1, "{\"a\":[1,2.5,null]}" },
    { TASK_JSON, COMMAND_EXECUTE, "null", -1, "null" },
    { TASK_JSON, COMMAND_EXECUTE, "\"\xc3\xa9\"", -1, "\"\xc3\xa9\"" },
    { TASK_JSON, COMMAND_REVERT, "no json\n", -1, "\"no json\"" },
    { TASK_TEXT_INDEX, COMMAND_EXECUTE, "abc", -1, "\"abc\"" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown
          = read_text (cases[i].kind, cases[i].role, cases[i].text, cases[i].size);

      assert_string_equal (shown, cases[i].expected);
    }
}

static void
what_cannot_be_the_promised_result_is_a_problem (void **state)
{
  static const struct
  {
    TaskKind kind;
    const char *text;
    gssize size;
    const char *part;
  } cases[] = {
    { TASK_PROVIDES, "ab\0c", 4, "a NUL at byte 3" },
    { TASK_PROVIDES, "ab\xff", 3, "no UTF-8 at byte 3" },
    { TASK_PROVIDES, "ab\xc3", 3, "no UTF-8 at byte 3" },
    { TASK_JSON, "", 0, "printed nothing" },
    { TASK_JSON, "\0", 1, "a NUL at byte 1" },
    { TASK_JSON, "{\"a\": }", -1, "no JSON" },
    { TASK_JSON, "{} {}", -1, "no JSON" },
    { TASK_JSON_KEY, "{\"host\": 1}", -1, "no key \"port\"" },
    { TASK_JSON_KEY, "{\"port\": 1}", -1, "no element 1 to provide \"second\"" },
    { TASK_JSON_KEY, "[1, 2]", -1, "of type array, has no key \"port\"" },
    { TASK_JSON_KEY, "5", -1, "of type integer" },
    { TASK_TEXT_INDEX, "ab", -1, "no element 2" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CommandResult result
          = read_bytes (cases[i].kind, COMMAND_EXECUTE, cases[i].text,
                        cases[i].size >= 0 ? (gsize) cases[i].size : strlen (cases[i].text));

      assert_null (result.value);
      assert_non_null (result.problem);
      if (strstr (result.problem, cases[i].part) == NULL)
        fail_msg ("no \"%s\" in: %s", cases[i].part, result.problem);
      clear (&result);
    }
}

static void
what_nobody_relies_on_is_kept_as_well_as_possible (void **state)
{
  g_autofree char *nul = read_text (TASK_SILENT, COMMAND_EXECUTE, "ab\0c\n", 5);
  g_autofree char *invalid = read_text (TASK_PROVIDES, COMMAND_REVERT, "\xff!", 2);

  (void) state;
  assert_string_equal (nul, "\"ab\xef\xbf\xbd"
                            "c\" | printed what is no UTF-8 text at byte 3; it is replaced in its "
                            "result");
  assert_true (g_str_has_prefix (invalid, "\"\xef\xbf\xbd!\" | "));
}

static void
a_result_may_be_as_long_as_allowed (void **state)
{
  g_autofree char *fits = g_strnfill (COMMAND_RESULT_MAX_BYTES, 'x');
  CommandResult result = read_bytes (TASK_PROVIDES, COMMAND_EXECUTE, fits, strlen (fits));

  (void) state;
  assert_null (result.problem);
  assert_int_equal (strlen (g_variant_get_string (result.value, NULL)), COMMAND_RESULT_MAX_BYTES);
  clear (&result);
}

static void
a_longer_one_is_a_problem_or_is_cut_within_no_character (void **state)
{
  g_autoptr (GString) text = g_string_new ("x");
  CommandResult promised;
  CommandResult kept;
  const char *value;

  (void) state;
  while (text->len <= COMMAND_RESULT_MAX_BYTES)
    g_string_append (text, "\xe2\x82\xac");
  promised = read_bytes (TASK_PROVIDES, COMMAND_EXECUTE, text->str, text->len);
  kept = read_bytes (TASK_SILENT, COMMAND_EXECUTE, text->str, text->len);
  assert_non_null (strstr (promised.problem, "more than 1048576 bytes"));
  assert_null (kept.problem);
  assert_non_null (strstr (kept.note, "the first 1048576 are kept"));
  value = g_variant_get_string (kept.value, NULL);
  assert_in_range (strlen (value), COMMAND_RESULT_MAX_BYTES - 3, COMMAND_RESULT_MAX_BYTES);
  assert_true (g_str_has_suffix (value, "\xe2\x82\xac"));
  clear (&promised);
  clear (&kept);
}

/* -- BACKFLOW_OUTPUT ----------------------------------------------------------------------------
 */

/* What is read when standard output says "printed" and the file this. */
static char *
read_file (TaskKind kind, CommandRole role, const char *text)
{
  g_autofree char *folder = g_dir_make_tmp ("backflow-result-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "1", NULL);
  g_autoptr (Atom) command = new_task (kind);
  g_autoptr (Output) output = output_new (COMMAND_RESULT_MAX_BYTES, 16, NULL);
  CommandResult result;
  g_autofree char *json = NULL;
  char *shown;

  output_append (output, OUTPUT_STDOUT, (const guint8 *) "printed", 7);
  assert_true (text == NULL || g_file_set_contents (path, text, -1, NULL));
  result = command_result_read (command, role, output, path);
  json = value_to_json (result.value);
  shown = g_strjoin (" | ", result.problem != NULL ? result.problem : json, result.note, NULL);
  (void) g_unlink (path);
  assert_int_equal (g_rmdir (folder), 0);
  clear (&result);
  return shown;
}

static void
the_file_counts_before_standard_output (void **state)
{
  g_autofree char *lines = read_file (TASK_PROVIDES, COMMAND_EXECUTE, "a=1\n");
  g_autofree char *json = read_file (TASK_JSON, COMMAND_EXECUTE, "{\"b\": 2}");
  g_autofree char *none = read_file (TASK_PROVIDES, COMMAND_EXECUTE, NULL);

  (void) state;
  assert_string_equal (lines, "{\"a\":\"1\"}");
  assert_string_equal (json, "{\"b\":2}");
  assert_string_equal (none, "\"printed\"");
}

static void
a_malformed_file_is_a_problem_but_for_reverts (void **state)
{
  g_autofree char *execute = read_file (TASK_SILENT, COMMAND_EXECUTE, "nonsense");
  g_autofree char *revert = read_file (TASK_SILENT, COMMAND_REVERT, "nonsense");

  (void) state;
  assert_non_null (strstr (execute, "line 1 "));
  assert_true (g_str_has_prefix (revert, "null | line 1 "));
}

static void
the_file_has_to_hold_what_is_provided (void **state)
{
  g_autofree char *missing = read_file (TASK_JSON_KEY, COMMAND_EXECUTE, "host=a\n");

  (void) state;
  assert_non_null (strstr (missing, "no key \"port\""));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (results_are_what_was_printed),
    cmocka_unit_test (what_cannot_be_the_promised_result_is_a_problem),
    cmocka_unit_test (what_nobody_relies_on_is_kept_as_well_as_possible),
    cmocka_unit_test (a_result_may_be_as_long_as_allowed),
    cmocka_unit_test (a_longer_one_is_a_problem_or_is_cut_within_no_character),
    cmocka_unit_test (the_file_counts_before_standard_output),
    cmocka_unit_test (a_malformed_file_is_a_problem_but_for_reverts),
    cmocka_unit_test (the_file_has_to_hold_what_is_provided),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
