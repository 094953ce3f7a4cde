/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* dir.create: a built-in step that makes a directory and removes just what it has made.
 * Constants, for the table of atoms/steps/steps.c; any thread.
 */

#include "atoms/step_options.h"

G_BEGIN_DECLS

extern const StepOption dir_create_options[];
extern const StepFunctions dir_create_functions;

G_END_DECLS
