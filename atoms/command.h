/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Command tasks: execute, revert and probe are shell texts or argument vectors. Arguments reach a
 * command as environment variables (in the name, what is no letter, digit or `_` is `_`; an
 * optional argument that is absent is unset), and in an argv list also where `{name}` stands: the
 * value is put in as it is, in one place, and never parsed again. In a revert the symbols that the
 * task provides are arguments too, empty ones when execute failed.
 *
 * Standard output becomes the result, or the object that the command wrote to the file named by
 * BACKFLOW_OUTPUT, as `name=value` lines or as JSON. A result that lacks what the task provides
 * fails the attempt at once, and so does one that is no UTF-8 text, or longer than 1 MiB, where the
 * task provides a symbol. A revert does not fail for what it printed. A task is built on one
 * thread; executors read it on any.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* Which of a task's commands. */
typedef enum
{
  COMMAND_EXECUTE,
  COMMAND_REVERT,
  COMMAND_PROBE,
  COMMAND_COUNT
} CommandRole;

/* How standard output becomes the result. */
typedef enum
{
  COMMAND_OUTPUT_TEXT, /* a string, without its trailing newline */
  COMMAND_OUTPUT_JSON, /* the value that the JSON text says */
} CommandOutput;

/* Which shell runs the texts of a task's commands. */
typedef enum
{
  COMMAND_SHELL_SH,   /* `/bin/sh -eu` */
  COMMAND_SHELL_BASH, /* `bash -euo pipefail`, found in PATH */
} CommandShell;

/* Makes a command task without commands; command_set_shell() or command_set_argv() with
 * COMMAND_EXECUTE gives it one. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *command_new (const char *name);

/* Sets a command as shell text: `/bin/sh -eu -c TEXT`, executed directly when the text is one
 * command of plain and quoted words that means the same without a shell. */
BACKFLOW_PUBLIC void command_set_shell (Atom *command, CommandRole role, const char *text);

/* Sets a command as a NULL-terminated argument vector; `{name}` in a word is substituted, `{{` and
 * `}}` are braces. Any other brace is refused with a critical message: who has words from people
 * checks them first. */
BACKFLOW_PUBLIC void command_set_argv (Atom *command, CommandRole role, const char *const *argv);

/* Whether the task has that command. */
BACKFLOW_PUBLIC gboolean command_has (const Atom *command, CommandRole role);

/* Sets how standard output becomes the result; COMMAND_OUTPUT_TEXT when not set. */
BACKFLOW_PUBLIC void command_set_output (Atom *command, CommandOutput output);

/* Sets an environment variable of the task's commands; replaces one of that name. `{name}` in the
 * value is substituted as in command_set_argv(). */
BACKFLOW_PUBLIC void command_set_env (Atom *command, const char *name, const char *value);

/* Sets the shell of the task's shell texts; COMMAND_SHELL_SH when not set. */
BACKFLOW_PUBLIC void command_set_interpreter (Atom *command, CommandShell shell);

/* Sets the working directory of the task's commands; `{name}` is substituted as in
 * command_set_argv(). A relative one is meant from the working directory of the program. */
BACKFLOW_PUBLIC void command_set_cwd (Atom *command, const char *cwd);

/* Sets how long a command may go on after it was asked to end with TERM, in microseconds; 5 s when
 * not set. */
BACKFLOW_PUBLIC void command_set_kill_after (Atom *command, gint64 kill_after_us);

/* The text of a command as it was given, an argv list quoted for a shell. Returns: (transfer full)
 * (nullable). */
BACKFLOW_PUBLIC char *command_dup_text (const Atom *command, CommandRole role);

/* The names in `{…}` of a command and of the working directory, in order, each once. Returns:
 * (transfer full) NULL-terminated. */
BACKFLOW_PUBLIC char **command_dup_placeholders (const Atom *command, CommandRole role);

G_END_DECLS
