/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a module exports, declared so that the compiler compares. */

#include <backflow/atoms/registry.h>

G_BEGIN_DECLS

BACKFLOW_PUBLIC extern const guint backflow_module_interface;
BACKFLOW_PUBLIC gboolean backflow_module_register (Registry *registry, GError **error);

G_END_DECLS
