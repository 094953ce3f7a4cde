/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plain: a run as it goes, where standard error is no terminal: one line a step that has ended,
 * with how long it took, and on demand what the steps write, as it comes.
 */

#include <backflow/engine/engine.h>

#include "cli/views/follow.h"

G_BEGIN_DECLS

typedef struct Plain Plain;

/* What is printed besides what the steps write. */
typedef enum
{
  PLAIN_STEPS,
  PLAIN_OUTPUT_ONLY,
} PlainLines;

/* Listens to `engine`. follow: (transfer full) (nullable) what the steps write. Returns: (transfer
 * full). */
Plain *plain_new (Engine *engine, Follow *follow, PlainLines lines);

/* Prints what is left to print; the engine must not run any more. NULL is fine. */
void plain_free (Plain *plain);

G_END_DECLS
