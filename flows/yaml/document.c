/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "flows/yaml/document_private.h"

void
document_free (Document *document)
{
  if (document == NULL)
    return;
  g_free (document->nodes);
  g_free (document->texts);
  g_free (document);
}

const Node *
document_get_root (const Document *document)
{
  return document->nodes;
}

guint
document_get_n_nodes (const Document *document)
{
  return document->n_nodes;
}

NodeKind
document_get_kind (const Document *document, const Node *node)
{
  return (NodeKind) document_follow (document, node)->kind;
}

const char *
document_get_text (const Document *document, const Node *node)
{
  node = document_follow (document, node);
  return node->kind == NODE_SCALAR ? document->texts + node->value : NULL;
}

gboolean
document_is_plain (const Document *document, const Node *node)
{
  node = document_follow (document, node);
  return node->kind == NODE_SCALAR && node->is_plain;
}

guint
document_get_size (const Document *document, const Node *node)
{
  node = document_follow (document, node);
  if (node->kind == NODE_SCALAR)
    return 0;
  return node->kind == NODE_MAPPING ? node->size / 2 : node->size;
}

SourceMark
document_get_mark (const Document *document, const Node *node)
{
  return source_get_mark (document->source, node->offset, node->length);
}

SourceMark
document_get_mark_inside (const Document *document, const Node *node, gsize offset, gsize length)
{
  const Node *scalar = document_follow (document, node);
  const char *text = document->texts + scalar->value;
  gsize size;
  const char *source = source_get_text (document->source, &size);
  gsize at = node->offset + offset;

  if (node->kind != NODE_SCALAR || offset + length > scalar->size || at >= size)
    return document_get_mark (document, node);
  at += source[node->offset] == '"' || source[node->offset] == '\'';
  /* From the start: behind an escape or an indentation the place would be another one. */
  if (at + length > size || memcmp (source + at - offset, text, offset + length) != 0)
    return document_get_mark (document, node);
  return source_get_mark (document->source, at, length);
}

void
node_iter_init (NodeIter *iter, const Document *document, const Node *node)
{
  node = document_follow (document, node);
  iter->document = document;
  iter->at = (guint32) (node - document->nodes) + 1;
  iter->left = node->kind == NODE_SCALAR ? 0 : node->size;
}

const Node *
node_iter_next (NodeIter *iter)
{
  const Node *node;

  if (iter->left == 0)
    return NULL;
  node = iter->document->nodes + iter->at;
  iter->left--;
  iter->at = document_get_end (iter->document, node);
  return node;
}
