/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "cli/console.h"
#include "cli/json.h"

struct Detach
{
  int pipe; /* to the process that was started; -1 once the run was announced */
};

/* -- The process that was started ---------------------------------------------------------------
 */

/* Reads what the new process says to its end. Returns: (transfer full) the id of the run, "" when it
 * ended without one. */
static char *
read_run (int pipe)
{
  GString *run = g_string_new (NULL);
  char buffer[256];
  ssize_t count;

  while ((count = read (pipe, buffer, sizeof buffer)) != 0)
    if (count > 0)
      g_string_append_len (run, buffer, count);
    else if (errno != EINTR)
      break;
  return g_string_free (run, FALSE);
}

static ExitStatus
wait_for_end (pid_t child)
{
  int ended = 0;

  while (waitpid (child, &ended, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED (ended) ? (ExitStatus) WEXITSTATUS (ended) : EXIT_STATUS_ENVIRONMENT;
}

static ExitStatus
report_begin (const Arguments *arguments, int pipe, pid_t child)
{
  g_autofree char *run = read_run (pipe);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (*run == '\0')
    return wait_for_end (child);
  if (!arguments_has (arguments, "json"))
    {
      printf ("%s\n", run);
      return EXIT_STATUS_SUCCESS;
    }
  json_add_text (&object, "run", run);
  console_print_json (g_variant_builder_end (&object));
  return EXIT_STATUS_SUCCESS;
}

/* -- The new process ----------------------------------------------------------------------------
 */

Detach *
detach_new (const Arguments *arguments, ExitStatus *status)
{
  int ends[2] = { -1, -1 };
  Detach *detach = NULL;
  pid_t child = -1;

  if (g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    child = fork ();
  if (child < 0)
    {
      fprintf (stderr, "backflow: error: no process can be started: %s\n", g_strerror (errno));
      *status = EXIT_STATUS_ENVIRONMENT;
      return NULL;
    }
  if (child > 0)
    {
      close (ends[1]);
      *status = report_begin (arguments, ends[0], child);
      close (ends[0]);
      return NULL;
    }
  close (ends[0]);
  setsid ();
  detach = g_new0 (Detach, 1);
  detach->pipe = ends[1];
  return detach;
}

void
detach_free (Detach *detach)
{
  if (detach == NULL)
    return;
  if (detach->pipe >= 0)
    close (detach->pipe);
  g_free (detach);
}

void
detach_announce (Detach *detach, const char *run)
{
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);
  ssize_t ignored;

  if (detach->pipe < 0)
    return;
  fflush (stdout);
  fflush (stderr);
  for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
    dup2 (null, fd);
  if (null > STDERR_FILENO)
    close (null);
  ignored = write (detach->pipe, run, strlen (run));
  (void) ignored;
  close (detach->pipe);
  detach->pipe = -1;
}
