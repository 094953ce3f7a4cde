/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "values/template.h"

static char *
look_up (const char *name, gpointer user_data)
{
  g_assert (user_data == NULL);
  if (strcmp (name, "a") == 0)
    return g_strdup ("{b}");
  return g_str_has_prefix (name, "no") ? NULL : g_ascii_strup (name, -1);
}

static void
placeholders_are_replaced_once (void **state)
{
  static const struct
  {
    const char *text;
    const char *expanded;
    guint n_placeholders;
  } cases[] = {
    { "", "", 0 },
    { "plain", "plain", 0 },
    { "{root}", "ROOT", 1 },
    { "x{root}y", "xROOTy", 1 },
    { "{x}{y}{x}", "XYX", 3 },
    { "{{x}}", "{x}", 0 },
    { "{{{x}}}", "{X}", 1 },
    { "}}{{", "}{", 0 },
    { "{a}", "{b}", 1 },
    { "{some-name_1.b}", "SOME-NAME_1.B", 1 },
    { "é{x}€", "éX€", 1 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Template) parsed = template_new (cases[i].text, NULL, &error);
      g_autofree char *expanded = NULL;
      guint count = 99;

      assert_null (error);
      template_get_placeholders (parsed, &count);
      assert_int_equal (count, cases[i].n_placeholders);
      assert_int_equal (template_is_constant (parsed), cases[i].n_placeholders == 0);
      expanded = template_expand (parsed, look_up, NULL, &error);
      assert_null (error);
      assert_string_equal (expanded, cases[i].expanded);
    }
}

static void
placeholders_are_listed_in_order (void **state)
{
  g_autoptr (Template) parsed = template_new ("{b}-{a}-{b}", NULL, NULL);
  guint count;
  const char *const *names = template_get_placeholders (parsed, &count);

  (void) state;
  assert_int_equal (count, 3);
  assert_string_equal (names[0], "b");
  assert_string_equal (names[1], "a");
  assert_string_equal (names[2], "b");
}

static void
stray_braces_are_refused_with_their_place (void **state)
{
  static const struct
  {
    const char *text;
    gsize offset;
  } cases[] = {
    { "{", 0 },    { "a{", 1 },    { "}", 0 },   { "ab}c", 2 }, { "{}", 0 },         { "{x", 0 },
    { "{{{x", 2 }, { "{x y}", 0 }, { "{é}", 0 }, { "{x}}", 3 }, { "{print $1}", 0 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize offset = 99;

      if (template_new (cases[i].text, &offset, &error) != NULL)
        fail_msg ("'%s' was read", cases[i].text);
      assert_true (g_error_matches (error, TEMPLATE_ERROR, TEMPLATE_ERROR_SYNTAX));
      assert_int_equal (offset, cases[i].offset);
    }
}

static void
a_name_without_a_value_is_named (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Template) parsed = template_new ("{x}{nobody}", NULL, NULL);

  (void) state;
  assert_null (template_expand (parsed, look_up, NULL, &error));
  assert_true (g_error_matches (error, TEMPLATE_ERROR, TEMPLATE_ERROR_UNKNOWN));
  assert_non_null (strstr (error->message, "{nobody}"));
  template_free (NULL);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (placeholders_are_replaced_once),
    cmocka_unit_test (placeholders_are_listed_in_order),
    cmocka_unit_test (stray_braces_are_refused_with_their_place),
    cmocka_unit_test (a_name_without_a_value_is_named),
  };

  return cmocka_run_group_tests_name ("template", tests, NULL, NULL);
}
