/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/outcome_left.h"

#include "cli/text.h"
#include "cli/views/step.h"

/* Where what is said of an effect stands. */
#define WORD_COLUMNS 14

/* How many effects that were undone are listed one by one; what is left is listed always. */
#define UNDONE_LINES 40

/* What is said of one effect. style: (nullable). detail: owned (nullable). */
typedef struct
{
  const char *word;
  const char *style;
  char *detail;
} EffectText;

static void
effect_text_clear (EffectText *text)
{
  g_free (text->detail);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EffectText, effect_text_clear)

static const ReportAttempt *
find_last_attempt (const ReportAtom *atom, AtomAction action)
{
  for (guint i = atom->n_attempts; i > 0; i--)
    if (atom->attempts[i - 1].action == action)
      return &atom->attempts[i - 1];
  return NULL;
}

static char *
dup_took (const ReportAttempt *attempt)
{
  if (attempt == NULL || attempt->started_us == 0 || attempt->ended_us < attempt->started_us)
    return NULL;
  return text_dup_duration (attempt->ended_us - attempt->started_us);
}

static gboolean
is_verified (const ReportAttempt *revert)
{
  return revert != NULL && revert->probe == STORAGE_PROBE_ABSENT;
}

/* (nullable) How long its revert took, and what its probe said. */
static char *
dup_reverted (const ReportAttempt *revert)
{
  g_autofree char *took = dup_took (revert);
  const char *verified = NULL;

  if (is_verified (revert))
    verified = "verified by its probe";
  else if (revert != NULL && revert->probe == STORAGE_PROBE_UNKNOWN)
    verified = "not verified by its probe";
  if (took == NULL || verified == NULL)
    return took != NULL ? g_steal_pointer (&took) : g_strdup (verified);
  return g_strdup_printf ("%s, %s", took, verified);
}

/* What somebody said, with the reason that was given. (nullable) when it was not that. */
static char *
dup_said (const Report *report, const ReportAtom *atom, StorageResolution kind, const char *words)
{
  guint n_atoms;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const ReportResolution *said = step_find_resolution (report, (guint) (atom - atoms));
  g_autofree char *reason = NULL;

  if (said == NULL || said->resolution != kind)
    return NULL;
  reason = said->reason != NULL && *said->reason != '\0' ? text_dup_visible (said->reason) : NULL;
  return g_strdup_printf ("%s%s%s", words, reason != NULL ? ": " : "",
                          reason != NULL ? reason : "");
}

static EffectText
describe_undone (const Outcome *outcome, const ReportAtom *atom)
{
  EffectText text = { "reverted", outcome->style->good, NULL };

  text.detail = dup_said (outcome->report, atom, STORAGE_RESOLUTION_REVERTED,
                          "not by its revert, but as somebody said");
  if (text.detail == NULL)
    text.detail = dup_reverted (find_last_attempt (atom, ATOM_ACTION_REVERT));
  return text;
}

/* Whether nothing was to be rolled back. */
static gboolean
is_kept (const Report *report)
{
  return report_has_request (report, STORAGE_REQUEST_KEEP)
         && !report_has_request (report, STORAGE_REQUEST_UNDO);
}

static EffectText
describe_left (const Outcome *outcome, const ReportAtom *atom)
{
  EffectText text = { "NOT REVERTED", outcome->style->bad, NULL };
  const ReportAttempt *attempt = find_last_attempt (atom, ATOM_ACTION_REVERT);

  if (atom->state == ATOM_STATE_REVERT_FAILURE)
    {
      g_autofree char *message = attempt != NULL && attempt->failure != NULL
                                     ? text_dup_visible (failure_get_message (attempt->failure))
                                     : NULL;
      g_autofree char *said = dup_said (outcome->report, atom, STORAGE_RESOLUTION_SKIP,
                                        "left as it is, as somebody said");

      text.word = "REVERT FAILED:";
      text.detail = said != NULL && message != NULL ? g_strdup_printf ("%s (%s)", message, said)
                                                    : g_strdup (said != NULL ? said : message);
      return text;
    }
  if (atom->waits_for != NULL)
    {
      g_autofree char *name = text_dup_visible (atom->waits_for);

      text.detail = g_strdup_printf ("waits behind %s, which depends on it", name);
    }
  else if (is_kept (outcome->report))
    text = (EffectText){ "KEPT", outcome->style->warn,
                         g_strdup (atom->state == ATOM_STATE_FAILURE
                                       ? "as was asked for; its execute failed"
                                       : "as was asked for") };
  else if (report_get_run (outcome->report)->state == FLOW_STATE_FAILURE)
    text.detail = g_strdup ("waits behind a revert that failed");
  return text;
}

/* Whether what is there is so only until the rollback comes to it. */
static gboolean
is_to_be_reverted (const Report *report)
{
  return step_is_rolled_back (report) && !is_kept (report)
         && report_get_run (report)->state != FLOW_STATE_SUCCESS;
}

static EffectText
describe_unknown (const Outcome *outcome, const ReportAtom *atom)
{
  EffectText text = { "UNKNOWN", outcome->style->bad, NULL };

  text.detail = g_strdup_printf ("its %s was interrupted; look before you rely on either",
                                 atom->state == ATOM_STATE_REVERTING ? "revert" : "execute");
  return text;
}

static EffectText
describe (const Outcome *outcome, const ReportAtom *atom)
{
  EffectText text = { "none", NULL, NULL };

  switch (atom->effect)
    {
    case REPORT_EFFECT_LEFT:
      return describe_left (outcome, atom);
    case REPORT_EFFECT_UNKNOWN:
      return describe_unknown (outcome, atom);
    case REPORT_EFFECT_STAYS:
      text = (EffectText){ "STAYS", outcome->style->warn, g_strdup ("it can't be taken back") };
      break;
    case REPORT_EFFECT_UNDONE:
      return describe_undone (outcome, atom);
    case REPORT_EFFECT_PRESENT:
      text = (EffectText){ "in place", NULL,
                           is_to_be_reverted (outcome->report)
                               ? g_strdup ("its revert is yet to come")
                               : NULL };
      break;
    case REPORT_EFFECT_CHANGING:
      text = (EffectText){ atom->state == ATOM_STATE_REVERTING ? "being reverted" : "being made",
                           outcome->style->warn, NULL };
      break;
    case REPORT_EFFECT_NONE:
    case REPORT_EFFECT_COUNT:
    default:
      break;
    }
  return text;
}

static void
append_effect (GString *out, const Outcome *outcome, const ReportAtom *atom, guint width)
{
  g_auto (EffectText) text = describe (outcome, atom);
  g_autofree char *name = text_dup_visible (atom->name);
  g_autofree char *padded = text_dup_padded (name, width);
  g_autofree char *word = text_dup_padded (text.word, text.detail != NULL ? WORD_COLUMNS : 0);
  gboolean is_full = text.detail != NULL && text_get_width (text.word) >= WORD_COLUMNS;
  const ReportAttempt *attempt = find_last_attempt (atom, ATOM_ACTION_REVERT);

  g_string_append_printf (out, "  %s  %s%s%s%s%s\n", padded, text.style != NULL ? text.style : "",
                          word, text.style != NULL ? outcome->style->off : "", is_full ? " " : "",
                          text.detail != NULL ? text.detail : "");
  if (atom->state == ATOM_STATE_REVERT_FAILURE && attempt != NULL && attempt->failure != NULL)
    outcome_append_details (out, attempt);
  else if (attempt != NULL && attempt->note != NULL)
    {
      g_autofree char *note = text_dup_indented (attempt->note, 6);

      g_string_append_printf (out, "%s\n", note);
    }
}

static guint
count_effect (const Report *report, ReportEffect effect)
{
  guint n_atoms;
  guint n_effects;
  guint found = 0;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const guint *effects = report_get_effects (report, &n_effects);

  for (guint i = 0; i < n_effects; i++)
    found += atoms[effects[i]].effect == effect ? 1 : 0;
  return found;
}

static guint
count_verified (const Report *report)
{
  guint n_atoms;
  guint n_effects;
  guint verified = 0;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const guint *effects = report_get_effects (report, &n_effects);

  for (guint i = 0; i < n_effects; i++)
    verified += atoms[effects[i]].effect == REPORT_EFFECT_UNDONE
                && is_verified (find_last_attempt (&atoms[effects[i]], ATOM_ACTION_REVERT));
  return verified;
}

static void
append_complete (GString *out, const Outcome *outcome, guint n_effects)
{
  guint verified = count_verified (outcome->report);

  g_string_append_printf (out, "%sROLLBACK COMPLETE%s — %u of %u effects undone",
                          outcome->style->good, outcome->style->off,
                          count_effect (outcome->report, REPORT_EFFECT_UNDONE), n_effects);
  if (verified > 0)
    g_string_append_printf (out, ", %u verified by %s", verified,
                            verified == 1 ? "its probe" : "their probes");
  g_string_append (out, "\n");
}

static void
append_verdict (GString *out, const Outcome *outcome, guint n_effects)
{
  const Style *style = outcome->style;
  guint left = report_get_n_left (outcome->report);
  const char *verb = left == 1 ? "is" : "are";
  g_autofree char *effects = text_dup_count (n_effects, "effect");

  if (left > 0 && count_effect (outcome->report, REPORT_EFFECT_UNKNOWN) > 0)
    verb = left == 1 ? "may be" : "are or may be";
  if (left > 0 && is_kept (outcome->report))
    g_string_append_printf (out, "%sKEPT ON REQUEST%s — %u of %s %s in the world\n", style->warn,
                            style->off, left, effects, verb);
  else if (left > 0)
    g_string_append_printf (out, "%sROLLBACK INCOMPLETE%s — %u of %s %s still in the world\n",
                            style->bad, style->off, left, effects, verb);
  else if (n_effects > 0)
    append_complete (out, outcome, n_effects);
  else
    g_string_append_printf (out, "%sROLLBACK COMPLETE%s — there was nothing to undo\n", style->good,
                            style->off);
}

static guint
get_name_width (const ReportAtom *atoms, const guint *effects, guint n_effects)
{
  guint width = 0;

  for (guint i = 0; i < n_effects; i++)
    width = MAX (width, text_get_width (atoms[effects[i]].name));
  return MIN (width, 40);
}

static void
append_effects (GString *out, const Outcome *outcome)
{
  guint n_atoms;
  guint n_effects;
  guint n_undone = 0;
  const ReportAtom *atoms = report_get_atoms (outcome->report, &n_atoms);
  const guint *effects = report_get_effects (outcome->report, &n_effects);
  guint width = get_name_width (atoms, effects, n_effects);

  for (guint i = 0; i < n_effects; i++)
    {
      n_undone += atoms[effects[i]].effect == REPORT_EFFECT_UNDONE ? 1 : 0;
      if (atoms[effects[i]].effect != REPORT_EFFECT_UNDONE || n_undone <= UNDONE_LINES)
        append_effect (out, outcome, &atoms[effects[i]], width);
    }
  if (n_undone > UNDONE_LINES)
    g_string_append_printf (out, "  … and %u more, reverted\n", n_undone - UNDONE_LINES);
}

void
outcome_append_left (GString *out, const Outcome *outcome)
{
  FlowState state = report_get_run (outcome->report)->state;
  guint n_effects;

  report_get_effects (outcome->report, &n_effects);
  if (state == FLOW_STATE_SUCCESS
      || (n_effects == 0 && state != FLOW_STATE_FAILURE && state != FLOW_STATE_REVERTED))
    return;
  g_string_append_printf (out, "\n%sWhat is left%s\n", outcome->style->bold, outcome->style->off);
  if (state == FLOW_STATE_FAILURE || state == FLOW_STATE_REVERTED)
    {
      g_string_append (out, "  ");
      append_verdict (out, outcome, n_effects);
    }
  append_effects (out, outcome);
}
