/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Report: what is known of a run, read from its store alone: how it ended, why it failed, and,
 * apart from that, what is left in the world. The rollback report of the command, `show` and `logs`
 * are made from it. A report is immutable. What was decided is in engine/report/report_history.h,
 * why an atom is in its state in engine/report/report_reason.h.
 */

#include <backflow/engine/report/report_types.h>
#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* The name of an effect, such as "left"; static. */
BACKFLOW_PUBLIC const char *report_effect_get_name (ReportEffect effect);

/* Reads a run; `run_id` is the whole id. Returns: (transfer full); NULL with
 * STORAGE_ERROR_NOT_FOUND, _CORRUPT, _BUSY or _IO. */
BACKFLOW_PUBLIC Report *report_new (Storage *storage, const char *run_id, GError **error);

/* NULL is fine. */
BACKFLOW_PUBLIC void report_free (Report *report);

/* The header of the run, borrowed. */
BACKFLOW_PUBLIC const StorageRunInfo *report_get_run (const Report *report);

/* When something happened in the run last, since the epoch: the time of the last record of its
 * journal, where the header has that of the last change of the flow's state. */
BACKFLOW_PUBLIC gint64 report_get_changed_us (const Report *report);

/* Whether a live engine drives the run: it has not ended, and the process that owns it lives, or is
 * on another host. */
BACKFLOW_PUBLIC gboolean report_is_driven (const Report *report);

/* The same of a run by its header, such as a listing has it. */
BACKFLOW_PUBLIC gboolean report_info_is_driven (const StorageRunInfo *info);

/* Whether somebody asked for that in the last life of the run. */
BACKFLOW_PUBLIC gboolean report_has_request (const Report *report, StorageRequest request);

/* Whether all that the run did is being undone, or was, for whatever reason: nothing of it is
 * executed any more. */
BACKFLOW_PUBLIC gboolean report_is_rolled_back (const Report *report);

/* Whether the run was cancelled: somebody asked for it, or an attempt was stopped by it, or it was
 * rolled back though nothing failed. */
BACKFLOW_PUBLIC gboolean report_is_cancelled (const Report *report);

/* The atoms in the order of definition, borrowed. */
BACKFLOW_PUBLIC const ReportAtom *report_get_atoms (const Report *report, guint *count);

/* The inputs as an object; secrets say where they came from. Borrowed. */
BACKFLOW_PUBLIC GVariant *report_get_inputs (const Report *report);

/* What is kept with the run, as an object. Borrowed. */
BACKFLOW_PUBLIC GVariant *report_get_meta (const Report *report);

/* The places in report_get_atoms() of the atoms whose execute failed in the last life of the run,
 * in the order of failing. Borrowed. */
BACKFLOW_PUBLIC const guint *report_get_failed (const Report *report, guint *count);

/* The places of the atoms that had an effect to undo, in the order in which they were (or would be)
 * reverted. Borrowed. */
BACKFLOW_PUBLIC const guint *report_get_effects (const Report *report, guint *count);

/* What people should know about the run as a whole, in order, borrowed, NULL-terminated. */
BACKFLOW_PUBLIC const char *const *report_get_notes (const Report *report);

/* How many atoms are LEFT or UNKNOWN, and, unless the run succeeded, STAYS: 0 says of a failed run
 * that nothing of it is left in the world. */
BACKFLOW_PUBLIC guint report_get_n_left (const Report *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Report, report_free)

G_END_DECLS
