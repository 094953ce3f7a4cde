/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "tests/executors/children/child_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static guint descriptors_before;

guint
child_fixture_count_descriptors (void)
{
  DIR *folder = opendir ("/proc/self/fd");
  guint count = 0;

  assert_non_null (folder);
  while (readdir (folder) != NULL)
    count++;
  closedir (folder);
  return count;
}

int
child_fixture_setup (void **state)
{
  ChildFixture *fixture = g_new0 (ChildFixture, 1);

  fixture->folder = g_dir_make_tmp ("backflow-child-XXXXXX", NULL);
  fixture->marker = g_strdup_printf ("BACKFLOW_IDEMPOTENCY_KEY=%s", fixture->folder);
  fixture->path_variable = g_strdup ("PATH=/usr/bin:/bin");
  fixture->environment[0] = fixture->path_variable;
  fixture->environment[1] = fixture->marker;
  fixture->environment[2] = "LC_ALL=C";
  fixture->spec = (ChildSpec){
    .envp = fixture->environment,
    .marker = fixture->marker,
    .max_capture_bytes = 64 * 1024,
    .max_tail_bytes = 4096,
    .kill_after_us = 60 * G_USEC_PER_SEC,
  };
  descriptors_before = child_fixture_count_descriptors ();
  *state = fixture;
  return 0;
}

static void
remove_folder (const char *path)
{
  GDir *folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
  g_clear_pointer (&folder, g_dir_close);
  g_rmdir (path);
}

int
child_fixture_teardown (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (GError) error = NULL;
  siginfo_t info;
  guint left = 0;
  gboolean has_children = waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  gboolean is_verified = children_end_marked (fixture->marker, 0, &left, &error);
  guint descriptors = child_fixture_count_descriptors ();

  if (has_children)
    print_error ("a child or a zombie is left\n");
  if (!is_verified || left > 0)
    print_error ("%u processes are left: %s\n", left, error != NULL ? error->message : "ended");
  if (descriptors != descriptors_before)
    print_error ("%u descriptors before, %u after\n", descriptors_before, descriptors);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->marker);
  g_free (fixture->path_variable);
  g_free (fixture);
  return has_children || !is_verified || left > 0 || descriptors != descriptors_before;
}

/* child_program is made beside the tests. */
static char *
find_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);

  return g_build_filename (folder, "child_program", NULL);
}

Child *
child_fixture_spawn (const ChildFixture *fixture, const char *mode, const char *first,
                     const char *second, const char *third)
{
  g_autofree char *program = find_program ();
  const char *argv[] = { program, mode, first, second, third, NULL };
  ChildSpec spec = fixture->spec;
  g_autoptr (GError) error = NULL;
  Child *child;

  spec.argv = argv;
  child = child_spawn (&spec, &error);
  if (child == NULL)
    fail_msg ("%s", error->message);
  return child;
}

const ChildOutcome *
child_fixture_finish (Child *child)
{
  assert_int_equal (child_wait (child, G_MAXINT64, -1), CHILD_WAIT_ENDED);
  return child_get_outcome (child);
}

static guint
count_lines (const Child *child)
{
  gsize size;
  const char *text = output_get_stdout (child_get_output (child), &size);
  guint lines = 0;

  for (gsize i = 0; i < size; i++)
    lines += text[i] == '\n';
  return lines;
}

void
child_fixture_wait_lines (Child *child, guint count)
{
  struct pollfd fds[CHILD_N_POLL];

  while (count_lines (child) < count)
    {
      child_fill_poll (child, fds);
      if (poll (fds, CHILD_N_POLL, 1000) < 0)
        assert_int_equal (errno, EINTR);
      if (child_process_events (child, fds) == CHILD_ENDED && count_lines (child) < count)
        fail_msg ("the child has ended after %u of %u lines", count_lines (child), count);
    }
}

pid_t
child_fixture_get_pid (const Child *child, guint index)
{
  gsize size;
  g_auto (GStrv) lines = g_strsplit (output_get_stdout (child_get_output (child), &size), "\n", -1);

  assert_true (index < g_strv_length (lines));
  return (pid_t) g_ascii_strtoll (lines[index], NULL, 10);
}

gboolean
child_fixture_is_gone (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  const char *state;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return TRUE;
  state = strrchr (text, ')');
  return state != NULL && (state[2] == 'Z' || state[2] == 'X');
}

void
child_fixture_wait_gone (pid_t pid)
{
  while (!child_fixture_is_gone (pid))
    g_usleep (500);
}

char *
child_fixture_place (const ChildFixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

void
child_fixture_isolate (const char *(*body) (const ChildFixture *fixture),
                       const ChildFixture *fixture)
{
  char text[512];
  gssize size;
  int ends[2];
  pid_t pid;
  int status;

  assert_return_code (pipe (ends), errno);
  pid = fork ();
  assert_return_code (pid, errno);
  if (pid == 0)
    {
      const char *complaint;

      close (ends[0]);
      complaint = body (fixture);
      if (complaint != NULL && write (ends[1], complaint, strlen (complaint)) < 0)
        _exit (1);
      _exit (0);
    }

  close (ends[1]);
  size = read (ends[0], text, sizeof text - 1);
  close (ends[0]);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    continue;
  text[MAX (size, 0)] = '\0';
  if (strcmp (text, "skip") == 0)
    skip ();
  if (size > 0)
    fail_msg ("%s", text);
  assert_int_equal (status, 0);
}
