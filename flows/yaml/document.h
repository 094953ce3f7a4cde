/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Document: a YAML text as a tree of nodes, each with its place. The nodes are one array in the
 * order of the text, 16 bytes each, and the texts of scalars one buffer: a tree costs little more
 * than libyaml's events themselves. Reading is bounded by limits, never recursive, and refuses what
 * flow files have no use for: several documents, tags, merge keys, duplicate keys, keys that are
 * not text. A document does not change after it was read. Private to the loader.
 */

#include "flows/yaml/source.h"

G_BEGIN_DECLS

typedef enum
{
  NODE_SCALAR,
  NODE_SEQUENCE,
  NODE_MAPPING,
  NODE_ALIAS, /* stands for another node; the functions below follow it */
} NodeKind;

/* A node, small because files have millions. Only this module looks inside. */
typedef struct
{
  guint32 offset;       /* place in the source */
  guint32 length : 24;  /* of what is marked, or the most that fits */
  guint32 kind : 7;     /* NodeKind */
  guint32 is_plain : 1; /* an unquoted scalar, whose text says its type */
  guint32 value;        /* scalar: offset of its text; alias: target; collection: node behind it */
  guint32 size;         /* scalar: bytes; sequence: elements; mapping: keys and values */
} Node;

typedef struct Document Document;

/* Frees the document; NULL is fine. */
void document_free (Document *document);

/* The outermost node, borrowed. */
const Node *document_get_root (const Document *document);

/* What the node is; never NODE_ALIAS. */
NodeKind document_get_kind (const Document *document, const Node *node);

/* The text of a scalar, without quotes, escapes resolved; never contains NUL. NULL when the node is
 * no scalar. */
const char *document_get_text (const Document *document, const Node *node);

/* Whether the node is an unquoted scalar, whose text says its type. */
gboolean document_is_plain (const Document *document, const Node *node);

/* The number of elements, or of pairs of a mapping; 0 for a scalar. */
guint document_get_size (const Document *document, const Node *node);

/* Where the node stands (for an alias: the alias). */
SourceMark document_get_mark (const Document *document, const Node *node);

/* The byte of the source that stands `at` bytes behind the node; NUL behind the end of the source,
 * and when the node is longer than its mark. */
char document_get_byte_behind (const Document *document, const Node *node, gsize at);

/* Where `length` bytes from `offset` on of a scalar's text stand, when the source has them as they
 * are; else the mark of the node. */
SourceMark document_get_mark_inside (const Document *document, const Node *node, gsize offset,
                                     gsize length);

/* Walks over the children of a sequence, or the keys and values of a mapping in turn; over nothing
 * for a scalar. */
typedef struct
{
  const Document *document;
  guint32 at;
  guint32 left;
} NodeIter;

/* Starts at the first child. */
void node_iter_init (NodeIter *iter, const Document *document, const Node *node);

/* The next child, borrowed (nullable). */
const Node *node_iter_next (NodeIter *iter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Document, document_free)

G_END_DECLS
