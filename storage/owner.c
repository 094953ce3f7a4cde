/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "storage/owner.h"

/* The words of an owner. */
enum
{
  OWNER_HOST,
  OWNER_BOOT,
  OWNER_PID,
  OWNER_START,
  OWNER_N_WORDS,
};

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* What the system did not tell. */
#define UNKNOWN "-"

/* Of the words of /proc/PID/stat that follow the name, see proc(5): the state, the number of threads, and the time at which the
 * process started. The name is in parentheses, and may have spaces and parentheses in it. */
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
owner_dup_self (void)
{
  g_autofree char *boot_id = dup_boot_id ();
  g_auto (GStrv) stat = read_stat ("self");

  return g_strdup_printf ("%s %s %d %s", g_get_host_name (), boot_id, (int) getpid (),
                          stat != NULL ? stat[STAT_START] : UNKNOWN);
}

static gboolean
is_unknown (const char *word)
{
  return strcmp (word, UNKNOWN) == 0;
}

static gboolean
is_this_boot (const char *boot)
{
  g_autofree char *id = dup_boot_id ();

  return is_unknown (boot) || is_unknown (id) || strcmp (id, boot) == 0;
}

/* A zombie is dead, unless it is only the first thread of the process that has ended. */
static gboolean
is_zombie (char **stat)
{
  return strcmp (stat[STAT_STATE], "Z") == 0 && g_ascii_strtoll (stat[STAT_THREADS], NULL, 10) <= 1;
}

/* Whether that very process is there. Where /proc does not show it, which may be so of a process of somebody else, the number
 * alone counts. */
static gboolean
is_process (pid_t pid, char **owner)
{
  g_auto (GStrv) stat = read_stat (owner[OWNER_PID]);

  if (stat == NULL)
    return kill (pid, 0) == 0 || errno == EPERM;
  return !is_zombie (stat)
         && (is_unknown (owner[OWNER_START]) || strcmp (stat[STAT_START], owner[OWNER_START]) == 0);
}

gboolean
storage_owner_is_alive (const char *owner)
{
  g_auto (GStrv) words = NULL;
  guint64 pid;

  if (owner == NULL)
    return FALSE;
  words = g_strsplit (owner, " ", -1);
  if (g_strv_length (words) != OWNER_N_WORDS || strcmp (words[OWNER_HOST], g_get_host_name ()) != 0)
    return TRUE;
  if (!g_ascii_string_to_unsigned (words[OWNER_PID], 10, 1, G_MAXINT32, &pid, NULL))
    return TRUE;
  return is_this_boot (words[OWNER_BOOT]) && is_process ((pid_t) pid, words);
}

void
owner_set_error (GError **error, const char *place, const char *id, const char *owner)
{
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);

  if (g_strv_length (words) == OWNER_N_WORDS)
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED,
                 "%s: the run \"%s\" is owned by process %s on %s", place, id, words[OWNER_PID],
                 words[OWNER_HOST]);
  else
    g_set_error (error, STORAGE_ERROR, STORAGE_ERROR_OWNED, "%s: the run \"%s\" is owned by \"%s\"",
                 place, id, owner);
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
