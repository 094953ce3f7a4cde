/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Consent: before a verb undoes a run it says of which, and what, and on a terminal it asks.
 */

#include "cli/runs/stored_run.h"

G_BEGIN_DECLS

/* The option that answers yes. */
#define OPTION_YES                                                                                 \
  {                                                                                                \
    "yes", 'y', OPTION_FLAG, NULL, "do not ask on a terminal whether that is meant"                \
  }

/* Says what `verb` (such as "Revert") is about to undo, and on a terminal asks. behind: (nullable)
 * only what waits behind the revert of that step. Returns: whether to go on. */
gboolean consent_ask (const StoredRun *run, const Job *job, const char *verb, const char *behind);

/* Says that nothing was done. Returns: the exit status of a verb that was not consented to. */
ExitStatus consent_refuse (const StoredRun *run, const Job *job);

G_END_DECLS
