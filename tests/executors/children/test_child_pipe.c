/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "executors/children/child_error.h"

typedef struct
{
  ChildPipe pipe;
  int writing_end;
  Output *output;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->output = output_new (16, 16, NULL);
  *state = fixture;
  return child_pipe_open (&fixture->pipe, OUTPUT_STDOUT, &fixture->writing_end, NULL) ? 0 : -1;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  child_pipe_close (&fixture->pipe);
  if (fixture->writing_end >= 0)
    close (fixture->writing_end);
  output_free (fixture->output);
  g_free (fixture);
  return 0;
}

static guint64
get_total (const Fixture *fixture)
{
  return output_get_total (fixture->output, OUTPUT_STDOUT);
}

/* Writes until the pipe is full. Returns: how many bytes. */
static gsize
fill (const Fixture *fixture)
{
  static const char chunk[4096];
  gsize total = 0;
  gssize size;

  assert_return_code (fcntl (fixture->writing_end, F_SETFL, O_NONBLOCK), errno);
  while ((size = write (fixture->writing_end, chunk, sizeof chunk)) > 0)
    total += (gsize) size;
  assert_int_equal (errno, EAGAIN);
  return total;
}

static void
both_ends_are_closed_on_exec_and_only_ours_does_not_block (void **state)
{
  const Fixture *fixture = *state;

  assert_true (fixture->writing_end > STDERR_FILENO);
  assert_int_equal (fcntl (fixture->pipe.fd, F_GETFD), FD_CLOEXEC);
  assert_int_equal (fcntl (fixture->writing_end, F_GETFD), FD_CLOEXEC);
  assert_int_not_equal (fcntl (fixture->pipe.fd, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal (fcntl (fixture->writing_end, F_GETFL) & O_NONBLOCK, 0);
}

static gboolean
is_closed (int fd)
{
  return fcntl (fd, F_GETFD) < 0;
}

/* There is room for the pipe, but for no descriptor above the standard ones. */
static gboolean
fails_and_leaves_nothing (void)
{
  const struct rlimit low = { .rlim_cur = 3, .rlim_max = 100 };
  g_autoptr (GError) error = NULL;
  ChildPipe pipe;
  int writing_end;

  return setrlimit (RLIMIT_NOFILE, &low) == 0
         && !child_pipe_open (&pipe, OUTPUT_STDOUT, &writing_end, &error) && pipe.fd == -1
         && g_error_matches (error, CHILD_ERROR, CHILD_ERROR_RESOURCES) && is_closed (0)
         && is_closed (1) && is_closed (2);
}

static gboolean
opens_out_of_the_way (void)
{
  const struct rlimit high = { .rlim_cur = 100, .rlim_max = 100 };
  ChildPipe pipe;
  int writing_end;

  return setrlimit (RLIMIT_NOFILE, &high) == 0
         && child_pipe_open (&pipe, OUTPUT_STDOUT, &writing_end, NULL) && pipe.fd == 0
         && writing_end > STDERR_FILENO && is_closed (1)
         && fcntl (writing_end, F_GETFD) == FD_CLOEXEC;
}

/* In a process of its own. Returns: its exit status, 0 if all is well. */
static int
open_without_stdio (void)
{
  for (int fd = 0; fd < 100; fd++)
    close (fd);
  if (!fails_and_leaves_nothing ())
    return 1;
  return opens_out_of_the_way () ? 0 : 2;
}

static void
in_a_host_without_stdio_the_childs_end_is_out_of_the_way (void **state)
{
  int status;
  pid_t pid = fork ();

  (void) state;
  assert_return_code (pid, errno);
  if (pid == 0)
    _exit (open_without_stdio ());
  assert_int_equal (waitpid (pid, &status, 0), pid);
  assert_int_equal (WEXITSTATUS (status), 0);
  assert_true (WIFEXITED (status));
}

static void
reading_takes_what_is_there_and_does_not_wait (void **state)
{
  Fixture *fixture = *state;

  child_pipe_read (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), 0);
  assert_int_equal (write (fixture->writing_end, "hello", 5), 5);
  child_pipe_read (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), 5);
  assert_true (fixture->pipe.fd >= 0);
}

static void
the_end_of_the_stream_closes_the_pipe (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (write (fixture->writing_end, "hello", 5), 5);
  close (fixture->writing_end);
  fixture->writing_end = -1;
  child_pipe_read (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), 5);
  assert_int_equal (fixture->pipe.fd, -1);
  child_pipe_read (&fixture->pipe, fixture->output);
  child_pipe_drain (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), 5);
}

static void
a_writer_that_is_faster_gets_a_larger_pipe (void **state)
{
  Fixture *fixture = *state;
  gsize first = fill (fixture);

  child_pipe_read (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), first);
  assert_true (fill (fixture) > first);
}

static void
a_call_takes_a_bounded_amount (void **state)
{
  Fixture *fixture = *state;

  if (fcntl (fixture->pipe.fd, F_SETPIPE_SZ, 1024 * 1024) < 0)
    skip ();
  assert_int_equal (fill (fixture), 1024 * 1024);
  child_pipe_read (&fixture->pipe, fixture->output);
  assert_in_range (get_total (fixture), 1, 512 * 1024);
}

static void
draining_takes_all_and_does_not_wait_for_the_end (void **state)
{
  Fixture *fixture = *state;
  gsize all;

  if (fcntl (fixture->pipe.fd, F_SETPIPE_SZ, 1024 * 1024) < 0)
    skip ();
  all = fill (fixture);
  child_pipe_drain (&fixture->pipe, fixture->output);
  assert_int_equal (get_total (fixture), all);
  assert_true (fixture->pipe.fd >= 0);
  close (fixture->writing_end);
  fixture->writing_end = -1;
  child_pipe_drain (&fixture->pipe, fixture->output);
  assert_int_equal (fixture->pipe.fd, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, setup, teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (both_ends_are_closed_on_exec_and_only_ours_does_not_block),
    TEST (in_a_host_without_stdio_the_childs_end_is_out_of_the_way),
    TEST (reading_takes_what_is_there_and_does_not_wait),
    TEST (the_end_of_the_stream_closes_the_pipe),
    TEST (a_writer_that_is_faster_gets_a_larger_pipe),
    TEST (a_call_takes_a_bounded_amount),
    TEST (draining_takes_all_and_does_not_wait_for_the_end),
  };

  return cmocka_run_group_tests_name ("child_pipe", tests, NULL, NULL);
}
