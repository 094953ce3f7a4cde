/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/loading.h"

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
  const char *nearest = spelling_find_nearest_within (name, candidates, count, &loader->budget);

  if (nearest != NULL)
    diagnostics_add_help (loader->diagnostics, "did you mean '%s'?", nearest);
  return nearest != NULL;
}

void
loader_report_unregistered (Loader *loader, const Node *node, AtomKind kind, const char *name)
{
  gboolean is_retry = kind == ATOM_KIND_RETRY;
  gboolean is_other = is_retry ? registry_find (loader->registry, name) != NULL
                               : registry_find_retry (loader->registry, name) != NULL;
  g_autofree const char **known = is_retry ? registry_dup_retry_names (loader->registry)
                                           : registry_dup_names (loader->registry);

  loader_report (loader, node, "unknown-function", "no %s is registered as '%s'",
                 is_retry ? "retry controller" : "function", name);
  if (is_other)
    diagnostics_add_help (loader->diagnostics,
                          is_retry ? "'%s' is a function, for the 'call' of a task"
                                   : "'%s' is a retry controller, for 'retry'",
                          name);
  else if (!loader_suggest (loader, name, known, g_strv_length ((char **) (gpointer) known))
           && *known == NULL)
    diagnostics_add_help (loader->diagnostics, "'modules' loads those that register some");
}

void
loader_note_hole (Loader *loader)
{
  loader->file->has_holes = TRUE;
}

void
loader_note_unset (Loader *loader, const char *name, const SourceMark *mark)
{
  UnsetVariable variable = { .mark = *mark };

  if (loader->unset->len >= UNSET_MAX)
    return;
  variable.name = g_strdup (name);
  g_array_append_val (loader->unset, variable);
}
