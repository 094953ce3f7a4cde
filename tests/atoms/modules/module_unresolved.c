/* SPDX-License-Identifier: Apache-2.0 */
/* A module that calls a function that is nowhere. */
#include "tests/atoms/modules/module.h"

gboolean nowhere_to_be_found (Registry *registry);

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE;

gboolean
backflow_module_register (Registry *registry, GError **error)
{
  (void) error;
  return nowhere_to_be_found (registry);
}
