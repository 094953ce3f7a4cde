/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StoredOwner: whose a stored run is. A run is left to an owner who is alive, or of whom nothing
 * can be known from here: who is on another machine, or in another container of this one without a
 * lock that can be looked at. Should such an owner be gone for good, only a person can know it, and
 * says so by naming it in --owner-is-gone: then the run is taken from it, and it could write
 * nothing more if it lived.
 */

#include <backflow/engine/report/report.h>

#include "cli/runs/job.h"

G_BEGIN_DECLS

/* FALSE with STORAGE_ERROR_OWNED when an engine drives the run that is alive, or may be, as of the
 * report. */
gboolean stored_owner_check (const Report *report, GError **error);

/* Takes the run from the owner that --owner-is-gone names, if it is given. FALSE with a
 * STORAGE_ERROR: _OWNED when that is not the owner, or is known to be alive. */
gboolean stored_owner_disown (const Job *job, const char *id, GError **error);

/* Keeps with the run that has been taken who was said to be gone. FALSE with an error. */
gboolean stored_owner_keep (const Job *job, GError **error);

/* Adds what can be done about an owner of whom nothing can be known to the error that it has the
 * run; leaves other errors alone. */
void stored_owner_explain (const Job *job, const char *id, GError **error);

G_END_DECLS
