/* SPDX-License-Identifier: Apache-2.0 */
/* export: the journal of a run as it is, a line a record. */
#include "cli/verbs/verb_export.h"

#include <stdio.h>

#include "cli/runs/run_name.h"
#include "cli/runs/store.h"
#include "cli/views/journal_line.h"
#include "cli/views/run_result.h"

/* What goes from the journal to standard output: a line at a time, however long the journal is. */
typedef struct
{
  const StorageRunInfo *run;
  const StorageAtom *atoms;
  guint n_atoms;
  GString *line;
} Export;

static gboolean
print_line (const Export *export)
{
  gboolean is_written
      = fwrite (export->line->str, 1, export->line->len, stdout) == export->line->len;

  g_string_truncate (export->line, 0);
  return is_written;
}

static gboolean
print_record (const StorageRecord *record, gpointer user_data)
{
  Export *export = (Export *) user_data;

  journal_line_append (export->line, export->run, export->atoms, export->n_atoms, record);
  return print_line (export);
}

/* What could not be written is noticed by whoever flushes standard output. */
static gboolean
export_run (StorageRun *run, GError **error)
{
  g_autoptr (GString) line = g_string_new (NULL);
  Export export = { .run = storage_run_get_info (run), .line = line };

  export.atoms = storage_run_get_atoms (run, &export.n_atoms);
  journal_line_append_header (line, export.run, export.atoms, export.n_atoms);
  return !print_line (&export) || storage_run_foreach (run, print_record, &export, error);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage = store_open_for_reading (arguments, console, &error);
  g_autofree char *id = storage != NULL ? run_name_lookup (arguments, storage, &error) : NULL;
  g_autoptr (StorageRun) opened = id != NULL ? storage_open_run (storage, id, &error) : NULL;

  if (opened != NULL && export_run (opened, &error))
    return EXIT_STATUS_SUCCESS;
  return run_result_refuse (arguments, console, error);
}

static const Option options[] = {
  OPTION_STORE, { "json", 0, OPTION_FLAG, NULL, "it is JSON always" }, OPTION_COLOR, OPTION_HELP,
  OPTION_END,
};

const Verb verb_export = {
  .syntax = { "export", "RUN", 1, 1, options },
  .summary = "Print the whole journal of a run, one JSON object a line.",
  .notes
  = "RUN is the beginning of a run's id, or @last. The lines are described in backflow(1), EXPORT.",
  .run = run,
};
