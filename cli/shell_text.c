/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shell_text.h"

#include <string.h>

/* Characters that need no quotes in a word of a shell. */
#define PLAIN                                                                                      \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"                                 \
  "/:._-+@%,="

char *
shell_text_dup_word (const char *word)
{
  gboolean is_ascii_plain = TRUE;

  for (const char *at = word; *at != '\0'; at++)
    is_ascii_plain = is_ascii_plain && ((guchar) *at >= 0x80 || strchr (PLAIN, *at) != NULL);
  return is_ascii_plain && *word != '\0' ? g_strdup (word) : g_shell_quote (word);
}

char *
shell_text_dup_store_option (const Arguments *arguments)
{
  const char *given = arguments_find (arguments, "store");
  g_autofree char *word = given != NULL ? shell_text_dup_word (given) : NULL;

  return word != NULL ? g_strdup_printf (" --store %s", word) : g_strdup ("");
}

char *
shell_text_dup_owner_option (const StorageRunInfo *run)
{
  g_autofree char *quoted = NULL;

  if (run->owner == NULL || run->owner_life != STORAGE_OWNER_UNKNOWN)
    return NULL;
  quoted = g_shell_quote (run->owner);
  return g_strdup_printf ("--" SHELL_TEXT_OWNER_OPTION " %s", quoted);
}
