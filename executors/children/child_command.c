/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

#include "executors/children/child_lookup.h"

/* A program that was just written is "busy" while another thread's child, between vfork and exec,
 * still has the descriptor that it was written through. That ends by itself. */
#define BUSY_TRIES 6
#define BUSY_DELAY_US 1000ul

static gint
describe_files (posix_spawn_file_actions_t *files, const char *cwd, gint stdout_fd, gint stderr_fd)
{
  gint number = posix_spawn_file_actions_addopen (files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

  if (number == 0)
    number = posix_spawn_file_actions_adddup2 (files, stdout_fd, STDOUT_FILENO);
  if (number == 0)
    number = posix_spawn_file_actions_adddup2 (files, stderr_fd, STDERR_FILENO);
  if (number == 0)
    number = posix_spawn_file_actions_addclosefrom_np (files, STDERR_FILENO + 1);
  if (number == 0 && cwd != NULL)
    number = posix_spawn_file_actions_addchdir_np (files, cwd);
  return number;
}

static gint
describe_process (posix_spawnattr_t *attributes)
{
  sigset_t all;
  sigset_t none;
  gint number;

  sigfillset (&all);
  sigemptyset (&none);
  number = posix_spawnattr_setsigdefault (attributes, &all);
  if (number == 0)
    number = posix_spawnattr_setsigmask (attributes, &none);
  if (number == 0)
    number = posix_spawnattr_setflags (attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF
                                                       | POSIX_SPAWN_SETSIGMASK);
  return number;
}

static gint
spawn (pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
       const posix_spawnattr_t *attributes, const char *const *argv, const char *const *envp)
{
  /* posix_spawn() changes neither list; its prototype is older than const. */
  char *const *arguments = (char *const *) (uintptr_t) argv;
  char *const *environment = (char *const *) (uintptr_t) envp;
  gint number = posix_spawn (pid, path, files, attributes, arguments, environment);

  for (guint i = 0; i < BUSY_TRIES && number == ETXTBSY; i++)
    {
      g_usleep (BUSY_DELAY_US << i);
      number = posix_spawn (pid, path, files, attributes, arguments, environment);
    }
  return number;
}

pid_t
child_command_start (const char *const *argv, const char *const *envp, const char *cwd,
                     gint stdout_fd, gint stderr_fd, GError **error)
{
  g_autofree char *path = child_lookup_command (argv[0], envp, cwd, error);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  pid_t pid = -1;
  gint number;

  if (path == NULL)
    return -1;

  /* Neither can fail with glibc, so both can be destroyed. */
  posix_spawn_file_actions_init (&files);
  posix_spawnattr_init (&attributes);
  number = describe_files (&files, cwd, stdout_fd, stderr_fd);
  if (number == 0)
    number = describe_process (&attributes);
  if (number == 0)
    number = spawn (&pid, path, &files, &attributes, argv, envp);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&files);

  if (number != 0)
    {
      child_lookup_explain (number, path, cwd, error);
      return -1;
    }
  return pid;
}
