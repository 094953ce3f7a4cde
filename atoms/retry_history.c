/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/retry_history.h"

#include <string.h>

#include "atoms/atom_private.h"

/* -- Keeping ---------------------------------------------------------------------------------- */

/* Makes room for one more in an array that is only appended to: it is full whenever its length is a
 * power of two. */
static gpointer
grow (gpointer array, guint length, gsize size)
{
  if ((length & (length - 1)) != 0)
    return array;
  return g_realloc_n (array, length == 0 ? 1 : (gsize) length * 2, size);
}

void
retry_history_begin (RetryHistory *history, GVariant *value)
{
  g_assert (history != NULL);
  history->entries = grow (history->entries, history->length, sizeof *history->entries);
  history->entries[history->length++]
      = (RetryEntry){ .value = value != NULL ? g_variant_ref_sink (value) : NULL };
}

void
retry_history_add_failure (RetryHistory *history, const char *atom, Failure *failure)
{
  RetryEntry *entry;

  g_assert (history != NULL && history->length > 0 && atom != NULL && failure != NULL);
  entry = &history->entries[history->length - 1];
  for (guint i = 0; i < entry->n_failures; i++)
    if (strcmp (entry->failures[i].atom, atom) == 0)
      return;
  entry->failures = grow (entry->failures, entry->n_failures, sizeof *entry->failures);
  entry->failures[entry->n_failures++] = (AttemptFailure){ atom, failure_ref (failure) };
}

static void
entry_clear (RetryEntry *entry)
{
  for (guint i = 0; i < entry->n_failures; i++)
    failure_unref (entry->failures[i].failure);
  g_free (entry->failures);
  g_clear_pointer (&entry->value, g_variant_unref);
  g_clear_pointer (&entry->same_as, g_variant_unref);
}

void
retry_history_clear (RetryHistory *history)
{
  g_assert (history != NULL);
  for (guint i = 0; i < history->length; i++)
    entry_clear (&history->entries[i]);
  g_free (history->entries);
  *history = (RetryHistory){ NULL, 0 };
}

/* -- Asking ----------------------------------------------------------------------------------- */

const RetryHistory *
atom_context_get_history (AtomContext *context)
{
  static const RetryHistory empty = { NULL, 0 };

  g_return_val_if_fail (context != NULL, NULL);
  if (context->atom->member.kind != ATOM_KIND_RETRY)
    return NULL;
  return context->history != NULL ? context->history : &empty;
}

guint
retry_history_get_length (const RetryHistory *history)
{
  g_return_val_if_fail (history != NULL, 0);
  return history->length;
}

GVariant *
retry_history_get_provided (const RetryHistory *history, guint index)
{
  g_return_val_if_fail (history != NULL && index < history->length, NULL);
  return history->entries[index].value;
}

guint
retry_history_get_n_failures (const RetryHistory *history, guint index)
{
  g_return_val_if_fail (history != NULL && index < history->length, 0);
  return history->entries[index].n_failures;
}

const Failure *
retry_history_get_failure (const RetryHistory *history, guint index, guint nth, const char **atom)
{
  const AttemptFailure *found;

  g_return_val_if_fail (nth < retry_history_get_n_failures (history, index), NULL);
  found = &history->entries[index].failures[nth];
  if (atom != NULL)
    *atom = found->atom;
  return found->failure;
}

static const Failure *
find_in_entry (const RetryEntry *entry, const char *domain)
{
  for (guint i = 0; i < entry->n_failures; i++)
    for (const Failure *at = entry->failures[i].failure; at != NULL;
         at = failure_get_fields (at)->cause)
      if (strcmp (failure_get_fields (at)->domain, domain) == 0)
        return at;
  return NULL;
}

const Failure *
retry_history_find_cause (const RetryHistory *history, guint index, const char *domain)
{
  const Failure *found = NULL;

  g_return_val_if_fail (history != NULL && domain != NULL, NULL);
  g_return_val_if_fail (index == G_MAXUINT || index < history->length, NULL);
  if (index != G_MAXUINT)
    return find_in_entry (&history->entries[index], domain);
  for (guint i = history->length; i > 0 && found == NULL; i--)
    found = find_in_entry (&history->entries[i - 1], domain);
  return found;
}

/* -- What is untried -------------------------------------------------------------------------- */

/* GLib has no hash for containers; the bytes of equal normal values are equal. */
static guint
hash_value (gconstpointer key)
{
  GVariant *value = (GVariant *) (guintptr) key;
  const guint8 *bytes = g_variant_get_data (value);
  gsize size = g_variant_get_size (value);
  guint hash = 5381;

  for (gsize i = 0; i < size; i++)
    hash = hash * 33 + bytes[i];
  return hash;
}

/* How often each value was tried from the entry `start` on; entries without a value stand for none.
 */
static GHashTable *
count_tries (const RetryHistory *history, guint start)
{
  GHashTable *tries = g_hash_table_new (hash_value, g_variant_equal);

  for (guint i = start; i < history->length; i++)
    {
      GVariant *value = history->entries[i].value;

      if (value != NULL)
        g_hash_table_insert (
            tries, value,
            GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (tries, value)) + 1));
    }
  return tries;
}

/* Whether a try of `value` is left in `tries`; it is used up then. */
static gboolean
use_up (GHashTable *tries, GVariant *value)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (tries, value));

  if (count > 0)
    g_hash_table_insert (tries, value, GUINT_TO_POINTER (count - 1));
  return count > 0;
}

/* How many entries are known to be how `values` begins: usually all but those that came since
 * somebody asked. */
static guint
count_known (GVariant *values, const RetryHistory *history)
{
  guint known = history->length;

  while (known > 0 && history->entries[known - 1].same_as != values)
    known--;
  return known;
}

/* Whether the value of an entry is the element `index` of `values`; if so, that is remembered. */
static gboolean
is_same (GVariant *values, gsize index, RetryEntry *entry)
{
  g_autoptr (GVariant) value = NULL;

  if (entry->value == NULL)
    return FALSE;
  g_variant_get_child (values, index, "v", &value);
  if (!g_variant_equal (value, entry->value))
    return FALSE;
  g_clear_pointer (&entry->same_as, g_variant_unref);
  entry->same_as = g_variant_ref (values);
  return TRUE;
}

/* How many entries of the history are how `values` begins. A long list is not compared from its
 * start each time. */
static guint
count_same (GVariant *values, const RetryHistory *history)
{
  gsize length = MIN (g_variant_n_children (values), history->length);
  guint same = count_known (values, history);

  while (same < length && is_same (values, same, &history->entries[same]))
    same++;
  return same;
}

GVariant *
retry_history_find_untried (const RetryHistory *history, GVariant *values)
{
  gsize length = g_variant_n_children (values);
  guint same = count_same (values, history);
  g_autoptr (GHashTable) tries = count_tries (history, same);

  for (gsize i = same; i < length; i++)
    {
      g_autoptr (GVariant) value = NULL;

      g_variant_get_child (values, i, "v", &value);
      if (!use_up (tries, value))
        return g_steal_pointer (&value);
    }
  return NULL;
}
