/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/foreign.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

void
foreign_warn (const Console *console, const char *what, const char *path)
{
  struct stat status;
  const struct passwd *user;
  g_autofree char *name = NULL;

  if (path == NULL || stat (path, &status) != 0 || status.st_uid == 0
      || status.st_uid == geteuid ())
    return;
  user = getpwuid (status.st_uid);
  name = user != NULL ? g_strdup (user->pw_name) : g_strdup_printf ("%u", status.st_uid);
  console_print_warning (console, "%s %s belongs to another user: %s", what, path, name);
}
