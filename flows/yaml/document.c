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

char
document_get_byte_behind (const Document *document, const Node *node, gsize at)
{
  gsize size;
  const char *source = source_get_text (document->source, &size);
  gsize place = (gsize) node->offset + node->length + at;

  return node->length == DOCUMENT_LENGTH_MAX || place >= size ? '\0' : source[place];
}

/* Where the text of a scalar begins in the source: behind a quote, or in the line behind the sign
 * of a block. */
static const char *
find_begin (const char *sign, const char *end)
{
  if (*sign == '"' || *sign == '\'')
    return sign + 1;
  if (*sign == '|' || *sign == '>')
    while (sign < end && *sign++ != '\n')
      continue;
  return sign;
}

/* Follows `length` bytes of the text in the source, over folded lines, indentation and doubled or
 * escaped quotes. Returns: where the next byte stands (nullable): NULL when the source says it in
 * another way. */
static const char *
follow_text (const char *text, gsize length, const char *source, const char *end)
{
  for (gsize i = 0; i < length; source++)
    {
      gboolean is_fold = source < end && text[i] == ' ' && (*source == '\n' || *source == '\r');

      if (source >= end)
        return NULL;
      if (*source == text[i] || is_fold)
        i++;
      else if (strchr (" \n\r", *source) == NULL && !(source[-1] == '\'' && *source == '\'')
               && *source != '\\')
        return NULL;
    }
  return source;
}

SourceMark
document_get_mark_inside (const Document *document, const Node *node, gsize offset, gsize length)
{
  const Node *scalar = document_follow (document, node);
  const char *text = document->texts + scalar->value;
  gsize size;
  const char *source = source_get_text (document->source, &size);
  const char *end = source + size;
  const char *at;

  if (node->kind != NODE_SCALAR || offset + length > scalar->size)
    return document_get_mark (document, node);
  at = follow_text (text, offset, find_begin (source + node->offset, end), end);
  /* What comes next may be behind an indentation too. */
  while (at != NULL && at < end && length > 0 && *at != text[offset]
         && strchr (" \n\r\\'", *at) != NULL)
    at++;
  if (at == NULL || length > (gsize) (end - at) || memcmp (at, text + offset, length) != 0)
    return document_get_mark (document, node);
  return source_get_mark (document->source, (gsize) (at - source), length);
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
