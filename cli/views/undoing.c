/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/undoing.h"

#include <backflow/engine/report/report_reason.h>

#include "cli/text.h"

/* How many effects are named. */
#define EFFECTS_NAMED 10

static gboolean
is_to_be_undone (const ReportAtom *atom, const char *behind)
{
  if (behind != NULL)
    return g_strcmp0 (atom->waits_for, behind) == 0;
  return atom->effect == REPORT_EFFECT_PRESENT || atom->effect == REPORT_EFFECT_LEFT
         || atom->effect == REPORT_EFFECT_UNKNOWN || atom->effect == REPORT_EFFECT_CHANGING;
}

static void
append_effects (GString *out, const Report *report, const char *behind)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n_atoms;
  guint n_effects;
  guint count = 0;
  const ReportAtom *atoms = report_get_atoms (report, &n_atoms);
  const guint *effects = report_get_effects (report, &n_effects);

  for (guint i = 0; i < n_effects; i++)
    if (is_to_be_undone (&atoms[effects[i]], behind) && ++count <= EFFECTS_NAMED)
      {
        g_autofree char *name = text_dup_visible (atoms[effects[i]].name);

        g_string_append_printf (names, "%s%s", count > 1 ? ", " : "", name);
      }
  if (count == 0)
    g_string_append (out, "nothing to undo");
  else
    g_string_append_printf (out, "%u %s %s undone: %s", count, count == 1 ? "effect" : "effects",
                            count == 1 ? "is" : "are", names->str);
  if (count > EFFECTS_NAMED)
    g_string_append_printf (out, " and %u more", count - EFFECTS_NAMED);
}

void
undoing_append (GString *out, const Report *report, const char *verb, const char *behind)
{
  const StorageRunInfo *run = report_get_run (report);
  g_autofree char *flow = text_dup_visible (run->flow);
  g_autofree char *file
      = run->definition_path != NULL ? text_dup_visible (run->definition_path) : NULL;
  g_autofree char *age = text_dup_age (g_get_real_time () - run->created_us);
  g_autofree char *leaves = behind != NULL ? text_dup_visible (behind) : NULL;

  g_string_append_printf (out, "%s run %s of the flow %s%s%s%s, %s, begun %s: ", verb, run->id,
                          flow, file != NULL ? " (" : "", file != NULL ? file : "",
                          file != NULL ? ")" : "", flow_state_get_name (run->state), age);
  if (leaves != NULL)
    g_string_append_printf (out, "%s is left as it is, ", leaves);
  append_effects (out, report, behind);
  g_string_append (out, ".\n");
}
