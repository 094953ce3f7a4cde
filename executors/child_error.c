/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/child_error.h"

G_DEFINE_QUARK (backflow - child - error - quark, child_error)
