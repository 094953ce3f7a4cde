/* SPDX-License-Identifier: Apache-2.0 */
/* What a revert says of itself is looked at by the probe of its atom, where there is one: nothing
 * is called reverted that is still in the world. For the step core the revert goes on until its
 * probe has answered; after a crash it has been interrupted, and is probed as any.
 */
#include "engine/verify.h"
#include "engine/attempts.h"
#include "engine/binding.h"
#include "engine/engine_state.h"
#include "engine/records.h"
#include "engine/results.h"

/* Probes of interrupted attempts are repeats. */
static gboolean
is_verification (const Attempt *attempt)
{
  return attempt->work == ATTEMPT_PROBE && !attempt->is_repeat;
}

/* The revert ends as what its probe found. What the probe printed stays in a file beside the log of
 * the revert. */
static void
conclude (Engine *engine, Attempt *attempt)
{
  GVariant *kept
      = engine->values.revert_results != NULL ? engine->values.revert_results[attempt->node] : NULL;
  g_autoptr (GVariant) result = kept != NULL ? g_variant_ref (kept) : NULL;
  g_autoptr (Failure) failure = attempt->failure != NULL ? failure_ref (attempt->failure) : NULL;
  AttemptOutcome found = attempt->outcome;

  records_add_probe (&engine->journal, attempt);
  attempt_reset (attempt);
  attempt->work = ATTEMPT_REVERT;
  attempt->action = ATOM_ACTION_REVERT;
  attempt->number = engine->core.reverts[attempt->node];
  if (found == ATTEMPT_OUTCOME_SUCCESS)
    {
      attempt_fail (
          attempt,
          failure_new_printf ("probe",
                              "its revert ended well, but its probe still finds it in the world"));
      return;
    }
  attempt_succeed (attempt, g_steal_pointer (&result));
  if (failure != NULL)
    attempt->note = g_strdup_printf ("its probe can't tell whether anything is left: %s",
                                     failure_get_message (failure));
}

gboolean
verify_revert (Engine *engine, Attempt *attempt)
{
  if (is_verification (attempt))
    {
      conclude (engine, attempt);
      return FALSE;
    }
  if (attempt->action != ATOM_ACTION_REVERT || attempt->work == ATTEMPT_PROBE
      || attempt->outcome != ATTEMPT_OUTCOME_SUCCESS || !atom_has_probe (attempt->atom)
      || engine->journal.has_failed)
    return FALSE;
  results_keep (&engine->values, attempt);
  if (attempt->outcome != ATTEMPT_OUTCOME_SUCCESS)
    return FALSE;
  records_add_leavings (&engine->journal, attempt);
  binding_drop (engine, attempt);
  attempts_probe (engine, attempt);
  return TRUE;
}
