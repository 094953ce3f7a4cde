/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Events that a listener keeps, for tests of applications.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* Events that were kept, for tests of applications. */
typedef struct ListenerCapture ListenerCapture;

/* Whether an event is to be kept. */
typedef gboolean (*ListenerFilterFunc) (const ListenerEvent *event, gpointer user_data);

/* Keeps copies of events, all that `filter` (nullable) has nothing against. Returns: (transfer
 * full) free it with listener_capture_free() after the engine. */
BACKFLOW_PUBLIC ListenerCapture *listener_add_capture (Engine *engine, ListenerMask mask,
                                                       ListenerFilterFunc filter,
                                                       gpointer user_data);

/* NULL is fine. */
BACKFLOW_PUBLIC void listener_capture_free (ListenerCapture *capture);

/* Forgets the events so far. */
BACKFLOW_PUBLIC void listener_capture_clear (ListenerCapture *capture);

/* How many events there are, and the event at `index`, borrowed until the capture is cleared or
 * freed. */
BACKFLOW_PUBLIC guint listener_capture_get_length (const ListenerCapture *capture);
BACKFLOW_PUBLIC const ListenerEvent *listener_capture_get (const ListenerCapture *capture,
                                                           guint index);

/* The events as words, "; " between them: `flow f RUNNING; a RUNNING; a SUCCESS(5); f.retry RETRY
 * because b; a 50%; engine WAITING`, with results as JSON, messages of failures, and texts of notes
 * (`note: …`). Returns: (transfer full). */
BACKFLOW_PUBLIC char *listener_capture_dup_text (const ListenerCapture *capture);

G_END_DECLS
