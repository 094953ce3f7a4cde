/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "storage/owner.h"

/* See proc(5). The time is the 22nd word of the line; the second is a name in parentheses, which may have
 * spaces and parentheses in it. */
#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define STAT_PATH "/proc/self/stat"
#define WORD_AFTER_NAME 3
#define WORD_OF_START 22

#define UNKNOWN "-"

static char *
dup_boot_id (void)
{
  g_autofree char *id = NULL;

  if (!g_file_get_contents (BOOT_ID_PATH, &id, NULL, NULL) || *g_strstrip (id) == '\0')
    return g_strdup (UNKNOWN);
  return g_steal_pointer (&id);
}

static char *
dup_start_time (void)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  const char *after_name;

  if (!g_file_get_contents (STAT_PATH, &line, NULL, NULL))
    return g_strdup (UNKNOWN);
  after_name = strrchr (line, ')');
  if (after_name == NULL || after_name[1] != ' ')
    return g_strdup (UNKNOWN);
  words = g_strsplit (after_name + 2, " ", -1);
  if (g_strv_length (words) <= WORD_OF_START - WORD_AFTER_NAME)
    return g_strdup (UNKNOWN);
  return g_strdup (words[WORD_OF_START - WORD_AFTER_NAME]);
}

char *
owner_dup_self (void)
{
  g_autofree char *boot_id = dup_boot_id ();
  g_autofree char *start_time = dup_start_time ();

  return g_strdup_printf ("%s %s %d %s", g_get_host_name (), boot_id, (int) getpid (), start_time);
}
