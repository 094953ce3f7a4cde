/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Verb: what the first word of the command line asks for. Each verb is a constant in a file of its
 * own, cli/verb_<name>.c; the table of all is in cli/main.c. Parsing, help and completion go by the
 * verb's options, so that there is nothing to keep in step.
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

extern const Verb verb_run;
extern const Verb verb_check;
extern const Verb verb_plan;
extern const Verb verb_graph;
extern const Verb verb_resume;
extern const Verb verb_suspend;
extern const Verb verb_cancel;
extern const Verb verb_revert;
extern const Verb verb_resolve;
extern const Verb verb_show;
extern const Verb verb_list;
extern const Verb verb_logs;
extern const Verb verb_why;
extern const Verb verb_timeline;
extern const Verb verb_export;

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
#define OPTION_REASON                                                                              \
  {                                                                                                \
    "reason", 'm', OPTION_VALUE, "TEXT", "why; it is kept with the run"                            \
  }
#define OPTION_END                                                                                 \
  {                                                                                                \
    NULL, 0, OPTION_FLAG, NULL, NULL                                                               \
  }

G_END_DECLS
