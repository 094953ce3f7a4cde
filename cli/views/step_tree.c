/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/step_tree.h"

#include <string.h>

#include <backflow/engine/report/report_history.h>

#include "cli/text.h"
#include "cli/views/step.h"

/* How many columns of a result or a failure are shown, how wide names get, and how many tries of a
 * controller are listed. */
#define DETAIL_COLUMNS 60
#define NAME_COLUMNS_MAX 40
#define TRIES_SHOWN 10

/* A line: of a step, or of a flow when `atom` is NULL. */
typedef struct
{
  guint depth;
  guint place;
  const ReportAtom *atom;
  const char *flow;
} Line;

typedef struct
{
  GString *out;
  const Report *report;
  const Style *style;
  guint width;
} Tree;

/* -- Lines --------------------------------------------------------------------------------------
 */

static void
add_line (GArray *lines, guint depth, guint place, const ReportAtom *atom, const char *flow)
{
  Line line = { depth, place, atom, flow };

  g_array_append_val (lines, line);
}

/* By the plan. FALSE when it is of something else. */
static gboolean
add_nested (GArray *lines, const Report *report, const Plan *plan)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  guint depth = 0;
  guint place = 0;

  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      const Atom *atom = plan_get_atom (plan, node);

      if (atom != NULL
          && (place >= n_atoms || strcmp (atoms[place].name, atom_get_name (atom)) != 0))
        return FALSE;
      if (atom != NULL)
        {
          add_line (lines, depth, place, &atoms[place], NULL);
          place++;
        }
      else if (plan_get_kind (plan, node) == PLAN_NODE_FLOW)
        add_line (lines, depth++, 0, NULL, flow_get_name (plan_get_flow (plan, node)));
      else
        depth--;
    }
  return place == n_atoms;
}

static void
add_flat (GArray *lines, const Report *report)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const char *flow = NULL;

  for (guint i = 0; i < n_atoms; i++)
    {
      if (g_strcmp0 (flow, atoms[i].flow) != 0)
        add_line (lines, 0, 0, NULL, atoms[i].flow);
      flow = atoms[i].flow;
      add_line (lines, 1, i, &atoms[i], NULL);
    }
}

static GArray *
new_lines (const Report *report, const Plan *plan)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Line));

  if (plan != NULL && add_nested (lines, report, plan))
    return lines;
  g_array_set_size (lines, 0);
  add_flat (lines, report);
  return lines;
}

/* -- Steps --------------------------------------------------------------------------------------
 */

/* How long the attempt took, or takes by now; how long one that was interrupted took, nobody knows.
 */
static gint64
get_attempt_took (const ReportAttempt *attempt)
{
  if (attempt->started_us == 0 || (attempt->ended_us == 0 && attempt->is_interrupted))
    return 0;
  return MAX (
      (attempt->ended_us > 0 ? attempt->ended_us : g_get_real_time ()) - attempt->started_us, 0);
}

static gint64
get_took (const ReportAtom *atom)
{
  gint64 took_us = 0;

  for (guint i = 0; i < atom->n_attempts; i++)
    if (atom->attempts[i].action == ATOM_ACTION_EXECUTE)
      took_us += get_attempt_took (&atom->attempts[i]);
  return took_us;
}

/* How often it was executed: reverts are no tries. */
static guint
count_executes (const ReportAtom *atom)
{
  guint count = 0;

  for (guint i = 0; i < atom->n_attempts; i++)
    count += atom->attempts[i].action == ATOM_ACTION_EXECUTE ? 1 : 0;
  return count;
}

static char *
dup_progress (const ReportAttempt *attempt)
{
  g_autofree char *details = step_dup_details (attempt, DETAIL_COLUMNS);
  const char *what = attempt->is_interrupted ? "interrupted, " : "";

  if (attempt->progress < 0)
    return g_strdup (attempt->is_interrupted ? "interrupted" : "");
  return g_strdup_printf ("%s%.0f %%%s%s", what, attempt->progress * 100,
                          *details != '\0' ? ": " : "", details);
}

/* What the last attempt brought: its result, why it failed, or how far it is. */
static char *
dup_detail (const ReportAtom *atom)
{
  const ReportAttempt *last = atom->n_attempts > 0 ? &atom->attempts[atom->n_attempts - 1] : NULL;
  g_autofree char *message = NULL;

  /* Somebody said that it is reverted, which stands below it. */
  if (last == NULL || (atom->state == ATOM_STATE_REVERTED && last->to != ATOM_STATE_REVERTED))
    return g_strdup ("");
  if (last->failure != NULL)
    {
      message = text_dup_visible (failure_get_message (last->failure));
      return text_dup_cut (message, DETAIL_COLUMNS);
    }
  if (last->to == ATOM_STATE_RUNNING || last->to == ATOM_STATE_REVERTING)
    return dup_progress (last);
  return text_dup_value (last->result, DETAIL_COLUMNS);
}

static char *
dup_padded_name (const Tree *tree, const char *name, guint depth)
{
  g_autofree char *visible = text_dup_visible (name);
  g_autofree char *indented = g_strdup_printf ("%*s%s", (int) (2 * depth), "", visible);

  return text_dup_padded (indented, tree->width);
}

static void
append_step (const Tree *tree, const Line *line)
{
  const ReportAtom *atom = line->atom;
  g_autofree char *padded = dup_padded_name (tree, atom->name, line->depth);
  g_autofree char *took = text_dup_duration (get_took (atom));
  g_autofree char *detail = dup_detail (atom);
  const char *state_style = step_get_state_style (tree->style, atom->state);

  g_string_append_printf (tree->out, "%s  %s%-14s%s  %8u  %8s  %s\n", padded, state_style,
                          atom_state_get_name (atom->state),
                          *state_style != '\0' ? tree->style->off : "", count_executes (atom),
                          atom->n_attempts > 0 ? took : "", detail);
}

/* -- What belongs to a step ---------------------------------------------------------------------
 */

static void
append_below (const Tree *tree, guint depth, const char *label, const char *text)
{
  g_autofree char *visible = text_dup_visible (text);

  g_string_append_printf (tree->out, "%s%*s%s  %s%s\n", tree->style->dim, (int) (2 * depth + 4), "",
                          label, visible, tree->style->off);
}

static void
append_try (const Tree *tree, const Line *line, const ReportTry *one)
{
  g_autofree char *label = g_strdup_printf ("try %u", one->number);
  g_autofree char *value = text_dup_value (one->value, DETAIL_COLUMNS);
  g_autoptr (GString) text = g_string_new (value);
  const ReportDecision *decision = one->decision;

  if (decision != NULL)
    {
      g_string_append_printf (text, "  %s answered to the failure of %s",
                              retry_decision_get_name (decision->answer),
                              step_get (tree->report, decision->failed)->name);
      if (decision->wait_us > 0)
        {
          g_autofree char *wait = text_dup_duration (decision->wait_us);

          g_string_append_printf (text, ", waits %s", wait);
        }
    }
  append_below (tree, line->depth, label, text->str);
}

static void
append_tries (const Tree *tree, const Line *line)
{
  guint count;
  const ReportTry *tries = report_get_tries (tree->report, line->place, &count);
  guint first = count > TRIES_SHOWN ? count - TRIES_SHOWN : 0;

  if (first > 0)
    {
      g_autofree char *before = g_strdup_printf ("and %u before", first);

      append_below (tree, line->depth, "…", before);
    }
  for (guint i = first; i < count; i++)
    append_try (tree, line, &tries[i]);
}

/* What people should know of the attempts, each once. */
static void
append_notes (const Tree *tree, const Line *line)
{
  const char *last = NULL;

  for (guint i = 0; i < line->atom->n_attempts; i++)
    {
      const char *note = line->atom->attempts[i].note;

      if (note != NULL && g_strcmp0 (note, last) != 0)
        append_below (tree, line->depth, "note", note);
      last = note != NULL ? note : last;
    }
}

static void
append_extras (const Tree *tree, const Line *line)
{
  if (line->atom->kind == ATOM_KIND_RETRY)
    append_tries (tree, line);
  if (line->atom->meta != NULL)
    {
      g_autofree char *meta = text_dup_value (line->atom->meta, DETAIL_COLUMNS);

      append_below (tree, line->depth, "meta", meta);
    }
  if (line->atom->waits_for != NULL)
    append_below (tree, line->depth, "waits behind", line->atom->waits_for);
  append_notes (tree, line);
}

/* What was said of steps: few say anything, so that they are gone through once. */
static GHashTable *
new_resolved (const Report *report)
{
  GHashTable *resolved = g_hash_table_new (NULL, NULL);
  guint count;
  const ReportResolution *resolutions = report_get_resolutions (report, &count);

  for (guint i = 0; i < count; i++)
    g_hash_table_insert (resolved, GUINT_TO_POINTER (resolutions[i].atom),
                         (gpointer) (guintptr) &resolutions[i]);
  return resolved;
}

static void
append_resolution (const Tree *tree, const Line *line, const ReportResolution *resolution)
{
  g_autofree char *text = NULL;

  if (resolution == NULL)
    return;
  text = g_strdup_printf ("%s%s%s", report_resolution_get_name (resolution->resolution),
                          resolution->reason != NULL ? ": " : "",
                          resolution->reason != NULL ? resolution->reason : "");
  append_below (tree, line->depth, "resolved", text);
}

/* -- All ----------------------------------------------------------------------------------------
 */

static void
append_line (const Tree *tree, const Line *line, GHashTable *resolved)
{
  if (line->atom == NULL)
    {
      g_autofree char *visible = text_dup_visible (line->flow);

      g_string_append_printf (tree->out, "%s%*sflow %s%s\n", tree->style->dim,
                              (int) (2 * line->depth + 1), "", visible, tree->style->off);
      return;
    }
  append_step (tree, line);
  append_extras (tree, line);
  append_resolution (
      tree, line,
      (const ReportResolution *) g_hash_table_lookup (resolved, GUINT_TO_POINTER (line->place)));
}

static guint
get_width (const GArray *lines)
{
  guint width = 6;

  for (guint i = 0; i < lines->len; i++)
    {
      const Line *line = &g_array_index (lines, Line, i);

      if (line->atom != NULL)
        width = MAX (width, 2 * line->depth + text_get_width (line->atom->name));
    }
  return MIN (width, NAME_COLUMNS_MAX);
}

void
step_tree_append (GString *out, const Report *report, const Plan *plan, const Style *style)
{
  g_autoptr (GArray) lines = new_lines (report, plan);
  g_autoptr (GHashTable) resolved = new_resolved (report);
  Tree tree = { out, report, style, get_width (lines) };

  g_string_append_printf (out, "\n%s  %-*s  %-14s  %8s  %8s  %s%s\n", style->bold,
                          (int) tree.width - 2, "STEP", "STATE", "ATTEMPTS", "TOOK", "RESULT",
                          style->off);
  for (guint i = 0; i < lines->len; i++)
    append_line (&tree, &g_array_index (lines, Line, i), resolved);
}
