/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_log.h"

/* Longer names of atoms are cut. With all around it a name stays within the 255 bytes of file
 * systems. */
#define NAME_BYTES 160

static const char *const role_names[COMMAND_COUNT] = {
  [COMMAND_EXECUTE] = "execute",
  [COMMAND_REVERT] = "revert",
  [COMMAND_PROBE] = "probe",
};

static gboolean
is_usual (char byte, gboolean is_first)
{
  return g_ascii_isalnum (byte) || byte == '_' || byte == '-' || (byte == '.' && !is_first);
}

char *
command_log_dup_name (const Attempt *attempt, CommandRole role, guint number)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (const char *at = atom_get_name (attempt->atom); *at != '\0'; at++)
    if (is_usual (*at, name->len == 0))
      g_string_append_c (name, *at);
    else
      g_string_append_printf (name, "%%%02X", (guint8) *at);
  if (name->len > NAME_BYTES)
    {
      g_string_truncate (name, NAME_BYTES);
      g_string_append_printf (name, "~%u", attempt->node);
    }
  return g_strdup_printf ("%s.%s.%u", name->str, role_names[role], number);
}

char *
command_log_dup_path (const Attempt *attempt, CommandRole role)
{
  g_autofree char *name = NULL;

  if (attempt->run->log_dir == NULL)
    return NULL;
  name = command_log_dup_name (attempt, role, attempt->number);
  return g_strdup_printf ("%s/%s.log", attempt->run->log_dir, name);
}
