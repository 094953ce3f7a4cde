/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report/report_effects.h"

#include "engine/report/report_attempts.h"

/* What undoing the atom at `index` means, the default resolved. */
static AtomEffects
get_atom_effects (const Report *report, guint index)
{
  guint count;
  const StorageAtom *atom = &storage_run_get_atoms (report->run, &count)[index];

  if (atom->kind == ATOM_KIND_RETRY)
    return ATOM_EFFECTS_NONE;
  if (atom->effects != ATOM_EFFECTS_DEFAULT)
    return atom->effects;
  return atom->has_revert ? ATOM_EFFECTS_REVERSIBLE : ATOM_EFFECTS_NONE;
}

/* An effect that is there: it ought not to be when the run has failed, or was to be rolled back. */
static ReportEffect
conclude_present (const Report *report, const ReportAtom *atom)
{
  gboolean is_unwanted = atom->state == ATOM_STATE_FAILURE || atom->intention == INTENTION_REVERT;

  if (report->state == FLOW_STATE_FAILURE)
    return REPORT_EFFECT_LEFT;
  return is_unwanted && !report->is_driven ? REPORT_EFFECT_LEFT : REPORT_EFFECT_PRESENT;
}

static ReportEffect
conclude_effect (const Report *report, guint index)
{
  const ReportAtom *atom = &report->atoms[index];
  AtomEffects effects = get_atom_effects (report, index);

  if (atom->state == ATOM_STATE_REVERT_FAILURE)
    return effects == ATOM_EFFECTS_IRREVERSIBLE ? REPORT_EFFECT_STAYS : REPORT_EFFECT_LEFT;
  if (effects == ATOM_EFFECTS_NONE || atom->state == ATOM_STATE_PENDING
      || atom->state == ATOM_STATE_IGNORE)
    return REPORT_EFFECT_NONE;
  if (atom->state == ATOM_STATE_RUNNING || atom->state == ATOM_STATE_REVERTING)
    return report->is_driven ? REPORT_EFFECT_CHANGING : REPORT_EFFECT_UNKNOWN;
  /* Of what can't be taken back that is so only when somebody has said it, or when it was never
   * called. */
  if (atom->state == ATOM_STATE_REVERTED)
    return REPORT_EFFECT_UNDONE;
  if (effects == ATOM_EFFECTS_IRREVERSIBLE)
    return REPORT_EFFECT_STAYS;
  return conclude_present (report, atom);
}

static int
compare_numbers (guint64 left, guint64 right)
{
  return left < right ? -1 : left > right;
}

/* The order of undoing: those whose revert has begun as it began, then the rest, the youngest
 * first. */
static int
compare_undoing (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Report *report = (const Report *) user_data;
  const AtomFacts *left = &report->facts[*(const guint *) a];
  const AtomFacts *right = &report->facts[*(const guint *) b];

  if (left->reverted_seq != 0 && right->reverted_seq != 0)
    return compare_numbers (left->reverted_seq, right->reverted_seq);
  if (left->reverted_seq != 0 || right->reverted_seq != 0)
    return left->reverted_seq != 0 ? -1 : 1;
  return compare_numbers (right->executed_seq, left->executed_seq);
}

static int
compare_failing (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Report *report = (const Report *) user_data;

  return compare_numbers (report->facts[*(const guint *) a].failed_seq,
                          report->facts[*(const guint *) b].failed_seq);
}

static gboolean
is_left (const Report *report, ReportEffect effect)
{
  if (effect == REPORT_EFFECT_STAYS)
    return report->state != FLOW_STATE_SUCCESS;
  return effect == REPORT_EFFECT_LEFT || effect == REPORT_EFFECT_UNKNOWN;
}

/* Who waits behind a failed revert: the engine said so when it came to the end of the rollback. */
static void
conclude_waiting (Report *report)
{
  for (guint i = 0; i < report->effects->len; i++)
    {
      guint index = g_array_index (report->effects, guint, i);
      ReportAtom *atom = &report->atoms[index];
      guint32 behind = report->facts[index].waits_behind;

      if (atom->effect == REPORT_EFFECT_LEFT && atom->state != ATOM_STATE_REVERT_FAILURE
          && behind > 0 && behind <= report->n_atoms)
        atom->waits_for = report->atoms[behind - 1].name;
    }
}

/* Whether a failure turned the run round before the request was made: then the request changed
 * nothing, and the run failed by itself. */
static gboolean
had_failed_before (const Report *report, guint64 seq)
{
  for (guint i = 0; i < report->failed->len; i++)
    {
      const AtomFacts *facts = &report->facts[g_array_index (report->failed, guint, i)];

      if (facts->retried_seq < facts->failed_seq && facts->failed_seq < report->turned_seq
          && report->turned_seq < seq)
        return TRUE;
    }
  return FALSE;
}

/* Whether a request to cancel made the run end as it did. */
static gboolean
was_told_to_cancel (const Report *report)
{
  for (guint i = 0; i < report->asked->len; i++)
    {
      const ReportRequest *asked = &g_array_index (report->asked, ReportRequest, i);
      gboolean ends
          = asked->request == STORAGE_REQUEST_CANCEL || asked->request == STORAGE_REQUEST_KEEP;

      if (ends && asked->seq > report->life_seq && !had_failed_before (report, asked->seq))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_cancelled (const Report *report)
{
  if (was_told_to_cancel (report))
    return TRUE;
  for (guint i = 0; i < report->failed->len; i++)
    if (report_was_stopped (report_find_last (
            &report->facts[g_array_index (report->failed, guint, i)], ATOM_ACTION_EXECUTE)))
      return TRUE;
  return report->state == FLOW_STATE_REVERTED && report->failed->len == 0
         && (report->requests & 1u << STORAGE_REQUEST_UNDO) == 0;
}

/* An attempt that did not end, in a run that nobody drives. */
static void
conclude_interrupted (Report *report, guint index)
{
  ReportAttempt *last = report_get_last_attempt (&report->facts[index]);
  AtomState state = report->atoms[index].state;

  if (last != NULL && (state == ATOM_STATE_RUNNING || state == ATOM_STATE_REVERTING)
      && last->to == state)
    last->is_interrupted = !report->is_driven;
}

void
report_conclude (Report *report)
{
  for (guint i = 0; i < report->n_atoms; i++)
    {
      ReportAtom *atom = &report->atoms[i];

      conclude_interrupted (report, i);
      atom->effect = conclude_effect (report, i);
      report->n_left += is_left (report, atom->effect) ? 1 : 0;
      if (atom->effect != REPORT_EFFECT_NONE)
        g_array_append_val (report->effects, i);
      if (report->facts[i].failed_seq != 0)
        g_array_append_val (report->failed, i);
    }
  g_array_sort_with_data (report->effects, compare_undoing, report);
  g_array_sort_with_data (report->failed, compare_failing, report);
  conclude_waiting (report);
  report->is_cancelled = is_cancelled (report);
}
