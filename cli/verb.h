/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Verb: what the first word of the command line asks for. Each verb is a constant in a file of its
 * own, cli/verbs/verb_<name>.c; cli/verbs/verbs.c has the table of all. Parsing, help and
 * completion go by the verb's options, so that there is nothing to keep in step.
 */

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

/* summary: a sentence, as in `backflow help`. notes: (nullable) paragraphs at the end of the help
 * text. run: does it; what it prints is flushed and checked by the caller. */
typedef struct
{
  Syntax syntax;
  const char *summary;
  const char *notes;
  ExitStatus (*run) (const Arguments *arguments, const Console *console);
} Verb;

/* Prints the help text of a verb. */
void verb_print_help (const Verb *verb, const Console *console);

/* Options that several verbs have. */
#define OPTION_JSON                                                                                \
  {                                                                                                \
    "json", 0, OPTION_FLAG, NULL, "print one JSON document on standard output"                     \
  }
#define OPTION_COLOR                                                                               \
  {                                                                                                \
    "color", 0, OPTION_VALUE, "WHEN", "auto (default), always or never"                            \
  }
#define OPTION_HELP                                                                                \
  {                                                                                                \
    "help", 'h', OPTION_FLAG, NULL, "print this help"                                              \
  }
#define OPTION_STORE                                                                               \
  {                                                                                                \
    "store", 0, OPTION_VALUE, "URI",                                                               \
        "where runs are kept: sqlite:PATH or memory: (default: in the user's state folder)"        \
  }
#define OPTION_INPUT                                                                               \
  {                                                                                                \
    "input", 'i', OPTION_REPEATED, "NAME=VALUE", "give the run an input; may be repeated"          \
  }
#define OPTION_INPUT_FILE                                                                          \
  {                                                                                                \
    "input-file", 'I', OPTION_REPEATED, "FILE", "read inputs from a YAML file; may be repeated"    \
  }
#define OPTION_LOAD                                                                                \
  {                                                                                                \
    "load", 0, OPTION_FLAG, NULL, "load the modules that the file names, which runs their code"    \
  }
#define OPTION_REASON                                                                              \
  {                                                                                                \
    "reason", 'm', OPTION_VALUE, "TEXT", "why; it is kept with the run"                            \
  }
#define OPTION_END                                                                                 \
  {                                                                                                \
    NULL, 0, OPTION_FLAG, NULL, NULL                                                               \
  }

G_END_DECLS
