/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Interrupts: what SIGINT and SIGTERM do to a run. The first suspends it after the steps that run
 * now, the second cancels them and rolls back, the third ends the process: the store knows where
 * the run stands. SIGHUP suspends it too, however often it comes. Signal handlers have no other
 * place for what they need than a static one: this file holds the only writable statics of the
 * command.
 */

#include <backflow/engine/engine.h>

#include "cli/console.h"

G_BEGIN_DECLS

/* Who says what a signal did: the handler at once, or somebody who asks interrupts_get_count() and
 * has the terminal. */
typedef enum
{
  INTERRUPTS_SPEAK,
  INTERRUPTS_SILENT,
} InterruptsVoice;

/* Installs the handlers for one run, and unblocks their signals. `engine` must outlive
 * interrupts_remove(). resume: (nullable) the command that goes on with a run which the third
 * signal has ended; copied. */
void interrupts_install (Engine *engine, InterruptsVoice voice, const char *resume);

/* Puts the default handlers back. */
void interrupts_remove (void);

/* How many signals have come. Any thread. */
guint interrupts_get_count (void);

/* What the `count`-th signal does, for people; borrowed until the next run. */
const char *interrupts_get_text (guint count);

G_END_DECLS
