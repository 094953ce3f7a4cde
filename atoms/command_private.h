/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a command task keeps, for the executors: the commands as they were given, parsed as far as
 * they are constant. A spec belongs to its atom, is written only by the setters of atoms/command.h,
 * and is read on any thread afterwards.
 */

#include <backflow/atoms/command.h>

#include "atoms/atom_private.h"
#include "values/template.h"

G_BEGIN_DECLS

/* One command: a shell text, or an argument vector, or neither when the task has none. */
typedef struct
{
  char *shell;          /* (nullable) */
  char **argv;          /* (nullable) */
  Template **templates; /* (nullable) one per word of argv, NULL for a word without braces; NULL
                           when no word has any */
} CommandLine;

struct CommandSpec
{
  CommandLine lines[COMMAND_COUNT];
  char **env;             /* (nullable) NAME=VALUE; a value may have placeholders */
  char *cwd;              /* (nullable) */
  Template *cwd_template; /* (nullable) of a cwd with braces */
  gint64 kill_after_us;
  CommandOutput output;
  CommandShell shell;
};

/* What the task keeps, borrowed. Only for atoms of ATOM_KIND_COMMAND. */
const CommandSpec *command_get_spec (const Atom *command);

/* Whether the task has a revert command, or a probe. */
gboolean command_spec_has_revert (const CommandSpec *spec);
gboolean command_spec_has_probe (const CommandSpec *spec);

/* Whether there is a command. */
gboolean command_line_is_set (const CommandLine *line);

/* The words of an argument vector with the values in them. Only for lines with an argv. Returns:
 * (transfer full) NULL-terminated; NULL with TEMPLATE_ERROR_UNKNOWN. */
char **command_line_expand (const CommandLine *line, TemplateLookupFunc lookup, gpointer user_data,
                            GError **error);

/* A word of the task with the values in it. Returns: (transfer full); NULL with
 * TEMPLATE_ERROR_UNKNOWN when a value is not there. */
char *command_expand_word (const char *word, TemplateLookupFunc lookup, gpointer user_data,
                           GError **error);

/* The working directory with the values in it. Returns: (transfer full) (nullable): NULL when none
 * was set, or with TEMPLATE_ERROR_UNKNOWN. */
char *command_spec_expand_cwd (const CommandSpec *spec, TemplateLookupFunc lookup,
                               gpointer user_data, GError **error);

G_END_DECLS
