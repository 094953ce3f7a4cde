/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How far attempts say that they are. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Attempts are taken reports from; on the thread that will drive the engine. */
void progress_prepare (Engine *engine);

/* Takes in what was reported on other threads, and keeps what is due. */
void progress_collect (Engine *engine);

/* When there is something to be kept, by the monotonic clock; G_MAXINT64: nothing. */
gint64 progress_get_due (const Engine *engine);

/* The last report of an attempt that has ended is kept. */
void progress_end (Engine *engine, const Attempt *attempt);

/* Frees all that is known. */
void progress_clear (Engine *engine);

/* The last report of `node`; fraction, details: (out, optional), details (nullable) (transfer
 * full). FALSE when there was none in this life. */
gboolean progress_find (const Engine *engine, guint32 node, double *fraction, GVariant **details);

G_END_DECLS
