/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Listeners for programs: logging that hides what is private, durations and times that are kept
 * with the run, events that are kept for tests, and claims that are checked. All are made in one
 * call, and go with the engine unless said otherwise; what listeners may do and when they are
 * called: engine/listener.h.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* What is written in place of what is masked or hidden. */
#define LISTENER_MASKED "***"

/* What is logged, and what is not. Lists end with NULL, may be NULL, and are copied.
 * hidden: names of atoms whose results, details of progress and what their failures say besides the
 * message are not logged. masked: keys whose values are not logged, however deep they stand in
 * results, details and failures ("stderr", "message" among them). */
typedef struct
{
  ListenerMask mask;
  GLogLevelFlags level;
  GLogLevelFlags failure_level;
  const char *const *hidden;
  const char *const *masked;
} ListenerLogOptions;

/* As listener_add_logger(), and logs values too, as JSON: results as BACKFLOW_RESULT, all that is
 * known of a failure as BACKFLOW_FAILURE_FIELDS, details of progress as BACKFLOW_DETAILS;
 * LISTENER_MASKED stands for what is masked or hidden. A program that knows secrets masks them: the
 * engine can't know in what else they occur. Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_value_logger (Engine *engine, const ListenerLogOptions *options);

/* Prints a line to `out`, which must outlive the engine, whenever an attempt has ended, and when
 * the run has: how long it took. Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_duration_printer (Engine *engine, FILE *out);

/* Keeps with every atom, retry controllers too, and with the run when they entered a state the last
 * time: as metadata
 * `<STATE>-timestamp` (engine_dup_metadata()), such as `SUCCESS-timestamp`, in seconds since the
 * epoch. Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_event_times (Engine *engine);

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

/* Whether whoever drives the run may still do so: a lease that is kept somewhere else, a job, a
 * lock. */
typedef gboolean (*ListenerClaimFunc) (Engine *engine, gpointer user_data);

/* Asks `func` whenever the flow or an atom has entered a state. When it says no the run is
 * suspended, and why is kept with it; `func` is asked again when the run goes on. It may do
 * something else about it, such as engine_cancel(). destroy: (nullable). Returns: the listener's
 * id. */
BACKFLOW_PUBLIC guint listener_add_claim_check (Engine *engine, ListenerClaimFunc func,
                                                gpointer user_data, GDestroyNotify destroy);

G_END_DECLS
