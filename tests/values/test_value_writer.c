/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/values/value.h>

static void
values_are_written_as_the_table_says (void **state)
{
  static const struct
  {
    const char *value;
    const char *json;
  } cases[] = {
    { "@mv nothing", "null" },
    { "true", "true" },
    { "false", "false" },
    { "int64 0", "0" },
    { "int64 -1", "-1" },
    { "int64 9223372036854775807", "9223372036854775807" },
    { "int64 -9223372036854775808", "-9223372036854775808" },
    { "0.0", "0.0" },
    { "-0.0", "-0.0" },
    { "1.0", "1.0" },
    { "-3.0", "-3.0" },
    { "0.1", "0.1" },
    { "0.30000000000000004", "0.30000000000000004" },
    { "999999999999999.0", "999999999999999.0" },
    { "1e15", "1e+15" },
    { "9223372036854775808.0", "9.223372036854776e+18" },
    { "1e300", "1e+300" },
    { "'a\"\\\\/\\n\\t\\r\\b\\f\\v\\u0001'", "\"a\\\"\\\\/\\n\\t\\r\\b\\f\\u000b\\u0001\"" },
    { "'é€😀'", "\"é€😀\"" },
    { "@av []", "[]" },
    { "[<int64 1>, <'a'>, <@mv nothing>]", "[1,\"a\",null]" },
    { "@a{sv} {}", "{}" },
    { "{'b': <int64 1>, 'a\\n': <{'c': <[<true>]>}>}", "{\"b\":1,\"a\\n\":{\"c\":[true]}}" },
    { "['a', 'b']", "[\"a\",\"b\"]" },
    { "(byte 0x07, <<uint16 8>>, @mi 9)", "[7,8,9]" },
    { "{'a': 1}", "{\"a\":1}" },
    { "objectpath '/a'", "\"/a\"" },
    { "inf", "null" },
    { "uint64 18446744073709551615", "null" },
    { "[handle 1]", "[null]" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, cases[i].value, NULL, NULL, &error);
      g_autofree char *json = NULL;

      assert_null (error);
      json = value_to_json (value);
      assert_string_equal (json, cases[i].json);
    }
}

static void
tiny_numbers_have_no_more_digits_than_they_need (void **state)
{
  static const struct
  {
    double number;
    const char *json;
  } cases[] = {
    { 4.9406564584124654e-324, "5e-324" },
    { -1.5e-323, "-1.5e-323" },
    { 2.2250738585072014e-308, "2.2250738585072014e-308" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_double (cases[i].number));
      g_autofree char *json = value_to_json (value);

      assert_string_equal (json, cases[i].json);
    }
}

static void
nothing_is_null (void **state)
{
  g_autofree char *json = value_to_json (NULL);

  (void) state;
  assert_string_equal (json, "null");
}

static void
text_is_appended_to_what_is_there (void **state)
{
  g_autoptr (GString) out = g_string_new ("a=");
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_int64 (12));

  (void) state;
  value_append_json (out, value);
  g_string_append_c (out, ';');
  value_append_json_string (out, "x\"y");
  assert_string_equal (out->str, "a=12;\"x\\\"y\"");
}

static void
invalid_utf_8_becomes_replacement_characters (void **state)
{
  static const struct
  {
    const char *text;
    const char *json;
  } cases[] = {
    { "", "\"\"" },
    { "\xff", "\"\xef\xbf\xbd\"" },
    { "a\xffz", "\"a\xef\xbf\xbdz\"" },
    { "\xc3", "\"\xef\xbf\xbd\"" },
    { "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "é\x80\"", "\"é\xef\xbf\xbd\\\"\"" },
    { "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      value_append_json_string (out, cases[i].text);
      assert_string_equal (out->str, cases[i].json);
    }
}

static void
what_is_deeper_than_values_go_is_null (void **state)
{
  GVariant *value = g_variant_new_int64 (7);
  g_autoptr (GVariant) deep = NULL;
  g_autofree char *json = NULL;

  (void) state;
  for (guint i = 0; i < VALUE_DEPTH_MAX + 1; i++)
    value = g_variant_new ("(v)", value);
  deep = g_variant_ref_sink (value);
  json = value_to_json (deep);
  assert_non_null (strstr (json, "[null]"));
}

/* -- Round trips ------------------------------------------------------------------------------ */

#define ROUNDS 20000

static char *
random_text (GRand *random)
{
  GString *text = g_string_new (NULL);
  int length = g_rand_int_range (random, 0, 12);

  for (int i = 0; i < length; i++)
    {
      gunichar c
          = (gunichar) g_rand_int_range (random, 1, g_rand_boolean (random) ? 0x80 : 0x10ffff);

      g_string_append_unichar (text, g_unichar_validate (c) ? c : '?');
    }
  return g_string_free (text, FALSE);
}

/* Any finite double, all of them equally near: the bits are random. */
static double
random_double (GRand *random)
{
  guint64 bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
  double number;

  memcpy (&number, &bits, sizeof number);
  return number - number == 0 ? number : 0.5;
}

static GVariant *
random_scalar (GRand *random)
{
  switch (g_rand_int_range (random, 0, 6))
    {
    case 0:
      return value_new_null ();
    case 1:
      return g_variant_new_boolean (g_rand_boolean (random));
    case 2:
      return g_variant_new_int64 (
          (gint64) ((guint64) g_rand_int (random) << 32 | g_rand_int (random)));
    case 3:
      return g_variant_new_double (random_double (random));
    case 4:
      return g_variant_new_double ((double) g_rand_int (random) / 4);
    default:
      return g_variant_new_take_string (random_text (random));
    }
}

/* A random value, built from the inside: each round puts what there is into an array or an object
 * with scalars around it. */
static GVariant *
random_value (GRand *random)
{
  GVariant *value = random_scalar (random);
  int levels = g_rand_int_range (random, 0, 5);

  for (int i = 0; i < levels; i++)
    {
      gboolean is_object = g_rand_boolean (random);
      int count = g_rand_int_range (random, 1, 5);
      int inner = g_rand_int_range (random, 0, count);
      GVariantBuilder builder;

      g_variant_builder_init (&builder, is_object ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av"));
      for (int j = 0; j < count; j++)
        {
          GVariant *child = j == inner ? value : random_scalar (random);
          g_autofree char *text = random_text (random);
          g_autofree char *key = g_strdup_printf ("%d%s", j, text);

          if (is_object)
            g_variant_builder_add (&builder, "{sv}", key, child);
          else
            g_variant_builder_add (&builder, "v", child);
        }
      value = g_variant_builder_end (&builder);
    }
  return g_variant_ref_sink (value);
}

static void
any_value_reads_back_as_itself (void **state)
{
  const guint32 seed = g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  (void) state;
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = random_value (random);
      g_autofree char *json = value_to_json (value);
      g_autoptr (GVariant) read = value_new_from_json (json, -1, &error);
      g_autoptr (GVariant) normal = value_normalize (value, NULL);

      if (read == NULL || !g_variant_equal (read, value))
        fail_msg ("seed %u: %s %s", seed, json, error != NULL ? error->message : "");
      assert_ptr_equal (normal, value);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (values_are_written_as_the_table_says),
    cmocka_unit_test (tiny_numbers_have_no_more_digits_than_they_need),
    cmocka_unit_test (nothing_is_null),
    cmocka_unit_test (text_is_appended_to_what_is_there),
    cmocka_unit_test (invalid_utf_8_becomes_replacement_characters),
    cmocka_unit_test (what_is_deeper_than_values_go_is_null),
    cmocka_unit_test (any_value_reads_back_as_itself),
  };

  return cmocka_run_group_tests_name ("value_writer", tests, NULL, NULL);
}
