/* SPDX-License-Identifier: Apache-2.0 */
/* The commands to give next: of each step that a run could not go on with, and of the run as a
 * whole. */
#include "cli/views/outcome_next.h"

#include <string.h>

#include <backflow/engine/core/verbs.h>
#include <backflow/engine/report/report_history.h>

#include "cli/shell_text.h"
#include "cli/text.h"
#include "cli/views/step.h"

/* Where what a command is good for is said. */
#define COMMAND_COLUMNS 56

/* rest, step: (nullable). */
static void
append_command (GString *out, const Outcome *outcome, const char *verb, const char *step,
                const char *rest, const char *why)
{
  g_autofree char *command
      = step_dup_command (outcome->report, outcome->store_option, verb, step, rest);
  g_autofree char *visible = text_dup_visible (command);
  g_autofree char *padded = text_dup_padded (visible, COMMAND_COLUMNS);

  g_string_append_printf (out, "  %s  %s# %s%s\n", padded, outcome->style->dim, why,
                          outcome->style->off);
}

static void
append_logs_command (GString *out, const Outcome *outcome, const ReportAtom *atom,
                     AtomAction action)
{
  const ReportAttempt *attempt = outcome_find_failed (atom, action);
  gboolean is_revert = action == ATOM_ACTION_REVERT;

  if (attempt != NULL && attempt->log != NULL)
    append_command (out, outcome, "logs", atom->name, is_revert ? "--revert" : NULL,
                    is_revert ? "what its revert wrote" : "what the step wrote");
}

/* Offers all that can be said of a step, in the order of the table. */
static void
append_resolutions (GString *out, const Outcome *outcome, const ReportAtom *atom, ResolveCase of)
{
  static const char *const options[STORAGE_RESOLUTION_COUNT]
      = { "--retry", "--reverted --reason TEXT", "--skip --reason TEXT",
          "--done=RESULT --reason TEXT" };
  guint count;
  const ResolveRow *rows = verbs_list_resolutions (&count);

  for (guint i = 0; i < count; i++)
    if (rows[i].of == of)
      append_command (out, outcome, "resolve", atom->name, options[rows[i].resolution],
                      rows[i].meaning);
}

static void
append_revert_commands (GString *out, const Outcome *outcome, guint index)
{
  const ReportAtom *atom = step_get (outcome->report, index);
  gboolean is_left = step_is_skipped (outcome->report, index);

  append_logs_command (out, outcome, atom, ATOM_ACTION_REVERT);
  append_resolutions (out, outcome, atom,
                      is_left ? RESOLVE_CASE_SKIPPED : RESOLVE_CASE_FAILED_REVERT);
}

static void
append_unknown_commands (GString *out, const Outcome *outcome, const ReportAtom *atom)
{
  if (atom->state == ATOM_STATE_REVERTING)
    append_resolutions (out, outcome, atom, RESOLVE_CASE_REVERT);
  else if (!step_is_rolled_back (outcome->report))
    append_resolutions (out, outcome, atom, RESOLVE_CASE_EXECUTE);
  /* The rollback answers all else by itself: an execute is not repeated to be reverted. */
  else
    append_command (out, outcome, "resolve", atom->name, "--reverted --reason TEXT",
                    "nothing of it is in the world");
}

/* Whether something is left that no failed revert is to blame for: it was kept. */
static gboolean
is_kept (const ReportAtom *atom)
{
  return atom->effect == REPORT_EFFECT_LEFT && atom->state != ATOM_STATE_REVERT_FAILURE
         && atom->waits_for == NULL;
}

static gboolean
has_unknown (const Report *report)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < n_atoms; i++)
    if (atoms[i].effect == REPORT_EFFECT_UNKNOWN)
      return TRUE;
  return FALSE;
}

/* Whether the revert of another step waits behind that one. */
static gboolean
holds_back (const Report *report, guint index)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < n_atoms; i++)
    if (atoms[i].waits_for != NULL && strcmp (atoms[i].waits_for, atoms[index].name) == 0)
      return TRUE;
  return FALSE;
}

/* It can't be taken back, but what it depended on can. */
static void
append_staying_commands (GString *out, const Outcome *outcome, const ReportAtom *atom)
{
  append_command (out, outcome, "resolve", atom->name, "--skip --reason TEXT",
                  "leave it; undo what waits behind it");
  append_command (out, outcome, "resolve", atom->name, "--reverted --reason TEXT",
                  "nothing of it is in the world after all");
}

/* Whether the command can go on with the run: it was begun with a flow file. */
static gboolean
is_of_flow_file (const Report *report)
{
  return report_get_run (report)->definition != NULL;
}

/* Appends what is to be said of each step. */
static void
append_steps (GString *out, const Outcome *outcome)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (outcome->report, &n_atoms);

  for (guint i = 0; i < n_atoms && is_of_flow_file (outcome->report); i++)
    if (step_find_resolution (outcome->report, i) != NULL
        && step_has_pending_word (outcome->report))
      continue;
    else if (atoms[i].state == ATOM_STATE_REVERT_FAILURE && atoms[i].effect == REPORT_EFFECT_LEFT)
      append_revert_commands (out, outcome, i);
    else if (atoms[i].state == ATOM_STATE_REVERT_FAILURE && atoms[i].effect == REPORT_EFFECT_STAYS
             && holds_back (outcome->report, i))
      append_staying_commands (out, outcome, &atoms[i]);
    else if (atoms[i].effect == REPORT_EFFECT_UNKNOWN)
      append_unknown_commands (out, outcome, &atoms[i]);
}

static gboolean
has_kept (const Report *report)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < n_atoms; i++)
    if (is_kept (&atoms[i]))
      return TRUE;
  return FALSE;
}

/* What can be done with the run as a whole. */
static void
append_run_commands (GString *out, const Outcome *outcome)
{
  gboolean is_unknown = has_unknown (outcome->report);
  FlowState state = report_get_run (outcome->report)->state;

  if (!is_of_flow_file (outcome->report))
    {
      g_string_append (
          out,
          "  No flow file is stored with the run: the program that began it goes on with it.\n");
      return;
    }
  if (flow_state_is_end (state) && step_has_pending_word (outcome->report))
    append_command (out, outcome, "resume", NULL, NULL, "go on, as was said of its steps");
  if (state == FLOW_STATE_FAILURE && has_kept (outcome->report))
    append_command (out, outcome, "revert", NULL, NULL, "undo what was kept");
  if (!verbs_can_ask (RUN_VERB_CANCEL, state))
    return;
  /* A run that has asked would only ask again. */
  if (state != FLOW_STATE_SUSPENDED || !is_unknown)
    append_command (out, outcome, "resume", NULL, NULL,
                    step_is_rolled_back (outcome->report) ? "go on with the rollback"
                    : is_unknown ? "go on: what was interrupted is probed, asked about or repeated"
                                 : "go on with it");
  if (!step_is_rolled_back (outcome->report))
    append_command (out, outcome, "cancel", NULL, NULL, "roll it back instead");
}

/* Of a run that somebody may be driving of whom nothing can be known. */
static void
append_owner_commands (GString *out, const Outcome *outcome)
{
  g_autofree char *option = shell_text_dup_owner_option (report_get_run (outcome->report));

  if (option == NULL)
    return;
  append_command (out, outcome, "resume", NULL, option,
                  "go on with it, if its owner is gone for good");
  append_command (out, outcome, "cancel", NULL, option,
                  "roll it back, if its owner is gone for good");
}

/* Of a run that nobody drives. */
static void
append_commands (GString *out, const Outcome *outcome)
{
  guint n_atoms;
  guint n_failed;
  const ReportAtom *atoms = report_get_atoms (outcome->report, &n_atoms);
  const guint *failed = report_get_failed (outcome->report, &n_failed);
  FlowState state = report_get_run (outcome->report)->state;

  if (n_failed > 0)
    append_logs_command (out, outcome, &atoms[failed[0]], ATOM_ACTION_EXECUTE);
  /* Nobody has to say anything of what was interrupted by a crash, as long as nobody was asked. */
  if (state == FLOW_STATE_RUNNING || state == FLOW_STATE_RESUMING || state == FLOW_STATE_SUSPENDING)
    append_run_commands (out, outcome);
  append_steps (out, outcome);
  if (state == FLOW_STATE_PENDING || state == FLOW_STATE_SUSPENDED || state == FLOW_STATE_FAILURE)
    append_run_commands (out, outcome);
  if (!outcome->is_shown)
    append_command (out, outcome, "show", NULL, NULL, "the whole run");
}

void
outcome_append_next (GString *out, const Outcome *outcome)
{
  g_autoptr (GString) commands = g_string_new (NULL);

  if (outcome->store_option == NULL)
    return;
  if (report_is_driven (outcome->report))
    append_owner_commands (commands, outcome);
  else
    append_commands (commands, outcome);
  if (commands->len > 0)
    g_string_append_printf (out, "\n%sNext%s\n%s", outcome->style->bold, outcome->style->off,
                            commands->str);
}
