/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/diagnostics/diagnostic_text.h>

/* A list with one file, "f.yaml", of that text. */
static Diagnostics *
list_of (const char *text)
{
  Diagnostics *list = diagnostics_new ();
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  diagnostics_add_source (list, "f.yaml", bytes);
  return list;
}

/* The mark of the first `what` in `text`. */
static SourceMark
mark_of (const char *text, const char *what)
{
  SourceMark mark = { "f.yaml", 1, 1, 0, (guint32) strlen (what) };
  const char *found = strstr (text, what);

  assert_non_null (found);
  mark.offset = (guint32) (found - text);
  for (const char *p = text; p < found; p++)
    if (*p == '\n')
      {
        mark.line++;
        mark.column = 1;
      }
    else
      mark.column += ((guchar) *p & 0xc0) != 0x80;
  return mark;
}

static void
assert_shown (const char *text, const char *what, const char *expected)
{
  g_autoptr (Diagnostics) list = list_of (text);
  SourceMark mark = mark_of (text, what);
  g_autofree char *shown = NULL;

  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &mark, "wrong");
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, expected);
}

static void
text_shows_the_line_with_carets_and_help (void **state)
{
  const char *text = "steps:\n    requires: [volum]\n";
  g_autoptr (Diagnostics) list = list_of (text);
  SourceMark mark = mark_of (text, "volum");
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "unknown-symbol", &mark,
                   "no step or input provides '%s'", "volum");
  diagnostics_add_help (list, "did you mean '%s' (from step '%s', line %d)?", "volume",
                        "create-volume", 9);
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (
      shown,
      "f.yaml:2:16: error: no step or input provides 'volum'\n"
      "    2 |     requires: [volum]\n"
      "      |                ^^^^^ did you mean 'volume' (from step 'create-volume', line 9)?\n");
}

static void
text_keeps_the_caret_under_wide_narrow_and_tabbed_text (void **state)
{
  (void) state;
  assert_shown ("\ta\tb", "b", "f.yaml:1:4: error: wrong\n    1 |     a   b\n      |         ^\n");
  assert_shown ("ключ: x", "x", "f.yaml:1:7: error: wrong\n    1 | ключ: x\n      |       ^\n");
  assert_shown ("鍵: 値x", "値", "f.yaml:1:4: error: wrong\n    1 | 鍵: 値x\n      |     ^^\n");
  assert_shown ("e\xcc\x81x", "x", "f.yaml:1:3: error: wrong\n    1 | e\xcc\x81x\n      |  ^\n");
}

static void
text_shows_a_point_at_the_end_of_a_line_or_file (void **state)
{
  g_autoptr (Diagnostics) list = list_of ("a:\r\n");
  SourceMark at_end = { "f.yaml", 2, 1, 4, 0 };
  SourceMark beyond = { "f.yaml", 9, 1, 4000, 10 };
  SourceMark at_line_end = { "f.yaml", 1, 3, 2, 0 };
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &at_line_end, "a");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &at_end, "b");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &beyond, "c");
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, "f.yaml:1:3: error: a\n    1 | a:\n      |   ^\n"
                              "f.yaml:2:1: error: b\n    2 | \n      | ^\n"
                              "f.yaml:9:1: error: c\n    9 | \n      | ^\n");
}

static void
text_cuts_long_lines_around_the_caret (void **state)
{
  g_autofree char *left = g_strnfill (5000, 'l');
  g_autofree char *right = g_strnfill (5000, 'r');
  g_autofree char *line = g_strconcat (left, "X", right, NULL);
  g_autofree char *wide = g_strconcat ("X", right, NULL);
  g_autofree char *cut = g_strconcat ("f.yaml:1:5001: error: wrong\n    1 | …", left + 5000 - 40,
                                      "X", right + 5000 - 55, "…\n      | ", NULL);
  g_autofree char *cut_caret = g_strdup_printf ("%s%*s^\n", cut, 41, "");
  g_autofree char *uncut = g_strconcat ("f.yaml:1:1: error: wrong\n    1 | X", right + 5000 - 95,
                                        "…\n      | ^\n", NULL);

  (void) state;
  assert_shown (line, "X", cut_caret);
  assert_shown (wide, "X", uncut);
}

static void
text_bounds_the_carets_of_a_long_mark (void **state)
{
  g_autofree char *line = g_strnfill (5000, 'l');
  g_autoptr (Diagnostics) list = list_of (line);
  SourceMark mark = { "f.yaml", 1, 1, 0, 5000 };
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &mark, "long");
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_true (strlen (shown) < 300);
}

static void
text_never_passes_on_controls (void **state)
{
  const char *text = "a\x1b[31m\xe2\x80\xae\xff z";
  g_autoptr (Diagnostics) list = list_of (text);
  SourceMark mark = mark_of (text, "z");
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_WARNING, "x", &mark, "key 'a\x1b[31m\n\t\xe2\x80\xae\xff'");
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, "f.yaml:1:10: warning: key 'a\\x1b[31m\\n\\t\\u202e\xef\xbf\xbd'\n"
                              "    1 | a\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd z\n"
                              "      |          ^\n");
}

static void
text_colours_only_when_asked (void **state)
{
  g_autoptr (Diagnostics) list = list_of ("abc\n");
  SourceMark mark = { "f.yaml", 1, 1, 0, 3 };
  g_autofree char *plain = NULL;
  g_autofree char *coloured = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &mark, "wrong");
  plain = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  coloured = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_COLOR);
  assert_null (strchr (plain, '\033'));
  assert_string_equal (coloured, "\033[1mf.yaml:1:1: \033[1;31merror:\033[0m wrong\n"
                                 "    1 | abc\n      | \033[1;32m^^^\033[0m\n");
}

static void
text_without_lines_puts_the_help_behind_the_message (void **state)
{
  g_autoptr (Diagnostics) list = list_of ("abc\n");
  SourceMark mark = { "f.yaml", 1, 2, 1, 1 };
  SourceMark whole = { "other.yaml", 0, 0, 0, 0 };
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &mark, "wrong");
  diagnostics_add_help (list, "right");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &whole, "empty");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", NULL, "no place");
  diagnostics_add_help (list, "give one");
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_NO_LINES);
  assert_string_equal (shown, "f.yaml:1:2: error: wrong; right\n"
                              "other.yaml: error: empty\n"
                              "error: no place; give one\n");
}

static void
text_says_how_many_more_there_are (void **state)
{
  g_autoptr (Diagnostics) list = diagnostics_new ();
  g_autofree char *shown = NULL;

  (void) state;
  for (guint i = 0; i < 12; i++)
    diagnostics_add (list, i % 2 ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING, "x", NULL, "%u", i);
  shown = diagnostics_format_text (list, 2, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, "warning: 0\nerror: 1\nand 10 more\n");
  assert_int_equal (diagnostics_get_n_errors (list), 6);
  assert_int_equal (diagnostics_get_n_warnings (list), 6);
}

static void
list_keeps_a_bounded_number_but_counts_all (void **state)
{
  g_autoptr (Diagnostics) list = diagnostics_new ();
  g_autoptr (Diagnostics) copy = diagnostics_new ();
  g_autofree char *shown = NULL;

  (void) state;
  for (guint i = 0; i < DIAGNOSTICS_KEPT + 5; i++)
    diagnostics_add (list, DIAGNOSTIC_ERROR, "x", NULL, "%u", i);
  diagnostics_add_help (list, "for one that was not kept");
  assert_int_equal (diagnostics_get_length (list), DIAGNOSTICS_KEPT);
  assert_int_equal (diagnostics_get_n_errors (list), DIAGNOSTICS_KEPT + 5);
  assert_null (diagnostics_get (list, DIAGNOSTICS_KEPT - 1)->help);
  shown = diagnostics_format_text (list, 1, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, "error: 0\nand 10004 more\n");
  diagnostics_append (copy, list);
  assert_int_equal (diagnostics_get_n_errors (copy), DIAGNOSTICS_KEPT + 5);
}

static void
list_bounds_the_length_of_a_message (void **state)
{
  g_autoptr (Diagnostics) list = diagnostics_new ();
  g_autofree char *name = g_strnfill (100000, 'n');

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_ERROR, "x", NULL, "%s", name);
  assert_int_equal (strlen (diagnostics_get (list, 0)->message), 1000 + strlen ("…"));
}

static void
sort_is_by_file_then_place_and_stable (void **state)
{
  static const SourceMark marks[] = {
    { "b.yaml", 2, 1, 0, 0 }, { "a.yaml", 1, 1, 0, 0 }, { "b.yaml", 1, 9, 0, 0 },
    { NULL, 0, 0, 0, 0 },     { "b.yaml", 1, 2, 0, 0 }, { "b.yaml", 1, 2, 0, 0 },
  };
  static const char *const order[] = { "3", "4", "5", "2", "0", "1" };
  g_autoptr (Diagnostics) list = diagnostics_new ();

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    diagnostics_add (list, DIAGNOSTIC_ERROR, "x", &marks[i], "%u", i);
  diagnostics_sort (list);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    assert_string_equal (diagnostics_get (list, i)->message, order[i]);
}

static void
append_copies_findings_and_sources (void **state)
{
  Diagnostics *from = list_of ("abc\n");
  g_autoptr (Diagnostics) list = diagnostics_new ();
  SourceMark mark = { "f.yaml", 1, 1, 0, 1 };
  g_autofree char *shown = NULL;

  (void) state;
  diagnostics_add (from, DIAGNOSTIC_ERROR, "one", &mark, "100%%");
  diagnostics_add_help (from, "%s", "help %s");
  diagnostics_append (list, from);
  diagnostics_free (from);
  shown = diagnostics_format_text (list, 0, DIAGNOSTICS_FORMAT_PLAIN);
  assert_string_equal (shown, "f.yaml:1:1: error: 100%\n    1 | abc\n      | ^ help %s\n");
}

static void
variant_has_all_that_a_program_needs (void **state)
{
  const char *text = "é: [a,\nbc]\n";
  g_autoptr (Diagnostics) list = list_of (text);
  SourceMark mark = mark_of (text, "[a,\nbc]");
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (
      "[{'code': <'c'>, 'column': <int64 4>, 'end-column': <int64 4>, 'end-line': <int64 2>,"
      " 'file': <'f.yaml'>, 'help': <'h'>, 'length': <int64 7>, 'line': <int64 1>,"
      " 'message': <'m'>, 'offset': <int64 4>, 'severity': <'warning'>},"
      " {'code': <'d'>, 'message': <'n'>, 'severity': <'error'>}]"));

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_WARNING, "c", &mark, "m");
  diagnostics_add_help (list, "h");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "d", NULL, "n");
  all = diagnostics_to_variant (list);
  assert_string_equal (g_variant_get_type_string (all), "aa{sv}");
  assert_int_equal (g_variant_n_children (all), 2);
  for (gsize i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) object = g_variant_get_child_value (all, i);
      g_autoptr (GVariant) wanted = g_variant_get_child_value (expected, i);
      GVariantIter iter;
      const char *key;
      GVariant *value;

      assert_int_equal (g_variant_n_children (object), g_variant_n_children (wanted));
      g_variant_iter_init (&iter, wanted);
      while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
        {
          g_autoptr (GVariant) found = g_variant_lookup_value (object, key, NULL);

          assert_non_null (found);
          assert_true (g_variant_equal (found, value));
        }
    }
}

static void
error_says_the_first_error_and_how_many_follow (void **state)
{
  g_autoptr (Diagnostics) list = list_of ("abc\n");
  SourceMark mark = { "f.yaml", 1, 2, 1, 1 };
  g_autoptr (GError) alone = NULL;
  g_autoptr (GError) error = NULL;

  (void) state;
  diagnostics_add (list, DIAGNOSTIC_WARNING, "w", &mark, "doubt");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "e", &mark, "wrong");
  diagnostics_add_help (list, "right");
  alone = diagnostics_to_error (list, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE);
  assert_true (g_error_matches (alone, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE));
  assert_string_equal (alone->message, "f.yaml:1:2: wrong; right");
  diagnostics_add (list, DIAGNOSTIC_ERROR, "e", NULL, "more");
  error = diagnostics_to_error (list, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE);
  assert_string_equal (error->message, "f.yaml:1:2: wrong; right (and 1 more error)");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (text_shows_the_line_with_carets_and_help),
    cmocka_unit_test (text_keeps_the_caret_under_wide_narrow_and_tabbed_text),
    cmocka_unit_test (text_shows_a_point_at_the_end_of_a_line_or_file),
    cmocka_unit_test (text_cuts_long_lines_around_the_caret),
    cmocka_unit_test (text_bounds_the_carets_of_a_long_mark),
    cmocka_unit_test (text_never_passes_on_controls),
    cmocka_unit_test (text_colours_only_when_asked),
    cmocka_unit_test (text_without_lines_puts_the_help_behind_the_message),
    cmocka_unit_test (text_says_how_many_more_there_are),
    cmocka_unit_test (list_keeps_a_bounded_number_but_counts_all),
    cmocka_unit_test (list_bounds_the_length_of_a_message),
    cmocka_unit_test (sort_is_by_file_then_place_and_stable),
    cmocka_unit_test (append_copies_findings_and_sources),
    cmocka_unit_test (variant_has_all_that_a_program_needs),
    cmocka_unit_test (error_says_the_first_error_and_how_many_follow),
  };

  return cmocka_run_group_tests_name ("diagnostic", tests, NULL, NULL);
}
