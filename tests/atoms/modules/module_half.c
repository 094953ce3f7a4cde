/* SPDX-License-Identifier: Apache-2.0 */
/* A module that says its interface and has no registration function. */
#include "tests/atoms/modules/module.h"

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE;
