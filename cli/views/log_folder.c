/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/log_folder.h"

#include <string.h>

/* The words for what wrote a log, as they stand in its name: ATOM.ROLE.NUMBER.log. */
static const struct
{
  const char *name;
  AtomAction action;
  gboolean is_probe;
} roles[] = {
  { "execute", ATOM_ACTION_EXECUTE, FALSE },
  { "revert", ATOM_ACTION_REVERT, FALSE },
  { "probe", ATOM_ACTION_EXECUTE, TRUE },
};

static void
log_entry_free (gpointer data)
{
  LogEntry *entry = (LogEntry *) data;

  g_free (entry->atom);
  g_free (entry->path);
  g_free (entry);
}

/* A name in which %XX stands for a byte. Returns: (transfer full). */
static char *
dup_decoded (const char *name, gsize length)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    if (name[i] == '%' && i + 2 < length && g_ascii_isxdigit (name[i + 1])
        && g_ascii_isxdigit (name[i + 2]))
      {
        g_string_append_c (out, (char) (g_ascii_xdigit_value (name[i + 1]) * 16
                                        + g_ascii_xdigit_value (name[i + 2])));
        i += 2;
      }
    else
      g_string_append_c (out, name[i]);
  return g_string_free (out, FALSE);
}

static gboolean
read_role (LogEntry *entry, const char *role)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (strcmp (roles[i].name, role) == 0)
      {
        entry->action = roles[i].action;
        entry->is_probe = roles[i].is_probe;
        return TRUE;
      }
  return FALSE;
}

/* Returns: (transfer full) (nullable): NULL when the file is no log. */
static LogEntry *
new_entry (const char *folder, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);
  guint count = g_strv_length (parts);
  LogEntry entry = { 0 };
  guint64 number = 0;

  if (count < 4 || strcmp (parts[count - 1], "log") != 0 || !read_role (&entry, parts[count - 3])
      || !g_ascii_string_to_unsigned (parts[count - 2], 10, 1, G_MAXUINT, &number, NULL))
    return NULL;
  entry.number = (guint) number;
  entry.atom = dup_decoded (name, strlen (name) - strlen (parts[count - 1])
                                      - strlen (parts[count - 2]) - strlen (parts[count - 3]) - 3);
  entry.path = g_build_filename (folder, name, NULL);
  return g_memdup2 (&entry, sizeof entry);
}

GPtrArray *
log_folder_new_entries (const char *folder)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (log_entry_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      LogEntry *entry = new_entry (folder, name);

      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
  return entries;
}

char *
log_folder_find (const char *folder, const char *atom, AtomAction action, guint number)
{
  g_autoptr (GPtrArray) entries = log_folder_new_entries (folder);
  const LogEntry *found = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      const LogEntry *entry = (const LogEntry *) g_ptr_array_index (entries, i);

      if (entry->action == action && !entry->is_probe && strcmp (entry->atom, atom) == 0
          && (number == 0 || entry->number == number)
          && (found == NULL || entry->number > found->number))
        found = entry;
    }
  return found != NULL ? g_strdup (found->path) : NULL;
}
