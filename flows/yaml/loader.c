/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/atoms/spelling.h>

#include "flows/yaml/field.h"
#include "flows/yaml/flow_reader.h"
#include "flows/yaml/input_reader.h"

/* How often candidates are searched for the likely spelling; nobody reads more findings than that. */
#define SEARCHES_MAX 200u

static const DocumentLimits limits
    = { FLOW_FILE_DEPTH_MAX, FLOW_FILE_NODES_MAX, FLOW_FILE_ALIASES_MAX };

/* -- Findings ----------------------------------------------------------------------------------- */

SourceMark
loader_get_mark (const Loader *loader, const Node *node)
{
  return document_get_mark (loader->document, node);
}

static void G_GNUC_PRINTF (5, 0)
    add_finding (Loader *loader, DiagnosticSeverity severity, const Node *node, const char *code,
                 const char *format, va_list args)
{
  g_autofree char *message = g_strdup_vprintf (format, args);
  SourceMark mark = loader_get_mark (loader, node);

  diagnostics_add (loader->diagnostics, severity, code, &mark, "%s", message);
}

void
loader_report (Loader *loader, const Node *node, const char *code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  add_finding (loader, DIAGNOSTIC_ERROR, node, code, format, args);
  va_end (args);
}

void
loader_warn (Loader *loader, const Node *node, const char *code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  add_finding (loader, DIAGNOSTIC_WARNING, node, code, format, args);
  va_end (args);
}

gboolean
loader_suggest (Loader *loader, const char *name, const char *const *candidates, gsize count)
{
  const char *nearest = NULL;

  if (loader->n_searches++ < SEARCHES_MAX)
    nearest = spelling_find_nearest (name, candidates, count);
  if (nearest != NULL)
    diagnostics_add_help (loader->diagnostics, "did you mean '%s'?", nearest);
  return nearest != NULL;
}

void
loader_note_hole (Loader *loader)
{
  loader->file->has_holes = TRUE;
}

/* -- Modules ------------------------------------------------------------------------------------ */

/* A path with a slash starts from the file's folder; one without is for the dynamic linker. */
static char *
resolve_module (const Loader *loader, const char *path)
{
  if (g_strcmp0 (loader->base_directory, ".") == 0 || loader->base_directory == NULL
      || g_path_is_absolute (path) || strchr (path, '/') == NULL)
    return g_strdup (path);
  return g_build_filename (loader->base_directory, path, NULL);
}

static void
load_module (Loader *loader, const Node *node)
{
  const char *path = field_get_text (loader, node, "modules");
  g_autofree char *resolved = path == NULL ? NULL : resolve_module (loader, path);
  g_autoptr (GError) error = NULL;

  if (path == NULL)
    return;
  if (registry_load_module (loader->registry, resolved, &error))
    g_ptr_array_add (loader->file->modules, g_strdup (path));
  else
    loader_report (loader, node, "module", "%s", error->message);
}

static void
load_modules (Loader *loader, const Node *node)
{
  const Node *module;
  NodeIter iter;

  if (!field_is_list (loader, node, "modules", FLOW_FILE_ARGUMENTS_MAX))
    return;
  node_iter_init (&iter, loader->document, node);
  while ((module = node_iter_next (&iter)) != NULL)
    load_module (loader, module);
}

/* -- The file ----------------------------------------------------------------------------------- */

static void
read_description (Loader *loader, const Node *node)
{
  const Node *description = keys_find (loader, node, "description", NULL);

  if (description != NULL)
    loader->file->description = g_strdup (document_get_text (loader->document, description));
}

static void
read_root (Loader *loader)
{
  const Node *root = document_get_root (loader->document);
  const Node *values[KEYS_MAX];

  if (!keys_read (loader, &file_key_table, root, values))
    {
      loader_note_hole (loader);
      return;
    }
  read_description (loader, root);
  if (values[FILE_KEY_MODULES] != NULL)
    load_modules (loader, values[FILE_KEY_MODULES]);
  if (values[FILE_KEY_INPUTS] != NULL)
    input_reader_read (loader, values[FILE_KEY_INPUTS]);
  loader->file->flow = flow_reader_read (loader, root, values);
  flow_reader_check_outputs (loader);
}

static FlowFile *
new_file (const Source *source, GBytes *text)
{
  FlowFile *file = g_new0 (FlowFile, 1);

  file->name = source_get_name (source);
  file->text = g_bytes_ref (text);
  file->inputs = g_array_new (FALSE, FALSE, sizeof (FlowInput));
  g_array_set_clear_func (file->inputs, input_reader_clear_input);
  file->outputs = g_ptr_array_new_with_free_func (g_free);
  file->modules = g_ptr_array_new_with_free_func (g_free);
  return file;
}

/* Reads the document of a source into a file. */
static FlowFile *
load_source (Source *source, GBytes *text, const char *base_directory,
             const FlowFileOptions *options, Diagnostics *diagnostics)
{
  g_autoptr (Document) document = document_new (source, &limits, diagnostics);
  g_autoptr (Registry) registry = NULL;
  g_autoptr (GArray) output_marks = NULL;
  Loader loader = { .document = document, .diagnostics = diagnostics };

  if (document == NULL)
    return NULL;
  registry = options != NULL && options->registry != NULL ? registry_ref (options->registry)
                                                          : registry_new ();
  output_marks = g_array_new (FALSE, FALSE, sizeof (SourceMark));
  loader.file = new_file (source, text);
  loader.registry = registry;
  loader.base_directory = base_directory;
  loader.output_marks = output_marks;
  read_root (&loader);
  g_ptr_array_add (loader.file->outputs, NULL);
  g_ptr_array_add (loader.file->modules, NULL);
  return loader.file;
}

static gsize
get_size_max (const FlowFileOptions *options)
{
  return options == NULL || options->size_max == 0 ? FLOW_FILE_SIZE_MAX : options->size_max;
}

FlowFile *
flow_file_load (const char *path, const FlowFileOptions *options, Diagnostics *diagnostics)
{
  g_autofree char *directory = NULL;
  g_autoptr (Source) source = NULL;

  g_return_val_if_fail (path != NULL && diagnostics != NULL, NULL);

  source = source_new_from_file (path, get_size_max (options), diagnostics);
  if (source == NULL)
    return NULL;
  directory = options != NULL && options->base_directory != NULL
                  ? g_strdup (options->base_directory)
                  : g_path_get_dirname (path);
  return load_source (source, source_get_bytes (source), directory, options, diagnostics);
}

FlowFile *
flow_file_load_text (const char *name, GBytes *text, const FlowFileOptions *options,
                     Diagnostics *diagnostics)
{
  g_autoptr (Source) source = NULL;

  g_return_val_if_fail (name != NULL && text != NULL && diagnostics != NULL, NULL);

  source = source_new_from_bytes (name, text, get_size_max (options), diagnostics);
  if (source == NULL)
    return NULL;
  return load_source (source, text, options == NULL ? NULL : options->base_directory, options,
                      diagnostics);
}

void
flow_file_free (FlowFile *file)
{
  if (file == NULL)
    return;
  flow_unref (file->flow);
  g_bytes_unref (file->text);
  g_free (file->description);
  g_array_unref (file->inputs);
  g_ptr_array_unref (file->outputs);
  g_ptr_array_unref (file->modules);
  g_free (file);
}

/* -- What is in it ------------------------------------------------------------------------------ */

Flow *
flow_file_get_flow (const FlowFile *file)
{
  return file->has_holes ? NULL : file->flow;
}

const char *
flow_file_get_name (const FlowFile *file)
{
  return file->name;
}

GBytes *
flow_file_get_text (const FlowFile *file)
{
  return file->text;
}

const char *
flow_file_get_description (const FlowFile *file)
{
  return file->description;
}

const FlowInput *
flow_file_get_inputs (const FlowFile *file, guint *count)
{
  *count = file->inputs->len;
  return (const FlowInput *) (const void *) file->inputs->data;
}

const FlowInput *
flow_file_find_input (const FlowFile *file, const char *name)
{
  for (guint i = 0; i < file->inputs->len; i++)
    {
      const FlowInput *input = &g_array_index (file->inputs, FlowInput, i);

      if (strcmp (input->name, name) == 0)
        return input;
    }
  return NULL;
}

const char *const *
flow_file_get_outputs (const FlowFile *file)
{
  return (const char *const *) file->outputs->pdata;
}

const char *const *
flow_file_get_modules (const FlowFile *file)
{
  return (const char *const *) file->modules->pdata;
}
