/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/field_value.h"

#include <backflow/values/value.h>

#include "flows/yaml/scalar.h"

static GVariant *
new_number (Loader *loader, const Node *node, const Scalar *scalar)
{
  const char *text = document_get_text (loader->document, node);

  if (scalar->type == SCALAR_INTEGER)
    {
      if (scalar_has_leading_zero (text))
        {
          loader_warn (loader, node, "leading-zero", "%s is the decimal number %" G_GINT64_FORMAT,
                       text, scalar->integer);
          diagnostics_add_help (loader->diagnostics, "quote it, or write 0o for an octal number");
        }
      return g_variant_new_int64 (scalar->integer);
    }
  if (scalar->type == SCALAR_FLOAT)
    return g_variant_new_double (scalar->number);
  loader_report (loader, node, "range", "no number can hold %s", text);
  diagnostics_add_help (loader->diagnostics, "quote it to make it a string");
  return NULL;
}

static GVariant *
new_string (Loader *loader, const Node *node)
{
  const char *text = document_get_text (loader->document, node);

  if (document_is_plain (loader->document, node) && scalar_is_former_boolean (text))
    {
      loader_warn (loader, node, "former-boolean", "%s is the string \"%s\", not a boolean", text,
                   text);
      diagnostics_add_help (loader->diagnostics, "write true or false, or quote it");
    }
  return g_variant_new_string (text);
}

/* Returns: floating; NULL when it was reported. */
static GVariant *
new_scalar (Loader *loader, const Node *node)
{
  const char *text = document_get_text (loader->document, node);
  Scalar scalar = { .type = SCALAR_STRING };

  if (document_is_plain (loader->document, node))
    scalar = scalar_resolve (text);
  switch (scalar.type)
    {
    case SCALAR_NULL:
      return value_new_null ();
    case SCALAR_BOOLEAN:
      return g_variant_new_boolean (scalar.boolean);
    case SCALAR_STRING:
      return new_string (loader, node);
    case SCALAR_INTEGER:
    case SCALAR_FLOAT:
    case SCALAR_TOO_LARGE:
    case SCALAR_NOT_FINITE:
    default:
      return new_number (loader, node, &scalar);
    }
}

/* A collection that is being built: its members so far are in `builder`. */
typedef struct
{
  NodeIter iter;
  const char *key; /* (nullable) in a mapping, of the member that comes next */
  gboolean is_mapping;
  GVariantBuilder builder;
} Level;

typedef struct
{
  Loader *loader;
  Level levels[VALUE_DEPTH_MAX];
  guint depth;
  gboolean has_failed;
} Builder;

static void
open_level (Builder *builder, const Node *node)
{
  Level *level;

  if (builder->depth == VALUE_DEPTH_MAX)
    {
      builder->has_failed = TRUE;
      loader_report (builder->loader, node, "too-deep", "a value is nested deeper than %u levels",
                     VALUE_DEPTH_MAX);
      return;
    }
  level = &builder->levels[builder->depth++];
  level->is_mapping = document_get_kind (builder->loader->document, node) == NODE_MAPPING;
  g_variant_builder_init (&level->builder,
                          level->is_mapping ? G_VARIANT_TYPE_VARDICT : G_VARIANT_TYPE ("av"));
  node_iter_init (&level->iter, builder->loader->document, node);
}

/* Puts a value, floating or not, into the innermost collection. */
static void
add_member (Level *level, GVariant *value)
{
  if (level->is_mapping)
    g_variant_builder_add (&level->builder, "{sv}", level->key, value);
  else
    g_variant_builder_add (&level->builder, "v", value);
}

/* The next node of the innermost collection for which there is something to do; its key is kept in
 * the level. */
static const Node *
next_member (Builder *builder, Level *level)
{
  const Node *node = node_iter_next (&level->iter);

  if (!level->is_mapping || node == NULL)
    return node;
  level->key = document_get_text (builder->loader->document, node);
  if (level->key == NULL)
    {
      level->key = ""; /* reported when the document was read */
      builder->has_failed = TRUE;
    }
  return node_iter_next (&level->iter);
}

static void
add_node (Builder *builder, Level *level, const Node *node)
{
  GVariant *scalar;

  if (document_get_kind (builder->loader->document, node) != NODE_SCALAR)
    {
      open_level (builder, node);
      return;
    }
  scalar = new_scalar (builder->loader, node);
  builder->has_failed |= scalar == NULL;
  if (scalar != NULL)
    add_member (level, scalar);
}

/* Builds until the outermost collection is complete. Returns: floating. */
static GVariant *
build_collection (Builder *builder, const Node *node)
{
  open_level (builder, node);
  for (;;)
    {
      Level *level = &builder->levels[builder->depth - 1];
      const Node *member = next_member (builder, level);
      GVariant *built;

      if (member != NULL)
        {
          add_node (builder, level, member);
          continue;
        }
      built = g_variant_builder_end (&level->builder);
      builder->depth--;
      if (builder->depth == 0)
        return built;
      add_member (&builder->levels[builder->depth - 1], built);
    }
}

GVariant *
field_dup_value (Loader *loader, const Node *node)
{
  Builder builder;
  g_autoptr (GVariant) value = NULL;

  if (document_get_kind (loader->document, node) == NODE_SCALAR)
    {
      GVariant *scalar = new_scalar (loader, node);

      return scalar == NULL ? NULL : g_variant_ref_sink (scalar);
    }
  builder.loader = loader;
  builder.depth = 0;
  builder.has_failed = FALSE;
  value = g_variant_ref_sink (build_collection (&builder, node));
  return builder.has_failed ? NULL : g_steal_pointer (&value);
}
