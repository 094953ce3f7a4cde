/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Flow file: what a loaded flow file (backflow-flow(5), flows/yaml/loader.h) says: its flow, and
 * what else it declares: inputs, outputs, description. It does not change any more, so that several
 * threads may read it.
 */

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

typedef struct FlowFile FlowFile;

/* What an input may be. */
typedef enum
{
  FLOW_INPUT_ANY, /* also null */
  FLOW_INPUT_STRING,
  FLOW_INPUT_INTEGER,
  FLOW_INPUT_NUMBER,
  FLOW_INPUT_BOOLEAN,
  FLOW_INPUT_ARRAY,
  FLOW_INPUT_OBJECT,
} FlowInputType;

/* A declared input. It is required when there is no default. A default of null makes null a
 * possible value. */
typedef struct
{
  const char *name;
  FlowInputType type;
  GVariant *default_value; /* (nullable) */
  const char *description; /* (nullable) */
  const char *env;         /* (nullable) the environment variable that it may come from */
  gboolean is_secret;      /* never stored nor shown */
  SourceMark mark;
} FlowInput;

/* Limits that nobody needs to come near to: bytes of a file, when nothing else is asked for; levels
 * of lists and mappings (a nested flow takes two), keys and values in the file, and what aliases
 * may stand for; arguments, or provided symbols, of one task. */
#define FLOW_FILE_SIZE_MAX ((gsize) 64 * 1024 * 1024)
#define FLOW_FILE_DEPTH_MAX 1000u
#define FLOW_FILE_NODES_MAX 10000000u
#define FLOW_FILE_ALIASES_MAX 1000000u
#define FLOW_FILE_ARGUMENTS_MAX 1000u

/* Frees it; NULL is fine. */
BACKFLOW_PUBLIC void flow_file_free (FlowFile *file);

/* The outermost flow, borrowed; its name and version are the file's. NULL when errors left holes in
 * it, such as steps that could not be made: compiling it would only report consequences. */
BACKFLOW_PUBLIC Flow *flow_file_get_flow (const FlowFile *file);

/* The same with its holes, borrowed (nullable), for finding further mistakes only. */
BACKFLOW_PUBLIC Flow *flow_file_get_partial_flow (const FlowFile *file);

/* The file's name as it was given, and its text, borrowed. */
BACKFLOW_PUBLIC const char *flow_file_get_name (const FlowFile *file);
BACKFLOW_PUBLIC GBytes *flow_file_get_text (const FlowFile *file);

/* What the file says about itself, borrowed (nullable). */
BACKFLOW_PUBLIC const char *flow_file_get_description (const FlowFile *file);

/* The declared inputs in the order of the file, borrowed; `count` receives how many. */
BACKFLOW_PUBLIC const FlowInput *flow_file_get_inputs (const FlowFile *file, guint *count);

/* The input of that name, borrowed (nullable). */
BACKFLOW_PUBLIC const FlowInput *flow_file_find_input (const FlowFile *file, const char *name);

/* The symbols to print at the end, in the order of the file, borrowed, NULL-terminated. */
BACKFLOW_PUBLIC const char *const *flow_file_get_outputs (const FlowFile *file);

/* Whether the file names modules that were not loaded (FLOW_FILE_MODULES_SKIP): it can be compiled
 * and looked at, but not run. */
BACKFLOW_PUBLIC gboolean flow_file_has_skipped_modules (const FlowFile *file);

/* What a type is called in flow files; static. */
BACKFLOW_PUBLIC const char *flow_input_type_get_name (FlowInputType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlowFile, flow_file_free)

G_END_DECLS
