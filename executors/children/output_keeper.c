/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/output_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executors/children/child_command.h"

/* A child starts with /dev/null as standard input, so the pipe comes as standard error. The shell
 * ends at once: the copying process is a child of nobody here, and leaves no status to wait for. */
#define COPY "exec 3<&2 2>/dev/null; cat <&3 3<&- &"

/* Waits for the shell. */
static gboolean
has_succeeded (pid_t pid)
{
  int status = 0;
  pid_t ended;

  do
    ended = waitpid (pid, &status, 0);
  while (ended < 0 && errno == EINTR);
  /* A host that ignores SIGCHLD takes the status away. */
  return ended < 0 || (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

static gboolean
start (gint pipe_fd, gint log_fd)
{
  const char *const argv[] = { "/bin/sh", "-c", COPY, NULL };
  const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
  pid_t pid = child_command_start (
      argv, envp, "/", &(ChildCommandFiles){ .stdout_fd = log_fd, .stderr_fd = pipe_fd }, NULL);

  return pid >= 0 && has_succeeded (pid);
}

gboolean
output_keeper_start (gint fd, gint log_fd)
{
  /* Above the standard streams, which the child's own replace one after the other. */
  gint pipe_fd = fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  gint target = log_fd >= 0 ? fcntl (log_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                            : open ("/dev/null", O_WRONLY | O_CLOEXEC);
  gboolean is_started = FALSE;

  if (pipe_fd >= 0 && target >= 0 && fcntl (pipe_fd, F_SETFL, 0) == 0)
    is_started = start (pipe_fd, target);
  if (pipe_fd >= 0)
    close (pipe_fd);
  if (target >= 0)
    close (target);
  return is_started;
}
