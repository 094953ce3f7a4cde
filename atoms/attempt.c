/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/attempt.h>

#include <string.h>

#include <backflow/atoms/hooks.h>

#include "atoms/atom_private.h"

#define DOMAIN_CONTRACT "contract"
#define DOMAIN_PROBE "probe"
#define DOMAIN_TIMEOUT "timeout"

char *
attempt_dup_idempotency_key (const Attempt *attempt)
{
  const AttemptRun *run;
  const char *key = NULL;

  g_return_val_if_fail (attempt != NULL, NULL);
  run = attempt->run;
  if (run != NULL)
    key = run->key != NULL ? run->key : run->run_id;
  return g_strdup_printf ("%s/%s/%s/%u", key != NULL ? key : "", attempt->atom->name,
                          atom_action_get_name (attempt->action), attempt->number);
}

void
attempt_succeed (Attempt *attempt, GVariant *result)
{
  g_return_if_fail (attempt != NULL);
  if (attempt->result != result)
    g_clear_pointer (&attempt->result, g_variant_unref);
  attempt->result = result;
  attempt->outcome = ATTEMPT_OUTCOME_SUCCESS;
}

void
attempt_fail (Attempt *attempt, Failure *failure)
{
  g_return_if_fail (attempt != NULL && failure != NULL);
  if (attempt->failure != failure)
    g_clear_pointer (&attempt->failure, failure_unref);
  g_clear_pointer (&attempt->result, g_variant_unref);
  attempt->failure = failure;
  attempt->outcome = ATTEMPT_OUTCOME_FAILURE;
}

void
attempt_fail_to_start (Attempt *attempt, Failure *failure)
{
  attempt_fail (attempt, failure);
  attempt->outcome = ATTEMPT_OUTCOME_NOT_STARTED;
}

void
attempt_reset (Attempt *attempt)
{
  g_return_if_fail (attempt != NULL);
  g_clear_pointer (&attempt->result, g_variant_unref);
  g_clear_pointer (&attempt->failure, failure_unref);
  g_clear_pointer (&attempt->log_path, g_free);
  g_clear_pointer (&attempt->note, g_free);
  g_clear_pointer (&attempt->lent, g_ptr_array_unref);
  g_clear_pointer (&attempt->failures, attempt_failures_unref);
  attempt->outcome = ATTEMPT_OUTCOME_NONE;
  attempt->reserved = NULL;
  attempt->next = NULL;
  attempt->cancel_fd = -1;
  atomic_store_explicit (&attempt->cancelled, 0, memory_order_relaxed);
}

static Failure *
new_contract_failure (const Attempt *attempt, const char *function, const GError *error)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autofree char *message = NULL;

  if (error != NULL)
    message = g_strdup_printf ("%s returned TRUE with an error set: %s", function, error->message);
  else
    message = g_strdup_printf ("%s returned FALSE without an error", function);
  fields.domain = DOMAIN_CONTRACT;
  fields.message = message;
  fields.attempt = attempt->number;
  return failure_new (&fields);
}

/* Calls one function. What it leaves behind other than a plain success becomes the attempt's
 * failure, or the note when there is a failure already. */
static void
call (Attempt *attempt, AtomFunc function, const char *name)
{
  g_autoptr (GError) error = NULL;
  const Failure *before = attempt->failure;
  gboolean success;

  success = function (attempt, attempt->atom->user_data, &error);
  if (success && error == NULL)
    return;
  if (before != NULL && error != NULL && attempt->note == NULL)
    attempt->note = g_strdup_printf ("%s failed too: %s", name, error->message);
  if (attempt->failure != NULL)
    return;
  attempt->failure = success || error == NULL ? new_contract_failure (attempt, name, error)
                                              : failure_new_from_error (error, attempt->number);
}

/* The functions around an action and the action itself. */
typedef struct
{
  AtomFunc pre;
  AtomFunc main;
  AtomFunc post;
  const char *names[3];
} AtomCalls;

static AtomCalls
get_calls (const Atom *atom, AtomAction action)
{
  static const TaskHooks none = { NULL, NULL, NULL, NULL };
  const TaskHooks *hooks
      = atom->extra != NULL && atom->extra->hooks != NULL ? atom->extra->hooks : &none;

  if (action == ATOM_ACTION_EXECUTE)
    return (AtomCalls){ hooks->pre_execute,
                        atom->execute,
                        hooks->post_execute,
                        { "pre_execute", "execute", "post_execute" } };
  return (AtomCalls){
    hooks->pre_revert, atom->revert, hooks->post_revert, { "pre_revert", "revert", "post_revert" }
  };
}

static void
run_hooked (Attempt *attempt)
{
  AtomCalls calls = get_calls (attempt->atom, attempt->action);

  if (calls.pre != NULL)
    call (attempt, calls.pre, calls.names[0]);
  if (calls.main != NULL && attempt->failure == NULL)
    call (attempt, calls.main, calls.names[1]);
  if (calls.post != NULL)
    call (attempt, calls.post, calls.names[2]);
}

/* -- Probes ----------------------------------------------------------------------------------- */

static void
fail_probe (Attempt *attempt, const char *message)
{
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.domain = DOMAIN_PROBE;
  fields.message = message;
  fields.attempt = attempt->number;
  attempt_fail (attempt, failure_new (&fields));
}

/* What the probe function has found becomes the outcome. An answer that comes with an error is
 * none. */
static void
conclude_probe (Attempt *attempt, TaskProbe found, const GError *error)
{
  if (attempt->failure != NULL)
    attempt_fail (attempt, attempt->failure);
  else if (error != NULL)
    fail_probe (attempt, error->message);
  else if (found == TASK_PROBE_PRESENT)
    attempt->outcome = ATTEMPT_OUTCOME_SUCCESS;
  else if (found == TASK_PROBE_ABSENT)
    {
      g_clear_pointer (&attempt->result, g_variant_unref);
      attempt->outcome = ATTEMPT_OUTCOME_ABSENT;
    }
  else
    fail_probe (attempt, "the probe cannot tell");
}

static void
run_probe (Attempt *attempt)
{
  const Atom *atom = attempt->atom;
  g_autoptr (GError) error = NULL;
  TaskProbeFunc probe;
  TaskProbe found;

  if (atom->extra == NULL || atom->extra->probe == NULL)
    {
      fail_probe (attempt, "the task has no probe");
      return;
    }
  probe = (TaskProbeFunc) atom->extra->probe;
  found = probe (attempt, atom->user_data, &error);
  conclude_probe (attempt, found, error);
}

/* -- Actions -----------------------------------------------------------------------------------
 */

static void
run_action (Attempt *attempt)
{
  const Atom *atom = attempt->atom;
  AtomFunc function = attempt->action == ATOM_ACTION_EXECUTE ? atom->execute : atom->revert;

  if (atom->extra != NULL && atom->extra->hooks != NULL)
    run_hooked (attempt);
  else if (function != NULL)
    call (attempt, function, atom_action_get_name (attempt->action));
  if (attempt->failure != NULL)
    attempt_fail (attempt, attempt->failure);
  else
    attempt->outcome = ATTEMPT_OUTCOME_SUCCESS;
}

/* A C function can't be interrupted: an attempt whose function returns after the deadline has
 * failed, whatever it returned. */
static void
refuse_late_outcome (Attempt *attempt, gint64 started_us)
{
  g_autofree char *message = NULL;
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autoptr (Failure) cause = g_steal_pointer (&attempt->failure);
  gint64 now_us = g_get_monotonic_time ();

  message = g_strdup_printf ("took %.3f s, %.3f s longer than it was allowed to; what it returned "
                             "then does not count",
                             (double) (now_us - started_us) / G_USEC_PER_SEC,
                             (double) (now_us - attempt->deadline_us) / G_USEC_PER_SEC);
  fields.message = message;
  fields.domain = DOMAIN_TIMEOUT;
  fields.attempt = attempt->number;
  fields.cause = cause;
  attempt_fail (attempt, failure_new (&fields));
}

static void
run_with_deadline (Attempt *attempt)
{
  gint64 started_us = g_get_monotonic_time ();

  run_action (attempt);
  if (g_get_monotonic_time () > attempt->deadline_us)
    refuse_late_outcome (attempt, started_us);
}

void
attempt_run (Attempt *attempt)
{
  g_assert (attempt->outcome == ATTEMPT_OUTCOME_NONE);
  if (attempt->work == ATTEMPT_CLEAR)
    attempt->outcome = ATTEMPT_OUTCOME_SUCCESS;
  else if (attempt->work == ATTEMPT_PROBE)
    run_probe (attempt);
  else if (attempt->deadline_us != 0)
    run_with_deadline (attempt);
  else
    run_action (attempt);
}
