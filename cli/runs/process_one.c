/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/process_one.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a shell makes of a death by signal. */
#define EXIT_SIGNALLED 128

/* Waits for all that have ended. Returns: whether `child` is one of them. */
static gboolean
reap (pid_t child, int *status)
{
  gboolean has_ended = FALSE;
  int ending;
  pid_t pid;

  while ((pid = waitpid (-1, &ending, WNOHANG)) > 0)
    {
      if (pid != child)
        continue;
      has_ended = TRUE;
      *status = WIFEXITED (ending) ? WEXITSTATUS (ending) : EXIT_SIGNALLED + WTERMSIG (ending);
    }
  return has_ended;
}

/* With all signals blocked. Returns: the exit status. */
static int
serve (pid_t child, const sigset_t *all)
{
  int status = 0;

  while (!reap (child, &status))
    {
      siginfo_t info;
      int number = sigwaitinfo (all, &info);

      /* What a terminal sends, its whole process group has got. */
      if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
        (void) kill (child, number);
    }
  return status;
}

void
process_one_leave (void)
{
  sigset_t all;
  sigset_t before;
  pid_t child;

  if (getpid () != 1)
    return;
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &before);
  child = fork ();
  if (child > 0)
    _exit (serve (child, &all));
  /* In the child; or in process 1, which does what it can without one. */
  sigprocmask (SIG_SETMASK, &before, NULL);
}
