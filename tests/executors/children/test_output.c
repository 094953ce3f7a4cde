/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <glib/gstdio.h>

typedef struct
{
  char *folder;
  char *log_path;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->folder = g_dir_make_tmp ("backflow-output-XXXXXX", NULL);
  fixture->log_path = g_build_filename (fixture->folder, "step.log", NULL);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  g_unlink (fixture->log_path);
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->log_path);
  g_free (fixture);
  return 0;
}

static void
append (Output *output, OutputStream stream, const char *text)
{
  output_append (output, stream, (const guint8 *) text, strlen (text));
}

static void
assert_stdout (const Output *output, const char *expected)
{
  gsize size;
  const char *text = output_get_stdout (output, &size);

  assert_int_equal (size, strlen (expected));
  assert_string_equal (text, expected);
}

static void
assert_log (const Fixture *fixture, const char *expected)
{
  g_autofree char *text = NULL;

  assert_true (g_file_get_contents (fixture->log_path, &text, NULL, NULL));
  assert_string_equal (text, expected);
}

/* -- Standard output ----------------------------------------------------------------------------
 */

static void
nothing_written_is_an_empty_result_and_no_log (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (Output) output = output_new (10, 10, fixture->log_path);
  g_autofree char *text = output_dup_tail_text (output);

  assert_stdout (output, "");
  assert_string_equal (text, "");
  assert_false (output_is_truncated (output));
  assert_int_equal (output_get_total (output, OUTPUT_STDOUT), 0);
  assert_false (g_file_test (fixture->log_path, G_FILE_TEST_EXISTS));
}

static void
standard_output_is_kept_up_to_its_bound (void **state)
{
  g_autoptr (Output) output = output_new (8, 0, NULL);

  (void) state;
  append (output, OUTPUT_STDOUT, "12345");
  append (output, OUTPUT_STDOUT, "678");
  assert_stdout (output, "12345678");
  assert_false (output_is_truncated (output));

  append (output, OUTPUT_STDOUT, "9");
  append (output, OUTPUT_STDERR, "not this");
  assert_stdout (output, "12345678");
  assert_true (output_is_truncated (output));
  assert_int_equal (output_get_total (output, OUTPUT_STDOUT), 9);
  assert_int_equal (output_get_total (output, OUTPUT_STDERR), 8);
}

static void
standard_output_keeps_bytes_that_are_no_text (void **state)
{
  static const guint8 bytes[] = { 'a', 0, 0xff, 0, 'z' };
  g_autoptr (Output) output = output_new (100, 0, NULL);
  gsize size;

  (void) state;
  output_append (output, OUTPUT_STDOUT, bytes, sizeof bytes);
  assert_memory_equal (output_get_stdout (output, &size), bytes, sizeof bytes);
  assert_int_equal (size, sizeof bytes);
}

static void
a_sealed_result_does_not_change (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (Output) output = output_new (8, 100, fixture->log_path);
  g_autofree char *text = NULL;

  append (output, OUTPUT_STDOUT, "result\n");
  output_seal (output);
  append (output, OUTPUT_STDOUT, "much that came late\n");
  append (output, OUTPUT_STDERR, "a word at last\n");

  text = output_dup_tail_text (output);
  assert_stdout (output, "result\n");
  assert_false (output_is_truncated (output));
  assert_string_equal (text, "a word at last\n");
  assert_log (fixture, "result\nmuch that came late\na word at last\n");
}

/* -- Standard error -----------------------------------------------------------------------------
 */

static void
the_tail_begins_where_a_reader_can_begin (void **state)
{
  static const struct
  {
    const char *written;
    const char *tail; /* within 8 bytes */
  } cases[] = {
    { "12345678", "12345678" },
    { "1\n345678", "1\n345678" },
    { "123456789", "23456789" },
    { "12\n456789", "456789" },
    { "\n12345678", "12345678" },
    { "first\nsecond\nlast\n", "last\n" },
    { "abcdefghijkl\n", "fghijkl\n" },
    { "aa\xc3\xa4"
      "1234567",
      "1234567" },
    { "aa\xf0\x9f\x98\x80"
      "12345",
      "12345" },
    { "aaaa\xf0\x9f\x98\x80"
      "1234",
      "\xf0\x9f\x98\x80"
      "1234" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Output) output = output_new (0, 8, NULL);
      g_autofree char *text = NULL;

      append (output, OUTPUT_STDERR, cases[i].written);
      text = output_dup_tail_text (output);
      assert_string_equal (text, cases[i].tail);
    }
}

static void
the_tail_is_the_same_however_it_arrives (void **state)
{
  g_autofree char *all = g_malloc (5001);

  (void) state;
  for (guint i = 0; i < 5000; i++)
    all[i] = (char) ('a' + i % 23);
  all[5000] = '\0';

  for (guint step = 1; step < 700; step += 13)
    {
      g_autoptr (Output) output = output_new (0, 100, NULL);

      for (guint at = 0; at < 5000; at += step)
        {
          g_autofree char *text = NULL;
          guint size = MIN (step, 5000 - at);
          guint begin = at + size > 100 ? at + size - 100 : 0;

          output_append (output, OUTPUT_STDERR, (const guint8 *) all + at, size);
          text = output_dup_tail_text (output);
          assert_int_equal (strlen (text), at + size - begin);
          assert_memory_equal (text, all + begin, at + size - begin);
        }
    }
}

static void
the_tail_is_text_whatever_was_written (void **state)
{
  static const char odd[] = "a\0b\xff\xfe\xc3(\n";
  g_autoptr (Output) output = output_new (0, 100, NULL);
  g_autofree char *text = NULL;

  (void) state;
  output_append (output, OUTPUT_STDERR, (const guint8 *) odd, sizeof odd - 1);
  text = output_dup_tail_text (output);
  assert_true (g_utf8_validate (text, -1, NULL));
  assert_string_equal (text, "a\xef\xbf\xbd"
                             "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd(\n");
}

/* -- The log ------------------------------------------------------------------------------------
 */

static void
the_log_has_everything_in_order_of_arrival (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (Output) output = output_new (2, 2, fixture->log_path);
  struct stat about;

  append (output, OUTPUT_STDOUT, "one\n");
  append (output, OUTPUT_STDERR, "two\n");
  append (output, OUTPUT_STDOUT, "three\n");
  assert_log (fixture, "one\ntwo\nthree\n");
  assert_int_equal (stat (fixture->log_path, &about), 0);
  assert_int_equal (about.st_mode & 0777, 0600);

  output_close_log (output);
  append (output, OUTPUT_STDOUT, "four\n");
  assert_log (fixture, "one\ntwo\nthree\n");
  assert_int_equal (output_get_log_error (output), 0);
}

static void
a_log_that_exists_is_continued (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (Output) output = output_new (0, 0, fixture->log_path);

  assert_true (g_file_set_contents (fixture->log_path, "attempt 1\n", -1, NULL));
  append (output, OUTPUT_STDERR, "attempt 2\n");
  assert_log (fixture, "attempt 1\nattempt 2\n");
}

static void
a_full_disk_ends_the_log_and_nothing_else (void **state)
{
  g_autoptr (Output) output = output_new (100, 100, "/dev/full");
  g_autofree char *text = NULL;

  (void) state;
  append (output, OUTPUT_STDOUT, "one\n");
  assert_int_equal (output_get_log_error (output), ENOSPC);
  append (output, OUTPUT_STDOUT, "two\n");
  append (output, OUTPUT_STDERR, "three\n");
  text = output_dup_tail_text (output);
  assert_stdout (output, "one\ntwo\n");
  assert_string_equal (text, "three\n");
  assert_int_equal (output_get_log_error (output), ENOSPC);
}

static void
a_log_that_cannot_be_opened_says_why (void **state)
{
  const Fixture *fixture = *state;
  g_autofree char *below_file = g_build_filename (fixture->log_path, "step.log", NULL);
  g_autoptr (Output) output = output_new (100, 100, below_file);

  assert_true (g_file_set_contents (fixture->log_path, "", -1, NULL));
  append (output, OUTPUT_STDOUT, "one\n");
  assert_int_equal (output_get_log_error (output), ENOTDIR);
  assert_stdout (output, "one\n");
}

static void
the_folder_of_a_log_is_made_with_it (void **state)
{
  const Fixture *fixture = *state;
  g_autofree char *folder = g_build_filename (fixture->folder, "logs", NULL);
  g_autofree char *log_path = g_build_filename (folder, "step.log", NULL);
  g_autoptr (Output) output = output_new (100, 100, log_path);
  struct stat about;

  append (output, OUTPUT_STDOUT, "one\n");
  assert_int_equal (output_get_log_error (output), 0);
  assert_int_equal (stat (folder, &about), 0);
  assert_int_equal (about.st_mode & 0777, 0700);
  assert_int_equal (g_unlink (log_path), 0);
  assert_int_equal (g_rmdir (folder), 0);
}

/* One without a reader would hold the loop at open(), or raise SIGPIPE at write(). */
static void
a_log_is_never_a_fifo (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (Output) unread = output_new (0, 0, fixture->log_path);
  g_autoptr (Output) read = output_new (0, 0, fixture->log_path);
  int reader;

  assert_int_equal (mkfifo (fixture->log_path, 0600), 0);
  append (unread, OUTPUT_STDOUT, "one\n");
  assert_int_equal (output_get_log_error (unread), ENXIO);

  reader = g_open (fixture->log_path, O_RDONLY | O_NONBLOCK, 0);
  append (read, OUTPUT_STDOUT, "one\n");
  assert_int_equal (output_get_log_error (read), EINVAL);
  assert_true (g_close (reader, NULL));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (nothing_written_is_an_empty_result_and_no_log, setup,
                                     teardown),
    cmocka_unit_test (standard_output_is_kept_up_to_its_bound),
    cmocka_unit_test (standard_output_keeps_bytes_that_are_no_text),
    cmocka_unit_test_setup_teardown (a_sealed_result_does_not_change, setup, teardown),
    cmocka_unit_test (the_tail_begins_where_a_reader_can_begin),
    cmocka_unit_test (the_tail_is_the_same_however_it_arrives),
    cmocka_unit_test (the_tail_is_text_whatever_was_written),
    cmocka_unit_test_setup_teardown (the_log_has_everything_in_order_of_arrival, setup, teardown),
    cmocka_unit_test_setup_teardown (a_log_that_exists_is_continued, setup, teardown),
    cmocka_unit_test (a_full_disk_ends_the_log_and_nothing_else),
    cmocka_unit_test_setup_teardown (a_log_that_cannot_be_opened_says_why, setup, teardown),
    cmocka_unit_test_setup_teardown (the_folder_of_a_log_is_made_with_it, setup, teardown),
    cmocka_unit_test_setup_teardown (a_log_is_never_a_fifo, setup, teardown),
  };

  return cmocka_run_group_tests_name ("output", tests, NULL, NULL);
}
