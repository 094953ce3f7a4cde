/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/runs/store.h"
#include "cli/text.h"
#include "cli/views/follow.h"
#include "cli/views/log_folder.h"
#include "cli/views/run_result.h"
#include "cli/views/step.h"

/* How much of a log goes into a JSON document; the path leads to the rest. */
#define JSON_BYTES (1024 * 1024)

/* How often the logs of a run that goes on are looked at. */
#define LOOK_EVERY_US (100 * 1000)

/* Which logs are asked for. atom: (nullable) all. number: 0 for the last. */
typedef struct
{
  const char *atom;
  AtomAction action;
  guint number;
  gboolean is_json;
  const char *folder; /* (nullable) with the logs of the run */
} LogQuery;

/* -- Finding ------------------------------------------------------------------------------------
 */

static const ReportAtom *
lookup_atom (const Report *report, const char *name, GError **error)
{
  guint place = step_lookup (report, name, error);

  return place != REPORT_NO_ATOM ? step_get (report, place) : NULL;
}

static const ReportAttempt *
lookup_attempt (const ReportAtom *atom, const LogQuery *query, GError **error)
{
  const char *what = atom_action_get_name (query->action);

  for (guint i = atom->n_attempts; i > 0; i--)
    {
      const ReportAttempt *attempt = &atom->attempts[i - 1];

      if (attempt->action == query->action
          && (query->number == 0 || attempt->number == query->number))
        return attempt;
    }
  if (query->number == 0)
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE, "\"%s\" had no %s", atom->name, what);
  else
    g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE, "\"%s\" had no attempt %u of its %s",
                 atom->name, query->number, what);
  return NULL;
}

/* -- Printing -----------------------------------------------------------------------------------
 */

static gboolean
copy_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  char buffer[65536];
  ssize_t count = fd >= 0 ? 1 : -1;

  while (fd >= 0 && count > 0)
    {
      count = read (fd, buffer, sizeof buffer);
      if (count < 0 && errno == EINTR)
        count = 1;
      else if (count > 0 && fwrite (buffer, 1, (size_t) count, stdout) != (size_t) count)
        break;
    }
  if (count < 0)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return count >= 0;
}

/* The log of an attempt, which the journal names once the attempt has ended. Returns: (transfer
 * full) (nullable). */
static char *
dup_path (const LogQuery *query, const ReportAtom *atom, const ReportAttempt *attempt)
{
  if (attempt->log != NULL)
    return g_strdup (attempt->log);
  return query->folder != NULL
             ? log_folder_find (query->folder, atom->name, attempt->action, attempt->number)
             : NULL;
}

static void
print_title (const ReportAtom *atom, const ReportAttempt *attempt, const Style *style)
{
  g_autofree char *name = text_dup_visible (atom->name);

  printf ("%s==> %s, %s, attempt %u <==%s\n", style->bold, name,
          atom_action_get_name (attempt->action), attempt->number, style->off);
}

static gboolean
print_all (const Report *report, const LogQuery *query, const Style *style, GError **error)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < n_atoms; i++)
    for (guint k = 0; k < atoms[i].n_attempts; k++)
      {
        const ReportAttempt *attempt = &atoms[i].attempts[k];
        g_autofree char *path = dup_path (query, &atoms[i], attempt);

        if (path == NULL)
          continue;
        print_title (&atoms[i], attempt, style);
        if (!copy_file (path, error))
          return FALSE;
        printf ("\n");
      }
  return TRUE;
}

static gboolean
print_one (const Report *report, const LogQuery *query, GError **error)
{
  const ReportAtom *atom = lookup_atom (report, query->atom, error);
  const ReportAttempt *attempt = atom != NULL ? lookup_attempt (atom, query, error) : NULL;
  g_autofree char *path = NULL;

  if (attempt == NULL)
    return FALSE;
  path = dup_path (query, atom, attempt);
  if (path != NULL)
    return copy_file (path, error);
  fprintf (stderr, "It wrote nothing that was kept.\n");
  return TRUE;
}

/* -- JSON ---------------------------------------------------------------------------------------
 */

static GVariant *
log_to_variant (const ReportAtom *atom, const ReportAttempt *attempt, const char *path)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  gsize size = file != NULL ? g_mapped_file_get_length (file) : 0;
  g_autofree char *text = size > 0 ? g_utf8_make_valid (g_mapped_file_get_contents (file),
                                                        (gssize) MIN (size, JSON_BYTES))
                                   : g_strdup ("");

  json_add_text (&object, "atom", atom->name);
  json_add_text (&object, "action", atom_action_get_name (attempt->action));
  g_variant_builder_add (&object, "{sv}", "attempt", g_variant_new_int64 (attempt->number));
  json_add_text (&object, "path", path);
  g_variant_builder_add (&object, "{sv}", "size", g_variant_new_int64 ((gint64) size));
  g_variant_builder_add (&object, "{sv}", "text", g_variant_new_string (text));
  g_variant_builder_add (&object, "{sv}", "truncated", g_variant_new_boolean (size > JSON_BYTES));
  return g_variant_builder_end (&object);
}

static void
add_log (GVariantBuilder *logs, const LogQuery *query, const ReportAtom *atom,
         const ReportAttempt *attempt)
{
  g_autofree char *path = dup_path (query, atom, attempt);

  if (path != NULL)
    g_variant_builder_add (logs, "v", log_to_variant (atom, attempt, path));
}

static gboolean
print_json (const Report *report, const LogQuery *query, GError **error)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const ReportAtom *atom = query->atom != NULL ? lookup_atom (report, query->atom, error) : NULL;
  const ReportAttempt *attempt = atom != NULL ? lookup_attempt (atom, query, error) : NULL;
  g_auto (GVariantBuilder) logs = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (query->atom != NULL && attempt == NULL)
    return FALSE;
  for (guint i = 0; query->atom == NULL && i < n_atoms; i++)
    for (guint k = 0; k < atoms[i].n_attempts; k++)
      add_log (&logs, query, &atoms[i], &atoms[i].attempts[k]);
  if (attempt != NULL)
    add_log (&logs, query, atom, attempt);
  json_add_text (&object, "run", report_get_run (report)->id);
  g_variant_builder_add (&object, "{sv}", "logs", g_variant_builder_end (&logs));
  console_print_json (g_variant_builder_end (&object));
  return TRUE;
}

/* -- Following ----------------------------------------------------------------------------------
 */

static void
print_lines (GString *lines)
{
  fwrite (lines->str, 1, lines->len, stdout);
  fflush (stdout);
  g_string_truncate (lines, 0);
}

/* Whether a live process still drives the run. */
static gboolean
is_driven (Storage *storage, const char *id)
{
  g_autoptr (StorageRun) run = storage_open_run (storage, id, NULL);

  return run != NULL && report_info_is_driven (storage_run_get_info (run));
}

/* Prints what the steps write until nothing drives the run any more. */
static void
follow (Storage *storage, const char *id, const LogQuery *query)
{
  g_autofree char *folder = g_build_filename (storage_get_log_dir (storage), id, NULL);
  g_autoptr (Follow) follow = follow_new (folder, FOLLOW_ALL);
  g_autoptr (GString) lines = g_string_new (NULL);

  if (query->atom != NULL)
    follow_choose (follow, query->atom, query->action);
  while (is_driven (storage, id) && !ferror (stdout))
    {
      follow_append (follow, lines);
      print_lines (lines);
      g_usleep (LOOK_EVERY_US);
    }
  follow_append_rest (follow, lines);
  print_lines (lines);
}

/* -- The verb -----------------------------------------------------------------------------------
 */

static gboolean
read_query (const Arguments *arguments, LogQuery *query, GError **error)
{
  const char *number = arguments_find (arguments, "attempt");
  guint64 parsed = 0;

  if (number != NULL && !g_ascii_string_to_unsigned (number, 10, 1, G_MAXUINT, &parsed, NULL))
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                   "--attempt is a number from 1, not \"%s\"", number);
      return FALSE;
    }
  query->atom = arguments_get_operand (arguments, 1);
  query->action = arguments_has (arguments, "revert") ? ATOM_ACTION_REVERT : ATOM_ACTION_EXECUTE;
  query->number = (guint) parsed;
  query->is_json = arguments_has (arguments, "json");
  if (query->atom != NULL || (number == NULL && query->action == ATOM_ACTION_EXECUTE))
    return TRUE;
  g_set_error_literal (error, USAGE_ERROR, USAGE_ERROR_SYNTAX,
                       "--attempt and --revert need a step: logs RUN STEP");
  return FALSE;
}

static gboolean
print (const Report *report, const LogQuery *query, const Console *console, GError **error)
{
  if (query->is_json)
    return print_json (report, query, error);
  if (query->atom != NULL)
    return print_one (report, query, error);
  return print_all (report, query, console->out, error);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  LogQuery query = { 0 };
  g_autoptr (Storage) storage = NULL;
  g_autoptr (Report) report = NULL;
  g_autofree char *folder = NULL;
  const char *id;

  if (read_query (arguments, &query, &error))
    report = store_read_report (arguments, console, &storage, &error);
  if (report == NULL)
    return run_result_refuse (arguments, console, error);
  id = report_get_run (report)->id;
  if (storage_get_log_dir (storage) != NULL)
    query.folder = folder = g_build_filename (storage_get_log_dir (storage), id, NULL);
  if (arguments_has (arguments, "follow") && folder != NULL)
    {
      follow (storage, id, &query);
      return EXIT_STATUS_SUCCESS;
    }
  if (print (report, &query, console, &error))
    return EXIT_STATUS_SUCCESS;
  return run_result_refuse (arguments, console, error);
}

static const Option options[] = {
  { "follow", 'f', OPTION_FLAG, NULL,
    "go on printing until the run has ended, each line with its step" },
  { "attempt", 'n', OPTION_VALUE, "NUMBER", "which attempt of the step; the last one otherwise" },
  { "revert", 'r', OPTION_FLAG, NULL, "what its revert wrote, not its execute" },
  OPTION_STORE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_logs = {
  .syntax = { "logs", "RUN [STEP]", 1, 2, options },
  .summary = "Print what the commands of a run wrote, byte for byte.",
  .notes = "RUN is the beginning of a run's id, or @last. Both streams are in one log, in the "
           "order in which they came.",
  .run = run,
};
