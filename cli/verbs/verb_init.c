/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/views/run_result.h"

static const char first_flow[]
    = "# A flow: steps that know how to execute and how to revert. backflow-flow(5) has all keys.\n"
      "#   backflow check flow.yaml      finds mistakes, and runs nothing\n"
      "#   backflow plan flow.yaml       shows the order, and what a rollback would undo\n"
      "#   backflow run flow.yaml        runs it; when a step fails, what was done is undone\n"
      "#   backflow revert @last         undoes it later\n"
      "flow: first-flow\n"
      "description: Makes a folder with a file in it.\n"
      "\n"
      "inputs:                          # backflow run flow.yaml -i folder=/tmp/other\n"
      "  folder: {type: string, default: /tmp/first-flow, description: what is made}\n"
      "\n"
      "outputs: [note]                  # printed when the run has succeeded\n"
      "\n"
      "steps:\n"
      "  - task: make-folder            # a built-in step knows how to undo itself: a folder that\n"
      "    requires: [folder]           # was there before stays\n"
      "    use: dir.create\n"
      "    with: {path: \"{folder}\"}\n"
      "\n"
      "  - task: write-note             # a command has a revert of its own; a name that is new\n"
      "    requires: [folder]           # for each run keeps runs apart\n"
      "    run: |\n"
      "      date > \"$folder/$BACKFLOW_RUN\"\n"
      "      echo \"$folder/$BACKFLOW_RUN\"\n"
      "    provides: note               # what it prints\n"
      "    revert: rm -f \"$folder/$BACKFLOW_RUN\"\n"
      "\n"
      "  - task: look\n"
      "    requires: [note]\n"
      "    run: test -s \"$note\"        # make it fail (test ! -s), and see what is undone\n"
      "    effects: none                # there is nothing to undo\n";

/* Writes a file that is not there yet. FALSE with a G_FILE_ERROR. */
static gboolean
write_new (const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  FILE *out = fd >= 0 ? fdopen (fd, "w") : NULL;
  gboolean is_written = out != NULL && fputs (first_flow, out) >= 0;

  if (out != NULL)
    is_written = fclose (out) == 0 && is_written;
  if (!is_written)
    g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                 g_strerror (errno));
  return is_written;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  const char *operand = arguments_get_operand (arguments, 0);
  const char *path = operand != NULL ? operand : "flow.yaml";
  g_autoptr (GError) error = NULL;

  if (!write_new (path, &error))
    return run_result_refuse (arguments, console, error);
  fprintf (stderr, "Wrote %s. Next: backflow check %s; backflow run %s\n", path, path, path);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[] = { OPTION_JSON, OPTION_COLOR, OPTION_HELP, OPTION_END };

const Verb verb_init = {
  .syntax = { "init", "[FILE]", 0, 1, options },
  .summary = "Write a first flow file, with comments: flow.yaml, or FILE.",
  .notes = "A file that is there is left alone, with exit status 1.",
  .run = run,
};
