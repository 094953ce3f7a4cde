/* SPDX-License-Identifier: Apache-2.0 */
/* What commands write to the file of BACKFLOW_PROGRESS, however they write it. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executors/commands/command_progress.h"
#include "executors/commands/progress_line.h"
#include "tests/executors/progress_log.h"

#define MEBIBYTE (1024 * 1024)

typedef struct
{
  char *folder;
  char *path;
  AttemptRun run;
  Attempt attempt;
  ProgressLog log;
  CommandProgress *progress;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->folder = g_dir_make_tmp ("backflow-progress-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  fixture->path = g_build_filename (fixture->folder, "1.progress", NULL);
  progress_log_init (&fixture->log, &fixture->run);
  fixture->attempt.run = &fixture->run;
  fixture->progress = command_progress_new (fixture->path, &fixture->attempt);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  command_progress_free (fixture->progress);
  progress_log_clear (&fixture->log);
  (void) g_remove (fixture->path);
  assert_int_equal (g_rmdir (fixture->folder), 0);
  g_free (fixture->path);
  g_free (fixture->folder);
  g_free (fixture);
  return 0;
}

/* Opens the file as a shell does for `>>` and `>`, and writes. */
static void
put (const Fixture *fixture, int flags, const char *bytes, gsize size)
{
  int fd = open (fixture->path, O_WRONLY | O_CREAT | flags, 0600);

  assert_true (fd >= 0);
  assert_int_equal (write (fd, bytes, size), size);
  assert_int_equal (close (fd), 0);
}

static void
append (const Fixture *fixture, const char *text)
{
  put (fixture, O_APPEND, text, strlen (text));
}

static void
rewrite (const Fixture *fixture, const char *text)
{
  put (fixture, O_TRUNC, text, strlen (text));
}

/* Looks, and compares what was reported by that. */
static void
assert_look (Fixture *fixture, const char *expected)
{
  progress_log_forget (&fixture->log);
  command_progress_look (fixture->progress);
  assert_string_equal (fixture->log.text->str, expected);
}

static void
assert_note (const Fixture *fixture, const char *expected)
{
  g_autofree char *note = command_progress_dup_note (fixture->progress);

  if (expected == NULL)
    assert_null (note);
  else
    assert_string_equal (note, expected);
}

static void
what_does_not_exist_says_nothing (void **state)
{
  Fixture *fixture = *state;

  assert_look (fixture, "");
  append (fixture, "");
  assert_look (fixture, "");
  assert_note (fixture, NULL);
}

static void
each_line_is_reported_once (void **state)
{
  Fixture *fixture = *state;

  append (fixture, "0.25\n\n50% half\n");
  assert_look (fixture, "0.25; 0.5 {\"text\":\"half\"}");
  assert_look (fixture, "");
  append (fixture, "{\"progress\":0.75,\"left\":3}\n");
  assert_look (fixture, "0.75 {\"left\":3}");
  assert_look (fixture, "");
  assert_note (fixture, NULL);
}

static void
a_part_of_a_line_waits_for_the_rest (void **state)
{
  Fixture *fixture = *state;

  append (fixture, "0.1\n0.");
  assert_look (fixture, "0.1");
  append (fixture, "2");
  assert_look (fixture, "");
  append (fixture, "5\n0.");
  assert_look (fixture, "0.25");
}

static void
at_the_end_the_rest_is_a_line (void **state)
{
  Fixture *fixture = *state;

  append (fixture, "0.1\n0.5");
  assert_look (fixture, "0.1");
  progress_log_forget (&fixture->log);
  command_progress_look_last (fixture->progress);
  assert_string_equal (fixture->log.text->str, "0.5");
}

static void
a_file_that_is_begun_anew_is_read_anew (void **state)
{
  Fixture *fixture = *state;

  rewrite (fixture, "0.10\n");
  assert_look (fixture, "0.1");
  /* As long as before. */
  rewrite (fixture, "0.20\n");
  assert_look (fixture, "0.2");
  /* Longer, and shorter. */
  rewrite (fixture, "0.30 longer\n");
  assert_look (fixture, "0.3 {\"text\":\"longer\"}");
  rewrite (fixture, "0.4\n");
  assert_look (fixture, "0.4");
  rewrite (fixture, "");
  assert_look (fixture, "");
  rewrite (fixture, "0.5\n");
  assert_look (fixture, "0.5");
}

static void
long_lines_that_differ_only_in_the_number_are_told_apart (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *line = g_strnfill (PROGRESS_LINE_MAX_BYTES, 'x');

  memcpy (line, "0.1 ", 4);
  put (fixture, O_TRUNC, line, PROGRESS_LINE_MAX_BYTES);
  put (fixture, O_APPEND, "\n", 1);
  progress_log_forget (&fixture->log);
  command_progress_look (fixture->progress);
  assert_int_equal (fixture->log.count, 1);
  memcpy (line, "0.2 ", 4);
  put (fixture, O_TRUNC, line, PROGRESS_LINE_MAX_BYTES);
  put (fixture, O_APPEND, "\n", 1);
  progress_log_forget (&fixture->log);
  command_progress_look (fixture->progress);
  assert_int_equal (fixture->log.count, 1);
  assert_true (g_str_has_prefix (fixture->log.text->str, "0.2 "));
}

static void
a_file_that_is_moved_there_is_read (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *other = g_build_filename (fixture->folder, "other", NULL);

  append (fixture, "0.1\n0.");
  assert_look (fixture, "0.1");
  assert_true (g_file_set_contents (other, "0.75 moved\n", -1, NULL));
  assert_int_equal (g_rename (other, fixture->path), 0);
  assert_look (fixture, "0.75 {\"text\":\"moved\"}");
}

static void
garbage_is_counted_and_the_first_is_shown (void **state)
{
  Fixture *fixture = *state;

  append (fixture, "starting\t\x1b[1mup\n0.5\n150%\n0.6\n");
  assert_look (fixture, "0.5; 0.6");
  assert_note (fixture,
               "\"starting  [1mup\" is no progress such as 0.25, 25% or {\"progress\": 0.25}: "
               "2 lines of BACKFLOW_PROGRESS ignored");
}

static void
one_line_of_garbage_is_one (void **state)
{
  Fixture *fixture = *state;

  append (fixture, "25\n");
  assert_look (fixture, "");
  assert_note (fixture, "\"25\" is no progress such as 0.25, 25% or {\"progress\": 0.25}: "
                        "1 line of BACKFLOW_PROGRESS ignored");
}

static void
a_line_without_end_is_garbage_once (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *part = g_strnfill (5000, '0');
  g_autofree char *note = NULL;

  for (guint i = 0; i < 40; i++)
    {
      put (fixture, O_APPEND, part, 5000);
      assert_look (fixture, "");
    }
  append (fixture, "\n0.5\n");
  assert_look (fixture, "0.5");
  note = command_progress_dup_note (fixture->progress);
  assert_non_null (strstr (note, ": 1 line of"));
  assert_in_range (strlen (note), 1, 200);
}

static void
of_much_the_last_is_read (void **state)
{
  Fixture *fixture = *state;
  g_autoptr (GString) lines = g_string_new (NULL);

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (lines, "0.1 %u\n", i);
  g_string_append (lines, "0.9\n");
  put (fixture, O_APPEND, lines->str, lines->len);
  progress_log_forget (&fixture->log);
  command_progress_look (fixture->progress);
  assert_true (g_str_has_suffix (fixture->log.text->str, "{\"text\":\"99999\"}; 0.9"));
  /* Each line that was read has eight bytes at least. */
  assert_in_range (fixture->log.count, 2, COMMAND_PROGRESS_LOOK_BYTES / 8);
  append (fixture, "1\n");
  assert_look (fixture, "1");
  assert_note (fixture, NULL);
}

static void
the_space_of_what_was_read_is_given_back (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *lines = g_strnfill (MEBIBYTE, '\n');
  struct stat about;

  for (guint i = 0; i < 8; i++)
    {
      put (fixture, O_APPEND, lines, MEBIBYTE);
      command_progress_look (fixture->progress);
    }
  append (fixture, "0.5\n");
  assert_look (fixture, "0.5");
  assert_int_equal (stat (fixture->path, &about), 0);
  assert_int_equal (about.st_size, 8 * MEBIBYTE + 4);
  assert_in_range (about.st_blocks * 512, 0, 3 * MEBIBYTE);
}

static void
what_is_no_file_is_left_alone (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (mkfifo (fixture->path, 0600), 0);
  assert_look (fixture, "");
  assert_look (fixture, "");
  assert_note (fixture, "the file of BACKFLOW_PROGRESS cannot be read: it is no regular file");
}

static void
a_symbolic_link_is_not_followed (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (symlink ("/etc/passwd", fixture->path), 0);
  assert_look (fixture, "");
  assert_note (fixture,
               "the file of BACKFLOW_PROGRESS cannot be read: Too many levels of symbolic links");
}

static void
without_a_listener_lines_are_read_all_the_same (void **state)
{
  Fixture *fixture = *state;

  fixture->run.progress = NULL;
  append (fixture, "0.5\nwhat?\n");
  assert_look (fixture, "");
  assert_note (fixture, "\"what?\" is no progress such as 0.25, 25% or {\"progress\": 0.25}: "
                        "1 line of BACKFLOW_PROGRESS ignored");
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (what_does_not_exist_says_nothing),
    TEST (each_line_is_reported_once),
    TEST (a_part_of_a_line_waits_for_the_rest),
    TEST (at_the_end_the_rest_is_a_line),
    TEST (a_file_that_is_begun_anew_is_read_anew),
    TEST (long_lines_that_differ_only_in_the_number_are_told_apart),
    TEST (a_file_that_is_moved_there_is_read),
    TEST (garbage_is_counted_and_the_first_is_shown),
    TEST (one_line_of_garbage_is_one),
    TEST (a_line_without_end_is_garbage_once),
    TEST (of_much_the_last_is_read),
    TEST (the_space_of_what_was_read_is_given_back),
    TEST (what_is_no_file_is_left_alone),
    TEST (a_symbolic_link_is_not_followed),
    TEST (without_a_listener_lines_are_read_all_the_same),
  };

  return cmocka_run_group_tests_name ("command_progress", tests, NULL, NULL);
}
