/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/job.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_events.h>

#include "cli/interrupts.h"
#include "cli/runs/store.h"
#include "cli/shell_text.h"
#include "cli/views/progress.h"

/* How many findings are shown when a file can't be run; `check --all` shows every one. */
#define FINDINGS_SHOWN 20

void
job_clear (Job *job)
{
  engine_free (job->engine);
  storage_unref (job->storage);
  definition_free (job->definition);
  g_free (job->storage_uri);
  g_free (job->directory);
  if (job->events != NULL && job->events != stdout)
    fclose (job->events);
}

/* -- The command line ---------------------------------------------------------------------------
 */

static gboolean
check_executor (const Arguments *arguments, GError **error)
{
  static const char *const names[] = { "serial", "threads", "processes", "async" };
  const char *name = arguments_find (arguments, "engine");
  const char *workers = arguments_find (arguments, "workers");
  gboolean is_known = FALSE;
  guint64 count;

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (names); i++)
    is_known = is_known || strcmp (name, names[i]) == 0;
  if (name != NULL && !is_known)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                   "--engine is serial, threads, processes or async, not \"%s\"", name);
      return FALSE;
    }
  if (name != NULL && strcmp (name, names[0]) != 0)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                   "the engine \"%s\" is not in this build: use serial", name);
      return FALSE;
    }
  if (workers == NULL || g_ascii_string_to_unsigned (workers, 10, 1, G_MAXINT32, &count, NULL))
    return TRUE;
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE, "--workers is a number from 1, not \"%s\"",
               workers);
  return FALSE;
}

gboolean
job_check_arguments (const Arguments *arguments, GError **error)
{
  gboolean is_mixed = arguments_has (arguments, "json")
                      && g_strcmp0 (arguments_find (arguments, "events"), "-") == 0;

  if (is_mixed)
    g_set_error_literal (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                         "--json and --events - both want standard output: give --events a file");
  return !is_mixed && check_executor (arguments, error);
}

/* -- The event log ------------------------------------------------------------------------------
 */

/* Opens a file for writing anew; one that is made can be read by its owner alone, since results
 * stand in it. Returns: (nullable) NULL with errno. */
static FILE *
open_private (const char *path)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  return fd >= 0 ? fdopen (fd, "w") : NULL;
}

gboolean
job_open_events (Job *job, GError **error)
{
  const char *path = arguments_find (job->arguments, "events");

  if (path == NULL)
    return TRUE;
  job->events = strcmp (path, "-") == 0 ? stdout : open_private (path);
  if (job->events != NULL)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "the event log %s: %s",
               path, g_strerror (errno));
  return FALSE;
}

/* Closes the event log. FALSE when it isn't whole; said. */
static gboolean
close_events (Job *job)
{
  gboolean is_whole = TRUE;

  if (job->events == NULL || job->events == stdout)
    return TRUE;
  is_whole = !ferror (job->events);
  is_whole = fclose (job->events) == 0 && is_whole;
  job->events = NULL;
  if (!is_whole)
    console_print_error (job->console, "the event log %s could not be written to its end",
                         arguments_find (job->arguments, "events"));
  return is_whole;
}

/* -- The run ------------------------------------------------------------------------------------
 */

gboolean
job_enter_directory (const Job *job, GError **error)
{
  if (job->directory == NULL || chdir (job->directory) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno),
               "the run was started in %s, which can't be entered: %s; --directory says where to "
               "run its steps instead",
               job->directory, g_strerror (errno));
  return FALSE;
}

/* Nobody else can ask anything of a run in memory. */
static gboolean
watch_requests (const Job *job, GError **error)
{
  return g_str_has_prefix (job->storage_uri, "memory")
         || engine_watch_requests (job->engine, job->storage_uri, error);
}

void
job_log_events (Job *job)
{
  ListenerMask mask = LISTENER_FLOW | LISTENER_ATOM;

  if (job->events == NULL || job->is_logging)
    return;
  if (arguments_has (job->arguments, "events-engine"))
    mask |= LISTENER_ENGINE;
  listener_add_event_log (job->engine, mask, job->events);
  job->is_logging = TRUE;
}

/* What goes on with the run later. Returns: (transfer full) (nullable): nothing when it is kept
 * nowhere. */
static char *
dup_resume (const Job *job)
{
  g_autofree char *store_option = shell_text_dup_store_option (job->arguments);

  if (g_str_has_prefix (job->storage_uri, "memory"))
    return NULL;
  return g_strdup_printf ("backflow resume %s%s", engine_get_run_id (job->engine), store_option);
}

/* The folder with the logs of the run. Returns: (transfer full) (nullable). */
static char *
dup_logs (const Job *job)
{
  const char *all = storage_get_log_dir (job->storage);

  return all != NULL ? g_build_filename (all, engine_get_run_id (job->engine), NULL) : NULL;
}

static ProgressDetail
get_detail (const Arguments *arguments)
{
  const char *const *given = arguments_get_all (arguments, "verbose");
  guint count = 0;

  while (given[count] != NULL)
    count++;
  return (ProgressDetail) MIN (count, PROGRESS_TRANSITIONS);
}

/* The first transition of the flow is told when the store has it. */
static void
announce (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) event;
  detach_announce ((Detach *) user_data, engine_get_run_id (engine));
}

static gboolean
drive (Job *job, FlowState *state, GError **error)
{
  g_autoptr (Progress) progress = NULL;
  g_autofree char *resume = dup_resume (job);
  g_autofree char *logs = NULL;
  gboolean is_driven;

  if (!watch_requests (job, error) || !job_enter_directory (job, error))
    return FALSE;
  job_log_events (job);
  if (job->detach != NULL)
    engine_add_listener (job->engine, LISTENER_FLOW, announce, job->detach, NULL);
  logs = dup_logs (job);
  progress = progress_new (job->engine, job->console, get_detail (job->arguments), logs);
  interrupts_install (job->engine, job->console->is_live ? INTERRUPTS_SILENT : INTERRUPTS_SPEAK,
                      resume);
  is_driven = engine_run (job->engine, state, error);
  interrupts_remove ();
  return is_driven;
}

ExitStatus
job_run (Job *job)
{
  g_autoptr (GError) error = NULL;
  FlowState state = FLOW_STATE_PENDING;
  RunResult result = { .arguments = job->arguments,
                       .console = job->console,
                       .goal = job->goal,
                       .file = definition_get_file (job->definition),
                       .plan = engine_get_plan (job->engine),
                       .engine = job->engine,
                       .storage = job->storage };
  gboolean is_driven = drive (job, &state, &error);
  gboolean is_log_whole = close_events (job);
  ExitStatus status
      = is_driven ? run_result_print (&result, state) : run_result_print_error (&result, error);

  return status == EXIT_STATUS_SUCCESS && !is_log_whole ? EXIT_STATUS_ENVIRONMENT : status;
}

/* -- Refusing -----------------------------------------------------------------------------------
 */

ExitStatus
job_refuse (const Job *job, const GError *error)
{
  return run_result_refuse (job->arguments, job->console, error);
}

ExitStatus
job_refuse_definition (Job *job)
{
  return definition_refuse (job->definition, job->arguments, job->console, FINDINGS_SHOWN);
}
