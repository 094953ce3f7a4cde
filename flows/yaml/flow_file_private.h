/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a flow file, for the files that load it. */

#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

struct FlowFile
{
  const char *name; /* interned */
  GBytes *text;
  Flow *flow;
  char *description;
  GArray *inputs;     /* of FlowInput, whose strings and values are owned */
  GPtrArray *outputs; /* of owned strings, NULL-terminated when loaded */
  gboolean has_holes;
  gboolean has_skipped_modules;
};

/* What each type is called, by FlowInputType. */
extern const char *const flow_input_type_names[FLOW_INPUT_OBJECT + 1];

/* Makes a file without anything in it. name: interned. */
FlowFile *flow_file_new (const char *name, GBytes *text);

G_END_DECLS
