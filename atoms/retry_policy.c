/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/retry.h>

#include <backflow/atoms/context.h>
#include <backflow/values/value.h>

#include "atoms/retry_decision.h"
#include "atoms/retry_history.h"
#include "atoms/retry_spec.h"

static void
retry_spec_free (gpointer data)
{
  RetrySpec *spec = data;

  g_clear_pointer (&spec->values, g_variant_unref);
  g_free (spec->symbol);
  g_free (spec->backoff);
  g_free (spec);
}

/* Makes a controller of a kind; one without a name gets that of its flow when it is given to one.
 */
static Atom *
new_of_kind (const char *name, RetryKind kind)
{
  Atom *retry = atom_new (ATOM_KIND_RETRY, name != NULL ? name : "");
  RetrySpec *spec = g_new0 (RetrySpec, 1);

  spec->kind = kind;
  spec->give_up = RETRY_DECISION_REVERT;
  atom_need_extra (retry)->retry = spec;
  retry->extra->spec_free = retry_spec_free;
  return retry;
}

static RetrySpec *
get_spec (const Atom *retry)
{
  g_return_val_if_fail (retry != NULL && retry->member.kind == ATOM_KIND_RETRY, NULL);
  return retry->extra->retry;
}

/* -- What a policy provides ------------------------------------------------------------------- */

/* The number of the try that begins now, from 1. */
static gboolean
times_execute (AtomContext *context, gpointer user_data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  guint tried = retry_history_get_length (atom_context_get_history (context));

  atom_context_set_result (context, g_variant_new_int64 ((gint64) tried + 1));
  return TRUE;
}

static gboolean
for_each_execute (AtomContext *context, gpointer user_data G_GNUC_UNUSED,
                  GError **error G_GNUC_UNUSED)
{
  g_autoptr (Failure) failure = NULL;
  g_autoptr (GVariant) next = NULL;
  GVariant *values = retry_lookup_values (context, "argument", &failure);

  if (values != NULL)
    next = retry_history_find_untried (atom_context_get_history (context), values);
  if (next != NULL)
    {
      atom_context_set_result (context, next);
      return TRUE;
    }
  if (failure == NULL)
    failure = failure_new_printf ("exhausted", "no value is left to try");
  atom_context_set_failure (context, failure);
  return FALSE;
}

/* -- Constructors ----------------------------------------------------------------------------- */

Atom *
retry_new_always_revert (const char *name)
{
  return new_of_kind (name, RETRY_KIND_ALWAYS_REVERT);
}

Atom *
retry_new_always_revert_all (const char *name)
{
  Atom *retry = new_of_kind (name, RETRY_KIND_ALWAYS_REVERT_ALL);

  retry->extra->retry->give_up = RETRY_DECISION_REVERT_ALL;
  return retry;
}

Atom *
retry_new_times (const char *name, guint times)
{
  Atom *retry;

  g_return_val_if_fail (times > 0, NULL);
  retry = new_of_kind (name, RETRY_KIND_TIMES);
  retry->extra->retry->times = times;
  retry->execute = times_execute;
  return retry;
}

Atom *
retry_new_for_each (const char *name, GVariant *values)
{
  g_autoptr (GVariant) normal = NULL;
  Atom *retry;

  g_return_val_if_fail (values != NULL, NULL);
  normal = value_normalize (values, NULL);
  g_return_val_if_fail (normal != NULL && g_variant_is_of_type (normal, G_VARIANT_TYPE ("av")),
                        NULL);
  retry = new_of_kind (name, RETRY_KIND_FOR_EACH);
  retry->extra->retry->values = g_steal_pointer (&normal);
  retry->execute = for_each_execute;
  return retry;
}

Atom *
retry_new_for_each_of (const char *name, const char *symbol)
{
  Atom *retry;

  g_return_val_if_fail (symbol != NULL, NULL);
  retry = new_of_kind (name, RETRY_KIND_FOR_EACH_OF);
  retry->extra->retry->symbol = g_strdup (symbol);
  retry->execute = for_each_execute;
  atom_require (retry, symbol);
  return retry;
}

Atom *
retry_new (const char *name, AtomFunc execute, AtomFunc revert, RetryDecideFunc decide,
           gpointer user_data, GDestroyNotify destroy)
{
  Atom *retry;

  g_return_val_if_fail (decide != NULL, NULL);
  retry = new_of_kind (name, RETRY_KIND_CUSTOM);
  retry->extra->retry->decide = decide;
  retry->extra->destroy = destroy;
  retry->execute = execute;
  retry->revert = revert;
  retry->user_data = user_data;
  return retry;
}

/* -- Policy ----------------------------------------------------------------------------------- */

void
retry_set_give_up (Atom *retry, RetryDecision decision)
{
  RetrySpec *spec = get_spec (retry);

  g_return_if_fail (spec != NULL);
  g_return_if_fail (spec->kind >= RETRY_KIND_TIMES && spec->kind <= RETRY_KIND_FOR_EACH_OF);
  g_return_if_fail (decision != RETRY_DECISION_RETRY);
  spec->give_up = decision;
}

void
retry_set_backoff (Atom *retry, const AtomBackoff *backoff)
{
  RetrySpec *spec = get_spec (retry);

  g_return_if_fail (spec != NULL && backoff != NULL);
  g_free (spec->backoff);
  spec->backoff = g_memdup2 (backoff, sizeof *backoff);
}

const AtomBackoff *
retry_get_backoff (const Atom *retry)
{
  const RetrySpec *spec = get_spec (retry);

  return spec != NULL ? spec->backoff : NULL;
}

RetryKind
retry_get_kind (const Atom *retry)
{
  const RetrySpec *spec = get_spec (retry);

  g_return_val_if_fail (spec != NULL, RETRY_KIND_ALWAYS_REVERT);
  return spec->kind;
}

const char *
retry_decision_get_name (RetryDecision decision)
{
  static const char *const names[] = { "RETRY", "REVERT", "REVERT_ALL" };

  g_return_val_if_fail (decision <= RETRY_DECISION_REVERT_ALL, NULL);
  return names[decision];
}
