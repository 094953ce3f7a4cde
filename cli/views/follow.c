/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/follow.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/text.h"
#include "cli/views/log_folder.h"

/* A log, and how much of it has been read. rest: of a line that has not ended yet. */
typedef struct
{
  char *atom;
  char *prefix;
  off_t offset;
  GString *rest;
} Tail;

struct Follow
{
  char *folder;
  GHashTable *tails; /* of Tail, by path */
  char *atom;        /* (nullable) all of them */
  AtomAction action;
};

static void
tail_free (gpointer data)
{
  Tail *tail = (Tail *) data;

  g_free (tail->atom);
  g_free (tail->prefix);
  g_string_free (tail->rest, TRUE);
  g_free (tail);
}

static Tail *
need_tail (Follow *follow, const LogEntry *entry)
{
  Tail *tail = (Tail *) g_hash_table_lookup (follow->tails, entry->path);
  g_autofree char *name = NULL;

  if (tail != NULL)
    return tail;
  name = text_dup_visible (entry->atom);
  tail = g_new0 (Tail, 1);
  tail->atom = g_strdup (entry->atom);
  tail->rest = g_string_new (NULL);
  tail->prefix = g_strdup_printf ("%s%s", name,
                                  entry->is_probe                       ? " (probe)"
                                  : entry->action == ATOM_ACTION_REVERT ? " (revert)"
                                                                        : "");
  g_hash_table_insert (follow->tails, g_strdup (entry->path), tail);
  return tail;
}

static gboolean
is_chosen (const Follow *follow, const LogEntry *entry)
{
  return follow->atom == NULL
         || (strcmp (follow->atom, entry->atom) == 0 && follow->action == entry->action
             && !entry->is_probe);
}

static void
append_line (const Tail *tail, const char *line, GString *out)
{
  g_autofree char *visible = text_dup_visible (line);

  g_string_append_printf (out, "%s | %s\n", tail->prefix, visible);
}

static void
append_whole_lines (Tail *tail, GString *out)
{
  char *end;

  while ((end = strchr (tail->rest->str, '\n')) != NULL)
    {
      *end = '\0';
      append_line (tail, tail->rest->str, out);
      g_string_erase (tail->rest, 0, end - tail->rest->str + 1);
    }
}

/* Reads what has been added to a log. Bytes of 0, which end a text, are shown as blanks. */
static void
read_more (Tail *tail, const char *path, GString *out)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  char buffer[16384];
  ssize_t count;

  while (fd >= 0 && (count = pread (fd, buffer, sizeof buffer, tail->offset)) > 0)
    {
      for (ssize_t i = 0; i < count; i++)
        g_string_append_c (tail->rest, buffer[i] != '\0' ? buffer[i] : ' ');
      tail->offset += count;
      append_whole_lines (tail, out);
    }
  if (fd >= 0)
    close (fd);
}

/* What is in the logs already is not new. */
static void
skip_present (Follow *follow)
{
  g_autoptr (GPtrArray) entries = log_folder_new_entries (follow->folder);

  for (guint i = 0; i < entries->len; i++)
    {
      const LogEntry *entry = (const LogEntry *) g_ptr_array_index (entries, i);
      struct stat status;

      if (stat (entry->path, &status) == 0)
        need_tail (follow, entry)->offset = status.st_size;
    }
}

Follow *
follow_new (const char *folder, FollowStart start)
{
  Follow *follow = g_new0 (Follow, 1);

  follow->folder = g_strdup (folder);
  follow->tails = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, tail_free);
  if (start == FOLLOW_NEW)
    skip_present (follow);
  return follow;
}

void
follow_free (Follow *follow)
{
  if (follow == NULL)
    return;
  g_hash_table_unref (follow->tails);
  g_free (follow->folder);
  g_free (follow->atom);
  g_free (follow);
}

void
follow_choose (Follow *follow, const char *atom, AtomAction action)
{
  g_free (follow->atom);
  follow->atom = g_strdup (atom);
  follow->action = action;
}

void
follow_append (Follow *follow, GString *out)
{
  g_autoptr (GPtrArray) entries = log_folder_new_entries (follow->folder);

  for (guint i = 0; i < entries->len; i++)
    {
      const LogEntry *entry = (const LogEntry *) g_ptr_array_index (entries, i);

      if (is_chosen (follow, entry))
        read_more (need_tail (follow, entry), entry->path, out);
    }
}

/* atom: (nullable) all of them. */
static void
append_rest (Follow *follow, const char *atom, GString *out)
{
  GHashTableIter iter;
  gpointer value;

  follow_append (follow, out);
  g_hash_table_iter_init (&iter, follow->tails);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tail *tail = (Tail *) value;

      if (tail->rest->len == 0 || (atom != NULL && strcmp (tail->atom, atom) != 0))
        continue;
      append_line (tail, tail->rest->str, out);
      g_string_truncate (tail->rest, 0);
    }
}

void
follow_append_end (Follow *follow, const char *atom, GString *out)
{
  append_rest (follow, atom, out);
}

void
follow_append_rest (Follow *follow, GString *out)
{
  append_rest (follow, NULL, out);
}
