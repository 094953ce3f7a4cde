/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a document, for the files that read it. */

#include "flows/yaml/document.h"

G_BEGIN_DECLS

#define DOCUMENT_LENGTH_MAX 0xffffffu /* of the bits that a node has for its length */

struct Document
{
  Source *source;
  Node *nodes;
  guint32 n_nodes;
  guint32 nodes_allocated;
  char *texts;
  gsize texts_size;
  gsize texts_allocated;
};

/* The node itself, or what the alias stands for. */
static inline const Node *
document_follow (const Document *document, const Node *node)
{
  return node->kind == NODE_ALIAS ? document->nodes + node->value : node;
}

/* The index behind the node and its descendants: that of its next sibling, if it has one. */
static inline guint32
document_get_end (const Document *document, const Node *node)
{
  if (node->kind == NODE_SEQUENCE || node->kind == NODE_MAPPING)
    return node->value;
  return (guint32) (node - document->nodes) + 1;
}

G_END_DECLS
