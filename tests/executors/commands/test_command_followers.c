/* SPDX-License-Identifier: Apache-2.0 */
/* Many files of progress are followed with one descriptor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "executors/commands/command_followers.h"
#include "tests/executors/progress_log.h"

#define N_FILES 2

typedef struct
{
  char *folder;
  char *paths[N_FILES];
  AttemptRun run;
  Attempt attempt;
  ProgressLog log;
  CommandProgress *progress[N_FILES];
  CommandFollowers *followers;
} Fixture;

static void
make_folder (Fixture *fixture)
{
  fixture->folder = g_dir_make_tmp ("backflow-followers-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  for (guint i = 0; i < N_FILES; i++)
    {
      fixture->paths[i] = g_strdup_printf ("%s/%u.progress", fixture->folder, i);
      fixture->progress[i] = command_progress_new (fixture->paths[i], &fixture->attempt);
    }
}

static void
remove_folder (Fixture *fixture)
{
  for (guint i = 0; i < N_FILES; i++)
    {
      (void) g_remove (fixture->paths[i]);
      g_clear_pointer (&fixture->progress[i], command_progress_free);
      g_clear_pointer (&fixture->paths[i], g_free);
    }
  assert_int_equal (g_rmdir (fixture->folder), 0);
  g_clear_pointer (&fixture->folder, g_free);
}

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  progress_log_init (&fixture->log, &fixture->run);
  fixture->attempt.run = &fixture->run;
  fixture->followers = command_followers_new ();
  make_folder (fixture);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  remove_folder (fixture);
  command_followers_free (fixture->followers);
  progress_log_clear (&fixture->log);
  g_free (fixture);
  return 0;
}

static void
append_to (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

  assert_true (fd >= 0);
  assert_int_equal (write (fd, text, strlen (text)), strlen (text));
  assert_int_equal (close (fd), 0);
}

static void
follow_all (Fixture *fixture)
{
  for (guint i = 0; i < N_FILES; i++)
    command_followers_add (fixture->followers, fixture->progress[i]);
}

static void
forget_all (Fixture *fixture)
{
  for (guint i = 0; i < N_FILES; i++)
    command_followers_remove (fixture->followers, fixture->progress[i]);
}

/* What a loop does, once; it waits when there is nothing to do now. Returns: whether there was
 * something. */
static gboolean
turn (const Fixture *fixture)
{
  gint64 next_us = command_followers_get_next_time (fixture->followers);
  gint64 left_us = MAX (next_us - g_get_monotonic_time (), 0);
  struct pollfd fd;
  int count;

  command_followers_fill_poll (fixture->followers, &fd);
  count = poll (&fd, 1, next_us == G_MAXINT64 ? 0 : (int) (left_us / 1000 + 1));
  command_followers_process_events (fixture->followers, &fd);
  return count > 0 || next_us != G_MAXINT64;
}

static void
assert_reports (Fixture *fixture, const char *expected)
{
  while (strlen (fixture->log.text->str) < strlen (expected))
    if (!turn (fixture))
      fail_msg ("there is no more than '%s'", fixture->log.text->str);
  assert_string_equal (fixture->log.text->str, expected);
  progress_log_forget (&fixture->log);
}

/* Turns until there is nothing left to do. */
static void
settle (const Fixture *fixture)
{
  while (turn (fixture))
    ;
}

static void
with_nothing_to_follow_nothing_is_polled (void **state)
{
  Fixture *fixture = *state;
  struct pollfd fd;

  command_followers_fill_poll (fixture->followers, &fd);
  assert_int_equal (fd.fd, -1);
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
}

static void
who_writes_nothing_sets_no_clock (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *other = g_build_filename (fixture->folder, "1", NULL);
  struct pollfd fd;

  follow_all (fixture);
  command_followers_fill_poll (fixture->followers, &fd);
  assert_true (fd.fd >= 0);
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
  /* Nor does a file that is not followed, such as that of BACKFLOW_OUTPUT. */
  append_to (other, "0.5\n");
  assert_true (turn (fixture));
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
  assert_false (turn (fixture));
  assert_int_equal (fixture->log.count, 0);
  assert_int_equal (g_remove (other), 0);
  forget_all (fixture);
}

static void
what_is_written_is_seen (void **state)
{
  Fixture *fixture = *state;

  follow_all (fixture);
  append_to (fixture->paths[0], "0.1\n");
  assert_reports (fixture, "0.1");
  append_to (fixture->paths[1], "0.2\n");
  append_to (fixture->paths[0], "0.");
  assert_reports (fixture, "0.2");
  settle (fixture);
  append_to (fixture->paths[0], "3\n");
  assert_reports (fixture, "0.3");
  settle (fixture);
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
  forget_all (fixture);
}

static void
a_file_that_is_moved_there_is_seen (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *other = g_strconcat (fixture->folder, ".new", NULL);

  follow_all (fixture);
  append_to (other, "0.5\n");
  assert_int_equal (g_rename (other, fixture->paths[1]), 0);
  assert_reports (fixture, "0.5");
  forget_all (fixture);
}

static void
who_is_followed_no_longer_is_not_looked_at (void **state)
{
  Fixture *fixture = *state;

  follow_all (fixture);
  append_to (fixture->paths[0], "0.1\n");
  command_followers_remove (fixture->followers, fixture->progress[0]);
  command_followers_remove (fixture->followers, fixture->progress[0]);
  append_to (fixture->paths[1], "0.2\n");
  settle (fixture);
  assert_reports (fixture, "0.2");
  forget_all (fixture);
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
}

static void
a_folder_that_was_made_again_is_watched_too (void **state)
{
  Fixture *fixture = *state;

  follow_all (fixture);
  forget_all (fixture);
  remove_folder (fixture);
  make_folder (fixture);
  follow_all (fixture);
  append_to (fixture->paths[1], "0.5\n");
  assert_reports (fixture, "0.5");
  forget_all (fixture);
}

static void
more_events_than_are_kept_lose_nothing (void **state)
{
  Fixture *fixture = *state;
  g_autofree char *limit = NULL;
  guint64 count;

  if (!g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &limit, NULL, NULL))
    skip ();
  count = g_ascii_strtoull (limit, NULL, 10);
  if (count > 100000)
    skip ();
  follow_all (fixture);
  /* Equal events in a row would be one. */
  for (guint64 i = 0; i <= count / N_FILES + 1; i++)
    for (guint file = 0; file < N_FILES; file++)
      append_to (fixture->paths[file], "\n");
  append_to (fixture->paths[0], "0.5\n");
  assert_reports (fixture, "0.5");
  settle (fixture);
  append_to (fixture->paths[1], "0.75\n");
  assert_reports (fixture, "0.75");
  forget_all (fixture);
}

static void
without_inotify_files_are_looked_at_now_and_then (void **state)
{
  Fixture *fixture = *state;
  struct rlimit before;
  struct rlimit none;
  struct pollfd fd;

  assert_int_equal (getrlimit (RLIMIT_NOFILE, &before), 0);
  none = before;
  none.rlim_cur = 0;
  assert_int_equal (setrlimit (RLIMIT_NOFILE, &none), 0);
  follow_all (fixture);
  assert_int_equal (setrlimit (RLIMIT_NOFILE, &before), 0);
  command_followers_fill_poll (fixture->followers, &fd);
  assert_int_equal (fd.fd, -1);
  assert_true (command_followers_get_next_time (fixture->followers) != G_MAXINT64);
  append_to (fixture->paths[1], "0.5\n");
  assert_reports (fixture, "0.5");
  append_to (fixture->paths[0], "0.75\n");
  assert_reports (fixture, "0.75");
  forget_all (fixture);
  assert_true (command_followers_get_next_time (fixture->followers) == G_MAXINT64);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (with_nothing_to_follow_nothing_is_polled),
    TEST (who_writes_nothing_sets_no_clock),
    TEST (what_is_written_is_seen),
    TEST (a_file_that_is_moved_there_is_seen),
    TEST (who_is_followed_no_longer_is_not_looked_at),
    TEST (a_folder_that_was_made_again_is_watched_too),
    TEST (more_events_than_are_kept_lose_nothing),
    TEST (without_inotify_files_are_looked_at_now_and_then),
  };

  return cmocka_run_group_tests_name ("command_followers", tests, NULL, NULL);
}
