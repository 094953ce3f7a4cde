/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_lock.h"

#include "executors/commands/command_environment.h"

/* How many digits of the checksum of the key a name has. */
#define NAME_DIGITS 32

char *
command_lock_dup_marker (const Attempt *attempt, CommandRole role)
{
  g_autofree char *key = attempt_dup_idempotency_key (attempt);

  return g_strconcat (role == COMMAND_PROBE ? COMMAND_PROBE_MARK : COMMAND_MARK, "=", key, NULL);
}

char *
command_lock_dup_path (const Attempt *attempt, CommandRole role)
{
  g_autofree char *marker = NULL;
  g_autofree char *digits = NULL;

  if (attempt->run->log_dir == NULL)
    return NULL;
  marker = command_lock_dup_marker (attempt, role);
  digits = g_compute_checksum_for_string (G_CHECKSUM_SHA256, marker, -1);
  digits[NAME_DIGITS] = '\0';
  return g_strdup_printf ("%s/.%s.alive", attempt->run->log_dir, digits);
}
