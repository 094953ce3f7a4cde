/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/owner.h"

/* The words of an owner. */
enum
{
  OWNER_HOST,
  OWNER_BOOT,
  OWNER_PID,
  OWNER_START,
  OWNER_N_WORDS_1, /* what stores of earlier versions have: nothing of the namespace */
  OWNER_NAMESPACE = OWNER_N_WORDS_1,
  OWNER_N_WORDS_2, /* nothing of a lock */
  OWNER_LOCK = OWNER_N_WORDS_2,
  OWNER_N_WORDS,
};

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define NAMESPACE_PATH "/proc/self/ns/pid"

/* What the system did not tell, or there is not. */
#define UNKNOWN "-"

/* Of the words of /proc/PID/stat that follow the name, see proc(5): the state, the number of
 * threads, and the time at which the process started. The name is in parentheses, and may have
 * spaces and parentheses in it. */
#define STAT_STATE 0
#define STAT_THREADS 17
#define STAT_START 19

static char *
dup_boot_id (void)
{
  g_autofree char *id = NULL;

  if (!g_file_get_contents (BOOT_ID_PATH, &id, NULL, NULL) || *g_strstrip (id) == '\0')
    return g_strdup (UNKNOWN);
  return g_steal_pointer (&id);
}

/* In which namespace the numbers of processes mean what they mean to us. */
static char *
dup_namespace (void)
{
  struct stat about;

  if (stat (NAMESPACE_PATH, &about) != 0)
    return g_strdup (UNKNOWN);
  return g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) about.st_ino);
}

/* What /proc says of a process from its state on. Returns: (transfer full) (nullable). */
static char **
read_stat (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  const char *after_name;

  if (!g_file_get_contents (path, &line, NULL, NULL))
    return NULL;
  after_name = strrchr (line, ')');
  if (after_name == NULL || after_name[1] != ' ')
    return NULL;
  words = g_strsplit (after_name + 2, " ", -1);
  return g_strv_length (words) > STAT_START ? g_steal_pointer (&words) : NULL;
}

char *
owner_dup_self (const OwnerLock *lock)
{
  g_autofree char *boot_id = dup_boot_id ();
  g_autofree char *namespace = dup_namespace ();
  g_auto (GStrv) stat = read_stat ("self");

  return g_strdup_printf ("%s %s %d %s %s %s", g_get_host_name (), boot_id, (int) getpid (),
                          stat != NULL ? stat[STAT_START] : UNKNOWN, namespace,
                          lock != NULL ? owner_lock_get_word (lock) : UNKNOWN);
}

/* -- Life ---------------------------------------------------------------------------------------
 */

static gboolean
is_unknown (const char *word)
{
  return strcmp (word, UNKNOWN) == 0;
}

static gboolean
is_owner (char **words)
{
  guint count = g_strv_length (words);

  return count >= OWNER_N_WORDS_1 && count <= OWNER_N_WORDS;
}

static gboolean
is_this_host (char **owner)
{
  return strcmp (owner[OWNER_HOST], g_get_host_name ()) == 0;
}

/* Whether it is known to be of the very kernel that we run on, which calls itself otherwise in
 * another container. */
static gboolean
is_this_kernel (char **owner)
{
  g_autofree char *id = dup_boot_id ();

  return !is_unknown (id) && strcmp (id, owner[OWNER_BOOT]) == 0;
}

static gboolean
is_this_boot (char **owner)
{
  const char *boot = owner[OWNER_BOOT];
  g_autofree char *id = dup_boot_id ();

  return is_unknown (boot) || is_unknown (id) || strcmp (id, boot) == 0;
}

/* Whether its number means the same process to us. Two who know as little as each other are taken
 * to be in the same one, as are those who said nothing of it. */
static gboolean
is_this_namespace (char **owner)
{
  g_autofree char *namespace = dup_namespace ();

  return owner[OWNER_NAMESPACE] == NULL || strcmp (namespace, owner[OWNER_NAMESPACE]) == 0;
}

/* A zombie is dead, unless it is only the first thread of the process that has ended. */
static gboolean
is_zombie (char **stat)
{
  return strcmp (stat[STAT_STATE], "Z") == 0 && g_ascii_strtoll (stat[STAT_THREADS], NULL, 10) <= 1;
}

/* A process in a namespace of its own may see the /proc of the one around it, where its own number
 * is another. */
static gboolean
is_proc_ours (void)
{
  char link[32];
  gssize size = readlink ("/proc/self", link, sizeof link - 1);

  if (size <= 0)
    return FALSE;
  link[size] = '\0';
  return g_ascii_strtoll (link, NULL, 10) == getpid ();
}

/* Where /proc does not show the process, which may be so of one of somebody else, there is only the
 * number, which may be that of another by now. */
static StorageOwnerLife
get_process_life (pid_t pid, char **owner)
{
  g_auto (GStrv) stat = is_proc_ours () ? read_stat (owner[OWNER_PID]) : NULL;

  if (stat == NULL)
    return kill (pid, 0) == 0 || errno == EPERM ? STORAGE_OWNER_UNKNOWN : STORAGE_OWNER_DEAD;
  if (is_zombie (stat))
    return STORAGE_OWNER_DEAD;
  if (is_unknown (owner[OWNER_START]))
    return STORAGE_OWNER_UNKNOWN;
  return strcmp (stat[STAT_START], owner[OWNER_START]) == 0 ? STORAGE_OWNER_ALIVE
                                                            : STORAGE_OWNER_DEAD;
}

/* What is known without a lock. */
static StorageOwnerLife
judge_process (pid_t pid, char **owner)
{
  if (!is_this_host (owner))
    return STORAGE_OWNER_UNKNOWN;
  if (!is_this_boot (owner))
    return STORAGE_OWNER_DEAD;
  return is_this_namespace (owner) ? get_process_life (pid, owner) : STORAGE_OWNER_UNKNOWN;
}

/* The kernel's word goes before what is known of the process; but a child that was forked may still
 * have the lock of one that is certainly dead. Of another kernel it says nothing. */
static StorageOwnerLife
judge_lock (char **owner, const OwnerLocks *locks, StorageOwnerLife process)
{
  if (g_strv_length (owner) <= OWNER_LOCK || !is_this_kernel (owner))
    return process;
  switch (owner_locks_look (locks, owner[OWNER_LOCK]))
    {
    case OWNER_LOCK_FREE:
      return STORAGE_OWNER_DEAD;
    case OWNER_LOCK_HELD:
      return process == STORAGE_OWNER_DEAD && !is_unknown (owner[OWNER_NAMESPACE])
                 ? STORAGE_OWNER_DEAD
                 : STORAGE_OWNER_ALIVE;
    case OWNER_LOCK_UNSEEN:
    default:
      return process;
    }
}

StorageOwnerLife
owner_get_life (const char *owner, const OwnerLocks *locks)
{
  g_auto (GStrv) words = NULL;
  guint64 pid;

  if (owner == NULL)
    return STORAGE_OWNER_DEAD;
  words = g_strsplit (owner, " ", -1);
  if (!is_owner (words))
    return STORAGE_OWNER_UNKNOWN;
  if (!g_ascii_string_to_unsigned (words[OWNER_PID], 10, 1, G_MAXINT32, &pid, NULL))
    return STORAGE_OWNER_UNKNOWN;
  return judge_lock (words, locks, judge_process ((pid_t) pid, words));
}

/* -- Words --------------------------------------------------------------------------------------
 */

char *
storage_owner_dup_text (const char *owner)
{
  g_auto (GStrv) words = NULL;

  g_return_val_if_fail (owner != NULL, NULL);
  words = g_strsplit (owner, " ", -1);
  if (!is_owner (words))
    return g_strdup_printf ("\"%s\"", owner);
  return g_strdup_printf (
      "process %s on %s%s", words[OWNER_PID], words[OWNER_HOST],
      is_this_host (words) && !is_this_namespace (words) ? ", in another container" : "");
}

void
owner_set_error (GError **error, const char *place, const char *id, const char *owner)
{
  g_autofree char *text = storage_owner_dup_text (owner);

  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED, "%s: the run \"%s\" is owned by %s",
               place, id, text);
}

gboolean
owner_check_vouched (const char *place, const StorageRunInfo *run, const char *vouched,
                     GError **error)
{
  g_autofree char *text = storage_owner_dup_text (run->owner);

  if (run->owner_life == STORAGE_OWNER_ALIVE)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED,
                 "%s: the run \"%s\" is owned by %s, which is alive", place, run->id, text);
  else if (strcmp (run->owner, vouched) != 0)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED,
                 "%s: the run \"%s\" is owned by somebody else: %s", place, run->id, text);
  else
    return TRUE;
  return FALSE;
}

void
owner_set_none (GError **error, const char *place, const char *id)
{
  g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_UNOWNED, "%s: nobody drives the run \"%s\"",
               place, id);
}

gboolean
owner_has_left (FlowState state)
{
  return state == FLOW_STATE_SUCCESS || state == FLOW_STATE_FAILURE || state == FLOW_STATE_REVERTED
         || state == FLOW_STATE_SUSPENDED;
}
