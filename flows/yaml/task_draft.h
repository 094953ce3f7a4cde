/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A task of a flow file while it is read: its keys, and what the files that read its parts share.
 * Private to the loader. */

#include <backflow/atoms/command.h>

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

/* The keys of a task, what their values look like, and what they mean. */
/* clang-format off */
#define TASK_KEYS(X) \
  X (TASK, "task", "name", "its name, unique in the file") \
  X (DESCRIPTION, "description", "text", "what it is for") \
  X (VERSION, "version", "version", "its version") \
  X (RUN, "run", "command", "its execute: a command") \
  X (CALL, "call", "function", "its execute: a registered C function") \
  X (USE, "use", "step", "its execute: a built-in step") \
  X (WITH, "with", "map of option to value", "options of the built-in step") \
  X (REVERT, "revert", "command, function, or none", "what takes its effect back") \
  X (REQUIRES, "requires", "list of symbols", "arguments") \
  X (REBIND, "rebind", "map of argument to symbol", "arguments that are read from other symbols") \
  X (OPTIONAL, "optional", "list of symbols", "arguments that are passed when somebody provides them") \
  X (INJECT, "inject", "map of argument to value", "constants that only this task sees") \
  X (PROVIDES, "provides", "symbol, list of symbols, or map of symbol to key", "what its result provides") \
  X (OUTPUT, "output", "text or json", "how standard output becomes the result") \
  X (REVERT_REQUIRES, "revert-requires", "list of symbols", "arguments of its revert, when they differ") \
  X (REVERT_REBIND, "revert-rebind", "map of argument to symbol", "the same, read from other symbols") \
  X (TIMEOUT, "timeout", "duration", "after which an execute has failed") \
  X (REVERT_TIMEOUT, "revert-timeout", "duration", "after which a revert has failed") \
  X (KILL_AFTER, "kill-after", "duration", "from TERM to KILL, when a command has to end") \
  X (PRIORITY, "priority", "integer", "larger first, among those that are ready") \
  X (SHELL, "shell", "sh or bash", "what runs the scripts of its commands") \
  X (ENV, "env", "map of variable to text", "environment of its commands") \
  X (CWD, "cwd", "path", "working directory of its commands") \
  X (WHEN, "when", "SQLite expression", "whether it is done; else it is IGNOREd") \
  X (DEPTH, "depth", "atom, neighbors, flow, or all", "how far being IGNOREd reaches") \
  X (RETRY, "retry", "map", "what happens when it fails") \
  X (ON_UNKNOWN, "on-unknown", "repeat or ask", "what an interrupted attempt means") \
  X (PROBE, "probe", "command", "says what is in the world") \
  X (REVERT_RETRY, "revert-retry", "map", "how often a failing revert is tried") \
  X (EFFECTS, "effects", "reversible, none, or irreversible", "what undoing it means")
/* clang-format on */

typedef enum
{
#define X(id, name, shape, meaning) TASK_KEY_##id,
  TASK_KEYS (X)
#undef X
      TASK_KEY_COUNT
} TaskKey;

/* What the execute of a task is. */
typedef enum
{
  TASK_DOES_RUN,
  TASK_DOES_CALL,
  TASK_DOES_USE,
  TASK_DOES_NOTHING, /* it is not said, or not well */
} TaskDoes;

/* A task while it is read. */
typedef struct
{
  Loader *loader;
  const Node *node;
  const Node *values[KEYS_MAX]; /* by TaskKey */
  const char *name;
  TaskDoes does;
  CommandShell shell; /* that of its flow, then its own */
  Atom *atom;
} TaskDraft;

extern const KeyTable task_key_table;

G_END_DECLS
