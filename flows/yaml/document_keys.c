/* SPDX-License-Identifier: Apache-2.0 */

/* Without a hash table for each mapping: most mappings have a handful of keys. */

#include "flows/yaml/document_keys.h"

#include <string.h>

#include "flows/yaml/document_private.h"

/* From this many keys on, duplicates are found by sorting instead of by comparing each with each.
 */
#define MANY_KEYS 16u

static const char *
key_text (const Document *document, guint32 index)
{
  return document_get_text (document, document->nodes + index);
}

static void
report_duplicate (const Document *document, guint32 first, guint32 second, Diagnostics *diagnostics)
{
  SourceMark mark = document_get_mark (document, document->nodes + second);
  SourceMark first_mark = document_get_mark (document, document->nodes + first);

  if (strcmp (key_text (document, first), "<<") == 0 || *key_text (document, first) == '\0')
    return; /* reported as what it is */
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "duplicate-key", &mark,
                   "the key '%s' is there already", key_text (document, second));
  diagnostics_add_help (diagnostics, "first in line %u", first_mark.line);
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  guint32 left = *(const guint32 *) a;
  guint32 right = *(const guint32 *) b;
  int order = strcmp (key_text (data, left), key_text (data, right));

  return order != 0 ? order : (left > right) - (left < right);
}

static void
find_duplicates_by_sorting (Document *document, GArray *keys, Diagnostics *diagnostics)
{
  guint first = 0;

  g_array_sort_with_data (keys, compare_keys, document);
  for (guint i = 1; i < keys->len; i++)
    {
      guint32 index = g_array_index (keys, guint32, i);
      guint32 first_index = g_array_index (keys, guint32, first);

      if (strcmp (key_text (document, index), key_text (document, first_index)) == 0)
        report_duplicate (document, first_index, index, diagnostics);
      else
        first = i;
    }
}

/* Whether two keys have the same text; lengths differ most often. */
static gboolean
are_equal (const Document *document, guint32 left, guint32 right)
{
  const Node *a = document_follow (document, document->nodes + left);
  const Node *b = document_follow (document, document->nodes + right);

  return a->size == b->size
         && memcmp (document->texts + a->value, document->texts + b->value, a->size) == 0;
}

static void
find_duplicates_by_comparing (const Document *document, const GArray *scratch,
                              Diagnostics *diagnostics)
{
  const guint32 *keys = (const guint32 *) (const void *) scratch->data;

  for (guint i = 1; i < scratch->len; i++)
    for (guint j = 0; j < i; j++)
      if (are_equal (document, keys[j], keys[i]))
        {
          report_duplicate (document, keys[j], keys[i], diagnostics);
          break;
        }
}

void
document_keys_check (Document *document, const Node *mapping, GArray *scratch,
                     Diagnostics *diagnostics)
{
  const Node *key;
  NodeIter iter;

  g_array_set_size (scratch, 0);
  node_iter_init (&iter, document, mapping);
  while ((key = node_iter_next (&iter)) != NULL)
    {
      guint32 index = (guint32) (key - document->nodes);

      if (document_follow (document, key)->kind == NODE_SCALAR)
        g_array_append_val (scratch, index);
      node_iter_next (&iter);
    }
  if (scratch->len > MANY_KEYS)
    find_duplicates_by_sorting (document, scratch, diagnostics);
  else
    find_duplicates_by_comparing (document, scratch, diagnostics);
}
