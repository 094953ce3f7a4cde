/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/values/value.h>

static void
valid_text_is_read_as_the_table_says (void **state)
{
  static const struct
  {
    const char *json;
    const char *value;
  } cases[] = {
    { "null", "@mv nothing" },
    { "true", "true" },
    { " false\r\n\t", "false" },
    { "0", "int64 0" },
    { "-0", "int64 0" },
    { "1", "int64 1" },
    { "1.0", "1.0" },
    { "-0.0", "-0.0" },
    { "1e2", "100.0" },
    { "1E+2", "100.0" },
    { "1.5e-3", "0.0015" },
    { "1e-400", "0.0" },
    { "9223372036854775807", "int64 9223372036854775807" },
    { "-9223372036854775808", "int64 -9223372036854775808" },
    { "9223372036854775808", "9223372036854775808.0" },
    { "100000000000000000000", "1e20" },
    { "\"\"", "''" },
    { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "'a\"\\\\/\\b\\f\\n\\r\\tz'" },
    { "\"\\u00e9\\u20AC\"", "'é€'" },
    { "\"\\ud83d\\ude00\"", "'😀'" },
    { "\"é€😀\x7f\"", "'é€😀\x7f'" },
    { "[]", "@av []" },
    { "[ ]", "@av []" },
    { "[1,\"a\" , null]", "[<int64 1>, <'a'>, <@mv nothing>]" },
    { "[[],[[]],{}]", "[<@av []>, <[<@av []>]>, <@a{sv} {}>]" },
    { "{}", "@a{sv} {}" },
    { "{\"a\":1, \"b\" : {\"c\":[true]}}", "{'a': <int64 1>, 'b': <{'c': <[<true>]>}>}" },
    { "{\"\":1}", "{'': <int64 1>}" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) expected = g_variant_parse (NULL, cases[i].value, NULL, NULL, NULL);
      g_autoptr (GVariant) value = value_new_from_json (cases[i].json, -1, &error);

      assert_null (error);
      assert_non_null (expected);
      if (!g_variant_equal (value, expected))
        fail_msg ("%s became %s", cases[i].json, g_variant_print (value, TRUE));
      assert_false (g_variant_is_floating (value));
    }
}

static const struct
{
  const char *json;
  int code;
  const char *message;
} malformed[] = {
  { "", VALUE_ERROR_SYNTAX, "line 1, column 1: a value is expected, but the text ends" },
  { "  ", VALUE_ERROR_SYNTAX, "column 3: a value" },
  { "nul", VALUE_ERROR_SYNTAX, "column 1: a value" },
  { "NULL", VALUE_ERROR_SYNTAX, "a value" },
  { "nullx", VALUE_ERROR_SYNTAX, "column 5: the end" },
  { "1 2", VALUE_ERROR_SYNTAX, "column 3: the end" },
  { "01", VALUE_ERROR_SYNTAX, "column 2: the end" },
  { "+1", VALUE_ERROR_SYNTAX, "a value" },
  { "-", VALUE_ERROR_SYNTAX, "a digit" },
  { ".5", VALUE_ERROR_SYNTAX, "a value" },
  { "1.", VALUE_ERROR_SYNTAX, "a digit" },
  { "1.e1", VALUE_ERROR_SYNTAX, "column 3: a digit" },
  { "1e", VALUE_ERROR_SYNTAX, "a digit" },
  { "1e+", VALUE_ERROR_SYNTAX, "a digit" },
  { "0x10", VALUE_ERROR_SYNTAX, "the end" },
  { "NaN", VALUE_ERROR_SYNTAX, "a value" },
  { "Infinity", VALUE_ERROR_SYNTAX, "a value" },
  { "'a'", VALUE_ERROR_SYNTAX, "a value" },
  { "\"a", VALUE_ERROR_SYNTAX, "column 3: '\"' is expected, but the text ends" },
  { "\"a\nb\"", VALUE_ERROR_SYNTAX, "column 3: a control character" },
  { "\"\\x\"", VALUE_ERROR_SYNTAX, "one of" },
  { "\"\\", VALUE_ERROR_SYNTAX, "one of" },
  { "\"\\u12g4\"", VALUE_ERROR_SYNTAX, "hexadecimal" },
  { "\"\\u12", VALUE_ERROR_SYNTAX, "hexadecimal" },
  { "\"\\ud83d\\u12\"", VALUE_ERROR_SYNTAX, "hexadecimal" },
  { "\"\xff\"", VALUE_ERROR_SYNTAX, "column 2: this is no UTF-8" },
  { "\xef\xbb\xbf"
    "1",
    VALUE_ERROR_SYNTAX, "a value" },
  { "[", VALUE_ERROR_SYNTAX, "a value is expected, but" },
  { "[1", VALUE_ERROR_SYNTAX, "',' or ']'" },
  { "[1,]", VALUE_ERROR_SYNTAX, "column 4: a value" },
  { "[,1]", VALUE_ERROR_SYNTAX, "a value" },
  { "[1 2]", VALUE_ERROR_SYNTAX, "',' or ']'" },
  { "]", VALUE_ERROR_SYNTAX, "a value" },
  { "[1}", VALUE_ERROR_SYNTAX, "',' or ']'" },
  { "{", VALUE_ERROR_SYNTAX, "a key in quotes" },
  { "{a:1}", VALUE_ERROR_SYNTAX, "a key in quotes" },
  { "{\"a\"}", VALUE_ERROR_SYNTAX, "':'" },
  { "{\"a\":}", VALUE_ERROR_SYNTAX, "a value" },
  { "{\"a\":1,}", VALUE_ERROR_SYNTAX, "a key in quotes" },
  { "{\"a\":1 \"b\":2}", VALUE_ERROR_SYNTAX, "',' or '}'" },
  { "{\"a\":1]", VALUE_ERROR_SYNTAX, "',' or '}'" },
  { "{\"a\":1,\n \"b\":2,\n \"a\":3}", VALUE_ERROR_SYNTAX,
    "line 3, column 8: this object has the key 'a' twice" },
  { "// a\n1", VALUE_ERROR_SYNTAX, "a value" },
  { "/* a */ 1", VALUE_ERROR_SYNTAX, "a value" },
  { "var x = 1", VALUE_ERROR_SYNTAX, "a value" },
  { "1e400", VALUE_ERROR_RANGE, "too large" },
  { "-1e400", VALUE_ERROR_RANGE, "too large" },
  { "[9223372036854775809]", VALUE_ERROR_RANGE,
    "column 2: the integer 9223372036854775809 would be rounded" },
  { "-9223372036854775809", VALUE_ERROR_RANGE, "rounded" },
  { "\"a\\u0000\"", VALUE_ERROR_RANGE, "column 3: a string holds no NUL" },
  { "\"\\ud83d\"", VALUE_ERROR_RANGE, "surrogate" },
  { "\"\\ud83dx\"", VALUE_ERROR_RANGE, "surrogate" },
  { "\"\\ud83d\\u0041\"", VALUE_ERROR_RANGE, "surrogate" },
  { "\"\\ude00\"", VALUE_ERROR_RANGE, "surrogate" },
};

static void
malformed_text_is_refused_with_its_place (void **state)
{

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      g_autoptr (GError) error = NULL;

      if (value_new_from_json (malformed[i].json, -1, &error) != NULL)
        fail_msg ("%s was read", malformed[i].json);
      if (!g_error_matches (error, VALUE_ERROR, malformed[i].code)
          || strstr (error->message, malformed[i].message) == NULL)
        fail_msg ("%s: code %d, %s", malformed[i].json, error->code, error->message);
    }
}

static void
text_is_read_up_to_its_length (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = value_new_from_json ("123", 2, &error);

  (void) state;
  assert_int_equal (g_variant_get_int64 (value), 12);
  assert_null (value_new_from_json ("12\0"
                                    "3",
                                    4, &error));
  assert_true (g_error_matches (error, VALUE_ERROR, VALUE_ERROR_SYNTAX));
}

static GString *
open_many (guint count, char c)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    g_string_append_c (text, c);
  return text;
}

static void
nesting_is_bounded_and_reading_does_not_recurse (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) deepest = open_many (VALUE_DEPTH_MAX, '[');
  g_autoptr (GString) deeper = open_many (VALUE_DEPTH_MAX + 1, '[');
  g_autoptr (GString) huge = open_many (1000000, '[');
  g_autoptr (GVariant) value = NULL;

  (void) state;
  for (guint i = 0; i < VALUE_DEPTH_MAX; i++)
    g_string_append_c (deepest, ']');
  value = value_new_from_json (deepest->str, -1, &error);
  assert_null (error);
  assert_non_null (value);
  assert_null (value_new_from_json (deeper->str, -1, &error));
  assert_true (g_error_matches (error, VALUE_ERROR, VALUE_ERROR_RANGE));
  g_clear_error (&error);
  assert_null (value_new_from_json (huge->str, -1, &error));
  assert_true (g_error_matches (error, VALUE_ERROR, VALUE_ERROR_RANGE));
}

static void
every_beginning_of_a_text_is_refused_without_a_leak (void **state)
{
  static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",{\"b\":null}],\"c\":{\"d\":true}}";

  (void) state;
  for (gssize length = 0; length < (gssize) strlen (text); length++)
    {
      g_autoptr (GError) error = NULL;

      assert_null (value_new_from_json (text, length, &error));
      assert_true (g_error_matches (error, VALUE_ERROR, VALUE_ERROR_SYNTAX));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (valid_text_is_read_as_the_table_says),
    cmocka_unit_test (malformed_text_is_refused_with_its_place),
    cmocka_unit_test (text_is_read_up_to_its_length),
    cmocka_unit_test (nesting_is_bounded_and_reading_does_not_recurse),
    cmocka_unit_test (every_beginning_of_a_text_is_refused_without_a_leak),
  };

  return cmocka_run_group_tests_name ("value_reader", tests, NULL, NULL);
}
