/* SPDX-License-Identifier: Apache-2.0 */
/* One line of progress: what it means, and what is garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/values/value.h>

#include "executors/commands/progress_line.h"

/* What is read of a line: `SHARE` or `SHARE DETAILS`, "blank" or "garbage". */
static char *
describe (const char *line, gsize size)
{
  g_autoptr (GVariant) details = NULL;
  g_autofree char *json = NULL;
  double fraction = -1;

  switch (progress_line_read (line, size, &fraction, &details))
    {
    case PROGRESS_LINE_PROGRESS:
      json = details != NULL ? value_to_json (details) : NULL;
      return g_strdup_printf ("%.3f%s%s", fraction, json != NULL ? " " : "",
                              json != NULL ? json : "");
    case PROGRESS_LINE_BLANK:
      assert_null (details);
      return g_strdup ("blank");
    case PROGRESS_LINE_GARBAGE:
    default:
      assert_null (details);
      return g_strdup ("garbage");
    }
}

static void
assert_read (const char *line, const char *expected)
{
  g_autofree char *text = describe (line, strlen (line));

  if (strcmp (text, expected) != 0)
    fail_msg ("'%s' is read as %s, not as %s", line, text, expected);
}

typedef struct
{
  const char *line;
  const char *expected;
} Case;

static void
a_share_is_a_number_or_a_percentage (void **state)
{
  static const Case cases[] = {
    { "0.25", "0.250" },  { "0", "0.000" },          { "1", "1.000" },    { "1.0", "1.000" },
    { ".5", "0.500" },    { "25%", "0.250" },        { "0%", "0.000" },   { "100%", "1.000" },
    { "99.5%", "0.995" }, { "  0.25\t\r", "0.250" }, { "\t7%", "0.070" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_read (cases[i].line, cases[i].expected);
}

static void
words_after_a_share_are_its_text (void **state)
{
  static const Case cases[] = {
    { "0.25 some words", "0.250 {\"text\":\"some words\"}" },
    { "25%\t  two  of   eight ", "0.250 {\"text\":\"two  of   eight\"}" },
    { "1 größer", "1.000 {\"text\":\"größer\"}" },
    { "0.5 0.6", "0.500 {\"text\":\"0.6\"}" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_read (cases[i].line, cases[i].expected);
}

static void
an_object_has_its_other_keys_as_details (void **state)
{
  static const Case cases[] = {
    { "{\"progress\": 0.5}", "0.500" },
    { " {\"progress\":1} ", "1.000" },
    { "{\"progress\":\"25%\"}", "0.250" },
    { "{\"z\":1,\"progress\":0.125,\"a\":[\"x\",null]}", "0.125 {\"z\":1,\"a\":[\"x\",null]}" },
    { "{\"progress\":0,\"text\":\"begins\"}", "0.000 {\"text\":\"begins\"}" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_read (cases[i].line, cases[i].expected);
}

static void
lines_of_nothing_are_blank (void **state)
{
  (void) state;
  assert_read ("", "blank");
  assert_read (" \t \r", "blank");
}

static void
all_else_is_garbage (void **state)
{
  static const char *const lines[] = {
    "hello",
    "25",
    "1.01",
    "101%",
    "-0.5",
    "+0.5",
    "0.25words",
    "1e-1",
    "0x0.8",
    "0.2.5",
    ".",
    "%",
    "nan",
    "inf",
    "0,5",
    "25 %words%",
    "[0.5]",
    "\"0.5\"",
    "{",
    "{}",
    "{\"progress\":2}",
    "{\"progress\":-1}",
    "{\"progress\":null}",
    "{\"progress\":\"\"}",
    "{\"progress\":\"0.5 x\"}",
    "{\"progress\":0.5} x",
    "{\"share\":0.5}",
    "0.5 \xff\xfe",
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_read (lines[i], "garbage");
}

static void
what_is_too_long_or_no_text_is_garbage (void **state)
{
  g_autofree char *line = g_strnfill (PROGRESS_LINE_MAX_BYTES + 1, 'x');
  g_autofree char *longest = NULL;
  g_autofree char *shorter = NULL;
  g_autofree char *binary = describe ("0.5\0006", 5);

  (void) state;
  memcpy (line, "0.5 ", 4);
  longest = describe (line, PROGRESS_LINE_MAX_BYTES + 1);
  assert_string_equal (longest, "garbage");
  shorter = describe (line, PROGRESS_LINE_MAX_BYTES);
  assert_true (g_str_has_prefix (shorter, "0.500 {"));
  assert_string_equal (binary, "garbage");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_share_is_a_number_or_a_percentage),
    cmocka_unit_test (words_after_a_share_are_its_text),
    cmocka_unit_test (an_object_has_its_other_keys_as_details),
    cmocka_unit_test (lines_of_nothing_are_blank),
    cmocka_unit_test (all_else_is_garbage),
    cmocka_unit_test (what_is_too_long_or_no_text_is_garbage),
  };

  return cmocka_run_group_tests_name ("progress_line", tests, NULL, NULL);
}
