/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

/* What a command step costs beside its spawn: a linear flow of `true` given as an argument vector,
 * on the memory store with the serial executor, against the least that anybody can do who captures
 * the output of a child: a loop of posix_spawn() with two pipes, poll until both are closed,
 * waitpid. Samples take turns. Prints microseconds a command of either and their ratio.
 */

#include "bench/graph.h"
#include "bench/sample.h"

#include <backflow/atoms/command.h>
#include <backflow/engine/engine.h>
#include <backflow/flows/flow.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const command[] = { "true", NULL };
static const char *const environment[] = { "PATH=" PATH, NULL };

static void
measure_flow (gconstpointer user_data, double *values)
{
  guint n_commands = *(const guint *) user_data;
  g_autoptr (GError) error = NULL;
  const EngineOptions options = { .environment = environment };
  gint64 start = sample_clock_ns ();
  g_autoptr (Flow) flow = flow_new_linear ("commands");
  g_autoptr (Engine) engine = NULL;
  FlowState end = FLOW_STATE_PENDING;
  GraphName name = GRAPH_NAME_FIRST;

  for (guint i = 0; i < n_commands; i++)
    {
      Atom *atom = command_new (name.text);

      command_set_argv (atom, COMMAND_EXECUTE, command);
      flow_add (flow, atom);
      graph_name_next (&name);
    }
  engine = engine_new (flow, &options);
  if (!engine_run (engine, &end, &error))
    g_error ("%s", error->message);
  if (end != FLOW_STATE_SUCCESS)
    g_error ("the flow ended in state %d", (int) end);
  values[0] = (double) (sample_clock_ns () - start) / 1e3 / n_commands;
}

/* Reads both ends until they are closed. */
static void
drain (int out, int err)
{
  struct pollfd fds[2] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
  char buffer[4096];

  while (fds[0].fd >= 0 || fds[1].fd >= 0)
    {
      if (poll (fds, 2, -1) < 0 && errno != EINTR)
        g_error ("poll: %s", g_strerror (errno));
      for (guint i = 0; i < 2; i++)
        if (fds[i].fd >= 0 && fds[i].revents != 0 && read (fds[i].fd, buffer, sizeof buffer) <= 0)
          {
            close (fds[i].fd);
            fds[i].fd = -1;
          }
    }
}

static void
spawn_one (const char *path)
{
  posix_spawn_file_actions_t actions;
  int out[2];
  int err[2];
  int status;
  pid_t pid;

  if (pipe2 (out, O_CLOEXEC) != 0 || pipe2 (err, O_CLOEXEC) != 0)
    g_error ("pipe2: %s", g_strerror (errno));
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, err[1], STDERR_FILENO);
  if (posix_spawn (&pid, path, &actions, NULL, (char *const *) (gconstpointer) command,
                   (char *const *) (gconstpointer) environment)
      != 0)
    g_error ("%s cannot be spawned", command[0]);
  posix_spawn_file_actions_destroy (&actions);
  close (out[1]);
  close (err[1]);
  drain (out[0], err[0]);
  if (waitpid (pid, &status, 0) != pid || status != 0)
    g_error ("%s failed", command[0]);
}

/* The loop looks the command up once. */
static char *
find_command (void)
{
  g_auto (GStrv) folders = g_strsplit (PATH, ":", -1);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folders[i], command[0], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&path);
    }
  g_error ("%s cannot be found", command[0]);
}

static void
measure_loop (gconstpointer user_data, double *values)
{
  guint n_commands = *(const guint *) user_data;
  g_autofree char *path = find_command ();
  gint64 start = sample_clock_ns ();

  for (guint i = 0; i < n_commands; i++)
    spawn_one (path);
  values[0] = (double) (sample_clock_ns () - start) / 1e3 / n_commands;
}

int
main (int argc, char **argv)
{
  SampleFunc funcs[2] = { measure_flow, measure_loop };
  int n_commands = 2000;
  int repeat = 1;
  const GOptionEntry entries[] = {
    { "commands", 'n', 0, G_OPTION_ARG_INT, &n_commands, "how many commands a sample (2000)", "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &repeat, "print medians of so many samples (1)",
      "COUNT" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- command steps against a posix_spawn loop");
  g_autoptr (GError) error = NULL;
  double flow;
  double loop;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || n_commands < 1 || repeat < 1)
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (),
               error != NULL ? error->message : "a number is too small");
      return 2;
    }
  sample_take_both (funcs, &n_commands, (guint) repeat, (double *[]){ &flow, &loop }, 1);
  printf ("commands\tflow-us\tloop-us\tratio\n%d\t%.1f\t%.1f\t%.3f\n", n_commands, flow, loop,
          flow / loop);
  return EXIT_SUCCESS;
}
