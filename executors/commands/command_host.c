/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_host.h"

#include "executors/commands/command_environment.h"

struct CommandHost
{
  CommandFolder *folder;
  CommandFollowers *followers;
  ChildCensus *census;
  GHashTable *locks; /* (nullable): ChildLock by marker */
};

CommandHost *
command_host_new (void)
{
  CommandHost *host = g_new0 (CommandHost, 1);

  host->folder = command_folder_new ();
  host->followers = command_followers_new ();
  host->census = child_census_new (COMMAND_MARK, child_census_now ());
  return host;
}

void
command_host_free (CommandHost *host)
{
  if (host == NULL)
    return;
  g_clear_pointer (&host->locks, g_hash_table_unref);
  command_followers_free (host->followers);
  command_folder_free (host->folder);
  child_census_free (host->census);
  g_free (host);
}

void
command_host_fill_poll (const CommandHost *host, struct pollfd *fd)
{
  command_followers_fill_poll (host->followers, fd);
}

gint64
command_host_get_next_time (const CommandHost *host)
{
  return command_followers_get_next_time (host->followers);
}

void
command_host_process_events (CommandHost *host, const struct pollfd *fd)
{
  command_followers_process_events (host->followers, fd);
}

CommandFolder *
command_host_get_folder (CommandHost *host)
{
  return host->folder;
}

CommandFollowers *
command_host_get_followers (CommandHost *host)
{
  return host->followers;
}

ChildCensus *
command_host_get_census (CommandHost *host)
{
  return host->census;
}

void
command_host_keep_lock (CommandHost *host, const char *marker, ChildLock *lock)
{
  if (lock == NULL)
    return;
  if (host->locks == NULL)
    host->locks
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) child_lock_free);
  g_hash_table_replace (host->locks, g_strdup (marker), lock);
}

ChildLock *
command_host_steal_lock (CommandHost *host, const char *marker)
{
  g_autofree char *kept = NULL;
  ChildLock *lock = NULL;

  if (host->locks != NULL)
    (void) g_hash_table_steal_extended (host->locks, marker, (gpointer *) &kept,
                                        (gpointer *) &lock);
  return lock;
}
