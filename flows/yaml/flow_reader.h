/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Flows of a flow file: the outermost one and those nested in it, read with a stack of our own.
 * Private to the loader. */

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

/* The keys of every flow, those that only the outermost one has besides, and those that only nested
 * ones have. */
/* clang-format off */
#define FLOW_KEYS(X) \
  X (FLOW, "flow", "name", "its name") \
  X (KIND, "kind", "linear, unordered, or graph", "the order of its steps") \
  X (DESCRIPTION, "description", "text", "what it is for") \
  X (VERSION, "version", "version", "its version") \
  X (OUTPUTS, "outputs", "list of symbols", "symbols that are printed at the end") \
  X (RETRY, "retry", "map", "what happens when something in it fails") \
  X (SHELL, "shell", "sh or bash", "what runs the scripts of its tasks") \
  X (TIMEOUT, "timeout", "duration", "how long it may take in all") \
  X (STEPS, "steps", "list of tasks and flows", "what it does, in order") \
  X (LINKS, "links", "list of links", "edges between steps of a graph flow")
#define FILE_KEYS(X) \
  X (INPUTS, "inputs", "map of symbol to input", "what a run is given") \
  X (MODULES, "modules", "list of paths", "plug-ins that register C functions")
#define NESTED_KEYS(X) \
  X (WHEN, "when", "SQLite expression", "whether it is done; else it is IGNOREd") \
  X (DEPTH, "depth", "atom, neighbors, flow, or all", "how far being IGNOREd reaches")
/* clang-format on */

typedef enum
{
#define X(id, name, shape, meaning) FLOW_KEY_##id,
  FLOW_KEYS (X)
#undef X
      FLOW_KEY_COUNT
} FlowKey;

typedef enum
{
  FILE_KEY_BEFORE = FLOW_KEY_COUNT - 1,
#define X(id, name, shape, meaning) FILE_KEY_##id,
  FILE_KEYS (X)
#undef X
      FILE_KEY_COUNT
} FileKey;

typedef enum
{
  NESTED_KEY_BEFORE = FLOW_KEY_COUNT - 1,
#define X(id, name, shape, meaning) NESTED_KEY_##id,
  NESTED_KEYS (X)
#undef X
      NESTED_KEY_COUNT
} NestedKey;

extern const KeyTable file_key_table;
extern const KeyTable nested_key_table;

/* Makes the outermost flow with all that is in it. values: of the keys of the outermost mapping, by
 * FlowKey and FileKey. */
Flow *flow_reader_read (Loader *loader, const Node *root, const Node *const *values);

G_END_DECLS
