/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/fleet.h"

#include <string.h>

static const char head[]
    = "flow: provision-fleet\n"
      "description: Bring up many web sites, one after the other.\n"
      "version: \"1.2\"\n"
      "\n"
      "inputs:\n"
      "  root: {type: string, default: /srv/sites, description: where the sites live}\n"
      "  port: 8080\n"
      "\n"
      "steps:\n";

/* `@` is the number of the site. */
static const char *const steps[] = {
  "  - task: make-folder-@\n"
  "    requires: [root]\n"
  "    run: mkdir \"$root/site-@\" && echo \"$root/site-@\"\n"
  "    provides: folder_@\n"
  "    revert: rmdir \"$folder_@\"\n",

  "  - task: write-config-@\n"
  "    requires: [folder_@, port]\n"
  "    run: |\n"
  "      printf 'listen %s;\\n' \"$port\" > \"$folder_@/site.conf\"\n"
  "      echo \"$folder_@/site.conf\"\n"
  "    provides: config_@\n"
  "    revert: rm -f \"$config_@\"\n",

  "  - task: make-key-@\n"
  "    requires: [folder_@]\n"
  "    run: [openssl, genpkey, -algorithm, ed25519, -out, \"{folder_@}/site.key\"]\n"
  "    revert: [rm, -f, \"{folder_@}/site.key\"]\n"
  "    timeout: 30s\n",

  "  - task: write-page-@\n"
  "    requires: [folder_@]\n"
  "    use: file.write\n"
  "    with: {path: \"{folder_@}/index.html\", content: \"hello from site @\"}\n",

  "  - task: start-server-@\n"
  "    requires: [folder_@, config_@]\n"
  "    run: site-server --config \"$config_@\" --pid-file \"$folder_@/pid\" && cat "
  "\"$folder_@/pid\"\n"
  "    provides: pid_@\n"
  "    revert: kill \"$pid_@\"\n",
};

static void
append_step (GString *out, const char *step, const char *site)
{
  const char *mark;

  for (; (mark = strchr (step, '@')) != NULL; step = mark + 1)
    {
      g_string_append_len (out, step, mark - step);
      g_string_append (out, site);
    }
  g_string_append (out, step);
}

gboolean
fleet_write (const char *path, guint n_steps, GError **error)
{
  g_autoptr (GString) out = g_string_new (head);
  char site[16];

  for (guint i = 0; i < n_steps; i++)
    {
      g_snprintf (site, sizeof site, "%05u", i / (guint) G_N_ELEMENTS (steps));
      append_step (out, steps[i % G_N_ELEMENTS (steps)], site);
    }
  return g_file_set_contents (path, out->str, (gssize) out->len, error);
}
