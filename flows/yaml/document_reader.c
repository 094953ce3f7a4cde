/* SPDX-License-Identifier: Apache-2.0 */

/* Reads with libyaml's events. An open collection is a frame on a stack of
 * our own. */

#include "flows/yaml/document_reader.h"

#include <string.h>

#include <yaml.h>

#include "flows/yaml/document_keys.h"
#include "flows/yaml/document_private.h"
#include "flows/yaml/scalar.h"
#include "flows/yaml/syntax_error.h"

#define CORE_TAG "tag:yaml.org,2002:"
#define NO_ANCHOR G_MAXUINT

static const DocumentLimits default_limits
    = { DOCUMENT_DEPTH_MAX, DOCUMENT_NODES_MAX, DOCUMENT_EXPANSION_MAX };

/* A collection whose end has not come yet. */
typedef struct
{
  guint32 node;
  guint32 height; /* levels of collections, this one included, so far */
  guint anchor;
  guint32 expanded; /* what aliases stood for when it began */
} Frame;

/* What an alias can stand for. size and height are known once the node is complete. */
typedef struct
{
  guint32 node;
  guint32 size;
  guint32 height;
  gboolean is_complete;
} Anchor;

typedef struct
{
  yaml_parser_t parser;
  Document *document;
  Diagnostics *diagnostics;
  DocumentLimits limits;
  GArray *frames;
  GArray *anchors;
  GHashTable *anchor_names; /* name to index in `anchors`, plus one */
  GArray *keys;             /* scratch: indices of the keys of one mapping */
  guint32 expanded;         /* how many nodes aliases stand for so far */
  gsize character;          /* where the last mark was, in characters and in bytes */
  gsize byte;
  gboolean is_ascii;
  gboolean is_done;
  gboolean has_failed;
} Reader;

/* -- Places ----------------------------------------------------------------------------------- */

/* The offset in bytes of the character `index`. Marks ascend, but for few that go back a little. */
static gsize
find_byte (Reader *reader, gsize index)
{
  gsize size;
  const char *text;

  if (reader->is_ascii)
    return index;
  text = source_get_text (reader->document->source, &size);
  for (; reader->character < index && reader->byte < size; reader->character++)
    reader->byte += (gsize) g_utf8_skip[(guchar) text[reader->byte]];
  for (; reader->character > index; reader->character--)
    do
      reader->byte--;
    while (((guchar) text[reader->byte] & 0xc0) == 0x80);
  return reader->byte;
}

static SourceMark
mark_of (Reader *reader, const yaml_event_t *event)
{
  gsize start = find_byte (reader, event->start_mark.index);
  gsize end = find_byte (reader, event->end_mark.index);

  return source_get_mark (reader->document->source, start, end - start);
}

static void G_GNUC_PRINTF (4, 5)
    report (Reader *reader, const SourceMark *mark, const char *code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  diagnostics_add (reader->diagnostics, DIAGNOSTIC_ERROR, code, mark, "%s", message);
}

/* Reports what makes reading on pointless. */
static void
fail (Reader *reader, const yaml_event_t *event, const char *code, const char *message,
      const char *help)
{
  SourceMark mark = mark_of (reader, event);

  reader->has_failed = TRUE;
  report (reader, &mark, code, "%s", message);
  if (help != NULL)
    diagnostics_add_help (reader->diagnostics, "%s", help);
}

static void
refuse_depth (Reader *reader, const yaml_event_t *event)
{
  SourceMark mark = mark_of (reader, event);

  reader->has_failed = TRUE;
  report (reader, &mark, "too-deep", "lists and mappings are nested deeper than %u levels",
          reader->limits.depth_max);
}

/* -- Nodes ------------------------------------------------------------------------------------- */

static Frame *
top_frame (Reader *reader)
{
  GArray *frames = reader->frames;

  return frames->len == 0 ? NULL : &g_array_index (frames, Frame, frames->len - 1);
}

static void
reserve_node (Document *document)
{
  if (document->n_nodes < document->nodes_allocated)
    return;
  document->nodes_allocated *= 2;
  document->nodes = g_renew (Node, document->nodes, document->nodes_allocated);
}

/* Adds a node as the next child of the innermost open collection; NULL when there are too many. */
static Node *
add_node (Reader *reader, NodeKind kind, const yaml_event_t *event)
{
  Document *document = reader->document;
  Frame *frame = top_frame (reader);
  Node *node;

  if (document->n_nodes >= reader->limits.nodes_max)
    {
      SourceMark mark = mark_of (reader, event);

      reader->has_failed = TRUE;
      report (reader, &mark, "too-many-nodes", "the file has more than %u keys and values",
              reader->limits.nodes_max);
      return NULL;
    }
  reserve_node (document);
  if (frame != NULL)
    document->nodes[frame->node].size++;
  node = document->nodes + document->n_nodes++;
  node->offset = (guint32) find_byte (reader, event->start_mark.index);
  node->length = 0;
  node->kind = kind & 0x7f;
  node->is_plain = FALSE;
  node->value = document->n_nodes;
  node->size = 0;
  return node;
}

/* Marks the node up to the end of the event. */
static void
set_length (Reader *reader, Node *node, const yaml_event_t *event)
{
  gsize length = find_byte (reader, event->end_mark.index) - node->offset;

  node->length = (guint32) MIN (length, DOCUMENT_LENGTH_MAX) & DOCUMENT_LENGTH_MAX;
}

static void
set_text (Document *document, Node *node, const yaml_event_t *event)
{
  gsize length = event->data.scalar.length;

  if (document->texts_size + length + 1 > document->texts_allocated)
    {
      document->texts_allocated = 2 * document->texts_allocated + length;
      document->texts = g_realloc (document->texts, document->texts_allocated);
    }
  memcpy (document->texts + document->texts_size, event->data.scalar.value, length);
  document->texts[document->texts_size + length] = '\0';
  node->value = (guint32) document->texts_size;
  node->size = (guint32) length;
  document->texts_size += length + 1;
}

/* Whether a node that is about to be added (or was just added, as `size` says) is a key. */
static gboolean
is_key (const Reader *reader, guint32 parent)
{
  const Node *node = reader->document->nodes + parent;

  return node->kind == NODE_MAPPING && node->size % 2 == 1;
}

/* -- Anchors ------------------------------------------------------------------------------------
 */

/* Returns the index of a new anchor, or NO_ANCHOR when there is none. */
static guint
add_anchor (Reader *reader, const yaml_char_t *name, guint32 node)
{
  Anchor anchor = { .node = node };

  if (name == NULL)
    return NO_ANCHOR;
  if (reader->anchor_names == NULL)
    reader->anchor_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_array_append_val (reader->anchors, anchor);
  g_hash_table_replace (reader->anchor_names, g_strdup ((const char *) name),
                        GUINT_TO_POINTER (reader->anchors->len));
  return reader->anchors->len - 1;
}

static void
complete_anchor (Reader *reader, guint index, guint32 height, guint32 expanded_before)
{
  Anchor *anchor;
  const Node *node;

  if (index == NO_ANCHOR)
    return;
  anchor = &g_array_index (reader->anchors, Anchor, index);
  node = reader->document->nodes + anchor->node;
  anchor->size = document_get_end (reader->document, node) - anchor->node + reader->expanded
                 - expanded_before;
  anchor->height = height;
  anchor->is_complete = TRUE;
}

static const Anchor *
find_anchor (const Reader *reader, const yaml_char_t *name)
{
  gpointer index = NULL;

  if (reader->anchor_names != NULL)
    index = g_hash_table_lookup (reader->anchor_names, name);
  return index == NULL ? NULL
                       : &g_array_index (reader->anchors, Anchor, GPOINTER_TO_UINT (index) - 1);
}

static void
raise_height (Reader *reader, guint32 height)
{
  Frame *frame = top_frame (reader);

  if (frame != NULL)
    frame->height = MAX (frame->height, height + 1);
}

/* -- Checks ------------------------------------------------------------------------------------ */

/* Whether a scalar of that text is what the core tag (without its prefix) says. */
static gboolean
fits_tag (const char *tag, const yaml_event_t *event)
{
  static const struct
  {
    const char *tag;
    ScalarType type;
  } tags[] = {
    { "null", SCALAR_NULL },
    { "bool", SCALAR_BOOLEAN },
    { "int", SCALAR_INTEGER },
    { "float", SCALAR_FLOAT },
  };

  if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    if (strcmp (tag, tags[i].tag) == 0)
      return scalar_resolve ((const char *) event->data.scalar.value).type == tags[i].type;
  return FALSE;
}

static void
refuse_tag (Reader *reader, const char *tag, const yaml_event_t *event)
{
  SourceMark mark = mark_of (reader, event);
  gboolean is_core = g_str_has_prefix (tag, CORE_TAG);

  report (reader, &mark, "tag", "the tag '%s%s' cannot be used here", is_core ? "!!" : "",
          is_core ? tag + strlen (CORE_TAG) : tag);
  diagnostics_add_help (reader->diagnostics,
                        "leave it out; quoting a value is what makes it a string");
}

/* To YAML a lone '!' says that what follows is text; readers take it for a part of the text. */
static void
refuse_bang (Reader *reader, const yaml_event_t *event)
{
  SourceMark mark = mark_of (reader, event);
  const char *text = (const char *) event->data.scalar.value;

  report (reader, &mark, "lone-tag", "the '!' is a tag of YAML, and no part of the text");
  diagnostics_add_help (reader->diagnostics, "quote the text: '! %.40s'", text);
}

/* Returns whether the scalar's text says its type. */
static gboolean
check_scalar_tag (Reader *reader, const yaml_event_t *event)
{
  const char *tag = (const char *) event->data.scalar.tag;

  if (tag == NULL)
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (strcmp (tag, "!") == 0)
    {
      refuse_bang (reader, event);
      return FALSE;
    }
  if (strcmp (tag, CORE_TAG "str") == 0)
    return FALSE;
  if (!g_str_has_prefix (tag, CORE_TAG) || !fits_tag (tag + strlen (CORE_TAG), event))
    refuse_tag (reader, tag, event);
  return TRUE;
}

static void
check_collection_tag (Reader *reader, const yaml_event_t *event, const yaml_char_t *tag,
                      const char *core)
{
  if (tag != NULL && strcmp ((const char *) tag, "!") != 0
      && strcmp ((const char *) tag, core) != 0)
    refuse_tag (reader, (const char *) tag, event);
}

static void
check_scalar_key (Reader *reader, const Node *node, const yaml_event_t *event)
{
  SourceMark mark;

  if (!node->is_plain)
    return;
  if (node->size == 0)
    {
      mark = mark_of (reader, event);
      report (reader, &mark, "empty-key", "a key is missing here");
    }
  else if (strcmp (reader->document->texts + node->value, "<<") == 0)
    {
      mark = mark_of (reader, event);
      report (reader, &mark, "merge-key", "merge keys ('<<') are not supported");
      diagnostics_add_help (reader->diagnostics, "write the keys out");
    }
}

/* What is in a collection that was just added as a child cannot be a key. */
static void
check_collection_key (Reader *reader, const yaml_event_t *event)
{
  const Frame *parent = top_frame (reader);
  SourceMark mark;

  if (parent == NULL || !is_key (reader, parent->node))
    return;
  mark = mark_of (reader, event);
  report (reader, &mark, "key-type", "a key must be text");
  if (reader->document->nodes[reader->document->n_nodes - 1].kind == NODE_MAPPING)
    diagnostics_add_help (reader->diagnostics, "quote a value that starts with '{'");
}

/* -- Events ------------------------------------------------------------------------------------ */

/* The text ends at the NUL from here on. */
static void
refuse_nul (Reader *reader, Node *node, const yaml_event_t *event)
{
  SourceMark mark = mark_of (reader, event);

  report (reader, &mark, "nul", "a string cannot contain the character NUL");
  diagnostics_add_help (reader->diagnostics, "let a command make it, such as printf '\\0'");
  node->size = (guint32) strlen (reader->document->texts + node->value);
}

static void
on_scalar (Reader *reader, const yaml_event_t *event)
{
  const Frame *frame = top_frame (reader);
  Node *node = add_node (reader, NODE_SCALAR, event);

  if (node == NULL)
    return;
  set_length (reader, node, event);
  node->is_plain = check_scalar_tag (reader, event) ? 1u : 0u;
  set_text (reader->document, node, event);
  if (strlen (reader->document->texts + node->value) != node->size)
    refuse_nul (reader, node, event);
  if (event->data.scalar.anchor != NULL)
    complete_anchor (reader,
                     add_anchor (reader, event->data.scalar.anchor, reader->document->n_nodes - 1),
                     0, reader->expanded);
  raise_height (reader, 0);
  if (frame != NULL && is_key (reader, frame->node))
    check_scalar_key (reader, node, event);
}

static void
on_start (Reader *reader, const yaml_event_t *event, NodeKind kind, const yaml_char_t *anchor)
{
  Frame frame = { .node = reader->document->n_nodes, .height = 1, .expanded = reader->expanded };

  if (reader->frames->len >= reader->limits.depth_max)
    {
      refuse_depth (reader, event);
      return;
    }
  if (add_node (reader, kind, event) == NULL)
    return;
  check_collection_key (reader, event);
  frame.anchor = add_anchor (reader, anchor, frame.node);
  g_array_append_val (reader->frames, frame);
}

static void
on_end (Reader *reader, const yaml_event_t *event)
{
  Document *document = reader->document;
  Frame frame = g_array_index (reader->frames, Frame, reader->frames->len - 1);
  Node *node = document->nodes + frame.node;

  /* a block collection has no end of its own: only its start is marked */
  if (event->end_mark.index > event->start_mark.index)
    set_length (reader, node, event);
  node->value = document->n_nodes;
  complete_anchor (reader, frame.anchor, frame.height, frame.expanded);
  g_array_set_size (reader->frames, reader->frames->len - 1);
  raise_height (reader, frame.height);
  if (node->kind == NODE_MAPPING)
    document_keys_check (document, node, reader->keys, reader->diagnostics);
}

static void
refuse_alias (Reader *reader, const yaml_event_t *event, const Anchor *anchor)
{
  SourceMark mark = mark_of (reader, event);

  reader->has_failed = TRUE;
  if (anchor == NULL)
    {
      report (reader, &mark, "unknown-anchor", "no anchor '&%s' stands before this",
              (const char *) event->data.alias.anchor);
      diagnostics_add_help (reader->diagnostics, "quote text that starts with '*'");
    }
  else if (!anchor->is_complete)
    report (reader, &mark, "alias-loop", "'*%s' would contain itself",
            (const char *) event->data.alias.anchor);
  else if (anchor->size > reader->limits.expansion_max - reader->expanded)
    report (reader, &mark, "alias-expansion", "aliases stand for more than %u keys and values",
            reader->limits.expansion_max);
  else
    refuse_depth (reader, event);
}

static gboolean
can_use (const Reader *reader, const Anchor *anchor)
{
  return anchor != NULL && anchor->is_complete
         && anchor->size <= reader->limits.expansion_max - reader->expanded
         && anchor->height + reader->frames->len <= reader->limits.depth_max;
}

static void
on_alias (Reader *reader, const yaml_event_t *event)
{
  const Anchor *anchor = find_anchor (reader, event->data.alias.anchor);
  Node *node;

  if (!can_use (reader, anchor))
    {
      refuse_alias (reader, event, anchor);
      return;
    }
  node = add_node (reader, NODE_ALIAS, event);
  if (node == NULL)
    return;
  node->value = anchor->node;
  set_length (reader, node, event);
  reader->expanded += anchor->size;
  raise_height (reader, anchor->height);
  if (reader->document->nodes[anchor->node].kind != NODE_SCALAR)
    check_collection_key (reader, event);
}

static void
on_document_start (Reader *reader, const yaml_event_t *event)
{
  if (reader->document->n_nodes > 0)
    fail (reader, event, "several-documents", "a second document starts here",
          "a file holds one: leave out the '---'");
}

static void
on_stream_end (Reader *reader)
{
  SourceMark mark = source_get_file_mark (reader->document->source);

  reader->is_done = TRUE;
  if (reader->document->n_nodes > 0)
    return;
  reader->has_failed = TRUE;
  report (reader, &mark, "empty", "the file is empty");
}

static void
on_event (Reader *reader, const yaml_event_t *event)
{
  switch (event->type)
    {
    case YAML_SCALAR_EVENT:
      on_scalar (reader, event);
      break;
    case YAML_ALIAS_EVENT:
      on_alias (reader, event);
      break;
    case YAML_SEQUENCE_START_EVENT:
      check_collection_tag (reader, event, event->data.sequence_start.tag, CORE_TAG "seq");
      on_start (reader, event, NODE_SEQUENCE, event->data.sequence_start.anchor);
      break;
    case YAML_MAPPING_START_EVENT:
      check_collection_tag (reader, event, event->data.mapping_start.tag, CORE_TAG "map");
      on_start (reader, event, NODE_MAPPING, event->data.mapping_start.anchor);
      break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      on_end (reader, event);
      break;
    case YAML_DOCUMENT_START_EVENT:
      on_document_start (reader, event);
      break;
    case YAML_STREAM_END_EVENT:
      on_stream_end (reader);
      break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    default:
      break;
    }
}

/* -- Life -------------------------------------------------------------------------------------- */

static void
read_events (Reader *reader)
{
  while (!reader->is_done && !reader->has_failed)
    {
      yaml_event_t event;

      if (!yaml_parser_parse (&reader->parser, &event))
        {
          reader->has_failed = TRUE;
          syntax_error_report (&reader->parser, reader->document->source, reader->diagnostics);
          return;
        }
      on_event (reader, &event);
      yaml_event_delete (&event);
    }
}

static Document *
new_empty (Source *source)
{
  Document *document = g_new0 (Document, 1);
  gsize size;

  source_get_text (source, &size);
  document->source = source;
  document->nodes_allocated = (guint32) (size / 12 + 16);
  document->nodes = g_new (Node, document->nodes_allocated);
  document->texts_allocated = size + 64;
  document->texts = g_malloc (document->texts_allocated);
  return document;
}

static void
reader_clear (Reader *reader)
{
  yaml_parser_delete (&reader->parser);
  g_array_unref (reader->frames);
  g_array_unref (reader->anchors);
  g_array_unref (reader->keys);
  g_clear_pointer (&reader->anchor_names, g_hash_table_unref);
}

Document *
document_reader_read (Source *source, const DocumentLimits *limits, Diagnostics *diagnostics)
{
  g_autoptr (Document) document = new_empty (source);
  Reader reader
      = { .document = document, .diagnostics = diagnostics, .is_ascii = source_is_ascii (source) };
  gsize size;
  const char *text = source_get_text (source, &size);

  if (!yaml_parser_initialize (&reader.parser))
    g_error ("out of memory");
  reader.limits = limits == NULL ? default_limits : *limits;
  reader.frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  reader.anchors = g_array_new (FALSE, FALSE, sizeof (Anchor));
  reader.keys = g_array_new (FALSE, FALSE, sizeof (guint32));
  yaml_parser_set_encoding (&reader.parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&reader.parser, (const unsigned char *) text, size);
  read_events (&reader);
  reader_clear (&reader);
  return reader.has_failed ? NULL : g_steal_pointer (&document);
}
