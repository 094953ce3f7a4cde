/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/values/value.h>

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (NULL, text, NULL, NULL, &error);

  assert_null (error);
  return value;
}

static void
null_is_the_empty_maybe_and_the_absent_pointer (void **state)
{
  g_autoptr (GVariant) null = g_variant_ref_sink (value_new_null ());
  g_autoptr (GVariant) word = g_variant_ref_sink (g_variant_new_string ("null"));
  g_autoptr (GVariant) filled = parse ("@mi 1");

  (void) state;
  assert_true (value_is_null (null));
  assert_true (value_is_null (NULL));
  assert_string_equal (g_variant_get_type_string (null), "mv");
  assert_false (value_is_null (word));
  assert_false (value_is_null (filled));
}

static void
types_are_called_as_in_flow_files (void **state)
{
  static const struct
  {
    const char *text;
    const char *name;
  } cases[] = {
    { "@mv nothing", "null" }, { "@ms nothing", "null" },  { "true", "boolean" },
    { "int64 1", "integer" },  { "byte 0x01", "integer" }, { "uint64 1", "integer" },
    { "1.5", "number" },       { "'a'", "string" },        { "objectpath '/a'", "string" },
    { "@av []", "array" },     { "['a']", "array" },       { "(1, 'a')", "array" },
    { "@a{sv} {}", "object" }, { "{'a': 'b'}", "object" }, { "{1: 'b'}", "array" },
    { "<'a'>", "string" },     { "<<true>>", "boolean" },  { "@mi 1", "integer" },
    { "handle 1", "unknown" }, { "{'a', 1}", "unknown" },
  };

  (void) state;
  assert_string_equal (value_get_type_name (NULL), "null");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) value = parse (cases[i].text);

      assert_string_equal (value_get_type_name (value), cases[i].name);
    }
}

static void
normalize_turns_what_is_near_into_the_table (void **state)
{
  static const struct
  {
    const char *given;
    const char *normal;
  } cases[] = {
    { "@mv nothing", "@mv nothing" },
    { "@mi nothing", "@mv nothing" },
    { "@mi 7", "int64 7" },
    { "<<byte 0x07>>", "int64 7" },
    { "int16 -7", "int64 -7" },
    { "uint16 7", "int64 7" },
    { "int32 -7", "int64 -7" },
    { "uint32 4294967295", "int64 4294967295" },
    { "uint64 9223372036854775807", "int64 9223372036854775807" },
    { "true", "true" },
    { "0.5", "0.5" },
    { "objectpath '/a'", "'/a'" },
    { "signature 'as'", "'as'" },
    { "@as []", "@av []" },
    { "()", "@av []" },
    { "['a', 'b']", "[<'a'>, <'b'>]" },
    { "(1, 'a', [true])", "[<int64 1>, <'a'>, <[<true>]>]" },
    { "[<1>, <<'a'>>]", "[<int64 1>, <'a'>]" },
    { "@ay [1, 2]", "[<int64 1>, <int64 2>]" },
    { "{'a': 'b'}", "{'a': <'b'>}" },
    { "{objectpath '/a': 1}", "{'/a': <int64 1>}" },
    { "{'a': <{'b': 1}>}", "{'a': <{'b': <int64 1>}>}" },
    { "[@mv nothing]", "[<@mv nothing>]" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) given = parse (cases[i].given);
      g_autoptr (GVariant) expected = parse (cases[i].normal);
      g_autoptr (GVariant) normal = value_normalize (given, &error);

      assert_null (error);
      assert_false (g_variant_is_floating (normal));
      if (!g_variant_equal (normal, expected))
        fail_msg ("%s became %s", cases[i].given, g_variant_print (normal, TRUE));
    }
}

static void
normalize_returns_a_value_of_the_table_itself (void **state)
{
  static const char *const cases[] = {
    "'a'",
    "int64 1",
    "true",
    "0.5",
    "@mv nothing",
    "@av []",
    "@a{sv} {}",
    "[<int64 1>, <'a'>, <@mv nothing>, <[<true>]>]",
    "{'a': <int64 1>, 'b': <{'c': <@mv nothing>}>}",
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) given = parse (cases[i]);
      g_autoptr (GVariant) normal = value_normalize (given, NULL);

      assert_ptr_equal (normal, given);
    }
}

static void
normalize_takes_floating_values_and_nothing (void **state)
{
  g_autoptr (GVariant) sunk = value_normalize (g_variant_new_int32 (7), NULL);
  g_autoptr (GVariant) null = value_normalize (NULL, NULL);

  (void) state;
  assert_int_equal (g_variant_get_int64 (sunk), 7);
  assert_true (value_is_null (null));
}

static void
normalize_refuses_what_has_no_place_in_the_table (void **state)
{
  static const struct
  {
    const char *given;
    int code;
    const char *message;
  } cases[] = {
    { "handle 1", VALUE_ERROR_TYPE, "type 'h'" },
    { "[<handle 1>]", VALUE_ERROR_TYPE, "type 'h'" },
    { "{'a', 1}", VALUE_ERROR_TYPE, "type '{si}'" },
    { "{1: 'a'}", VALUE_ERROR_TYPE, "type '{is}'" },
    { "{'a': 1, 'b': 2, 'a': 3}", VALUE_ERROR_TYPE, "'a' twice" },
    { "{'a': <int64 1>, 'a': <int64 2>}", VALUE_ERROR_TYPE, "'a' twice" },
    { "uint64 9223372036854775808", VALUE_ERROR_RANGE, "9223372036854775808" },
    { "inf", VALUE_ERROR_RANGE, "infinite" },
    { "-inf", VALUE_ERROR_RANGE, "infinite" },
    { "{'a': <[nan]>}", VALUE_ERROR_RANGE, "NaN" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) given = parse (cases[i].given);

      assert_null (value_normalize (given, &error));
      assert_true (g_error_matches (error, VALUE_ERROR, cases[i].code));
      assert_non_null (strstr (error->message, cases[i].message));
    }
}

/* `levels` arrays (or objects) around an integer. */
static GVariant *
nest (guint levels, gboolean is_object)
{
  GVariant *value = g_variant_new_int64 (7);

  for (guint i = 0; i < levels; i++)
    {
      GVariant *boxed = g_variant_new_variant (value);
      GVariant *child
          = is_object ? g_variant_new_dict_entry (g_variant_new_string ("k"), boxed) : boxed;

      value = g_variant_new_array (NULL, &child, 1);
    }
  return g_variant_ref_sink (value);
}

static void
nesting_is_bounded_where_a_serialised_value_still_holds (void **state)
{
  (void) state;
  for (int is_object = 0; is_object < 2; is_object++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) deepest = nest (VALUE_DEPTH_MAX, is_object);
      g_autoptr (GVariant) deeper = nest (VALUE_DEPTH_MAX + 1, is_object);
      g_autoptr (GVariant) normal = value_normalize (deepest, &error);
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GVariant) restored = NULL;
      g_autofree char *before = NULL;
      g_autofree char *after = NULL;

      assert_null (error);
      bytes = g_variant_get_data_as_bytes (normal);
      restored = g_variant_ref_sink (
          g_variant_new_from_bytes (g_variant_get_type (normal), bytes, FALSE));
      before = value_to_json (normal);
      after = value_to_json (restored);
      assert_non_null (strchr (before, '7'));
      assert_string_equal (before, after);
      assert_null (value_normalize (deeper, &error));
      assert_true (g_error_matches (error, VALUE_ERROR, VALUE_ERROR_RANGE));
    }
}

static void
words_are_what_commands_are_given (void **state)
{
  static const struct
  {
    const char *text;
    const char *word;
  } cases[] = {
    { "@mv nothing", "null" },
    { "true", "true" },
    { "int64 -5", "-5" },
    { "0.5", "0.5" },
    { "2.0", "2.0" },
    { "'a \"b'", "a \"b" },
    { "[<'a'>]", "[\"a\"]" },
    { "{'a': <int64 1>}", "{\"a\":1}" },
    { "''", "" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) value = parse (cases[i].text);
      g_autofree char *word = value_to_word (value);

      assert_string_equal (word, cases[i].word);
    }
}

static void
elements_are_found_in_arrays_and_strings (void **state)
{
  g_autoptr (GVariant) array = parse ("[<int64 1>, <'b'>]");
  g_autoptr (GVariant) text = parse ("'aé€'");
  g_autoptr (GVariant) object = parse ("{'0': <'a'>}");
  g_autoptr (GVariant) second = value_find_index (array, 1);
  g_autoptr (GVariant) letter = value_find_index (text, 1);
  g_autoptr (GVariant) last = value_find_index (text, 2);

  (void) state;
  assert_string_equal (g_variant_get_string (second, NULL), "b");
  assert_string_equal (g_variant_get_string (letter, NULL), "é");
  assert_string_equal (g_variant_get_string (last, NULL), "€");
  assert_null (value_find_index (array, 2));
  assert_null (value_find_index (text, 3));
  assert_null (value_find_index (text, G_MAXUINT));
  assert_null (value_find_index (object, 0));
  assert_null (value_find_index (NULL, 0));
}

static void
members_are_found_in_objects (void **state)
{
  g_autoptr (GVariant) object = parse ("{'a': <int64 1>, 'b': <[<'x'>]>}");
  g_autoptr (GVariant) array = parse ("[<'a'>]");
  g_autoptr (GVariant) found = value_find_key (object, "a");

  (void) state;
  assert_int_equal (g_variant_get_int64 (found), 1);
  assert_null (value_find_key (object, "c"));
  assert_null (value_find_key (array, "a"));
  assert_null (value_find_key (NULL, "a"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (null_is_the_empty_maybe_and_the_absent_pointer),
    cmocka_unit_test (types_are_called_as_in_flow_files),
    cmocka_unit_test (normalize_turns_what_is_near_into_the_table),
    cmocka_unit_test (normalize_returns_a_value_of_the_table_itself),
    cmocka_unit_test (normalize_takes_floating_values_and_nothing),
    cmocka_unit_test (normalize_refuses_what_has_no_place_in_the_table),
    cmocka_unit_test (nesting_is_bounded_where_a_serialised_value_still_holds),
    cmocka_unit_test (words_are_what_commands_are_given),
    cmocka_unit_test (elements_are_found_in_arrays_and_strings),
    cmocka_unit_test (members_are_found_in_objects),
  };

  return cmocka_run_group_tests_name ("value", tests, NULL, NULL);
}
