/* SPDX-License-Identifier: Apache-2.0 */
/* What to type next about the steps of a chain of reasons. */
#include "cli/views/reason_commands.h"

#include <string.h>

#include "cli/views/step.h"

typedef struct
{
  const Report *report;
  const char *store_option;
  GArray *commands;
} Advice;

static void
clear_command (gpointer data)
{
  ReasonCommand *command = (ReasonCommand *) data;

  g_free (command->command);
  g_free (command->what);
}

/* atom: REPORT_NO_ATOM for a command about the whole run. */
static void
advise (const Advice *advice, const char *verb, guint atom, const char *rest, const char *what)
{
  const char *step = atom != REPORT_NO_ATOM ? step_get (advice->report, atom)->name : NULL;
  ReasonCommand command
      = { step_dup_command (advice->report, advice->store_option, verb, step, rest),
          g_strdup (what) };

  for (guint i = 0; i < advice->commands->len; i++)
    if (strcmp (g_array_index (advice->commands, ReasonCommand, i).command, command.command) == 0)
      {
        clear_command (&command);
        return;
      }
  g_array_append_val (advice->commands, command);
}

static void
advise_on_revert (const Advice *advice, guint atom)
{
  if (step_get (advice->report, atom)->effect != REPORT_EFFECT_STAYS)
    advise (advice, "resolve", atom, "--retry", "revert it again, then what waits behind it");
  advise (advice, "resolve", atom, "--reverted", "say that nothing of it is left in the world");
  if (!step_is_skipped (advice->report, atom))
    advise (advice, "resolve", atom, "--skip",
            "leave it as it is, and revert what waits behind it");
}

/* A run that is suspended with it was resumed already, and asks. */
static void
advise_on_interrupted (const Advice *advice, const ReportReason *reason)
{
  gboolean is_revert = reason->attempt != NULL && reason->attempt->action == ATOM_ACTION_REVERT;

  if (!is_revert && step_is_rolled_back (advice->report))
    {
      advise (advice, "resume", REPORT_NO_ATOM, NULL,
              "go on with the rollback: it counts as failed, and is reverted");
      advise (advice, "resolve", reason->atom, "--reverted",
              "say that nothing of it is in the world");
      return;
    }
  if (report_get_run (advice->report)->state != FLOW_STATE_SUSPENDED)
    advise (advice, "resume", REPORT_NO_ATOM, NULL,
            "go on: its probe is asked; without one it is done again");
  if (!is_revert)
    advise (advice, "resolve", reason->atom, "--done=RESULT",
            "say that it did its work; null: without a result");
  advise (advice, "resolve", reason->atom, "--retry",
          is_revert ? "revert it again" : "execute it again");
  advise (advice, "resolve", reason->atom, "--reverted", "say that nothing of it is in the world");
  advise (advice, "resolve", reason->atom, "--skip",
          is_revert ? "leave it as it is, and revert what waits behind it"
                    : "say that it has failed");
}

static void
advise_on_log (const Advice *advice, const ReportReason *reason)
{
  if (reason->attempt != NULL && reason->attempt->log != NULL)
    advise (advice, "logs", reason->atom,
            reason->attempt->action == ATOM_ACTION_REVERT ? "--revert" : NULL,
            reason->attempt->action == ATOM_ACTION_REVERT ? "what its revert wrote"
                                                          : "what it wrote");
}

static void
advise_on (const Advice *advice, const ReportReason *reason)
{
  AtomState state = step_get (advice->report, reason->atom)->state;

  if (reason->kind == REPORT_REASON_INTERRUPTED)
    advise_on_interrupted (advice, reason);
  else if (reason->kind == REPORT_REASON_REVERT_FAILED && state == ATOM_STATE_REVERT_FAILURE
           && !report_is_driven (advice->report))
    advise_on_revert (advice, reason->atom);
  advise_on_log (advice, reason);
}

static gboolean
can_go_on (const Report *report)
{
  return !report_is_driven (report) && !flow_state_is_end (report_get_run (report)->state);
}

GArray *
reason_new_commands (const Report *report, const char *store_option, const ReportReason *chain,
                     guint count)
{
  Advice advice = { report, store_option, g_array_new (FALSE, FALSE, sizeof (ReasonCommand)) };

  g_array_set_clear_func (advice.commands, clear_command);
  for (guint i = 0; i < count; i++)
    advise_on (&advice, &chain[i]);
  if (advice.commands->len == 0 && can_go_on (report))
    advise (&advice, "resume", REPORT_NO_ATOM, NULL,
            step_is_rolled_back (report) ? "go on with the rollback" : "go on with the run");
  return advice.commands;
}
