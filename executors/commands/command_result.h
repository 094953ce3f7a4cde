/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The result of a command that exited with status 0: the file that BACKFLOW_OUTPUT names when the
 * command wrote it, else standard output. Where the result is promised (the task provides a symbol,
 * or says that it prints JSON) standard output is read strictly. Otherwise, and for reverts, the
 * result is all output, in which standard error has its true place, and what can't be kept as it is
 * becomes a note. Stateless; any thread.
 */

#include <backflow/atoms/command.h>

#include "executors/children/output.h"

G_BEGIN_DECLS

/* How much of standard output, or of the file of BACKFLOW_OUTPUT, can be a result. */
#define COMMAND_RESULT_MAX_BYTES (1024 * 1024)

/* What was read. All owned by whoever asked. */
typedef struct
{
  GVariant *value; /* (nullable): NULL for nothing */
  char *problem;   /* (nullable): why the attempt has failed */
  char *note;      /* (nullable): what people should know though it has not */
} CommandResult;

/* Whether the result of that command is promised, so that standard output has to be told from
 * standard error. */
gboolean command_result_is_promised (const Atom *command, CommandRole role);

/* Reads the result.
 *
 * A task that provides a symbol whose index or key is not in the result has failed here, and not
 * later, where the symbol is used (a departure from TaskFlow, which warns): what it did is then
 * reverted like any other failed attempt. output_path: (nullable) what BACKFLOW_OUTPUT said. A file
 * of `name=value` lines is an object of strings, one that begins with `{` is read as JSON; an empty
 * one is an empty object. In text, a newline at the end is left out, one only. A task that prints
 * nothing and provides nothing has no result. */
CommandResult command_result_read (const Atom *command, CommandRole role, const Output *output,
                                   const char *output_path);

G_END_DECLS
