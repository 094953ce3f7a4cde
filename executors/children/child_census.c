/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_census.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What stands in /proc/PID/stat, proc(5). */
typedef struct
{
  ChildCensusEntry entry;
  pid_t parent;
  gboolean is_ended;
  gboolean is_kernel;
} Stat;

/* Of the flags of a thread of the kernel, which has no environment. */
#define PF_KTHREAD 0x00200000u

/* A living process; the links chain those of one session and those of one mark (index + 1, 0 ends).
 */
typedef struct
{
  ChildCensusEntry entry;
  guint next_of_session;
  guint next_of_mark;
} Row;

struct ChildCensus
{
  char *mark_prefix; /* "NAME=", nullable */
  guint64 since;
  pid_t self;
  DIR *proc; /* NULL: can't be read */
  gint64 begun_us;
  ChildCensusResult result;
  gboolean is_blurred;
  GArray *rows;           /* of Row */
  GArray *zombies;        /* of ChildCensusEntry */
  GHashTable *by_session; /* session to its first row, index + 1 */
  GHashTable *by_mark;    /* value to its first row, index + 1 */
  GStringChunk *marks;
  GByteArray *environment; /* of one process, while it is looked at */
};

/* -- One process --------------------------------------------------------------------------------
 */

/* Opens a file of a process. A failure that says nothing about the process makes the count
 * incomplete. Returns: -1 on error. */
static gint
open_file (ChildCensus *census, pid_t pid, const char *name)
{
  char path[64];
  gint fd;

  g_snprintf (path, sizeof path, "%d/%s", (gint) pid, name);
  fd = openat (dirfd (census->proc), path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
    census->result = CHILD_CENSUS_INCOMPLETE;
  return fd;
}

/* Reads as much as fits. Returns: how many bytes; -1 on error, which is mostly that the process is
 * gone. */
static gssize
read_file (gint fd, void *buffer, gsize size)
{
  gssize got;

  do
    got = read (fd, buffer, size);
  while (got < 0 && errno == EINTR);
  return got;
}

/* The name of the program, in parentheses, may hold anything: what counts comes after the last one.
 */
static gboolean
parse_stat (const char *text, gsize size, pid_t pid, Stat *stat)
{
  const char *rest = memrchr (text, ')', size);
  char state;
  gint parent;
  gint group;
  gint session;
  guint flags;
  glong threads;
  guint64 started;

  if (rest == NULL
      || sscanf (rest + 1,
                 " %c %d %d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld %*d "
                 "%" G_GUINT64_FORMAT,
                 &state, &parent, &group, &session, &flags, &threads, &started)
             != 7)
    return FALSE;

  stat->entry.process = (ChildProcess){ .pid = pid, .started = started };
  stat->entry.group = group;
  stat->entry.session = session;
  stat->parent = parent;
  /* A leader of threads that has ended leaves a process that lives on. */
  stat->is_ended = (state == 'Z' || state == 'X') && threads <= 1;
  stat->is_kernel = (flags & PF_KTHREAD) != 0;
  return TRUE;
}

static gboolean
read_stat (ChildCensus *census, pid_t pid, Stat *stat)
{
  char text[1024];
  gint fd = open_file (census, pid, "stat");
  gssize size = fd >= 0 ? read_file (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (size <= 0)
    return FALSE;
  text[size] = '\0';
  return parse_stat (text, (gsize) size, pid, stat);
}

/* Reads the whole environment of a process. Returns: FALSE when that is refused or the process is
 * gone. */
static gboolean
read_environment (ChildCensus *census, pid_t pid)
{
  guint8 chunk[16384];
  gint fd = open_file (census, pid, "environ");
  gssize got;

  if (fd < 0)
    return FALSE;

  g_byte_array_set_size (census->environment, 0);
  while ((got = read_file (fd, chunk, sizeof chunk)) > 0)
    g_byte_array_append (census->environment, chunk, (guint) got);
  close (fd);
  g_byte_array_append (census->environment, (const guint8 *) "", 1);
  return got == 0;
}

/* The value of the marking variable in the environment that was read. Returns: (nullable). */
static const char *
find_mark (const ChildCensus *census)
{
  const char *entry = (const char *) census->environment->data;
  const char *end = entry + census->environment->len;

  while (entry < end)
    {
      if (g_str_has_prefix (entry, census->mark_prefix))
        return entry + strlen (census->mark_prefix);
      entry += strlen (entry) + 1;
    }
  return NULL;
}

/* -- All of them --------------------------------------------------------------------------------
 */

static void
chain_mark (ChildCensus *census, Row *row, guint number)
{
  const char *mark;

  if (census->mark_prefix == NULL || !read_environment (census, row->entry.process.pid))
    return;
  /* Only the final NUL, which is ours. */
  if (census->environment->len == 1)
    census->is_blurred = TRUE;
  mark = find_mark (census);
  if (mark == NULL)
    return;

  row->next_of_mark = GPOINTER_TO_UINT (g_hash_table_lookup (census->by_mark, mark));
  g_hash_table_insert (census->by_mark, g_string_chunk_insert_const (census->marks, mark),
                       GUINT_TO_POINTER (number));
}

static void
add_row (ChildCensus *census, const ChildCensusEntry *entry)
{
  gpointer session = GINT_TO_POINTER (entry->session);
  guint number = census->rows->len + 1;
  Row row = { .entry = *entry };

  row.next_of_session = GPOINTER_TO_UINT (g_hash_table_lookup (census->by_session, session));
  g_hash_table_insert (census->by_session, session, GUINT_TO_POINTER (number));
  chain_mark (census, &row, number);
  g_array_append_val (census->rows, row);
}

static void
count_one (ChildCensus *census, pid_t pid)
{
  Stat stat;

  if (pid == census->self || !read_stat (census, pid, &stat) || stat.is_kernel)
    return;
  /* Where start times are not kept they are 0, and say nothing. */
  if (stat.entry.process.started != 0 && stat.entry.process.started < census->since)
    return;
  if (!stat.is_ended)
    add_row (census, &stat.entry);
  else if (stat.parent == census->self)
    g_array_append_val (census->zombies, stat.entry);
}

static void
forget (ChildCensus *census)
{
  census->is_blurred = FALSE;
  g_array_set_size (census->rows, 0);
  g_array_set_size (census->zombies, 0);
  g_hash_table_remove_all (census->by_session);
  g_hash_table_remove_all (census->by_mark);
  g_string_chunk_clear (census->marks);
}

/* The process id that was given out last, in /proc/loadavg. Returns: -1 when that can't be read. */
static gint64
read_last_pid (const ChildCensus *census)
{
  char text[128];
  gint fd = openat (dirfd (census->proc), "loadavg", O_RDONLY | O_CLOEXEC);
  gssize size = fd >= 0 ? read_file (fd, text, sizeof text - 1) : -1;
  const char *last = size > 0 ? memrchr (text, ' ', (gsize) size) : NULL;

  if (fd >= 0)
    close (fd);
  if (last == NULL)
    return -1;
  text[size] = '\0';
  return g_ascii_strtoll (last, NULL, 10);
}

static void
count_all (ChildCensus *census)
{
  gint64 last_pid = read_last_pid (census);
  const struct dirent *file;

  rewinddir (census->proc);
  while (errno = 0, (file = readdir (census->proc)) != NULL)
    {
      if (g_ascii_isdigit (file->d_name[0]))
        count_one (census, (pid_t) g_ascii_strtoll (file->d_name, NULL, 10));
    }
  if (errno != 0)
    census->result = CHILD_CENSUS_INCOMPLETE;
  /* Who was started meanwhile, with a number that had been passed already, by somebody who ended
   * before his turn? */
  if (last_pid < 0 || read_last_pid (census) != last_pid)
    census->is_blurred = TRUE;
}

/* Opens /proc if it speaks of the processes that kill() and getpid() speak of. */
static ChildCensusResult
open_proc (ChildCensus *census)
{
  char link[32];
  gssize size = readlink ("/proc/self", link, sizeof link - 1);

  if (size <= 0)
    return CHILD_CENSUS_IMPOSSIBLE;
  link[size] = '\0';
  if (g_ascii_strtoll (link, NULL, 10) != census->self)
    return CHILD_CENSUS_IMPOSSIBLE;
  census->proc = opendir ("/proc");
  if (census->proc != NULL)
    return CHILD_CENSUS_COMPLETE;
  return errno == EACCES ? CHILD_CENSUS_IMPOSSIBLE : CHILD_CENSUS_INCOMPLETE;
}

ChildCensusResult
child_census_take (ChildCensus *census, gint64 not_before_us)
{
  if (census->begun_us >= not_before_us)
    return census->result;

  census->begun_us = g_get_monotonic_time ();
  census->self = getpid ();
  forget (census);
  census->result = census->proc != NULL ? CHILD_CENSUS_COMPLETE : open_proc (census);
  if (census->proc != NULL)
    count_all (census);
  return census->result;
}

/* -- Questions ----------------------------------------------------------------------------------
 */

static void
find_session (const ChildCensus *census, pid_t session, GArray *found)
{
  guint number
      = GPOINTER_TO_UINT (g_hash_table_lookup (census->by_session, GINT_TO_POINTER (session)));

  while (number != 0)
    {
      const Row *row = &g_array_index (census->rows, Row, number - 1);

      g_array_append_val (found, row->entry);
      number = row->next_of_session;
    }
}

/* Those of `session` are in `found` already. Session 0 is no session to look for, but processes are
 * in it: all whose session began outside of our process id namespace, as in a container. */
static void
find_marked (const ChildCensus *census, pid_t session, const char *mark, GArray *found)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (census->by_mark, mark));

  while (number != 0)
    {
      const Row *row = &g_array_index (census->rows, Row, number - 1);

      if (session == 0 || row->entry.session != session)
        g_array_append_val (found, row->entry);
      number = row->next_of_mark;
    }
}

void
child_census_find (const ChildCensus *census, pid_t session, const char *marker, GArray *found)
{
  /* With another variable than the one that is looked for, nobody would be found. */
  g_assert (marker == NULL
            || (census->mark_prefix != NULL && g_str_has_prefix (marker, census->mark_prefix)));

  if (session != 0)
    find_session (census, session, found);
  if (marker != NULL)
    find_marked (census, session, marker + strlen (census->mark_prefix), found);
}

const GArray *
child_census_get_zombies (const ChildCensus *census)
{
  return census->zombies;
}

gboolean
child_census_is_blurred (const ChildCensus *census)
{
  return census->is_blurred;
}

gboolean
child_census_is_alive (ChildCensus *census, const ChildProcess *process)
{
  Stat stat;

  return census->proc != NULL && read_stat (census, process->pid, &stat) && !stat.is_ended
         && stat.entry.process.started == process->started;
}

/* -- Life ---------------------------------------------------------------------------------------
 */

guint64
child_census_now (void)
{
  const guint64 ticks_per_second = (guint64) sysconf (_SC_CLK_TCK);
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (guint64) now.tv_sec * ticks_per_second
         + (guint64) now.tv_nsec * ticks_per_second / G_GUINT64_CONSTANT (1000000000);
}

ChildCensus *
child_census_new (const char *mark_name, guint64 since)
{
  ChildCensus *census = g_new0 (ChildCensus, 1);

  if (mark_name != NULL)
    census->mark_prefix = g_strdup_printf ("%.*s=", (gint) strcspn (mark_name, "="), mark_name);
  census->since = since;
  census->begun_us = -1;
  census->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  census->zombies = g_array_new (FALSE, FALSE, sizeof (ChildCensusEntry));
  census->by_session = g_hash_table_new (NULL, NULL);
  census->by_mark = g_hash_table_new (g_str_hash, g_str_equal);
  census->marks = g_string_chunk_new (1024);
  census->environment = g_byte_array_new ();
  return census;
}

void
child_census_free (ChildCensus *census)
{
  if (census == NULL)
    return;
  if (census->proc != NULL)
    closedir (census->proc);
  g_free (census->mark_prefix);
  g_array_unref (census->rows);
  g_array_unref (census->zombies);
  g_hash_table_unref (census->by_session);
  g_hash_table_unref (census->by_mark);
  g_string_chunk_free (census->marks);
  g_byte_array_unref (census->environment);
  g_free (census);
}
