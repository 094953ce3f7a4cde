/* SPDX-License-Identifier: Apache-2.0 */
/* A module for an interface that does not exist yet. It must not be called. */
#include "tests/atoms/modules/module.h"

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE + 1;

gboolean
backflow_module_register (Registry *registry, GError **error)
{
  (void) registry;
  (void) error;
  g_error ("a module of another interface was called");
}
