/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a command is given: its arguments as environment variables and as words for `{name}`, and
 * BACKFLOW_*. Later ones hide earlier ones: the environment of the run, PWD where the task has a
 * cwd, the task's `env`, the arguments, BACKFLOW_*.
 *
 * An argument is the variable of its name with every byte that is no letter, digit or `_` replaced
 * by `_` (and a `_` before a leading digit): `server-name` is $server_name. When that makes two the
 * same, the one whose name needed no change counts. An optional argument that nobody provides is no
 * variable, even if the run's environment has one, and an empty word. In a revert the symbols that
 * the task provides are arguments too: what execute returned, or what it had written to the file of
 * BACKFLOW_OUTPUT before it failed; those that are not there are empty, so that `sh -u` goes on.
 *
 * A value longer than COMMAND_VALUE_MAX_BYTES, and the longest ones where all together are longer
 * than COMMAND_VALUES_MAX_BYTES, are no variables: NAME_FILE names a file with the value.
 * Stateless; any thread.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

#include "executors/commands/command_files.h"
#include "executors/commands/environment.h"

G_BEGIN_DECLS

/* The variable that tells an attempt from all others: nobody else's has this value. */
#define COMMAND_MARK "BACKFLOW_IDEMPOTENCY_KEY"

/* The same of a probe, which has the key of what it looks for: what an execute has left running on
 * purpose does not have this one. */
#define COMMAND_PROBE_MARK "BACKFLOW_PROBE"

/* More of the failures of a run than this, in bytes of JSON, is not told to reverts: those that
 * failed first are. */
#define COMMAND_FAILURES_MAX_BYTES (64 * 1024)

/* The longest value, script or argument that is passed as it is; the kernel takes 128 KiB with the
 * name. */
#define COMMAND_VALUE_MAX_BYTES (124 * 1024)

/* The most that all values together take, as far as the limit on the stack allows; more goes into
 * files. */
#define COMMAND_VALUES_MAX_BYTES (1024 * 1024)

/* An attempt with what its own task provides: own_result: (nullable) of a revert, the result of the
 * execute, or as much of it as is known. */
typedef struct
{
  const Attempt *attempt;
  GVariant *own_result;
} CommandValues;

/* What the environment cannot tell from the attempt. files: where values go that are too long;
 * (nullable): they can't be passed. */
typedef struct
{
  CommandRole role;
  const char *cwd;           /* (nullable) */
  const char *output_path;   /* (nullable) */
  const char *progress_path; /* (nullable) */
  GVariant *own_result;      /* (nullable) as in CommandValues */
  CommandFiles *files;
} CommandSurroundings;

/* Builds the environment. It borrows from the attempt's run. Returns: (transfer full); NULL with a
 * G_FILE_ERROR when a file for a value can't be written, or TEMPLATE_ERROR_UNKNOWN when a variable
 * of the task needs a value that is not there. */
Environment *command_environment_new (Attempt *attempt, const CommandSurroundings *surroundings,
                                      GError **error);

/* The word for `{name}`; `values` are CommandValues. Returns: (transfer full), NULL when it is no
 * argument. */
char *command_environment_dup_word (const char *name, gpointer values);

G_END_DECLS
