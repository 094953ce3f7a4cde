/* SPDX-License-Identifier: Apache-2.0 */
/* A module that registers two functions and a retry controller. */
#include "tests/atoms/modules/module.h"

static gboolean
count (AtomContext *context, gpointer user_data, GError **error)
{
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (++*(int *) user_data));
  return TRUE;
}

static gboolean
uncount (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  --*(int *) user_data;
  return TRUE;
}

static TaskProbe
is_counted (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  return *(int *) user_data > 0 ? TASK_PROBE_PRESENT : TASK_PROBE_ABSENT;
}

static gboolean
fail (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, g_quark_from_static_string ("module-good-error"), 5, "as asked");
  return FALSE;
}

static RetryDecision
try_twice (AtomContext *context, const RetryHistory *history, const char *failed,
           gpointer user_data, GError **error)
{
  (void) context;
  (void) failed;
  (void) user_data;
  (void) error;
  return retry_history_get_length (history) < 2 ? RETRY_DECISION_RETRY : RETRY_DECISION_REVERT;
}

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE;

gboolean
backflow_module_register (Registry *registry, GError **error)
{
  static int counter;
  const RegistryEntry counting = { count, uncount, &counter };
  const RegistryEntry failing = { fail, NULL, NULL };
  const RegistryRetry trying = { NULL, NULL, try_twice, NULL };

  return registry_add (registry, "good.count", &counting, error)
         && registry_set_probe (registry, "good.count", is_counted, error)
         && registry_add (registry, "good.fail", &failing, error)
         && registry_add_retry (registry, "good.twice", &trying, error);
}
