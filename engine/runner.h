/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop of an engine: steps the core and does what is due between two steps. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Makes one transition of the automaton with all that belongs to it. FALSE with a STORAGE_ERROR or
 * ENGINE_ERROR_STATE. */
gboolean runner_step (Engine *engine, GError **error);

/* Makes transitions of the automaton up to where the runner has something to do. FALSE as
 * runner_step(). */
gboolean runner_advance (Engine *engine, GError **error);

G_END_DECLS
