/* SPDX-License-Identifier: Apache-2.0 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/yaml/scalar.h"

static void
words_and_strings_are_those_of_the_core_schema (void **state)
{
  static const struct
  {
    const char *text;
    ScalarType type;
  } cases[] = {
    { "", SCALAR_NULL },
    { "~", SCALAR_NULL },
    { "null", SCALAR_NULL },
    { "Null", SCALAR_NULL },
    { "NULL", SCALAR_NULL },
    { "nULL", SCALAR_STRING },
    { "nul", SCALAR_STRING },
    { "true", SCALAR_BOOLEAN },
    { "TRUE", SCALAR_BOOLEAN },
    { "truE", SCALAR_STRING },
    { "False", SCALAR_BOOLEAN },
    { "yes", SCALAR_STRING },
    { "on", SCALAR_STRING },
    { "y", SCALAR_STRING },
    { "hello", SCALAR_STRING },
    { "1.2.3", SCALAR_STRING },
    { "-", SCALAR_STRING },
    { "+", SCALAR_STRING },
    { ".", SCALAR_STRING },
    { "-.", SCALAR_STRING },
    { "1e", SCALAR_STRING },
    { "1e+", SCALAR_STRING },
    { "e5", SCALAR_STRING },
    { "1_000", SCALAR_STRING },
    { "0x", SCALAR_STRING },
    { "0xg", SCALAR_STRING },
    { "0o8", SCALAR_STRING },
    { "0o", SCALAR_STRING },
    { "-0x1", SCALAR_STRING },
    { "0b1", SCALAR_STRING },
    { "1:30", SCALAR_STRING },
    { "2001-01-01", SCALAR_STRING },
    { "inf", SCALAR_STRING },
    { ".inf", SCALAR_NOT_FINITE },
    { "-.Inf", SCALAR_NOT_FINITE },
    { "+.INF", SCALAR_NOT_FINITE },
    { ".nan", SCALAR_NOT_FINITE },
    { ".NaN", SCALAR_NOT_FINITE },
    { "nan", SCALAR_STRING },
    { "5 ", SCALAR_STRING },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (scalar_resolve (cases[i].text).type != cases[i].type)
      fail_msg ("'%s' is %d", cases[i].text, scalar_resolve (cases[i].text).type);
  assert_true (scalar_resolve ("True").boolean);
  assert_false (scalar_resolve ("FALSE").boolean);
}

static void
integers_are_decimal_octal_and_hexadecimal (void **state)
{
  static const struct
  {
    const char *text;
    gint64 integer;
  } cases[] = {
    { "0", 0 },
    { "-0", 0 },
    { "+12", 12 },
    { "007", 7 },
    { "0o17", 15 },
    { "0xFf", 255 },
    { "-9223372036854775808", G_MININT64 },
    { "9223372036854775807", G_MAXINT64 },
    { "0x7fffffffffffffff", G_MAXINT64 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scalar scalar = scalar_resolve (cases[i].text);

      assert_int_equal (scalar.type, SCALAR_INTEGER);
      assert_true (scalar.integer == cases[i].integer);
    }
  assert_int_equal (scalar_resolve ("9223372036854775808").type, SCALAR_TOO_LARGE);
  assert_int_equal (scalar_resolve ("-9223372036854775809").type, SCALAR_TOO_LARGE);
  assert_int_equal (scalar_resolve ("0x8000000000000000").type, SCALAR_TOO_LARGE);
}

static void
floats_have_a_point_or_an_exponent (void **state)
{
  static const struct
  {
    const char *text;
    double number;
  } cases[] = {
    { "0.5", 0.5 },  { ".5", 0.5 },    { "5.", 5 },       { "-.5", -0.5 },
    { "1e3", 1000 }, { "1E-2", 0.01 }, { "+1.5e+1", 15 }, { "1e-999", 0 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Scalar scalar = scalar_resolve (cases[i].text);

      assert_int_equal (scalar.type, SCALAR_FLOAT);
      assert_true (fabs (scalar.number - cases[i].number) < 1e-12);
    }
  assert_int_equal (scalar_resolve ("1e999").type, SCALAR_TOO_LARGE);
  assert_int_equal (scalar_resolve ("-1e999").type, SCALAR_TOO_LARGE);
}

static void
what_other_versions_read_otherwise_is_known (void **state)
{
  (void) state;
  assert_true (scalar_is_former_boolean ("yes"));
  assert_true (scalar_is_former_boolean ("Off"));
  assert_false (scalar_is_former_boolean ("yES"));
  assert_false (scalar_is_former_boolean ("true"));
  assert_true (scalar_has_leading_zero ("0644"));
  assert_true (scalar_has_leading_zero ("-01"));
  assert_false (scalar_has_leading_zero ("0"));
  assert_false (scalar_has_leading_zero ("0.5"));
  assert_false (scalar_has_leading_zero ("0x10"));
  assert_false (scalar_has_leading_zero ("10"));
}

static void
versions_are_two_small_numbers (void **state)
{
  static const struct
  {
    const char *text;
    gboolean is_version;
    guint major;
    guint minor;
  } cases[] = {
    { "1.2", TRUE, 1, 2 },   { "3", TRUE, 3, 0 },      { "65535.65535", TRUE, 65535, 65535 },
    { "2.10", TRUE, 2, 10 }, { "", FALSE, 0, 0 },      { "1.", FALSE, 0, 0 },
    { ".1", FALSE, 0, 0 },   { "1.2.3", FALSE, 0, 0 }, { "65536.0", FALSE, 0, 0 },
    { "1.a", FALSE, 0, 0 },  { "-1.0", FALSE, 0, 0 },  { "1.000001", FALSE, 0, 0 },
    { "v1", FALSE, 0, 0 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint16 major = 0;
      guint16 minor = 0;

      assert_int_equal (scalar_parse_version (cases[i].text, &major, &minor), cases[i].is_version);
      assert_int_equal (major, cases[i].major);
      assert_int_equal (minor, cases[i].minor);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (words_and_strings_are_those_of_the_core_schema),
    cmocka_unit_test (integers_are_decimal_octal_and_hexadecimal),
    cmocka_unit_test (floats_have_a_point_or_an_exponent),
    cmocka_unit_test (what_other_versions_read_otherwise_is_known),
    cmocka_unit_test (versions_are_two_small_numbers),
  };

  return cmocka_run_group_tests_name ("scalar", tests, NULL, NULL);
}
