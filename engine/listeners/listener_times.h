/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A listener that times attempts and the run.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* How long atoms took: filled by listener_add_timer(). */
typedef struct ListenerTimes ListenerTimes;

/* Times every attempt, and keeps that with the run as metadata (engine_dup_metadata()), in seconds:
 * `duration` and `revert-duration` of the last attempts of each atom, and `duration` of the run
 * from when it began until it ended, without the time for which it was suspended. What nobody here
 * saw the begin of has no duration. Returns: (transfer full) free with listener_times_free() after
 * the engine. */
BACKFLOW_PUBLIC ListenerTimes *listener_add_timer (Engine *engine);

/* NULL is fine. */
BACKFLOW_PUBLIC void listener_times_free (ListenerTimes *times);

/* How long the last attempt of an action of the atom took in microseconds; -1 when there was none
 * that ended. */
BACKFLOW_PUBLIC gint64 listener_times_get (const ListenerTimes *times, const char *atom,
                                           AtomAction action);

G_END_DECLS
