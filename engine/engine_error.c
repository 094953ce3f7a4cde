/* SPDX-License-Identifier: Apache-2.0 */
/* The name of the errors of an engine. */
#include <backflow/engine/engine_error.h>

GQuark
engine_error_quark (void)
{
  return g_quark_from_static_string ("backflow-engine-error-quark");
}
