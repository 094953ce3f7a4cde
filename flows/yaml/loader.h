/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Loader: a flow file (backflow-flow(5)) as a flow, with what else the file declares: inputs,
 * outputs, description. All that is wrong with the file is reported at once, with its place and the
 * likely spelling. What only the whole flow can tell (who provides a symbol, cycles, names that are
 * there twice) is found by the compiler, whose findings have places in the file too, because atoms
 * keep their marks. Everything happens on the caller's thread; nothing is kept outside of a
 * FlowFile, but for the file name, which marks share as an interned string.
 */

#include <backflow/atoms/registry.h>
#include <backflow/diagnostics/diagnostic.h>
#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

/* Whether the modules that a file names are loaded, which runs their code. SKIP: none is opened;
 * `registry` gets a stand-in, which fails, for each function that it lacks. */
typedef enum
{
  FLOW_FILE_MODULES_LOAD,
  FLOW_FILE_MODULES_SKIP,
} FlowFileModules;

/* How files are read; everything may be zero or NULL.
 * registry: (nullable) where `modules` register and `call` looks; a reference is taken. An empty
 * one is made when NULL. base_directory: (nullable) what relative paths of modules start from; the
 * file's own directory when NULL. size_max: the largest file in bytes; FLOW_FILE_SIZE_MAX when 0.
 */
typedef struct
{
  Registry *registry;
  const char *base_directory;
  gsize size_max;
  FlowFileModules modules;
} FlowFileOptions;

/* Loads the file at `path`. options: (nullable). What is wrong goes to `diagnostics`, together with
 * the text, so that it can be shown. Returns: (transfer full) (nullable): NULL, with an error, when
 * the file could not be read as YAML; otherwise what could be made of it. It is fit to run when no
 * errors were added. */
BACKFLOW_PUBLIC FlowFile *flow_file_load (const char *path, const FlowFileOptions *options,
                                          Diagnostics *diagnostics);

/* As flow_file_load() for a text in memory; `name` is what the file is called in marks. */
BACKFLOW_PUBLIC FlowFile *flow_file_load_text (const char *name, GBytes *text,
                                               const FlowFileOptions *options,
                                               Diagnostics *diagnostics);

G_END_DECLS
