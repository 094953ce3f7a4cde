/* SPDX-License-Identifier: Apache-2.0 */

/* The one file that knows which stores there are. */
#include <string.h>

#include <backflow/storage/storage.h>

/* place: what follows the scheme, up to a question mark. options: (nullable) what follows that. */
typedef struct
{
  const char *uri;
  char *place;
  char *options;
} StorageUri;

typedef struct
{
  const char *scheme;
  const char *form; /* for messages */
  Storage *(*open) (const StorageUri *uri, StorageOpen mode, GError **error);
} Opener;

static Storage *
refuse (const StorageUri *uri, const char *why, GError **error)
{
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_URI, "%s: %s", uri->uri, why);
  return NULL;
}

static Storage *
open_memory (const StorageUri *uri, StorageOpen mode, GError **error)
{
  if (uri->options != NULL)
    return refuse (uri, "a store in memory takes no options", error);
  if (*uri->place != '\0' && !g_str_equal (uri->place, "current"))
    return refuse (uri, "a store in memory is memory: or memory:current", error);
  if (mode == STORAGE_OPEN_READ)
    {
      g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND,
                   "%s: a store in memory is gone when its process has ended", uri->uri);
      return NULL;
    }
  return storage_new_memory (*uri->place != '\0' ? STORAGE_MEMORY_CURRENT : STORAGE_MEMORY_JOURNAL);
}

static Storage *
open_sqlite (const StorageUri *uri, StorageOpen mode, GError **error)
{
  StorageDurability durability = STORAGE_DURABILITY_FULL;

  if (*uri->place == '\0')
    return refuse (uri, "the path is missing: sqlite:PATH", error);
  if (g_strcmp0 (uri->options, "durability=normal") == 0)
    durability = STORAGE_DURABILITY_NORMAL;
  else if (uri->options != NULL && !g_str_equal (uri->options, "durability=full"))
    return refuse (uri, "the option of a store is durability=full or durability=normal", error);
  return storage_open_sqlite (uri->place, mode, durability, error);
}

static const Opener openers[] = {
  { "memory", "memory:", open_memory },
  { "sqlite", "sqlite:PATH", open_sqlite },
};

static const Opener *
find_opener (const char *uri, gsize scheme_length)
{
  for (guint i = 0; i < G_N_ELEMENTS (openers); i++)
    if (strlen (openers[i].scheme) == scheme_length
        && strncmp (openers[i].scheme, uri, scheme_length) == 0)
      return &openers[i];
  return NULL;
}

static void
set_unknown_error (const char *uri, GError **error)
{
  g_autoptr (GString) forms = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (openers); i++)
    g_string_append_printf (forms, "%s%s", i > 0 ? " or " : "", openers[i].form);
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_URI,
               "%s: there is no such kind of store: say %s", uri, forms->str);
}

Storage *
storage_open (const char *uri, StorageOpen mode, GError **error)
{
  g_return_val_if_fail (uri != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  gsize scheme_length = strcspn (uri, ":");
  const Opener *opener = find_opener (uri, scheme_length);
  g_autofree char *place = NULL;
  StorageUri parts = { .uri = uri };

  if (opener == NULL || uri[scheme_length] == '\0')
    {
      set_unknown_error (uri, error);
      return NULL;
    }
  place = g_strdup (uri + scheme_length + 1);
  parts.place = place;
  parts.options = strrchr (place, '?');
  if (parts.options != NULL)
    *parts.options++ = '\0';
  return opener->open (&parts, mode, error);
}
