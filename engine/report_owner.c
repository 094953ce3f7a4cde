/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report_private.h"

#include <string.h>

/* An owner is "HOST BOOT-ID PID START-TIME"; what its system did not tell is "-". */
enum
{
  OWNER_HOST,
  OWNER_BOOT,
  OWNER_PID,
  OWNER_START,
  OWNER_N_WORDS,
};

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/* Of the words of /proc/PID/stat that follow the name: the state, and the time at which the process started; see proc(5). */
#define STAT_STATE 0
#define STAT_START 19

static gboolean
is_unknown (const char *word)
{
  return strcmp (word, "-") == 0;
}

static gboolean
is_this_boot (const char *boot)
{
  g_autofree char *id = NULL;

  if (is_unknown (boot) || !g_file_get_contents (BOOT_ID_PATH, &id, NULL, NULL))
    return TRUE;
  return strcmp (g_strstrip (id), boot) == 0;
}

/* Whether that very process is there and no zombie. */
static gboolean
is_process (const char *pid, const char *start)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  const char *after_name;

  if (!g_file_get_contents (path, &line, NULL, NULL))
    return !g_file_test ("/proc/self/stat", G_FILE_TEST_EXISTS);
  after_name = strrchr (line, ')');
  if (after_name == NULL || after_name[1] != ' ')
    return TRUE;
  words = g_strsplit (after_name + 2, " ", -1);
  if (g_strv_length (words) <= STAT_START)
    return TRUE;
  return strcmp (words[STAT_STATE], "Z") != 0
         && (is_unknown (start) || strcmp (words[STAT_START], start) == 0);
}

gboolean
report_owner_is_alive (const char *owner)
{
  g_auto (GStrv) words = g_strsplit (owner, " ", -1);
  guint64 pid;

  if (g_strv_length (words) != OWNER_N_WORDS || strcmp (words[OWNER_HOST], g_get_host_name ()) != 0)
    return TRUE;
  if (!g_ascii_string_to_unsigned (words[OWNER_PID], 10, 1, G_MAXINT32, &pid, NULL))
    return TRUE;
  return is_this_boot (words[OWNER_BOOT]) && is_process (words[OWNER_PID], words[OWNER_START]);
}
