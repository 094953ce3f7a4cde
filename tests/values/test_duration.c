/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/values/duration.h>

#define S G_GINT64_CONSTANT (1000000)

static void
durations_are_numbers_with_units (void **state)
{
  static const struct
  {
    const char *text;
    gint64 us;
  } cases[] = {
    { "0s", 0 },         { "1us", 1 },          { "500ms", 500000 },
    { "30s", 30 * S },   { "5m", 300 * S },     { "2h", 7200 * S },
    { "1d", 86400 * S }, { "1h30m", 5400 * S }, { "1d2h3m4s5ms6us", 93784 * S + 5006 },
    { "0.5s", 500000 },  { "1.25h", 4500 * S }, { "0.000001s", 1 },
    { "0.9us", 0 },      { "007s", 7 * S },     { "36525d", DURATION_MAX_US },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 us = -1;

      duration_parse (cases[i].text, &us, NULL);
      assert_int_equal (us, cases[i].us);
    }
}

static void
what_is_no_duration_is_refused (void **state)
{
  static const struct
  {
    const char *text;
    int code;
    const char *message;
  } cases[] = {
    { "", DURATION_ERROR_SYNTAX, "a number" },
    { "s", DURATION_ERROR_SYNTAX, "a number" },
    { "-1s", DURATION_ERROR_SYNTAX, "a number" },
    { " 1s", DURATION_ERROR_SYNTAX, "a number" },
    { "1s ", DURATION_ERROR_SYNTAX, "a number" },
    { "1s,2ms", DURATION_ERROR_SYNTAX, "a number" },
    { "0", DURATION_ERROR_SYNTAX, "a unit is expected" },
    { "30", DURATION_ERROR_SYNTAX, "a unit is expected" },
    { "1 s", DURATION_ERROR_SYNTAX, "a unit is expected" },
    { "1e3s", DURATION_ERROR_SYNTAX, "the units are" },
    { "1S", DURATION_ERROR_SYNTAX, "the units are" },
    { "1w", DURATION_ERROR_SYNTAX, "the units are" },
    { "1sec", DURATION_ERROR_SYNTAX, "the units are" },
    { "1m1h", DURATION_ERROR_SYNTAX, "larger ones first" },
    { "1s1s", DURATION_ERROR_SYNTAX, "larger ones first" },
    { "1.s", DURATION_ERROR_SYNTAX, "one to six digits" },
    { ".5s", DURATION_ERROR_SYNTAX, "a number" },
    { "0.1234567s", DURATION_ERROR_SYNTAX, "one to six digits" },
    { "36525d1us", DURATION_ERROR_RANGE, "hundred years" },
    { "36525.5d", DURATION_ERROR_RANGE, "hundred years" },
    { "99999999999999999999999999d", DURATION_ERROR_RANGE, "hundred years" },
    { "9223372036854775807us", DURATION_ERROR_RANGE, "hundred years" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 us = -1;

      if (duration_parse (cases[i].text, &us, &error))
        fail_msg ("'%s' was read", cases[i].text);
      assert_true (g_error_matches (error, DURATION_ERROR, cases[i].code));
      assert_non_null (strstr (error->message, cases[i].message));
      assert_int_equal (us, -1);
    }
}

static void
a_duration_is_written_so_that_it_reads_back (void **state)
{
  static const struct
  {
    gint64 us;
    const char *text;
  } cases[] = {
    { 0, "0s" },         { 1, "1us" },       { 1500000, "1s500ms" }, { 90 * S, "1m30s" },
    { 86400 * S, "1d" }, { 3600 * S, "1h" }, { 100000, "100ms" },    { DURATION_MAX_US, "36525d" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = duration_to_text (cases[i].us);
      gint64 us = -1;

      assert_string_equal (text, cases[i].text);
      assert_true (duration_parse (text, &us, NULL));
      assert_int_equal (us, cases[i].us);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (durations_are_numbers_with_units),
    cmocka_unit_test (what_is_no_duration_is_refused),
    cmocka_unit_test (a_duration_is_written_so_that_it_reads_back),
  };

  return cmocka_run_group_tests_name ("duration", tests, NULL, NULL);
}
