/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

#include "cli/definition.h"
#include "cli/interrupts.h"
#include "cli/progress.h"
#include "cli/run_result.h"
#include "cli/store.h"
#include "cli/text.h"
#include "cli/verb.h"

/* How many findings are shown when a file can't be run; `check` shows all. */
#define FINDINGS_SHOWN 20

/* What one run of the verb works with. events: (nullable) where the event log goes. */
typedef struct
{
  const Arguments *arguments;
  const Console *console;
  Definition *definition;
  Storage *storage;
  Engine *engine;
  FILE *events;
} Job;

static void
job_clear (Job *job)
{
  engine_free (job->engine);
  storage_unref (job->storage);
  definition_free (job->definition);
  if (job->events != NULL && job->events != stdout)
    fclose (job->events);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

/* -- The command line --------------------------------------------------------------------------- */

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

/* Ids become names of files, and are told from @last. */
static gboolean
check_id (const Arguments *arguments, GError **error)
{
  const char *id = arguments_find (arguments, "id");

  if (id == NULL || storage_is_run_id (id))
    return TRUE;
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
               "--id is 1 to 128 letters, digits, dots, dashes and underscores, the first a letter "
               "or a digit, "
               "not \"%s\"",
               id);
  return FALSE;
}

static gboolean
check_arguments (const Arguments *arguments, GError **error)
{
  gboolean is_mixed = arguments_has (arguments, "json")
                      && g_strcmp0 (arguments_find (arguments, "events"), "-") == 0;

  if (is_mixed)
    g_set_error_literal (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                         "--json and --events - both want standard output: give --events a file");
  return !is_mixed && check_executor (arguments, error) && check_id (arguments, error);
}

/* -- Before the run ----------------------------------------------------------------------------- */

static gboolean
open_events (Job *job, GError **error)
{
  const char *path = arguments_find (job->arguments, "events");

  if (path == NULL)
    return TRUE;
  job->events = strcmp (path, "-") == 0 ? stdout : fopen (path, "we");
  if (job->events != NULL)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "the event log %s: %s",
               path, g_strerror (errno));
  return FALSE;
}

static gboolean
make_engine (Job *job, GError **error)
{
  const FlowFile *file = definition_get_file (job->definition);
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *path = g_canonicalize_filename (flow_file_get_name (file), NULL);
  g_autofree char *text
      = g_strndup ((const char *) g_bytes_get_data (flow_file_get_text (file), NULL),
                   g_bytes_get_size (flow_file_get_text (file)));
  EngineOptions options = {
    .run_id = arguments_find (job->arguments, "id"),
    .storage = job->storage,
    .definition = text,
    .definition_path = path,
    .environment = (const char *const *) environment,
  };

  job->engine = engine_new (flow_file_get_flow (file), &options);
  return definition_prepare (job->definition, job->engine, error);
}

static gboolean
prepare (Job *job, GError **error)
{
  job->storage = store_open_for_runs (job->arguments, error);
  return job->storage != NULL && make_engine (job, error);
}

/* -- The run ------------------------------------------------------------------------------------ */

static gboolean
drive (Job *job, FlowState *state, GError **error)
{
  ListenerMask mask = LISTENER_FLOW | LISTENER_ATOM;
  g_autoptr (Progress) progress = NULL;
  gboolean is_driven;

  if (arguments_has (job->arguments, "events-engine"))
    mask |= LISTENER_ENGINE;
  if (job->events != NULL)
    listener_add_event_log (job->engine, mask, job->events);
  progress = progress_new (job->engine, job->console);
  interrupts_install (job->engine, job->console->is_live ? INTERRUPTS_SILENT : INTERRUPTS_SPEAK);
  is_driven = engine_run (job->engine, state, error);
  interrupts_remove ();
  return is_driven;
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

static ExitStatus
run_job (Job *job)
{
  g_autoptr (GError) error = NULL;
  FlowState state = FLOW_STATE_PENDING;
  RunResult result = { .arguments = job->arguments,
                       .console = job->console,
                       .file = definition_get_file (job->definition),
                       .engine = job->engine,
                       .storage = job->storage };
  gboolean is_driven = drive (job, &state, &error);
  gboolean is_log_whole = close_events (job);
  ExitStatus status
      = is_driven ? run_result_print (&result, state) : run_result_print_error (&result, error);

  return status == EXIT_STATUS_SUCCESS && !is_log_whole ? EXIT_STATUS_ENVIRONMENT : status;
}

static ExitStatus
refuse (const Job *job, const GError *error)
{
  console_print_error (job->console, "%s", error->message);
  return store_get_exit_status (error);
}

/* A definition with errors is shown, and is all that there is to say. */
static ExitStatus
refuse_definition (Job *job)
{
  if (arguments_has (job->arguments, "json"))
    run_result_print_findings (definition_get_diagnostics (job->definition));
  definition_print (job->definition, job->console, FINDINGS_SHOWN);
  return EXIT_STATUS_USAGE;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (Job) job = { .arguments = arguments, .console = console };
  g_autoptr (GError) error = NULL;
  guint n_warnings;

  if (!check_arguments (arguments, &error))
    return refuse (&job, error);
  job.definition = definition_load (arguments, DEFINITION_TO_RUN);
  if (definition_has_errors (job.definition))
    return refuse_definition (&job);
  if (!prepare (&job, &error))
    return refuse (&job, error);
  if (definition_has_errors (job.definition))
    return refuse_definition (&job);
  if (!open_events (&job, &error))
    return refuse (&job, error);
  n_warnings = diagnostics_get_n_warnings (definition_get_diagnostics (job.definition));
  if (n_warnings > 0)
    console_print_warning (console, "backflow check finds %u doubtful %s in this file", n_warnings,
                           n_warnings == 1 ? "thing" : "things");
  return run_job (&job);
}

static const Option options[] = {
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  { "engine", 0, OPTION_VALUE, "NAME", "how steps are run: serial (default)" },
  { "workers", 0, OPTION_VALUE, "NUMBER",
    "how many steps may run at the same time, where the engine can do that" },
  OPTION_STORE,
  { "id", 0, OPTION_VALUE, "RUN", "the id of the run; made when not given" },
  { "events", 0, OPTION_VALUE, "FILE",
    "write each transition as a JSON object a line; - is standard output" },
  { "events-engine", 0, OPTION_FLAG, NULL, "with --events: the transitions of the engine as well" },
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_run = {
  .syntax = { "run", "FILE", 1, 1, options },
  .summary = "Run a flow file; roll back what was done when a step fails.",
  .notes = "Outputs go to standard output as name=value, all else to standard error.\n"
           "Exit status: 0 success; 10 failed or cancelled, and all is rolled back; 11 failed, and "
           "something is left;\n"
           "12 suspended; 1 the environment failed; 2 the command line, the file or an input is "
           "wrong: nothing was run.\n"
           "A first SIGINT or SIGTERM suspends, a second cancels and rolls back, a third ends the "
           "program.",
  .run = run,
};
