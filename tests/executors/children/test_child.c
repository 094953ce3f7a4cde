/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_command.h"
#include "executors/children/child_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "tests/executors/children/child_fixture.h"

static const char *
get_stdout (const Child *child)
{
  gsize size;

  return output_get_stdout (child_get_output (child), &size);
}

static guint64
get_total (const Child *child, OutputStream stream)
{
  return output_get_total (child_get_output (child), stream);
}

static void
assert_exited (const ChildOutcome *outcome, int exit_status)
{
  assert_non_null (outcome);
  assert_int_equal (outcome->end, CHILD_END_EXITED);
  assert_int_equal (outcome->exit_status, exit_status);
  assert_int_equal (outcome->stop, CHILD_STOP_NONE);
  assert_int_equal (outcome->remains, CHILD_REMAINS_NONE);
  assert_int_equal (outcome->left_behind, 0);
}

/* -- What a command gets ------------------------------------------------------------------------
 */

/* The host does all that could leak into a child. */
static const char *
report_from_untidy_host (const ChildFixture *fixture)
{
  sigset_t all;
  g_autoptr (Child) child = NULL;
  g_autofree char *expected = NULL;
  guint64 ignored;

  sigfillset (&all);
  REQUIRE (sigprocmask (SIG_BLOCK, &all, NULL) == 0);
  REQUIRE (signal (SIGPIPE, SIG_IGN) != SIG_ERR);
  REQUIRE (signal (SIGINT, SIG_IGN) != SIG_ERR);
  REQUIRE (signal (SIGTERM, SIG_IGN) != SIG_ERR);
  REQUIRE (dup2 (STDIN_FILENO, 100) == 100 && dup2 (STDIN_FILENO, 900) == 900);

  child = child_fixture_spawn (fixture, "report", NULL, NULL, NULL);
  REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  expected = g_strdup_printf ("leads-session 1\n"
                              "input-ends 1\n"
                              "cwd %s\n"
                              "open %d\n"
                              "SigBlk:\t0000000000000000\n"
                              "SigIgn:\t",
                              fixture->folder, CHILD_COMMAND_LOCK_FD);
  REQUIRE (g_str_has_prefix (get_stdout (child), expected));
  /* All signals have their default action, those of the C library, 32 and 33, too. */
  ignored = g_ascii_strtoull (get_stdout (child) + strlen (expected), NULL, 16);
  REQUIRE (ignored == 0);
  return NULL;
}

static void
a_command_starts_clean_whatever_the_host_did (void **state)
{
  ChildFixture *fixture = *state;

  fixture->spec.cwd = fixture->folder;
  child_fixture_isolate (report_from_untidy_host, fixture);
}

/* -- How it ends --------------------------------------------------------------------------------
 */

static void
an_exit_status_is_data (void **state)
{
  const ChildFixture *fixture = *state;
  static const char *const statuses[] = { "0", "1", "7", "255" };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (Child) child = child_fixture_spawn (fixture, "exit", statuses[i], NULL, NULL);

      assert_null (child_get_outcome (child));
      assert_exited (child_fixture_finish (child), (int) g_ascii_strtoll (statuses[i], NULL, 10));
    }
}

static void
a_death_by_signal_is_data (void **state)
{
  const ChildFixture *fixture = *state;
  static const int numbers[] = { SIGKILL, SIGTERM, SIGUSR1, SIGPIPE };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *number = g_strdup_printf ("%d", numbers[i]);
      g_autoptr (Child) child = child_fixture_spawn (fixture, "die", number, NULL, NULL);
      const ChildOutcome *outcome = child_fixture_finish (child);

      assert_int_equal (outcome->end, CHILD_END_SIGNALLED);
      assert_int_equal (outcome->signal, numbers[i]);
      assert_int_equal (outcome->stop, CHILD_STOP_NONE);
    }
}

static void
an_ended_child_stays_as_it_is (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "exit", "3", NULL, NULL);
  struct pollfd fds[CHILD_N_POLL];

  assert_exited (child_fixture_finish (child), 3);
  child_cancel (child);
  assert_int_equal (child_process_events (child, NULL), CHILD_ENDED);
  assert_int_equal (child_wait (child, 0, -1), CHILD_WAIT_ENDED);
  assert_int_equal (child_get_next_time (child), G_MAXINT64);
  child_fill_poll (child, fds);
  for (guint i = 0; i < CHILD_N_POLL; i++)
    assert_int_equal (fds[i].fd, -1);
  assert_exited (child_get_outcome (child), 3);
}

static void
freeing_a_running_child_ends_it (void **state)
{
  Child *child = child_fixture_spawn (*state, "ignore-term", NULL, NULL, NULL);
  pid_t pid = child_get_pid (child);

  child_fixture_wait_lines (child, 1);
  child_free (child);
  assert_true (child_fixture_is_gone (pid));
  assert_int_equal (kill (pid, 0), -1);
  child_free (NULL);
}

/* -- What it writes -----------------------------------------------------------------------------
 */

static void
output_is_captured_as_it_is (void **state)
{
  static const char odd[] = "a\0b\xff\xfe\xc3(\n";
  g_autoptr (Child) child = child_fixture_spawn (*state, "odd", NULL, NULL, NULL);
  g_autofree char *tail = NULL;
  gsize size;

  assert_exited (child_fixture_finish (child), 0);
  tail = output_dup_tail_text (child_get_output (child));
  assert_memory_equal (output_get_stdout (child_get_output (child), &size), odd, sizeof odd - 1);
  assert_int_equal (size, sizeof odd - 1);
  assert_true (g_utf8_validate (tail, -1, NULL));
}

static void
the_log_has_both_streams_in_order_of_arrival (void **state)
{
  ChildFixture *fixture = *state;
  g_autofree char *log_path = child_fixture_place (fixture, "step.log");
  g_autofree char *text = NULL;
  g_autoptr (Child) child = NULL;

  fixture->spec.log_path = log_path;
  child = child_fixture_spawn (fixture, "alternate", NULL, NULL, NULL);
  for (guint lines = 1; lines <= 4; lines++)
    {
      while (get_total (child, OUTPUT_STDOUT) + get_total (child, OUTPUT_STDERR) < 7 * lines)
        child_wait (child, g_get_monotonic_time () + 1000, -1);
      assert_int_equal (kill (child_get_pid (child), SIGUSR1), 0);
    }
  assert_exited (child_fixture_finish (child), 0);
  assert_true (g_file_get_contents (log_path, &text, NULL, NULL));
  assert_string_equal (text, "line 0\nline 1\nline 2\nline 3\n");
  assert_string_equal (get_stdout (child), "line 0\nline 2\n");
}

static void
output_without_end_needs_no_memory (void **state)
{
  ChildFixture *fixture = *state;
  const char *wanted = g_getenv ("BACKFLOW_TEST_OUTPUT_BYTES");
  const char *bytes = wanted != NULL ? wanted : "200000000";
  g_autofree char *log_path = child_fixture_place (fixture, "step.log");
  struct rusage before;
  struct rusage after;
  GStatBuf about;
  g_autoptr (Child) child = NULL;

  fixture->spec.log_path = log_path;
  assert_int_equal (getrusage (RUSAGE_SELF, &before), 0);
  child = child_fixture_spawn (fixture, "write", bytes, NULL, NULL);
  assert_exited (child_fixture_finish (child), 0);
  assert_int_equal (getrusage (RUSAGE_SELF, &after), 0);

  assert_int_equal (get_total (child, OUTPUT_STDOUT), g_ascii_strtoull (bytes, NULL, 10));
  assert_int_equal (strlen (get_stdout (child)), fixture->spec.max_capture_bytes);
  assert_true (output_is_truncated (child_get_output (child)));
  assert_int_equal (g_stat (log_path, &about), 0);
  assert_int_equal (about.st_size, g_ascii_strtoull (bytes, NULL, 10));
  /* In kilobytes. */
  assert_true (after.ru_maxrss - before.ru_maxrss < 8 * 1024);
}

static void
a_full_disk_does_not_disturb_the_command (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (Child) child = NULL;

  fixture->spec.log_path = "/dev/full";
  child = child_fixture_spawn (fixture, "write", "1000000", NULL, NULL);
  assert_exited (child_fixture_finish (child), 0);
  assert_int_equal (output_get_log_error (child_get_output (child)), ENOSPC);
  assert_int_equal (get_total (child, OUTPUT_STDOUT), 1000000);
}

static void
closing_the_output_is_not_ending (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "close-early", NULL, NULL, NULL);
  struct pollfd fds[CHILD_N_POLL];

  child_fill_poll (child, fds);
  while (fds[CHILD_POLL_STDOUT].fd >= 0 || fds[CHILD_POLL_STDERR].fd >= 0)
    {
      child_wait (child, g_get_monotonic_time () + 1000, -1);
      child_fill_poll (child, fds);
    }
  assert_int_equal (child_wait (child, 0, -1), CHILD_WAIT_TIMED_OUT);
  assert_null (child_get_outcome (child));
  assert_int_equal (kill (child_get_pid (child), SIGUSR1), 0);
  assert_exited (child_fixture_finish (child), 7);
}

/* -- Waiting ------------------------------------------------------------------------------------
 */

static void
an_interrupt_ends_the_wait_and_not_the_child (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "wait", NULL, NULL, NULL);
  int ends[2];
  char byte;

  assert_return_code (pipe2 (ends, O_CLOEXEC), errno);
  assert_int_equal (write (ends[1], "x", 1), 1);
  assert_int_equal (child_wait (child, G_MAXINT64, ends[0]), CHILD_WAIT_INTERRUPTED);
  assert_null (child_get_outcome (child));
  assert_int_equal (read (ends[0], &byte, 1), 1);
  assert_int_equal (child_wait (child, g_get_monotonic_time () + 1000, ends[0]),
                    CHILD_WAIT_TIMED_OUT);
  child_cancel (child);
  assert_int_equal (child_fixture_finish (child)->signal, SIGTERM);
  close (ends[0]);
  close (ends[1]);
}

static void
each_of_several_descriptors_ends_the_wait_and_says_so (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "wait", NULL, NULL, NULL);
  struct pollfd others[CHILD_WAIT_MAX_OTHERS];
  int ends[2];

  assert_return_code (pipe2 (ends, O_CLOEXEC), errno);
  for (guint ready = 0; ready < CHILD_WAIT_MAX_OTHERS; ready++)
    {
      for (guint i = 0; i < CHILD_WAIT_MAX_OTHERS; i++)
        others[i] = (struct pollfd){ .fd = -1, .events = POLLIN, .revents = POLLERR };
      others[ready].fd = ends[1];
      others[ready].events = POLLOUT;
      assert_int_equal (child_wait_with (child, G_MAXINT64, others, CHILD_WAIT_MAX_OTHERS),
                        CHILD_WAIT_INTERRUPTED);
      for (guint i = 0; i < CHILD_WAIT_MAX_OTHERS; i++)
        assert_int_equal (others[i].revents, i == ready ? POLLOUT : 0);
    }
  assert_int_equal (child_wait_with (child, 0, others, 0), CHILD_WAIT_TIMED_OUT);
  child_cancel (child);
  assert_int_equal (child_fixture_finish (child)->signal, SIGTERM);
  close (ends[0]);
  close (ends[1]);
}

static void
on_alarm (int number)
{
  (void) number;
}

static void
signals_to_the_host_do_not_end_the_wait (void **state)
{
  g_autoptr (Child) child = child_fixture_spawn (*state, "wait", NULL, NULL, NULL);
  const struct sigaction action = { .sa_handler = on_alarm };
  const struct itimerval often = { { 0, 500 }, { 0, 500 } };
  const struct itimerval never = { 0 };

  assert_int_equal (sigaction (SIGALRM, &action, NULL), 0);
  assert_int_equal (setitimer (ITIMER_REAL, &often, NULL), 0);
  child_fixture_wait_lines (child, 1);
  assert_int_equal (child_wait (child, g_get_monotonic_time () + 20000, -1), CHILD_WAIT_TIMED_OUT);
  child_cancel (child);
  assert_int_equal (child_fixture_finish (child)->signal, SIGTERM);
  assert_int_equal (setitimer (ITIMER_REAL, &never, NULL), 0);
}

#define MANY 60

/* One loop, one poll() for all, a census for all: a third ends well, a third fails, a third is
 * cancelled. */
static void
many_children_share_a_loop (void **state)
{
  ChildFixture *fixture = *state;
  g_autoptr (ChildCensus) census = child_census_new (fixture->marker, child_census_now ());
  Child *children[MANY];
  struct pollfd fds[MANY * CHILD_N_POLL];
  guint running = MANY;

  fixture->spec.census = census;
  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *marker = g_strdup_printf ("%s/%u", fixture->marker, i);

      fixture->environment[1] = marker;
      fixture->spec.marker = marker;
      if (i % 3 == 2)
        children[i] = child_fixture_spawn (fixture, "wait", NULL, NULL, NULL);
      else
        children[i] = child_fixture_spawn (fixture, "exit", i % 3 == 0 ? "0" : "9", NULL, NULL);
    }
  for (guint i = 2; i < MANY; i += 3)
    child_cancel (children[i]);

  while (running > 0)
    {
      gint64 next_us = g_get_monotonic_time () + G_USEC_PER_SEC;

      for (guint i = 0; i < MANY; i++)
        {
          child_fill_poll (children[i], &fds[i * CHILD_N_POLL]);
          next_us = MIN (next_us, child_get_next_time (children[i]));
        }
      poll (fds, G_N_ELEMENTS (fds), (int) (MAX (next_us - g_get_monotonic_time (), 0) / 1000));
      running = 0;
      for (guint i = 0; i < MANY; i++)
        running += child_process_events (children[i], &fds[i * CHILD_N_POLL]) != CHILD_ENDED;
    }

  for (guint i = 0; i < MANY; i++)
    {
      const ChildOutcome *outcome = child_get_outcome (children[i]);

      assert_int_equal (outcome->stop, i % 3 == 2 ? CHILD_STOP_CANCEL : CHILD_STOP_NONE);
      assert_int_equal (outcome->exit_status, i % 3 == 1 ? 9 : 0);
      assert_int_equal (outcome->remains, CHILD_REMAINS_NONE);
      child_free (children[i]);
    }
}

/* -- Hosts of all kinds -------------------------------------------------------------------------
 */

typedef struct
{
  const ChildFixture *fixture;
  guint wrong;
} Worker;

static void *
run_some (void *data)
{
  Worker *worker = data;
  const char *argv[] = { "/bin/echo", "hello", NULL };
  ChildSpec spec = worker->fixture->spec;

  spec.argv = argv;
  for (guint i = 0; i < 25; i++)
    {
      g_autoptr (Child) child = child_spawn (&spec, NULL);

      if (child == NULL || child_wait (child, G_MAXINT64, -1) != CHILD_WAIT_ENDED
          || child_get_outcome (child)->exit_status != 0
          || strcmp (get_stdout (child), "hello\n") != 0)
        worker->wrong++;
    }
  return NULL;
}

static void
threads_run_children_side_by_side (void **state)
{
  pthread_t threads[4];
  Worker workers[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      workers[i] = (Worker){ .fixture = *state };
      assert_int_equal (pthread_create (&threads[i], NULL, run_some, &workers[i]), 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      assert_int_equal (pthread_join (threads[i], NULL), 0);
      assert_int_equal (workers[i].wrong, 0);
    }
}

static const char *
run_ignoring_children (const ChildFixture *fixture)
{
  g_autoptr (Child) child = NULL;
  g_autoptr (Child) cancelled = NULL;

  REQUIRE (signal (SIGCHLD, SIG_IGN) != SIG_ERR);
  child = child_fixture_spawn (fixture, "write", "5", NULL, NULL);
  REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (child)->end == CHILD_END_UNKNOWN);
  REQUIRE (child_get_outcome (child)->remains == CHILD_REMAINS_NONE);
  REQUIRE (strcmp (get_stdout (child), "xxxxx") == 0);

  cancelled = child_fixture_spawn (fixture, "wait", NULL, NULL, NULL);
  child_cancel (cancelled);
  REQUIRE (child_wait (cancelled, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (cancelled)->end == CHILD_END_UNKNOWN);
  REQUIRE (child_get_outcome (cancelled)->stop == CHILD_STOP_CANCEL);
  REQUIRE (child_fixture_is_gone (child_get_pid (cancelled)));
  return NULL;
}

static void
a_host_that_ignores_sigchld_does_not_learn_the_status (void **state)
{
  child_fixture_isolate (run_ignoring_children, *state);
}

static const char *
run_without_stdio (const ChildFixture *fixture)
{
  for (guint closed = 0; closed < 8; closed++)
    {
      g_autoptr (Child) child = NULL;
      g_autofree char *tail = NULL;

      for (int fd = 0; fd < 3; fd++)
        {
          if ((closed & (1u << fd)) != 0)
            close (fd);
        }
      child = child_fixture_spawn (fixture, "odd", NULL, NULL, NULL);
      REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
      REQUIRE (child_get_outcome (child)->exit_status == 0);
      tail = output_dup_tail_text (child_get_output (child));
      REQUIRE (get_total (child, OUTPUT_STDOUT) == get_total (child, OUTPUT_STDERR));
      REQUIRE (get_stdout (child)[0] == 'a' && tail[0] == 'a');
    }
  return NULL;
}

static void
a_host_without_standard_streams_can_run_children (void **state)
{
  child_fixture_isolate (run_without_stdio, *state);
}

/* As on a kernel, or under a filter, without pidfds. */
static gboolean
refuse_pidfds (void)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { .len = G_N_ELEMENTS (filter), .filter = filter };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static const char *
run_without_pidfds (const ChildFixture *fixture)
{
  g_autoptr (Child) child = NULL;
  g_autoptr (Child) leaver = NULL;
  struct pollfd fds[CHILD_N_POLL];

  if (!refuse_pidfds ())
    return "skip";
  child = child_fixture_spawn (fixture, "exit", "5", NULL, NULL);
  child_fill_poll (child, fds);
  REQUIRE (fds[CHILD_POLL_EXIT].fd == -1);
  REQUIRE (child_wait (child, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (child)->exit_status == 5);

  leaver = child_fixture_spawn (fixture, "leave", "sq", "1", NULL);
  REQUIRE (child_wait (leaver, G_MAXINT64, -1) == CHILD_WAIT_ENDED);
  REQUIRE (child_get_outcome (leaver)->left_behind == 1);
  REQUIRE (child_get_outcome (leaver)->remains == CHILD_REMAINS_NONE);
  REQUIRE (child_fixture_is_gone (child_fixture_get_pid (leaver, 0)));
  return NULL;
}

static void
without_pidfds_children_are_asked_now_and_then (void **state)
{
  child_fixture_isolate (run_without_pidfds, *state);
}

#define TEST(name)                                                                                 \
  cmocka_unit_test_setup_teardown (name, child_fixture_setup, child_fixture_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (a_command_starts_clean_whatever_the_host_did),
    TEST (an_exit_status_is_data),
    TEST (a_death_by_signal_is_data),
    TEST (an_ended_child_stays_as_it_is),
    TEST (freeing_a_running_child_ends_it),
    TEST (output_is_captured_as_it_is),
    TEST (the_log_has_both_streams_in_order_of_arrival),
    TEST (output_without_end_needs_no_memory),
    TEST (a_full_disk_does_not_disturb_the_command),
    TEST (closing_the_output_is_not_ending),
    TEST (an_interrupt_ends_the_wait_and_not_the_child),
    TEST (each_of_several_descriptors_ends_the_wait_and_says_so),
    TEST (signals_to_the_host_do_not_end_the_wait),
    TEST (many_children_share_a_loop),
    TEST (threads_run_children_side_by_side),
    TEST (a_host_that_ignores_sigchld_does_not_learn_the_status),
    TEST (a_host_without_standard_streams_can_run_children),
    TEST (without_pidfds_children_are_asked_now_and_then),
  };

  return cmocka_run_group_tests_name ("child", tests, NULL, NULL);
}
