/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The built-in steps, for the table of atoms/steps/steps.c: the options of each, and what it does.
 * Constants. */

#include "atoms/step_private.h"

G_BEGIN_DECLS

extern const StepOption dir_create_options[];
extern const StepFunctions dir_create_functions;

extern const StepOption file_write_options[];
extern const StepFunctions file_write_functions;

extern const StepOption wait_http_options[];
extern const StepFunctions wait_http_functions;

extern const StepOption wait_port_options[];
extern const StepFunctions wait_port_functions;

G_END_DECLS
