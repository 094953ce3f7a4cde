/* SPDX-License-Identifier: Apache-2.0 */

/* The flow of provision.yaml, built in C through the public interface: tasks with C functions where
 * the work is a system call, tasks with commands where it is a program's. It shows both, graph
 * flows whose order follows from symbols, a nested flow, listeners, and what an engine says when a
 * run is over.
 *
 *   cc -o provision provision.c $(pkg-config --cflags --libs backflow)
 *   ./provision FOLDER PORT [STEP-THAT-IS-TO-FAIL]
 *
 * Exit status: 0 it is up, 10 it failed and nothing is left, 11 it failed and something is, 1
 * anything else.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/backflow.h>

/* -- Steps in C ---------------------------------------------------------------------------------
 */

static gboolean
fail_with_errno (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (code), "%s: %s", what,
               g_strerror (code));
  return FALSE;
}

/* Fails the step that the run was told to let fail, when it has done its work. */
static gboolean
pass (AtomContext *context, GError **error)
{
  if (g_strcmp0 (atom_context_get_string (context, "fail_at"), atom_context_get_name (context))
      != 0)
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "told to fail");
  return FALSE;
}

/* user_data: the name of the folder below the one that is `site`; NULL for the outermost, which is
 * `root`. */
static char *
dup_folder (AtomContext *context, gpointer user_data)
{
  if (user_data == NULL)
    return g_strdup (atom_context_get_string (context, "root"));
  return g_build_filename (atom_context_get_string (context, "site"), (const char *) user_data,
                           NULL);
}

/* A folder that we made has our mark in it, so that the revert does not take somebody else's away.
 */
static char *
dup_mark (AtomContext *context, const char *folder)
{
  g_autofree char *name = g_strconcat (".made-by-", atom_context_get_run (context), NULL);

  return g_build_filename (folder, name, NULL);
}

static gboolean
make_folder (AtomContext *context, gpointer user_data, GError **error)
{
  g_autofree char *folder = dup_folder (context, user_data);
  g_autofree char *mark = dup_mark (context, folder);

  if (mkdir (folder, 0755) != 0)
    return fail_with_errno (error, folder);
  if (!g_file_set_contents (mark, "", 0, error))
    return FALSE;
  atom_context_set_result (context, g_variant_new_string (folder));
  return pass (context, error);
}

static gboolean
remove_folder (AtomContext *context, gpointer user_data, GError **error)
{
  g_autofree char *folder = dup_folder (context, user_data);
  g_autofree char *mark = dup_mark (context, folder);

  if (unlink (mark) != 0)
    return errno == ENOENT || fail_with_errno (error, mark);
  return rmdir (folder) == 0 || fail_with_errno (error, folder);
}

static gboolean
write_config (AtomContext *context, gpointer user_data, GError **error)
{
  const char *site = atom_context_get_string (context, "site");
  g_autofree char *path = g_build_filename (site, "site.conf", NULL);
  g_autofree char *text = g_strdup_printf (
      "listen=127.0.0.1:%" G_GINT64_FORMAT "\npages=%s\nkey=%s\ncertificate=%s\n",
      atom_context_get_int64 (context, "port", 0), atom_context_get_string (context, "pages"),
      atom_context_get_string (context, "key"), atom_context_get_string (context, "certificate"));

  (void) user_data;
  if (!g_file_set_contents (path, text, -1, error))
    return FALSE;
  atom_context_set_result (context, g_variant_new_string (path));
  return pass (context, error);
}

static gboolean
remove_config (AtomContext *context, gpointer user_data, GError **error)
{
  g_autofree char *path
      = g_build_filename (atom_context_get_string (context, "site"), "site.conf", NULL);

  (void) user_data;
  return unlink (path) == 0 || errno == ENOENT || fail_with_errno (error, path);
}

/* -- Steps that are commands --------------------------------------------------------------------
 */

/* Fails a command that was told to, as pass() does. */
#define PASS "[ \"$fail_at\" != \"$BACKFLOW_ATOM\" ] || { echo 'told to fail' >&2; exit 1; }\n"

static const char key_text[]
    = "umask 077\n"
      "openssl ecparam -genkey -name prime256v1 -noout -out \"$tls/key.pem\"\n" PASS
      "echo \"$tls/key.pem\"";

static const char certificate_text[]
    = "openssl req -x509 -new -key \"$key\" -days 1 -subj /CN=localhost"
      " -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -out \"$tls/certificate.pem\"\n" PASS
      "echo \"$tls/certificate.pem\"";

static const char database_text[]
    = "sqlite3 \"$data/site.db\" 'CREATE TABLE page (path TEXT PRIMARY KEY, title TEXT NOT "
      "NULL);'\n" PASS "sqlite3 \"$data/site.db\" \"INSERT INTO page VALUES ('index.html', 'Hello "
      "from Backflow');\"\n"
      "echo \"$data/site.db\"";

static const char page_text[]
    = "title=$(sqlite3 \"$database\" \"SELECT title FROM page WHERE path = 'index.html';\")\n"
      "printf '<!doctype html>\\n<title>%s</title>\\n<h1>%s</h1>\\n' \"$title\" \"$title\" > "
      "\"$pages/index.html\"\n" PASS "echo \"$pages/index.html\"";

/* The server has a session of its own, so that it outlives its step, and writes its number when it
 * has it: what is still in the step's session when the step ends is ended. */
static const char server_text[]
    = "cd \"$(dirname \"$page\")\"\n"
      "setsid sh -c 'echo \"$$\" > \"$0\"; exec \"$@\"' \"$site/server.pid\""
      " openssl s_server -quiet -WWW -accept \"127.0.0.1:$port\" -key \"$key\" -cert "
      "\"$certificate\""
      " </dev/null >\"$site/server.log\" 2>&1 &\n"
      "until [ -s \"$site/server.pid\" ]; do sleep 0.02; done\n" PASS
      "echo \"pid=$(cat \"$site/server.pid\")\" >> \"$BACKFLOW_OUTPUT\"\n"
      "echo \"url=https://localhost:$port/index.html\" >> \"$BACKFLOW_OUTPUT\"";

static const char stop_server_text[] = "if [ -e \"$site/server.pid\" ]; then\n"
                                       "  pid=$(cat \"$site/server.pid\")\n"
                                       "  is_ours() { tr '\\0' ' ' <\"/proc/$pid/cmdline\" "
                                       "2>/dev/null | grep -qF -- \"-key $key\"; }\n"
                                       "  if is_ours; then kill \"$pid\"; fi\n"
                                       "  while is_ours; do sleep 0.05; done\n"
                                       "fi\n"
                                       "rm -f \"$site/server.pid\" \"$site/server.log\"";

static const char smoke_text[] = "curl --silent --show-error --fail --max-time 10 --noproxy '*' "
                                 "--cacert \"$certificate\" \"$url\""
                                 " | grep 'Hello from Backflow'\n" PASS;

/* -- The flow -----------------------------------------------------------------------------------
 */

/* Requires the symbols up to NULL, and fail_at, which every step looks at. */
static Atom *
require (Atom *atom, const char *const *symbols)
{
  for (; *symbols != NULL; symbols++)
    atom_require (atom, *symbols);
  atom_require (atom, "fail_at");
  return atom;
}

#define SYMBOLS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static Atom *
new_folder_task (const char *name, char *folder, const char *provides)
{
  Atom *atom = task_new (name, make_folder, remove_folder, folder, NULL);

  atom_provide (atom, provides);
  return require (atom, SYMBOLS (folder != NULL ? "site" : "root"));
}

/* provides: (nullable). revert: (nullable). */
static Atom *
new_command (const char *name, const char *text, const char *provides, const char *revert)
{
  Atom *atom = command_new (name);

  command_set_shell (atom, COMMAND_EXECUTE, text);
  if (revert != NULL)
    command_set_shell (atom, COMMAND_REVERT, revert);
  if (provides != NULL)
    atom_provide (atom, provides);
  return atom;
}

static Flow *
new_folders (void)
{
  static char tls[] = "tls";
  static char pages[] = "pages";
  static char data[] = "data";
  Flow *flow = flow_new_unordered ("folders");

  flow_add (flow, new_folder_task ("make-tls", tls, "tls"));
  flow_add (flow, new_folder_task ("make-pages", pages, "pages"));
  flow_add (flow, new_folder_task ("make-data", data, "data"));
  return flow;
}

static Atom *
new_config_task (void)
{
  Atom *atom = task_new ("write-config", write_config, remove_config, NULL, NULL);

  atom_provide (atom, "config");
  return require (atom, SYMBOLS ("site", "port", "pages", "key", "certificate"));
}

static Atom *
new_server_task (void)
{
  Atom *atom = new_command ("start-server", server_text, NULL, stop_server_text);

  atom_provide_key (atom, "pid", "pid");
  atom_provide_key (atom, "url", "url");
  atom_set_timeout (atom, ATOM_ACTION_REVERT, 20 * G_USEC_PER_SEC);
  return require (atom, SYMBOLS ("site", "port", "page", "key", "certificate", "config"));
}

/* A built-in step; its options may have arguments in braces. Returns: NULL with `error` set. */
static Atom *
new_wait_task (GError **error)
{
  g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  Atom *atom;

  g_variant_builder_add (&options, "{sv}", "port", g_variant_new_string ("{port}"));
  g_variant_builder_add (&options, "{sv}", "timeout", g_variant_new_string ("10s"));
  atom = step_new_task ("wait-for-server", "wait.port", g_variant_builder_end (&options), error);
  if (atom == NULL)
    return NULL;
  atom_require (atom, "port");
  atom_require (atom, "pid");
  return atom;
}

static Flow *
new_flow (GError **error)
{
  g_autoptr (Flow) flow = flow_new_graph ("provision-site");
  Atom *wait = new_wait_task (error);
  Atom *smoke = require (new_command ("smoke-test", smoke_text, NULL, NULL),
                         SYMBOLS ("url", "certificate"));

  if (wait == NULL)
    {
      atom_unref (smoke);
      return NULL;
    }
  atom_set_effects (smoke, ATOM_EFFECTS_NONE);
  flow_add (flow, new_folder_task ("make-root", NULL, "site"));
  flow_add_flow (flow, new_folders ());
  flow_add (flow, require (new_command ("make-key", key_text, "key", "rm -f \"$tls/key.pem\""),
                           SYMBOLS ("tls")));
  flow_add (flow, require (new_command ("make-certificate", certificate_text, "certificate",
                                        "rm -f \"$tls/certificate.pem\""),
                           SYMBOLS ("tls", "key")));
  flow_add (flow, require (new_command ("make-database", database_text, "database",
                                        "rm -f \"$data/site.db\" \"$data/site.db-journal\""),
                           SYMBOLS ("data")));
  flow_add (flow,
            require (new_command ("write-page", page_text, "page", "rm -f \"$pages/index.html\""),
                     SYMBOLS ("pages", "database")));
  flow_add (flow, new_config_task ());
  flow_add (flow, new_server_task ());
  flow_add (flow, wait);
  flow_add (flow, smoke);
  flow_link (flow, wait, smoke);
  return g_steal_pointer (&flow);
}

/* -- The run ------------------------------------------------------------------------------------
 */

static gboolean
inject (Engine *engine, const char *root, const char *port, const char *fail_at, GError **error)
{
  return engine_inject (engine, "root", g_variant_new_string (root), error)
         && engine_inject (engine, "port", g_variant_new_int64 (g_ascii_strtoll (port, NULL, 10)),
                           error)
         && engine_inject (engine, "fail_at", g_variant_new_string (fail_at), error);
}

static void
print_results (Engine *engine)
{
  static const char *const names[] = { "url", "certificate", "config", "database", "pid" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GVariant) value = engine_fetch (engine, names[i]);
      g_autofree char *word = value_to_word (value);

      printf ("%s=%s\n", names[i], word);
    }
}

static int
tell_end (Engine *engine, FlowState state)
{
  g_auto (GStrv) failed = engine_dup_failed_atoms (engine, ATOM_ACTION_EXECUTE);

  if (state == FLOW_STATE_SUCCESS)
    {
      print_results (engine);
      return 0;
    }
  for (char **name = failed; *name != NULL; name++)
    fprintf (stderr, "%s failed: %s\n", *name,
             failure_get_message (engine_find_failure (engine, *name, ATOM_ACTION_EXECUTE)));
  fprintf (stderr, "%s\n",
           state == FLOW_STATE_REVERTED ? "Everything is undone." : "Something is left.");
  return state == FLOW_STATE_REVERTED ? 10 : 11;
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) environment = g_get_environ ();
  EngineOptions options = { .environment = (const char *const *) environment };
  g_autoptr (GError) error = NULL;
  g_autoptr (Flow) flow = NULL;
  g_autoptr (Engine) engine = NULL;
  FlowState state;

  if (argc < 3)
    {
      fprintf (stderr, "provision FOLDER PORT [STEP-THAT-IS-TO-FAIL]\n");
      return 2;
    }
  flow = new_flow (&error);
  engine = flow != NULL ? engine_new (flow, &options) : NULL;
  if (engine == NULL || !inject (engine, argv[1], argv[2], argc > 3 ? argv[3] : "", &error))
    {
      fprintf (stderr, "provision: %s\n", error->message);
      return 1;
    }
  listener_add_printer (engine, LISTENER_FLOW | LISTENER_ATOM, stderr);
  if (!engine_run (engine, &state, &error))
    {
      fprintf (stderr, "provision: %s\n", error->message);
      return 1;
    }
  return tell_end (engine, state);
}
