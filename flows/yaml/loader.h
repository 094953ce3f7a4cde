/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Loader: a flow file (backflow-flow(5)) as a flow, with what else the file declares: inputs, outputs, description. All that
 * is wrong with the file is reported at once, with its place and the likely spelling. What only the whole flow can tell (who
 * provides a symbol, cycles, names that are there twice) is found by the compiler, whose findings have places in the file
 * too, because atoms keep their marks. Everything happens on the caller's thread; nothing is kept outside of a FlowFile, but
 * for the file name, which marks share as an interned string.
 */

#include <backflow/atoms/diagnostic.h>
#include <backflow/atoms/registry.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

/* A loaded file. It does not change any more, so that several threads may read it. */
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

/* A declared input. It is required when there is no default. A default of null makes null a possible value. */
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

/* How files are read; everything may be zero or NULL.
 * registry: (nullable) where `modules` register and `call` looks; a reference is taken. An empty one is made when NULL.
 * base_directory: (nullable) what relative paths of modules start from; the file's own directory when NULL.
 * size_max: the largest file in bytes; FLOW_FILE_SIZE_MAX when 0. */
typedef struct
{
  Registry *registry;
  const char *base_directory;
  gsize size_max;
} FlowFileOptions;

#define FLOW_FILE_SIZE_MAX ((gsize) 64 * 1024 * 1024)

/* Limits that nobody needs to come near to: levels of lists and mappings (a nested flow takes two), keys and values in the
 * file, and what aliases may stand for; arguments, or provided symbols, of one task. */
#define FLOW_FILE_DEPTH_MAX 1000u
#define FLOW_FILE_NODES_MAX 10000000u
#define FLOW_FILE_ALIASES_MAX 1000000u
#define FLOW_FILE_ARGUMENTS_MAX 1000u

/* Loads the file at `path`. options: (nullable). What is wrong goes to `diagnostics`, together with the text, so that it can be
 * shown. Returns: (transfer full) (nullable): NULL, with an error, when the file could not be read as YAML; otherwise
 * what could be made of it. It is fit to run when no errors were added. */
BACKFLOW_PUBLIC FlowFile *flow_file_load (const char *path, const FlowFileOptions *options,
                                          Diagnostics *diagnostics);

/* As flow_file_load() for a text in memory; `name` is what the file is called in marks. */
BACKFLOW_PUBLIC FlowFile *flow_file_load_text (const char *name, GBytes *text,
                                               const FlowFileOptions *options,
                                               Diagnostics *diagnostics);

/* Frees it; NULL is fine. */
BACKFLOW_PUBLIC void flow_file_free (FlowFile *file);

/* The outermost flow, borrowed; its name and version are the file's. NULL when errors left holes in it, such as steps that
 * could not be made: compiling it would only report consequences. */
BACKFLOW_PUBLIC Flow *flow_file_get_flow (const FlowFile *file);

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

/* The paths of the modules that were loaded, as the file has them, borrowed, NULL-terminated. */
BACKFLOW_PUBLIC const char *const *flow_file_get_modules (const FlowFile *file);

/* What a type is called in flow files; static. */
BACKFLOW_PUBLIC const char *flow_input_type_get_name (FlowInputType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlowFile, flow_file_free)

G_END_DECLS
