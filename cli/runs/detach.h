/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Detach: a run that goes on in a process of its own, without a terminal, once it has begun. The
 * process that was started waits until the store has the run, and prints its id.
 */

#include <glib.h>

#include "cli/arguments.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

typedef struct Detach Detach;

/* Forks; no thread may run yet. Returns: (transfer full) in the new process; (nullable) NULL in the
 * old one, when the run has begun or has ended before it could, with `status` to exit with. */
Detach *detach_new (const Arguments *arguments, ExitStatus *status);

/* NULL is fine. */
void detach_free (Detach *detach);

/* Says that the store has the run of that id, and lets go of the standard streams. */
void detach_announce (Detach *detach, const char *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Detach, detach_free)

G_END_DECLS
