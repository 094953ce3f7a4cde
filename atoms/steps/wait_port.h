/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* wait.port: a built-in step that waits until a TCP port accepts connections. Constants, for the
 * table of atoms/steps/steps.c; any thread.
 */

#include "atoms/step_options.h"

G_BEGIN_DECLS

extern const StepOption wait_port_options[];
extern const StepFunctions wait_port_functions;

G_END_DECLS
