/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/retry_decision.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/context.h>
#include <backflow/values/duration.h>
#include <backflow/values/value.h>

#include "atoms/retry_history.h"
#include "atoms/retry_spec.h"

#define DOMAIN_RETRY "retry"

/* -- Values ----------------------------------------------------------------------------------- */

GVariant *
retry_lookup_values (Attempt *attempt, const char *domain, Failure **failure)
{
  const RetrySpec *spec = attempt->atom->extra->retry;
  GVariant *values;

  if (spec->kind == RETRY_KIND_FOR_EACH)
    return spec->values;
  values = atom_context_get_argument (attempt, spec->symbol);
  if (values != NULL && g_variant_is_of_type (values, G_VARIANT_TYPE ("av")))
    return values;
  *failure = failure_new_printf (domain, "'%s' is no array but %s", spec->symbol,
                                 values != NULL ? value_get_type_name (values) : "absent");
  return NULL;
}

/* -- Decisions -------------------------------------------------------------------------------- */

static gboolean
decide_by_values (Attempt *attempt, RetryDecision *decision, Failure **failure)
{
  const RetrySpec *spec = attempt->atom->extra->retry;
  GVariant *values = retry_lookup_values (attempt, DOMAIN_RETRY, failure);
  g_autoptr (GVariant) next = NULL;

  if (values == NULL)
    return FALSE;
  next = retry_history_find_untried (atom_context_get_history (attempt), values);
  *decision = next != NULL ? RETRY_DECISION_RETRY : spec->give_up;
  return TRUE;
}

/* The failure of a controller that could not answer, for the reason that it gives itself. */
static Failure *
new_undecided (const Attempt *attempt, Failure *cause)
{
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.domain = DOMAIN_RETRY;
  fields.message = failure_get_message (cause);
  fields.attempt = attempt->number;
  fields.cause = cause;
  return failure_new (&fields);
}

static gboolean
decide_by_function (Attempt *attempt, const char *failed, RetryDecision *decision,
                    Failure **failure)
{
  const RetrySpec *spec = attempt->atom->extra->retry;
  g_autoptr (GError) error = NULL;
  g_autoptr (Failure) cause = NULL;
  RetryDecision answer = spec->decide (attempt, atom_context_get_history (attempt), failed,
                                       attempt->atom->user_data, &error);

  if (attempt->failure != NULL)
    cause = failure_ref (attempt->failure);
  else if (error != NULL)
    cause = failure_new_from_error (error, attempt->number);
  else if ((guint) answer > RETRY_DECISION_REVERT_ALL)
    cause = failure_new_printf ("contract", "the answer %d is no decision", (int) answer);
  if (cause != NULL)
    {
      *failure = new_undecided (attempt, cause);
      return FALSE;
    }
  *decision = answer;
  return TRUE;
}

static gboolean
decide (Attempt *attempt, const char *failed, RetryDecision *decision, Failure **failure)
{
  const RetrySpec *spec = attempt->atom->extra->retry;

  switch (spec->kind)
    {
    case RETRY_KIND_TIMES:
      *decision = atom_context_get_history (attempt)->length < spec->times ? RETRY_DECISION_RETRY
                                                                           : spec->give_up;
      return TRUE;
    case RETRY_KIND_FOR_EACH:
    case RETRY_KIND_FOR_EACH_OF:
      return decide_by_values (attempt, decision, failure);
    case RETRY_KIND_CUSTOM:
      return decide_by_function (attempt, failed, decision, failure);
    case RETRY_KIND_ALWAYS_REVERT:
    case RETRY_KIND_ALWAYS_REVERT_ALL:
    default:
      *decision = spec->give_up;
      return TRUE;
    }
}

gboolean
retry_decide (Attempt *attempt, const char *failed, RetryDecision *decision, Failure **failure)
{
  RetryDecision answer = RETRY_DECISION_REVERT;
  Failure *reason = NULL;
  gboolean is_decided;

  g_assert (attempt != NULL && attempt->atom->member.kind == ATOM_KIND_RETRY);
  g_assert (failed != NULL && decision != NULL && failure != NULL);
  attempt_reset (attempt);
  is_decided = decide (attempt, failed, &answer, &reason);
  attempt_reset (attempt);
  if (is_decided)
    *decision = answer;
  else
    *failure = reason;
  return is_decided;
}

/* -- Delays ----------------------------------------------------------------------------------- */

/* `share` as a number from 0 to 1, also when it is none. */
static double
to_share (double share)
{
  return share > 0 ? MIN (share, 1.0) : 0.0;
}

/* `base` (above 0) to the power `exponent`, by squaring; perhaps infinite, never negative. */
static double
power (double base, guint exponent)
{
  double result = 1.0;

  for (; exponent > 0; exponent /= 2, base *= base)
    if (exponent % 2 != 0)
      result *= base;
  return result;
}

gint64
backoff_get_delay (const AtomBackoff *backoff, guint next, double random)
{
  double most = (double) DURATION_MAX_US;
  double factor;
  double delay;
  double jitter;

  if (backoff == NULL || backoff->delay_us <= 0 || next < 2)
    return 0;
  if (backoff->max_delay_us > 0)
    most = MIN (most, (double) backoff->max_delay_us);
  factor = backoff->backoff > 0 ? backoff->backoff : 1.0;
  delay = (double) backoff->delay_us * power (factor, next - 2);
  delay = delay < most ? delay : most;
  jitter = to_share (backoff->jitter);
  return (gint64) (delay * (1.0 - jitter) + delay * jitter * to_share (random));
}
