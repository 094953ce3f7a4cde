/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* wait.http: a built-in step that waits until an http:// URL is answered with a status.
 * Constants, for the table of atoms/steps/steps.c; any thread.
 */

#include "atoms/step_options.h"

G_BEGIN_DECLS

extern const StepOption wait_http_options[];
extern const StepFunctions wait_http_functions;

G_END_DECLS
