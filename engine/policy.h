/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The answers to the questions of the core. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Answers what the core asks. */
void policy_answer (Engine *engine);

G_END_DECLS
