/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "flows/yaml/source.h"

static Source *
new_source (const char *text, gsize size, Diagnostics *diagnostics)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);

  return source_new_from_bytes ("f", bytes, 1000, diagnostics);
}

/* Line and column of `offset`, counted from the start. */
static void
assert_place (const char *text, const SourceMark *mark, gsize offset)
{
  guint line = 1;
  guint column = 1;

  for (gsize i = 0; i < offset; i++)
    if (text[i] == '\n')
      {
        line++;
        column = 1;
      }
    else
      column += ((guchar) text[i] & 0xc0) != 0x80;
  assert_int_equal (mark->line, line);
  assert_int_equal (mark->column, column);
  assert_int_equal (mark->offset, offset);
}

static void
marks_are_right_in_any_order_of_asking (void **state)
{
  static const char *const texts[] = {
    "",
    "\n",
    "one line",
    "a\nbb\n\nccc\r\nd",
    "é\nüüü 値 x\n\n値値値値 y\nz",
    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nx",
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      gsize size = strlen (texts[i]);
      g_autoptr (Source) source = new_source (texts[i], size, diagnostics);

      assert_non_null (source);
      for (gsize step = 1; step < 8; step += 2)
        for (gsize n = 0, at = 0; n <= size; n++, at = (at + step * 7) % (size + 1))
          {
            SourceMark mark = source_get_mark (source, at, 0);

            assert_place (texts[i], &mark, at);
          }
    }
}

static void
marks_stay_inside_the_text (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Source) source = new_source ("ab\ncd", 5, diagnostics);
  SourceMark long_mark = source_get_mark (source, 3, 100);
  SourceMark far = source_get_mark (source, 100, 100);

  (void) state;
  assert_int_equal (long_mark.length, 2);
  assert_int_equal (far.line, 2);
  assert_int_equal (far.column, 3);
  assert_int_equal (far.length, 0);
}

static void
a_byte_order_mark_is_passed_over (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Source) source = new_source ("\xef\xbb\xbf"
                                          "a: b",
                                          7, diagnostics);
  SourceMark mark = source_get_mark (source, 3, 1);
  gsize size;

  (void) state;
  assert_memory_equal (source_get_text (source, &size), "a: b", 4);
  assert_int_equal (size, 4);
  assert_int_equal (mark.column, 4);
  assert_int_equal (mark.offset, 6);
}

static void
characters_are_found_by_their_number (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Source) ascii = new_source ("abc", 3, diagnostics);
  g_autoptr (Source) other = new_source ("é値x", 6, diagnostics);

  (void) state;
  assert_true (source_is_ascii (ascii));
  assert_false (source_is_ascii (other));
  assert_int_equal (source_find_character (ascii, 2), 2);
  assert_int_equal (source_find_character (ascii, 9), 3);
  assert_int_equal (source_find_character (other, 1), 2);
  assert_int_equal (source_find_character (other, 2), 5);
  assert_int_equal (source_find_character (other, 9), 6);
}

static void
other_encodings_are_refused_at_their_place (void **state)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    guint line;
    guint column;
  } cases[] = {
    { "\xff\xfe"
      "a\0",
      4, 0, 0 },
    { "\xfe\xff\0a", 4, 0, 0 },
    { "a\0b\0", 4, 0, 0 },
    { "\0a\0b", 4, 0, 0 },
    { "\0\0\0a", 4, 0, 0 },
    { "ab\n\0c", 5, 2, 1 },
    { "abc\xe9t\xe9", 6, 1, 4 },
    { "é\n é\xc3", 7, 2, 3 },
    { "\xc0\x80", 2, 1, 1 },
    { "x\xed\xa0\x80", 4, 1, 2 },
    { "x\xf4\x90\x80\x80", 5, 1, 2 },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      const Diagnostic *finding;

      assert_null (new_source (cases[i].bytes, cases[i].size, diagnostics));
      assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
      finding = diagnostics_get (diagnostics, 0);
      assert_string_equal (finding->code, "encoding");
      assert_int_equal (finding->mark.line, cases[i].line);
      assert_int_equal (finding->mark.column, cases[i].column);
    }
}

static void
files_and_pipes_are_read_up_to_the_limit (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("backflow-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  const gsize limits[] = { 299999, 300000 };
  g_autofree char *text = g_strnfill (300000, 'x');

  (void) state;
  assert_true (g_file_set_contents (path, text, 300000, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (Source) source = source_new_from_file (path, limits[i], diagnostics);

      assert_int_equal (source != NULL, limits[i] == 300000);
      assert_int_equal (diagnostics_get_n_errors (diagnostics), source == NULL);
    }
  assert_int_equal (g_unlink (path), 0);
  assert_int_equal (g_rmdir (folder), 0);
}

static void
a_pipe_is_read_to_its_end (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (Source) source = NULL;
  g_autofree char *path = NULL;
  int ends[2];
  gsize size;

  (void) state;
  assert_int_equal (pipe (ends), 0);
  assert_int_equal (write (ends[1], "flow: x", 7), 7);
  close (ends[1]);
  path = g_strdup_printf ("/dev/fd/%d", ends[0]);
  source = source_new_from_file (path, 100, diagnostics);
  close (ends[0]);
  assert_non_null (source);
  assert_memory_equal (source_get_text (source, &size), "flow: x", 7);
  assert_int_equal (size, 7);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (marks_are_right_in_any_order_of_asking),
    cmocka_unit_test (marks_stay_inside_the_text),
    cmocka_unit_test (a_byte_order_mark_is_passed_over),
    cmocka_unit_test (characters_are_found_by_their_number),
    cmocka_unit_test (other_encodings_are_refused_at_their_place),
    cmocka_unit_test (files_and_pipes_are_read_up_to_the_limit),
    cmocka_unit_test (a_pipe_is_read_to_its_end),
  };

  return cmocka_run_group_tests_name ("source", tests, NULL, NULL);
}
