/* SPDX-License-Identifier: Apache-2.0 */
/* A command is started as posix_spawn() does it: the child borrows the memory of the engine until
 * it executes the command, so that the cost does not depend on how much memory the engine has. The
 * library's own code does three things more than posix_spawn() can: the child passes its lock on,
 * writes its session into the file of the lock, and does so before it executes the command.
 *
 * Rules for the code that runs in the child, from clone() to execve(): it calls nothing but system
 * calls, takes no lock, allocates nothing, and is not instrumented by sanitizers. All signals are
 * blocked until all are set to their defaults.
 */
#define _GNU_SOURCE

#include "executors/children/child_command.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "executors/children/child_lookup.h"

/* A program that was just written is "busy" while another thread's child, between vfork and exec,
 * still has the descriptor that it was written through. That ends by itself. */
#define BUSY_TRIES 6
#define BUSY_DELAY_US 1000ul

#define STACK_BYTES (64 * 1024)
#define N_SIGNALS 64

/* What the kernel takes for rt_sigaction(): all zero is the default action. */
typedef struct
{
  unsigned long words[8];
} KernelAction;

/* What the child needs; it is in memory that both share. */
typedef struct
{
  const char *path;
  char *const *argv;
  char *const *envp;
  const char *cwd; /* nullable */
  gint stdout_fd;
  gint stderr_fd;
  gint lock_fd;     /* -1: none */
  gint new_lock_fd; /* its number in the child */
  guint n_files;    /* the limit of descriptors */
  guint64 ticks_per_second;
  ChildLockRecord record;
  gint error; /* why the child could not execute the command */
} Start;

/* -- In the child -------------------------------------------------------------------------------
 */

#define IN_CHILD __attribute__ ((no_sanitize ("address"), no_sanitize ("thread"), noinline))

IN_CHILD static gboolean
reset_signals (void)
{
  static const KernelAction by_default = { { 0 } };

  for (gint number = 1; number <= N_SIGNALS; number++)
    if (number != SIGKILL && number != SIGSTOP
        && syscall (SYS_rt_sigaction, number, &by_default, NULL, (size_t) (N_SIGNALS / 8)) < 0
        && errno != EINVAL)
      return FALSE;
  return TRUE;
}

IN_CHILD static gboolean
unblock_signals (void)
{
  static const guint64 none = 0;

  return syscall (SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) == 0;
}

/* Closes all descriptors from `first` to `last`. */
IN_CHILD static gboolean
close_between (const Start *start, guint first, guint last)
{
  if (first > last || syscall (SYS_close_range, first, last, 0) == 0)
    return TRUE;
  for (guint fd = first; fd <= MIN (last, start->n_files); fd++)
    (void) syscall (SYS_close, fd);
  return TRUE;
}

IN_CHILD static gboolean
place_standard_files (const Start *start)
{
  long null_fd = syscall (SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);

  if (null_fd < 0)
    return FALSE;
  if (null_fd != STDIN_FILENO && syscall (SYS_dup3, null_fd, STDIN_FILENO, 0) < 0)
    return FALSE;
  return syscall (SYS_dup3, start->stdout_fd, STDOUT_FILENO, 0) >= 0
         && syscall (SYS_dup3, start->stderr_fd, STDERR_FILENO, 0) >= 0;
}

/* The lock moves to its number, all other descriptors are closed. */
IN_CHILD static gboolean
place_files (const Start *start)
{
  guint lock_fd = (guint) start->new_lock_fd;

  if (!place_standard_files (start))
    return FALSE;
  if (start->lock_fd < 0)
    return close_between (start, STDERR_FILENO + 1, G_MAXUINT);
  if (start->lock_fd != start->new_lock_fd
      && syscall (SYS_dup3, start->lock_fd, start->new_lock_fd, 0) < 0)
    return FALSE;
  if (start->lock_fd == start->new_lock_fd && syscall (SYS_fcntl, start->lock_fd, F_SETFD, 0) < 0)
    return FALSE;
  return close_between (start, STDERR_FILENO + 1, lock_fd - 1)
         && close_between (start, lock_fd + 1, G_MAXUINT);
}

/* The next owner of the run reads this. A record that can't be written is missing only there: the
 * lock itself holds. */
IN_CHILD static void
write_record (Start *start)
{
  struct timespec now = { 0, 0 };

  if (start->lock_fd < 0 || start->record.boot[0] == '\0')
    return;
  (void) syscall (SYS_clock_gettime, CLOCK_BOOTTIME, &now);
  start->record.leader = syscall (SYS_getpid);
  start->record.begun_before
      = (guint64) now.tv_sec * start->ticks_per_second
        + (guint64) now.tv_nsec * start->ticks_per_second / G_GUINT64_CONSTANT (1000000000) + 1;
  (void) syscall (SYS_pwrite64, start->new_lock_fd, &start->record, sizeof start->record,
                  (off_t) 0);
}

IN_CHILD static gint
run_child (void *data)
{
  Start *start = data;

  if (reset_signals () && syscall (SYS_setsid) >= 0 && place_files (start)
      && (start->cwd == NULL || syscall (SYS_chdir, start->cwd) == 0))
    {
      write_record (start);
      if (unblock_signals ())
        (void) syscall (SYS_execve, start->path, start->argv, start->envp);
    }
  start->error = errno != 0 ? errno : EINVAL;
  (void) syscall (SYS_exit_group, 127);
  return 127;
}

/* -- In the engine ------------------------------------------------------------------------------
 */

static gint
clone_child (Start *start, pid_t *pid)
{
  g_autofree guint8 *stack = g_malloc (STACK_BYTES);
  uintptr_t top = ((uintptr_t) stack + STACK_BYTES) & ~(uintptr_t) 63;
  sigset_t all;
  sigset_t before;
  gint number = 0;

  start->error = 0;
  sigfillset (&all);
  (void) pthread_sigmask (SIG_SETMASK, &all, &before);
  *pid = clone (run_child, (void *) top, CLONE_VM | CLONE_VFORK | SIGCHLD, start);
  if (*pid < 0)
    number = errno;
  (void) pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (*pid >= 0 && start->error != 0)
    {
      while (waitpid (*pid, NULL, 0) < 0 && errno == EINTR)
        continue;
      number = start->error;
    }
  return number;
}

/* Fills in what does not depend on the command. */
static void
prepare (Start *start, const ChildLock *lock)
{
  struct rlimit limit = { 1024, 1024 };

  (void) getrlimit (RLIMIT_NOFILE, &limit);
  start->n_files = (guint) MIN (limit.rlim_cur, (rlim_t) 65536);
  start->ticks_per_second = (guint64) sysconf (_SC_CLK_TCK);
  start->lock_fd = lock != NULL ? child_lock_get_fd (lock) : -1;
  start->new_lock_fd
      = MAX (STDERR_FILENO + 1, MIN (CHILD_COMMAND_LOCK_FD, (gint) start->n_files - 1));
  if (lock != NULL)
    start->record = *child_lock_get_record (lock);
}

pid_t
child_command_start (const char *const *argv, const char *const *envp, const char *cwd,
                     const ChildCommandFiles *files, GError **error)
{
  g_autofree char *path = child_lookup_command (argv[0], envp, cwd, error);
  /* execve() changes neither list; its prototype is older than const. */
  Start start = { .path = path,
                  .argv = (char *const *) (uintptr_t) argv,
                  .envp = (char *const *) (uintptr_t) envp,
                  .cwd = cwd,
                  .stdout_fd = files->stdout_fd,
                  .stderr_fd = files->stderr_fd };
  pid_t pid = -1;
  gint number;

  if (path == NULL)
    return -1;
  prepare (&start, files->lock);
  number = clone_child (&start, &pid);
  for (guint i = 0; i < BUSY_TRIES && number == ETXTBSY; i++)
    {
      g_usleep (BUSY_DELAY_US << i);
      number = clone_child (&start, &pid);
    }
  if (number == 0)
    return pid;
  child_lookup_explain (number, path, cwd, error);
  return -1;
}
