/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_attempt.h"

#include <string.h>
#include <unistd.h>

#include <backflow/atoms/atom_options.h>

#include "atoms/command_private.h"
#include "executors/children/child_wait.h"
#include "executors/commands/command_environment.h"
#include "executors/commands/command_failure.h"
#include "executors/commands/command_file.h"
#include "executors/commands/command_files.h"
#include "executors/commands/command_followers.h"
#include "executors/commands/command_lock.h"
#include "executors/commands/command_log.h"
#include "executors/commands/command_result.h"
#include "executors/commands/command_revert.h"
#include "executors/commands/shell_words.h"

/* Of a probe: the effect is not there. */
#define EXIT_ABSENT 1

/* Of a shell: the command can't be executed, or was not found. */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* How the variables begin in which bash passes its functions on. */
#define SHELL_FUNCTION_PREFIX "BASH_FUNC_"

struct CommandAttempt
{
  Attempt *attempt;
  CommandRole role;
  CommandHost *host;
  Child *child;
  CommandFiles *files;       /* (nullable) */
  GVariant *own_result;      /* (nullable) as in CommandValues */
  CommandProgress *progress; /* (nullable) */
  char *log_path;            /* (nullable) */
  GString *notes;            /* (nullable) */
  gint64 started_us;
  gboolean has_no_program; /* exec() of the one command of a shell text found no program */
};

/* -- Starting -----------------------------------------------------------------------------------
 */

/* Why a probe gives no answer is all the same to who asks: nothing is known. */
static const char *
get_domain (const CommandAttempt *self, const char *domain)
{
  return self->role == COMMAND_PROBE ? "probe" : domain;
}

/* A probe that could not be started has no answer, as any probe that fails. */
static void
fail_to_start (CommandAttempt *self, Failure *failure)
{
  if (self->role == COMMAND_PROBE)
    attempt_fail (self->attempt, failure);
  else
    attempt_fail_to_start (self->attempt, failure);
}

static void
fail (CommandAttempt *self, const char *domain, int code, const char *message)
{
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.message = message;
  fields.domain = get_domain (self, domain);
  fields.code = code;
  fields.attempt = self->attempt->number;
  fail_to_start (self, failure_new (&fields));
}

/* Takes `note` (nullable). */
static void
add_note (CommandAttempt *self, char *note)
{
  g_autofree char *owned = note;

  if (owned == NULL)
    return;
  if (self->notes == NULL)
    self->notes = g_string_new (NULL);
  else
    g_string_append (self->notes, "; ");
  g_string_append (self->notes, owned);
}

/* What a probe says of itself is not how far the execute is. */
static gboolean
is_followed (const CommandAttempt *self)
{
  return self->attempt->run->progress != NULL && self->role != COMMAND_PROBE;
}

/* Finds places for the files of the command. Most commands do without, so that they run where there
 * is no place for them too. */
static void
place_files (CommandAttempt *self)
{
  g_autoptr (GError) error = NULL;

  self->files
      = command_files_new (command_host_get_folder (self->host), self->attempt, self->role, &error);
  if (self->files == NULL)
    {
      add_note (self, g_strdup_printf ("BACKFLOW_OUTPUT is not set: %s", error->message));
      return;
    }
  self->progress
      = command_progress_new (command_files_get_progress_path (self->files), self->attempt);
  if (is_followed (self))
    command_followers_add (command_host_get_followers (self->host), self->progress);
}

/* Finds out what the task provides to its own revert. */
static void
find_own_result (CommandAttempt *self)
{
  if (self->role != COMMAND_REVERT)
    return;
  if (self->attempt->own_result != NULL)
    self->own_result = g_variant_ref (self->attempt->own_result);
  else if (self->files != NULL)
    self->own_result = command_file_read_part (command_files_get_former_path (self->files),
                                               COMMAND_RESULT_MAX_BYTES);
}

static const char *
look_up_variable (const char *name, gsize length, gpointer environment)
{
  return environment_find (environment, name, length);
}

/* The argument vector for a shell text, which runs from a file when it is too long for an argument.
 * Returns: (transfer full); NULL with an error. */
static char **
dup_shell_argv (CommandAttempt *self, CommandShell shell, const char *text, GError **error)
{
  gboolean is_long = strlen (text) > COMMAND_VALUE_MAX_BYTES && self->files != NULL;
  const char *script = is_long ? command_files_write (self->files, text, error) : text;
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  if (script == NULL)
    return NULL;
  g_ptr_array_add (argv, g_strdup (shell == COMMAND_SHELL_BASH ? "bash" : "/bin/sh"));
  g_ptr_array_add (argv, g_strdup (shell == COMMAND_SHELL_BASH ? "-euo" : "-eu"));
  if (shell == COMMAND_SHELL_BASH)
    g_ptr_array_add (argv, g_strdup ("pipefail"));
  if (!is_long)
    g_ptr_array_add (argv, g_strdup ("-c"));
  g_ptr_array_add (argv, g_strdup (script));
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_steal (argv, NULL);
}

/* Spawns the words of a shell text directly. A shell may still run what exec() can't (a script
 * without `#!`, a function from the environment), and otherwise explains best what is wrong: then
 * there is neither a child nor an error. */
static gboolean
spawn_directly (CommandAttempt *self, Child **child, ChildSpec *spec, const char *text,
                Environment *environment, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) problem = NULL;

  *child = NULL;
  if (environment_find (environment, "PATH", strlen ("PATH")) != NULL
      && strlen (text) <= COMMAND_VALUE_MAX_BYTES)
    words = shell_words_find (text, look_up_variable, environment);
  if (words == NULL)
    return TRUE;
  spec->argv = (const char *const *) (gconstpointer) words;
  *child = child_spawn (spec, &problem);
  if (*child != NULL)
    return TRUE;
  self->has_no_program = g_error_matches (problem, CHILD_ERROR, CHILD_ERROR_NOT_FOUND)
                         || g_error_matches (problem, CHILD_ERROR, CHILD_ERROR_NOT_EXECUTABLE);
  if (self->has_no_program || g_error_matches (problem, CHILD_ERROR, CHILD_ERROR_NO_FORMAT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static Child *
spawn_shell (CommandAttempt *self, ChildSpec *spec, const char *text, Environment *environment,
             GError **error)
{
  g_auto (GStrv) argv = NULL;
  Child *child;

  if (!spawn_directly (self, &child, spec, text, environment, error) || child != NULL)
    return child;
  /* bash takes functions from the environment, which may do anything. */
  self->has_no_program
      = self->has_no_program && !environment_has_prefix (environment, SHELL_FUNCTION_PREFIX);
  argv = dup_shell_argv (self, command_get_spec (self->attempt->atom)->shell, text, error);
  if (argv == NULL)
    return NULL;
  spec->argv = (const char *const *) (gconstpointer) argv;
  return child_spawn (spec, error);
}

static Child *
spawn_argv (ChildSpec *spec, const CommandLine *line, CommandValues *values, GError **error)
{
  g_auto (GStrv) argv = command_line_expand (line, command_environment_dup_word, values, error);

  if (argv == NULL)
    return NULL;
  spec->argv = (const char *const *) (gconstpointer) argv;
  return child_spawn (spec, error);
}

/* How long an attempt of the task may take by itself; 0 for no limit. */
static gint64
get_timeout (const CommandAttempt *self)
{
  gint64 timeout_us = atom_get_timeout (self->attempt->atom, self->attempt->action);

  return timeout_us == 0 && self->role == COMMAND_PROBE ? COMMAND_PROBE_LIMIT_US : timeout_us;
}

static gint64
get_deadline (const CommandAttempt *self)
{
  if (self->attempt->deadline_us != 0 || self->role != COMMAND_PROBE)
    return self->attempt->deadline_us;
  return self->started_us + get_timeout (self);
}

static Child *
spawn_in (CommandAttempt *self, const char *cwd, Environment *environment, GError **error)
{
  const CommandSpec *command = command_get_spec (self->attempt->atom);
  const CommandLine *line = &command->lines[self->role];
  g_autofree char *marker = command_lock_dup_marker (self->attempt, self->role);
  g_autofree char *lock_path = command_lock_dup_path (self->attempt, self->role);
  CommandValues values = { self->attempt, self->own_result };
  /* A probe has the mark of the execute that it looks for: only its session, and the processes that
   * hold its own lock, are ended when it has failed. */
  ChildSpec spec = {
    .envp = environment_get_list (environment),
    .cwd = cwd,
    .marker = self->role != COMMAND_PROBE ? marker : NULL,
    .lock_path = lock_path,
    .log_path = self->log_path,
    .is_merged = !command_result_is_promised (self->attempt->atom, self->role),
    .max_capture_bytes = COMMAND_RESULT_MAX_BYTES,
    .max_tail_bytes = COMMAND_FAILURE_TAIL_BYTES,
    .deadline_us = get_deadline (self),
    .kill_after_us = command->kill_after_us,
    .census = command_host_get_census (self->host),
  };

  if (line->shell != NULL)
    return spawn_shell (self, &spec, line->shell, environment, error);
  return spawn_argv (&spec, line, &values, error);
}

static Child *
spawn (CommandAttempt *self, GError **error)
{
  const CommandSpec *command = command_get_spec (self->attempt->atom);
  CommandValues values = { self->attempt, self->own_result };
  g_autoptr (Environment) environment = NULL;
  g_autoptr (GError) problem = NULL;
  g_autofree char *cwd
      = command_spec_expand_cwd (command, command_environment_dup_word, &values, &problem);
  CommandSurroundings surroundings = {
    .role = self->role,
    .cwd = cwd,
    .output_path = self->files != NULL ? command_files_get_output_path (self->files) : NULL,
    .progress_path = self->progress != NULL ? command_progress_get_path (self->progress) : NULL,
    .own_result = self->own_result,
    .files = self->files,
  };
  const char *oversized;

  if (problem == NULL)
    environment = command_environment_new (self->attempt, &surroundings, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  oversized = environment_get_oversized (environment);
  if (oversized != NULL)
    {
      g_set_error (error, CHILD_ERROR, CHILD_ERROR_ARGUMENTS,
                   "the value of \"%s\" is longer than the %d bytes that an environment variable "
                   "can have",
                   oversized, ENVIRONMENT_MAX_BYTES);
      return NULL;
    }
  return spawn_in (self, cwd, environment, error);
}

static void
dispose (CommandAttempt *self)
{
  child_free (self->child);
  if (self->progress != NULL)
    command_followers_remove (command_host_get_followers (self->host), self->progress);
  command_progress_free (self->progress);
  command_files_free (self->files);
  g_clear_pointer (&self->own_result, g_variant_unref);
  g_free (self->log_path);
  if (self->notes != NULL)
    g_string_free (self->notes, TRUE);
  g_free (self);
}

/* An atom without a revert reverts by doing nothing. */
static gboolean
end_without_command (CommandAttempt *self)
{
  if (command_has (self->attempt->atom, self->role))
    return FALSE;
  if (self->role == COMMAND_REVERT)
    attempt_succeed (self->attempt, NULL);
  else
    fail (self, "command", CHILD_ERROR_ARGUMENTS, "the task has no such command");
  return TRUE;
}

/* An execute must not make what its revert could not be given. */
static gboolean
check_revert (const CommandAttempt *self, GVariant *result, GError **error)
{
  return self->role != COMMAND_EXECUTE || command_revert_check (self->attempt, result, error);
}

CommandAttempt *
command_attempt_start (CommandHost *host, Attempt *attempt, CommandRole role)
{
  CommandAttempt *self = g_new0 (CommandAttempt, 1);
  g_autoptr (GError) error = NULL;

  self->attempt = attempt;
  self->role = role;
  self->host = host;
  if (end_without_command (self))
    {
      dispose (self);
      return NULL;
    }
  self->log_path = command_log_dup_path (attempt, role);
  self->started_us = g_get_monotonic_time ();
  place_files (self);
  find_own_result (self);
  if (check_revert (self, NULL, &error))
    self->child = spawn (self, &error);
  if (self->child != NULL)
    return self;
  fail (self, error->domain == TEMPLATE_ERROR ? "argument" : "command", error->code,
        error->message);
  dispose (self);
  return NULL;
}

/* -- Ending -------------------------------------------------------------------------------------
 */

Child *
command_attempt_get_child (CommandAttempt *self)
{
  return self->child;
}

void
command_attempt_cancel (CommandAttempt *self)
{
  child_cancel (self->child);
}

/* How long the attempt was allowed to take: what was set, unless a deadline of the whole came much
 * earlier. */
static gint64
get_limit (const CommandAttempt *self)
{
  gint64 timeout_us = get_timeout (self);
  gint64 allowed_us = get_deadline (self) - self->started_us;

  if (timeout_us > 0 && allowed_us > timeout_us - timeout_us / 10 - G_USEC_PER_SEC / 10)
    return timeout_us;
  return allowed_us > 1000 ? allowed_us / 1000 * 1000 : allowed_us;
}

/* Says where the log is, when there is one. */
static void
hand_over_log (CommandAttempt *self, const ChildOutcome *outcome, const Output *output)
{
  gint number = output_get_log_error (output);

  if (self->log_path == NULL)
    return;
  if (number != 0)
    add_note (self, g_strdup_printf ("the log %s is not complete: %s", self->log_path,
                                     g_strerror (number)));
  if ((output_get_total (output, OUTPUT_STDOUT) + output_get_total (output, OUTPUT_STDERR) == 0
       && !outcome->is_followed)
      || (number != 0 && access (self->log_path, F_OK) < 0))
    g_clear_pointer (&self->log_path, g_free);
  g_free (self->attempt->log_path);
  self->attempt->log_path = g_strdup (self->log_path);
}

static Failure *
conclude_success (CommandAttempt *self, const Output *output, GVariant **value)
{
  const char *path = self->files != NULL ? command_files_get_output_path (self->files) : NULL;
  CommandResult result = command_result_read (self->attempt->atom, self->role, output, path);
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = result.problem;
  FailureFields fields = FAILURE_FIELDS_INIT;

  add_note (self, result.note);
  *value = result.value;
  if (problem == NULL && check_revert (self, result.value, &error))
    return NULL;
  g_clear_pointer (value, g_variant_unref);
  if (problem == NULL)
    problem = g_strdup (error->message);
  fields.message = problem;
  fields.domain = get_domain (self, "output");
  fields.exit_status = 0;
  fields.log_path = self->log_path;
  fields.attempt = self->attempt->number;
  return failure_new (&fields);
}

/* Why the attempt has failed; NULL when it has not, with its result in `value`. */
static Failure *
conclude (CommandAttempt *self, const ChildOutcome *outcome, const Output *output, GVariant **value)
{
  CommandFailureFacts facts
      = { self->attempt->number, get_limit (self), get_domain (self, NULL), self->log_path };
  g_autoptr (Failure) failure = NULL;

  if (command_failure_is_success (outcome))
    failure = conclude_success (self, output, value);
  else
    failure = command_failure_new (outcome, output, &facts);
  if (outcome->remains != CHILD_REMAINS_SURVIVORS)
    return g_steal_pointer (&failure);
  g_clear_pointer (value, g_variant_unref);
  return command_failure_new_survivors (outcome, failure, &facts);
}

static void
hand_over_notes (CommandAttempt *self)
{
  if (self->notes == NULL)
    return;
  g_free (self->attempt->note);
  self->attempt->note = g_string_free (g_steal_pointer (&self->notes), FALSE);
}

/* Whether a probe has said that the effect is not there. */
static gboolean
has_denied (const CommandAttempt *self, const ChildOutcome *outcome)
{
  return self->role == COMMAND_PROBE && outcome->stop == CHILD_STOP_NONE
         && outcome->end == CHILD_END_EXITED && outcome->exit_status == EXIT_ABSENT
         && outcome->remains != CHILD_REMAINS_SURVIVORS;
}

/* Reports what has not been reported yet, and removes the file. */
static void
end_progress (CommandAttempt *self, const ChildOutcome *outcome)
{
  if (self->progress == NULL)
    return;
  if (command_failure_is_success (outcome))
    command_progress_look_last (self->progress);
  else
    command_progress_look (self->progress);
  add_note (self, command_progress_dup_note (self->progress));
}

/* Whether a shell has said of a text that is one command that there is no program to execute:
 * nothing has happened then. */
static gboolean
has_not_begun (const CommandAttempt *self, const ChildOutcome *outcome)
{
  return self->has_no_program && outcome->stop == CHILD_STOP_NONE
         && outcome->end == CHILD_END_EXITED
         && (outcome->exit_status == EXIT_NOT_FOUND || outcome->exit_status == EXIT_NOT_EXECUTABLE);
}

/* Fills in the outcome. */
static void
settle (CommandAttempt *self, const ChildOutcome *outcome, const Output *output)
{
  GVariant *value = NULL;
  Failure *failure;

  if (has_denied (self, outcome))
    {
      self->attempt->outcome = ATTEMPT_OUTCOME_ABSENT;
      return;
    }
  failure = conclude (self, outcome, output, &value);
  if (failure != NULL && has_not_begun (self, outcome))
    fail_to_start (self, failure);
  else if (failure != NULL)
    attempt_fail (self->attempt, failure);
  else
    attempt_succeed (self->attempt, value);
}

/* Keeps the lock of processes that could not be ended: the revert waits until they are gone. */
static void
keep_survivors (CommandAttempt *self, const ChildOutcome *outcome)
{
  g_autofree char *marker = NULL;

  if (outcome->remains != CHILD_REMAINS_SURVIVORS)
    return;
  marker = command_lock_dup_marker (self->attempt, self->role);
  command_host_keep_lock (self->host, marker, child_steal_lock (self->child));
}

/* What a failed execute has written to its file is for the revert, which removes the file when it
 * has done its work. */
static void
end_files (CommandAttempt *self)
{
  gboolean is_success = self->attempt->outcome == ATTEMPT_OUTCOME_SUCCESS;
  gboolean is_kept = self->role == COMMAND_EXECUTE && !is_success
                     && command_has (self->attempt->atom, COMMAND_REVERT);

  if (self->files == NULL)
    return;
  if (!is_kept)
    (void) unlink (command_files_get_output_path (self->files));
  if (self->role == COMMAND_REVERT && is_success)
    (void) unlink (command_files_get_former_path (self->files));
}

void
command_attempt_finish (CommandAttempt *self)
{
  const ChildOutcome *outcome = child_get_outcome (self->child);
  const Output *output = child_get_output (self->child);

  g_assert (outcome != NULL);
  end_progress (self, outcome);
  hand_over_log (self, outcome, output);
  add_note (self, command_failure_dup_note (outcome));
  settle (self, outcome, output);
  keep_survivors (self, outcome);
  hand_over_notes (self);
  end_files (self);
  dispose (self);
}

void
command_attempt_abandon (CommandAttempt *self)
{
  if (self != NULL)
    dispose (self);
}
