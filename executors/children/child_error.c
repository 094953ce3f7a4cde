/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/children/child_error.h"

GQuark
child_error_quark (void)
{
  return g_quark_from_static_string ("backflow-child-error-quark");
}
