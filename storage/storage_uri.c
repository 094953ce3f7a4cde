/* SPDX-License-Identifier: Apache-2.0 */

/* Stores by URI. This file alone names the stores of this library. */
#include <string.h>

#include <backflow/storage/storage_scheme.h>

struct StorageSchemes
{
  GPtrArray *rows; /* of StorageScheme, borrowed */
};

static Storage *
refuse (const char *uri, const char *why, GError **error)
{
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_URI, "%s: %s", uri, why);
  return NULL;
}

static Storage *
open_memory (const char *uri, const char *place, const char *options, StorageOpen mode,
             GError **error)
{
  if (options != NULL)
    return refuse (uri, "a store in memory takes no options", error);
  if (*place != '\0' && !g_str_equal (place, "current"))
    return refuse (uri, "a store in memory is memory: or memory:current", error);
  if (mode == STORAGE_OPEN_READ)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND,
                   "%s: a store in memory is gone when its process has ended", uri);
      return NULL;
    }
  return storage_new_memory (*place != '\0' ? STORAGE_MEMORY_CURRENT : STORAGE_MEMORY_JOURNAL);
}

static Storage *
open_sqlite (const char *uri, const char *place, const char *options, StorageOpen mode,
             GError **error)
{
  StorageDurability durability = STORAGE_DURABILITY_FULL;

  if (*place == '\0')
    return refuse (uri, "the path is missing: sqlite:PATH", error);
  if (g_strcmp0 (options, "durability=normal") == 0)
    durability = STORAGE_DURABILITY_NORMAL;
  else if (options != NULL && !g_str_equal (options, "durability=full"))
    return refuse (uri, "the option of a store is durability=full or durability=normal", error);
  return storage_open_sqlite (place, mode, durability, error);
}

static const StorageScheme own_schemes[] = {
  { "memory", "memory:", open_memory },
  { "sqlite", "sqlite:PATH", open_sqlite },
};

StorageSchemes *
storage_schemes_new (void)
{
  StorageSchemes *schemes = g_new0 (StorageSchemes, 1);

  schemes->rows = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (own_schemes); i++)
    g_ptr_array_add (schemes->rows, (gpointer) (gsize) &own_schemes[i]);
  return schemes;
}

void
storage_schemes_free (StorageSchemes *schemes)
{
  if (schemes == NULL)
    return;
  g_ptr_array_unref (schemes->rows);
  g_free (schemes);
}

static const StorageScheme *
find_scheme (const StorageSchemes *schemes, const char *name, gsize length)
{
  for (guint i = 0; i < schemes->rows->len; i++)
    {
      const StorageScheme *row = (const StorageScheme *) g_ptr_array_index (schemes->rows, i);

      if (strlen (row->scheme) == length && strncmp (row->scheme, name, length) == 0)
        return row;
    }
  return NULL;
}

gboolean
storage_schemes_add (StorageSchemes *schemes, const StorageScheme *scheme, GError **error)
{
  g_return_val_if_fail (schemes != NULL, FALSE);
  g_return_val_if_fail (scheme != NULL && scheme->scheme != NULL && scheme->open != NULL, FALSE);
  g_return_val_if_fail (scheme->form != NULL && strchr (scheme->scheme, ':') == NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);
  if (find_scheme (schemes, scheme->scheme, strlen (scheme->scheme)) != NULL)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_EXISTS,
                   "%s: there is a kind of store of that name already", scheme->scheme);
      return FALSE;
    }
  g_ptr_array_add (schemes->rows, (gpointer) (gsize) scheme);
  return TRUE;
}

static void
set_unknown_error (const StorageSchemes *schemes, const char *uri, GError **error)
{
  g_autoptr (GString) forms = g_string_new (NULL);

  for (guint i = 0; i < schemes->rows->len; i++)
    g_string_append_printf (forms, "%s%s", i > 0 ? " or " : "",
                            ((const StorageScheme *) g_ptr_array_index (schemes->rows, i))->form);
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_URI,
               "%s: there is no such kind of store: say %s", uri, forms->str);
}

Storage *
storage_schemes_open (const StorageSchemes *schemes, const char *uri, StorageOpen mode,
                      GError **error)
{
  g_return_val_if_fail (schemes != NULL && uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gsize length = strcspn (uri, ":");
  const StorageScheme *scheme = find_scheme (schemes, uri, length);
  g_autofree char *place = NULL;
  char *options;

  if (scheme == NULL || uri[length] == '\0')
    {
      set_unknown_error (schemes, uri, error);
      return NULL;
    }
  place = g_strdup (uri + length + 1);
  options = strrchr (place, '?');
  if (options != NULL)
    *options++ = '\0';
  return scheme->open (uri, place, options, mode, error);
}

Storage *
storage_open (const char *uri, StorageOpen mode, GError **error)
{
  g_autoptr (StorageSchemes) schemes = storage_schemes_new ();

  return storage_schemes_open (schemes, uri, mode, error);
}
