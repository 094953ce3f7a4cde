/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The thread that looks into the store for requests of other processes. */

#include <backflow/engine/watch.h>

G_BEGIN_DECLS

/* Ends the thread. NULL watch is fine. */
void watch_stop (Engine *engine);

G_END_DECLS
