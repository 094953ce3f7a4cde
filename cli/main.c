/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <backflow/diagnostics/spelling.h>

#include "cli/runs/process_one.h"
#include "cli/verbs/verbs.h"
#include "cli/views/run_result.h"

static void
print_overview (FILE *out, const Style *style)
{
  fprintf (out, "%sbackflow%s runs flows of steps that know how to execute and how to revert.\n\n",
           style->bold, style->off);
  for (guint i = 0; verbs_get (i) != NULL; i++)
    fprintf (out, "  %sbackflow %-8s%s %-18s %s\n", style->bold, verbs_get (i)->syntax.name,
             style->off, verbs_get (i)->syntax.operands, verbs_get (i)->summary);
  fprintf (out, "\nbackflow help VERB tells more. See also backflow(1) and backflow-flow(5).\n");
}

static ExitStatus
refuse_verb (const char *name, const Console *console)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *nearest;

  for (guint i = 0; verbs_get (i) != NULL; i++)
    g_ptr_array_add (names, (gpointer) (guintptr) verbs_get (i)->syntax.name);
  nearest = spelling_find_nearest (name, (const char *const *) (gconstpointer) names->pdata,
                                   names->len);
  if (verbs_find_synonym (name) != NULL)
    nearest = verbs_find_synonym (name);
  if (nearest != NULL)
    console_print_error (console, "there is no verb \"%s\": did you mean \"%s\"?", name, nearest);
  else
    console_print_error (console, "there is no verb \"%s\"; backflow help lists them", name);
  return EXIT_STATUS_USAGE;
}

/* Whether a command line that can't be read asks for JSON. */
static gboolean
wants_json (int count, char *const *words)
{
  for (int i = 0; i < count && strcmp (words[i], "--") != 0; i++)
    if (strcmp (words[i], "--json") == 0)
      return TRUE;
  return FALSE;
}

static ExitStatus
run_verb (const Verb *verb, int count, char *const *words, Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Arguments) arguments = arguments_new (&verb->syntax, count, words, &error);
  const char *color = arguments != NULL ? arguments_find (arguments, "color") : NULL;
  gboolean is_usable
      = arguments != NULL && (color == NULL || console_set_color (console, color, &error));

  if (!is_usable)
    {
      console_print_error (console, "%s", error->message);
      fprintf (stderr, "Try: backflow %s --help\n", verb->syntax.name);
      if (wants_json (count, words))
        run_result_print_json_error (NULL, EXIT_STATUS_USAGE, error);
      return EXIT_STATUS_USAGE;
    }
  if (arguments_has (arguments, "help"))
    {
      verb_print_help (verb, console);
      return EXIT_STATUS_SUCCESS;
    }
  return verb->run (arguments, console);
}

static ExitStatus
help (int count, char *const *words, const Console *console)
{
  const Verb *verb;

  if (count == 0 || strcmp (words[0], "help") == 0 || words[0][0] == '-')
    {
      print_overview (stdout, console->out);
      return EXIT_STATUS_SUCCESS;
    }
  verb = verbs_find (words[0]);
  if (verb == NULL)
    return refuse_verb (words[0], console);
  verb_print_help (verb, console);
  return EXIT_STATUS_SUCCESS;
}

static ExitStatus
dispatch (int count, char *const *words, Console *console)
{
  const Verb *verb;

  if (count == 0)
    {
      print_overview (stderr, console->err);
      return EXIT_STATUS_USAGE;
    }
  if (strcmp (words[0], "--version") == 0)
    {
      printf ("backflow %s\n", PACKAGE_VERSION);
      return EXIT_STATUS_SUCCESS;
    }
  if (strcmp (words[0], "help") == 0 || strcmp (words[0], "--help") == 0
      || strcmp (words[0], "-h") == 0)
    return help (count - 1, words + 1, console);
  verb = verbs_find (words[0]);
  return verb != NULL ? run_verb (verb, count - 1, words + 1, console)
                      : refuse_verb (words[0], console);
}

/* Whatever we were started with. */
static void
set_signals (void)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  struct sigaction fallback = { .sa_handler = SIG_DFL };

  /* A reader that went away and a file that may not grow are errors of writing, not the end. */
  sigaction (SIGPIPE, &ignore, NULL);
  sigaction (SIGXFSZ, &ignore, NULL);
  /* Who ignores it never learns how a command has ended. */
  sigaction (SIGCHLD, &fallback, NULL);
}

int
main (int argc, char **argv)
{
  Console console;
  ExitStatus status;

  console_open_streams ();
  set_signals ();
  process_one_leave ();
  setlocale (LC_CTYPE, "");
  console_init (&console);
  status = dispatch (MAX (argc - 1, 0), argv + MIN (argc, 1), &console);
  if (!console_finish (&console) && status == EXIT_STATUS_SUCCESS)
    status = EXIT_STATUS_ENVIRONMENT;
  return (int) status;
}
