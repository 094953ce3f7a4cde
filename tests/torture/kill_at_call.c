/* SPDX-License-Identifier: Apache-2.0 */

/* kill_at_call NUMBER PROGRAM ARGUMENT...: runs a program and kills it with SIGKILL when it is
 * about to make its NUMBER-th system call, counted from 1 after its exec. Only the first thread of
 * the program is counted and traced; its children run free, as they do when a process is killed.
 * Exit status: 200 when the program was killed, else that of the program; 201 when it can't be
 * traced.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum
{
  STATUS_KILLED = 200,
  STATUS_UNTRACEABLE = 201,
};

static int
fail (const char *what)
{
  perror (what);
  return STATUS_UNTRACEABLE;
}

/* What a stop hands on to the program: nothing for a stop at a system call and for the stop at
 * exec, else the signal. */
static int
get_signal (int status)
{
  int number = WSTOPSIG (status);

  return number == (SIGTRAP | 0x80) || number == SIGTRAP ? 0 : number;
}

/* Each call stops the program twice: before it and behind it. */
static int
trace (pid_t program, long number)
{
  long stops = 0;
  int status = 0;

  while (waitpid (program, &status, 0) == program && WIFSTOPPED (status))
    {
      if (WSTOPSIG (status) == (SIGTRAP | 0x80) && ++stops == 2 * number - 1)
        {
          kill (program, SIGKILL);
          waitpid (program, &status, 0);
          return STATUS_KILLED;
        }
      if (ptrace (PTRACE_SYSCALL, program, NULL, get_signal (status)) < 0 && errno != ESRCH)
        return fail ("PTRACE_SYSCALL");
    }
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

int
main (int argc, char **argv)
{
  pid_t program;
  int status;

  if (argc < 3)
    return fail ("kill_at_call NUMBER PROGRAM ARGUMENT...");
  program = fork ();
  if (program == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0)
        execvp (argv[2], argv + 2);
      _exit (fail (argv[2]));
    }
  if (program < 0 || waitpid (program, &status, 0) < 0)
    return fail ("fork");
  if (!WIFSTOPPED (status))
    return WIFEXITED (status) ? WEXITSTATUS (status) : STATUS_UNTRACEABLE;
  if (ptrace (PTRACE_SETOPTIONS, program, NULL, PTRACE_O_TRACESYSGOOD) < 0
      || ptrace (PTRACE_SYSCALL, program, NULL, NULL) < 0)
    return fail ("ptrace");
  return trace (program, strtol (argv[1], NULL, 10));
}
