/* SPDX-License-Identifier: Apache-2.0 */
#include "flows/yaml/stand_ins.h"

static gboolean
refuse (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND,
                       "the module that has this function was not loaded");
  return FALSE;
}

static RetryDecision
give_up (AtomContext *context, const RetryHistory *history, const char *failed, gpointer user_data,
         GError **error)
{
  (void) context;
  (void) history;
  (void) failed;
  (void) user_data;
  (void) error;
  return RETRY_DECISION_REVERT;
}

gboolean
stand_ins_add (Loader *loader, AtomKind kind, const char *name)
{
  const RegistryEntry entry = { .execute = refuse, .revert = refuse };
  const RegistryRetry retry = { .execute = refuse, .decide = give_up };

  if (!loader->file->has_skipped_modules)
    return FALSE;
  return kind == ATOM_KIND_RETRY ? registry_add_retry (loader->registry, name, &retry, NULL)
                                 : registry_add (loader->registry, name, &entry, NULL);
}
