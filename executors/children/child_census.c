/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/children/child_census.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What stands in /proc/PID/stat, proc(5). */
typedef struct
{
  ChildCensusEntry entry;
  gboolean is_ended;
  gboolean is_kernel;
} Stat;

/* How much of the command of a process is shown. */
#define COMMAND_BYTES 81
/* The most processes that are read one by one because they were started during the count. */
#define MAX_YOUNGER 200000u
/* Of the flags of a thread of the kernel, which has no environment. */
#define PF_KTHREAD 0x00200000u

/* A living process; the links chain the rows of one session and the rows of one mark (index + 1, 0
 * ends). */
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
  stat->entry.parent = parent;
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
  /* Only the NUL that read_environment() appends. */
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
  else if (stat.entry.parent == census->self)
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

/* Reads all that /proc lists. Returns: the highest process id in the list. */
static gint64
count_listed (ChildCensus *census)
{
  gint64 highest = 0;
  const struct dirent *file;

  rewinddir (census->proc);
  while (errno = 0, (file = readdir (census->proc)) != NULL)
    if (g_ascii_isdigit (file->d_name[0]))
      {
        gint64 pid = g_ascii_strtoll (file->d_name, NULL, 10);

        count_one (census, (pid_t) pid);
        highest = MAX (highest, pid);
      }
  if (errno != 0)
    census->result = CHILD_CENSUS_INCOMPLETE;
  return highest;
}

/* Reads the processes with the ids after `pid`, until none was given out that is not read. `last`
 * was given out last before the list was read. Returns: FALSE when the ids started anew, or are
 * given out faster than they are read. */
static gboolean
count_younger (ChildCensus *census, gint64 pid, gint64 last)
{
  for (guint n_read = 0; n_read < MAX_YOUNGER; n_read++)
    {
      gint64 now = last;

      if (pid >= last)
        now = read_last_pid (census);
      if (now < last)
        return FALSE;
      last = now;
      if (pid >= last)
        return TRUE;
      count_one (census, (pid_t) ++pid);
    }
  return FALSE;
}

static void
count_all (ChildCensus *census)
{
  gint64 last = read_last_pid (census);
  gint64 highest = count_listed (census);

  /* Each process with an id up to `last` was there before the list was read. */
  if (last < 0)
    census->is_blurred = TRUE;
  else if (!count_younger (census, MAX (highest, last), last))
    census->result = CHILD_CENSUS_INCOMPLETE;
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

/* The processes of `session` are in `found` already. Session 0 stands for all sessions that began
 * outside of the process id namespace of the engine, so its members are not one session. */
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
  /* With another variable than that of the census, no process would be found. */
  g_assert (marker == NULL
            || (census->mark_prefix != NULL && g_str_has_prefix (marker, census->mark_prefix)));

  if (session != 0)
    find_session (census, session, found);
  if (marker != NULL)
    find_marked (census, session, marker + strlen (census->mark_prefix), found);
}

static gboolean
has_process (const GArray *entries, const ChildProcess *process)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const ChildProcess *other = &g_array_index (entries, ChildCensusEntry, i).process;

      if (other->pid == process->pid && other->started == process->started)
        return TRUE;
    }
  return FALSE;
}

/* Whether one of the descriptors of the process is of the file. */
static gboolean
holds_file (const ChildCensus *census, pid_t pid, dev_t device, ino_t inode)
{
  g_autofree char *path = g_strdup_printf ("%d/fd", (gint) pid);
  gint folder = openat (dirfd (census->proc), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *files = folder >= 0 ? fdopendir (folder) : NULL;
  const struct dirent *file;
  gboolean is_holder = FALSE;
  struct stat about;

  if (files == NULL)
    {
      if (folder >= 0)
        close (folder);
      return FALSE;
    }
  while (!is_holder && (file = readdir (files)) != NULL)
    is_holder = fstatat (folder, file->d_name, &about, 0) == 0 && about.st_dev == device
                && about.st_ino == inode;
  closedir (files);
  return is_holder;
}

void
child_census_find_holders (ChildCensus *census, dev_t device, ino_t inode, GArray *found)
{
  for (guint i = 0; census->proc != NULL && i < census->rows->len; i++)
    {
      const ChildCensusEntry *entry = &g_array_index (census->rows, Row, i).entry;

      if (!has_process (found, &entry->process)
          && holds_file (census, entry->process.pid, device, inode))
        g_array_append_vals (found, entry, 1);
    }
}

void
child_census_find_descendants (const ChildCensus *census, GArray *found)
{
  /* What is appended is looked at in its turn. */
  for (guint i = 0; i < found->len; i++)
    {
      const ChildCensusEntry parent = g_array_index (found, ChildCensusEntry, i);

      for (guint j = 0; j < census->rows->len; j++)
        {
          const ChildCensusEntry *entry = &g_array_index (census->rows, Row, j).entry;

          if (entry->parent == parent.process.pid
              && entry->process.started >= parent.process.started
              && !has_process (found, &entry->process))
            g_array_append_vals (found, entry, 1);
        }
    }
}

gboolean
child_census_has_started (ChildCensus *census, pid_t pid, guint64 after, guint64 before)
{
  Stat stat;

  return census->proc != NULL && read_stat (census, pid, &stat)
         && stat.entry.process.started >= after && stat.entry.process.started <= before;
}

/* Reads the arguments of a process, with spaces between them. Returns: how many bytes. */
static gsize
read_arguments (ChildCensus *census, pid_t pid, char *text, gsize size)
{
  gint fd = open_file (census, pid, "cmdline");
  gssize got = fd >= 0 ? read_file (fd, text, size - 1) : -1;

  if (fd >= 0)
    close (fd);
  while (got > 0 && text[got - 1] == '\0')
    got--;
  for (gssize i = 0; i < got; i++)
    if (g_ascii_iscntrl (text[i]))
      text[i] = ' ';
  return got > 0 ? (gsize) got : 0;
}

char *
child_census_dup_command (ChildCensus *census, const ChildProcess *process)
{
  char text[COMMAND_BYTES];
  gsize size;
  gint fd;

  if (!child_census_is_alive (census, process))
    return NULL;
  size = read_arguments (census, process->pid, text, sizeof text);
  if (size > 0)
    return g_utf8_make_valid (text, (gssize) size);
  fd = open_file (census, process->pid, "comm");
  size = fd >= 0 ? (gsize) MAX (read_file (fd, text, sizeof text - 1), 0) : 0;
  if (fd >= 0)
    close (fd);
  while (size > 0 && text[size - 1] == '\n')
    size--;
  return g_utf8_make_valid (text, (gssize) size);
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
