/* SPDX-License-Identifier: Apache-2.0 */
/* A module that registers two functions and then fails: with an error, silently, or by registering
 * a name again. */
#include "tests/atoms/modules/module.h"

static gboolean
do_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE;

gboolean
backflow_module_register (Registry *registry, GError **error)
{
  const RegistryEntry entry = { do_nothing, NULL, NULL };

  if (!registry_add (registry, "refusing.one", &entry, error)
      || !registry_add (registry, "refusing.two", &entry, error))
    return FALSE;
#if defined REFUSE_SILENTLY
  return FALSE;
#elif defined REFUSE_DUPLICATE
  return registry_add (registry, "refusing.one", &entry, error);
#else
  g_set_error_literal (error, g_quark_from_static_string ("module-refusing-error"), 1,
                       "no licence");
  return FALSE;
#endif
}
