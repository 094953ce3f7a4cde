/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object that is no module of Backflow. */
#include <backflow/values/visibility.h>

BACKFLOW_PUBLIC int module_bare (void);

int
module_bare (void)
{
  return 1;
}
