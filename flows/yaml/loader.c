/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/flows/yaml/loader.h>

#include "flows/yaml/document_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/flow_reader.h"
#include "flows/yaml/input_reader.h"
#include "flows/yaml/output_reader.h"

static const DocumentLimits limits
    = { FLOW_FILE_DEPTH_MAX, FLOW_FILE_NODES_MAX, FLOW_FILE_ALIASES_MAX };

/* -- Modules ------------------------------------------------------------------------------------
 */

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
  if (loader->skips_modules)
    loader->file->has_skipped_modules = TRUE;
  else if (!registry_load_module (loader->registry, resolved, &error))
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

/* -- The file -----------------------------------------------------------------------------------
 */

static void
read_description (Loader *loader, const Node *node)
{
  const Node *description = keys_find (loader, node, "description");

  if (description != NULL)
    loader->file->description = g_strdup (document_get_text (loader->document, description));
}

/* Whether a key of the outermost mapping is one that every flow file has, or nearly so. */
static gboolean
is_flow_key (const char *name)
{
  static const char *const signs[] = { "flow", "steps" };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (spelling_get_distance (name, signs[i], 1) <= 1)
      return TRUE;
  return FALSE;
}

/* Whether the file is meant to be a flow file. One of another tool would get a finding for each of
 * its keys. */
static gboolean
looks_like_flow (const Loader *loader, const Node *root)
{
  const Node *key;
  NodeIter iter;

  if (document_get_kind (loader->document, root) != NODE_MAPPING)
    return FALSE;
  node_iter_init (&iter, loader->document, root);
  while ((key = node_iter_next (&iter)) != NULL)
    {
      const char *name = document_get_text (loader->document, key);

      node_iter_next (&iter);
      if (name != NULL && is_flow_key (name))
        return TRUE;
    }
  return FALSE;
}

static void
refuse_root (Loader *loader)
{
  const SourceMark mark = { .file = loader->file->name };

  diagnostics_add (loader->diagnostics, DIAGNOSTIC_ERROR, "no-flow", &mark,
                   "this is not a flow file: it has neither 'flow' nor 'steps'");
  diagnostics_add_help (loader->diagnostics,
                        "a flow file says 'flow: NAME' and 'steps:', see backflow-flow(5)");
  loader_note_hole (loader);
}

/* Reads the file. findings: about the document as such, of no use in a file of another tool. */
static void
read_root (Loader *loader, const Diagnostics *findings)
{
  const Node *root = document_get_root (loader->document);
  const Node *values[KEYS_MAX];

  if (!looks_like_flow (loader, root))
    {
      refuse_root (loader);
      return;
    }
  diagnostics_append (loader->diagnostics, findings);
  keys_read (loader, &file_key_table, root, values);
  read_description (loader, root);
  if (values[FILE_KEY_MODULES] != NULL)
    load_modules (loader, values[FILE_KEY_MODULES]);
  if (values[FILE_KEY_INPUTS] != NULL)
    input_reader_read (loader, values[FILE_KEY_INPUTS]);
  loader->file->flow = flow_reader_read (loader, root, values);
  output_reader_check (loader);
  output_reader_check_unset (loader);
}

static void
unset_clear (gpointer data)
{
  g_free (((UnsetVariable *) data)->name);
}

/* Reads the document of a source into a file. */
static FlowFile *
load_source (Source *source, GBytes *text, const char *base_directory,
             const FlowFileOptions *options, Diagnostics *diagnostics)
{
  g_autoptr (Diagnostics) findings = diagnostics_new ();
  g_autoptr (Document) document = document_reader_read (source, &limits, findings);
  g_autoptr (Registry) registry = NULL;
  g_autoptr (GArray) output_marks = NULL;
  g_autoptr (GHashTable) conditions = NULL;
  g_autoptr (GHashTable) meant_keys = NULL;
  g_autoptr (GArray) unset = g_array_new (FALSE, FALSE, sizeof (UnsetVariable));
  Loader loader
      = { .document = document, .diagnostics = diagnostics, .budget = SPELLING_BUDGET_FULL };

  if (document == NULL)
    {
      diagnostics_append (diagnostics, findings);
      return NULL;
    }
  registry = options != NULL && options->registry != NULL ? registry_ref (options->registry)
                                                          : registry_new ();
  output_marks = g_array_new (FALSE, FALSE, sizeof (SourceMark));
  loader.file = flow_file_new (source_get_name (source), text);
  loader.registry = registry;
  loader.base_directory = base_directory;
  loader.skips_modules = options != NULL && options->modules == FLOW_FILE_MODULES_SKIP;
  loader.output_marks = output_marks;
  loader.conditions = conditions = g_hash_table_new (g_str_hash, g_str_equal);
  g_array_set_clear_func (unset, unset_clear);
  loader.unset = unset;
  loader.meant_keys = meant_keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  read_root (&loader, findings);
  g_ptr_array_add (loader.file->outputs, NULL);
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
