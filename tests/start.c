/* SPDX-License-Identifier: Apache-2.0 */

/* start PROGRAM ARGUMENT...: runs a test as it would run from a fresh login, whatever `make check`
 * was started from: a job in the background, which ignores SIGINT, a service without standard
 * streams, process 1 of a container. What the tests rely on of that is said here, once. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
reset_signals (void)
{
  struct sigaction fallback = { .sa_handler = SIG_DFL };
  sigset_t none;

  /* Of some numbers that is refused: they are no signals that can be ignored. */
  for (int number = 1; number <= SIGRTMAX; number++)
    sigaction (number, &fallback, NULL);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* A standard stream that is closed would be the first file that a test opens. */
static int
open_streams (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  return fd < 0 ? -1 : close (fd);
}

/* What SQLite takes as a path is 512 bytes long, most of which should be left for the folders that
 * tests make there. */
#define TMPDIR_MAX_BYTES 200

static void
forget_useless_tmpdir (void)
{
  const char *folder = getenv ("TMPDIR");

  if (folder != NULL
      && (folder[0] != '/' || strlen (folder) > TMPDIR_MAX_BYTES
          || access (folder, W_OK | X_OK) < 0))
    unsetenv ("TMPDIR");
}

/* A test that counts its children can't be process 1, whose children are all who lost their
 * parents. */
static void
leave_process_one (void)
{
  pid_t child = getpid () == 1 ? fork () : 0;
  int status = 0;
  pid_t pid;

  if (child <= 0)
    return;
  do
    pid = wait (&status);
  while (pid != child && (pid > 0 || errno == EINTR));
  _exit (WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status));
}

int
main (int argc, char **argv)
{
  reset_signals ();
  umask (022);
  forget_useless_tmpdir ();
  if (argc < 2 || open_streams () < 0)
    {
      fprintf (stderr, "start: %s\n", argc < 2 ? "no test is named" : strerror (errno));
      return 99;
    }
  leave_process_one ();
  execvp (argv[1], argv + 1);
  fprintf (stderr, "start: %s: %s\n", argv[1], strerror (errno));
  return 99;
}
