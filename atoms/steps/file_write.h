/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* file.write: a built-in step that writes a file as a whole and puts back what was there.
 * Constants, for the table of atoms/steps/steps.c; any thread.
 */

#include "atoms/step_options.h"

G_BEGIN_DECLS

extern const StepOption file_write_options[];
extern const StepFunctions file_write_functions;

G_END_DECLS
