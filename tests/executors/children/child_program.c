/* SPDX-License-Identifier: Apache-2.0 */

/* The commands that the tests of children run: one that misbehaves in a given way, named by its
 * first argument. Where a test has to know that it has come so far, it writes a line to standard
 * output. */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
say (const char *line)
{
  printf ("%s\n", line);
  fflush (stdout);
}

static void
sleep_for_ever (void)
{
  for (;;)
    pause ();
}

static void
discard_output (void)
{
  int null_fd = open ("/dev/null", O_RDWR);

  dup2 (null_fd, STDOUT_FILENO);
  dup2 (null_fd, STDERR_FILENO);
  close (null_fd);
}

static void
wait_for_signal (void)
{
  sigset_t set;
  int number;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigwait (&set, &number);
}

static void
block_usr1 (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  sigprocmask (SIG_BLOCK, &set, NULL);
}

/* -- What a process was given -------------------------------------------------------------------
 */

static void
show_status_line (const char *name)
{
  FILE *file = fopen ("/proc/self/status", "re");
  char line[512];

  while (fgets (line, sizeof line, file) != NULL)
    {
      if (strncmp (line, name, strlen (name)) == 0)
        fputs (line, stdout);
    }
  fclose (file);
}

static int
report (int argc, char **argv)
{
  char byte;
  char *cwd = getcwd (NULL, 0);

  (void) argc;
  (void) argv;
  printf ("leads-session %d\n", getsid (0) == getpid () && getpgid (0) == getpid ());
  printf ("input-ends %d\n", read (STDIN_FILENO, &byte, 1) == 0);
  printf ("cwd %s\n", cwd);
  for (int fd = 3; fd < 1024; fd++)
    {
      if (fcntl (fd, F_GETFD) >= 0)
        printf ("open %d\n", fd);
    }
  show_status_line ("SigBlk");
  show_status_line ("SigIgn");
  free (cwd);
  return 0;
}

/* -- Output -------------------------------------------------------------------------------------
 */

static int
write_bytes (int argc, char **argv)
{
  static char chunk[65536];
  long long left = argc > 2 ? atoll (argv[2]) : 0;

  memset (chunk, 'x', sizeof chunk);
  while (left > 0)
    {
      size_t size = left < (long long) sizeof chunk ? (size_t) left : sizeof chunk;
      ssize_t written = write (STDOUT_FILENO, chunk, size);

      if (written < 0)
        return 1;
      left -= written;
    }
  return 0;
}

/* NULs, and bytes that are no UTF-8. */
static int
write_odd (int argc, char **argv)
{
  static const char odd[] = "a\0b\xff\xfe\xc3(\n";

  (void) argc;
  (void) argv;
  return write (STDOUT_FILENO, odd, sizeof odd - 1) < 0
         || write (STDERR_FILENO, odd, sizeof odd - 1) < 0;
}

/* Alternates between the streams, a line for each SIGUSR1. */
static int
alternate (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  block_usr1 ();
  for (int i = 0; i < 4; i++)
    {
      dprintf (i % 2 == 0 ? STDOUT_FILENO : STDERR_FILENO, "line %d\n", i);
      wait_for_signal ();
    }
  return 0;
}

/* Lives on without output until SIGUSR1. */
static int
close_early (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  block_usr1 ();
  close (STDOUT_FILENO);
  close (STDERR_FILENO);
  wait_for_signal ();
  return 7;
}

/* -- Ending -------------------------------------------------------------------------------------
 */

static int
exit_with (int argc, char **argv)
{
  return argc > 2 ? atoi (argv[2]) : 0;
}

static int
die (int argc, char **argv)
{
  raise (argc > 2 ? atoi (argv[2]) : SIGKILL);
  return 0;
}

static int
wait_term (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  say ("ready");
  sleep_for_ever ();
  return 0;
}

static int
ignore_term (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  signal (SIGTERM, SIG_IGN);
  say ("ready");
  sleep_for_ever ();
  return 0;
}

static int
stop_itself (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  say ("ready");
  raise (SIGSTOP);
  sleep_for_ever ();
  return 0;
}

static void
bow_out (int number)
{
  static const char late[] = "late\n";
  static const char word[] = "cleaned\n";

  (void) number;
  if (write (STDOUT_FILENO, late, sizeof late - 1) < 0)
    _exit (1);
  _exit (write (STDERR_FILENO, word, sizeof word - 1) < 0 ? 1 : 0);
}

/* Ends on TERM with status 0, after a word on each stream. */
static int
trap_term (int argc, char **argv)
{
  (void) argc;
  (void) argv;
  signal (SIGTERM, bow_out);
  say ("ready");
  sleep_for_ever ();
  return 0;
}

/* -- Leaving processes --------------------------------------------------------------------------
 */

/* Starts a process that does what `options` say and writes its id once it does. s: its own session
 * (by a double fork); g: its own group; q: closed output; i: ignores TERM; t: traps it. */
static void
leave (const char *options)
{
  int ready[2];
  char byte;

  if (pipe (ready) < 0)
    exit (99);
  if (fork () == 0)
    {
      if (strchr (options, 's') != NULL && (setsid () < 0 || fork () != 0))
        _exit (0);
      if (strchr (options, 'g') != NULL)
        setpgid (0, 0);
      if (strchr (options, 'i') != NULL)
        signal (SIGTERM, SIG_IGN);
      if (strchr (options, 't') != NULL)
        signal (SIGTERM, bow_out);
      printf ("%d\n", (int) getpid ());
      fflush (stdout);
      if (strchr (options, 'q') != NULL)
        discard_output ();
      close (ready[0]);
      close (ready[1]);
      sleep_for_ever ();
    }
  close (ready[1]);
  while (read (ready[0], &byte, 1) < 0 && errno == EINTR)
    continue;
  close (ready[0]);
}

/* leave OPTIONS STATUS [COUNT]; the status "wait" stays. */
static int
leave_behind (int argc, char **argv)
{
  int count = argc > 4 ? atoi (argv[4]) : 1;

  if (argc < 4)
    return 98;
  for (int i = 0; i < count; i++)
    leave (argv[2]);
  if (strcmp (argv[3], "wait") != 0)
    return atoi (argv[3]);
  say ("ready");
  sleep_for_ever ();
  return 0;
}

/* Never asks how its child ended. */
static int
leave_zombie (int argc, char **argv)
{
  siginfo_t info;
  pid_t pid = fork ();

  (void) argc;
  (void) argv;
  if (pid == 0)
    _exit (0);
  return waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT) < 0;
}

static const struct
{
  const char *name;
  int (*run) (int argc, char **argv);
} modes[] = {
  { "report", report },
  { "write", write_bytes },
  { "odd", write_odd },
  { "alternate", alternate },
  { "close-early", close_early },
  { "exit", exit_with },
  { "die", die },
  { "wait", wait_term },
  { "ignore-term", ignore_term },
  { "stop-itself", stop_itself },
  { "trap-term", trap_term },
  { "leave", leave_behind },
  { "leave-zombie", leave_zombie },
};

int
main (int argc, char **argv)
{
  for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
    {
      if (strcmp (argv[1], modes[i].name) == 0)
        return modes[i].run (argc, argv);
    }
  fprintf (stderr, "child_program: no such mode\n");
  return 97;
}
