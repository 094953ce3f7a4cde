/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Store: which store the command uses, from --store and the environment, and how errors of stores
 * become exit statuses.
 */

#include <backflow/engine/report/report.h>
#include <backflow/storage/storage.h>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

/* Whether neither --store nor BACKFLOW_STORE names a store. */
gboolean store_is_default (const Arguments *arguments);

/* The URI of --store, or of BACKFLOW_STORE, or of the default: runs.db in $XDG_STATE_HOME/backflow,
 * $HOME/.local/state/backflow when that is not set. Returns: (transfer full); NULL with a
 * G_FILE_ERROR when there is no such folder to name. */
char *store_dup_uri (const Arguments *arguments, GError **error);

/* As store_dup_uri(), with an absolute path, for who goes to another folder. */
char *store_dup_absolute_uri (const Arguments *arguments, GError **error);

/* Opens the store for running flows; the folder of the default one is made. A store of another user
 * is named as that on standard error. Returns: (transfer
 * full); NULL with a STORAGE_ERROR, a USAGE_ERROR or a G_FILE_ERROR. */
Storage *store_open_for_runs (const Arguments *arguments, const Console *console, GError **error);

/* Opens the store for reading: it must be there, and it must be one that keeps runs. Returns: as
 * store_open_for_runs(). */
Storage *store_open_for_reading (const Arguments *arguments, const Console *console,
                                 GError **error);

/* Reads the run that the first operand names: the beginning of an id, or @last. Returns: (transfer
 * full); NULL with an error as above. */
Report *store_read_report (const Arguments *arguments, const Console *console, Storage **storage,
                           GError **error);

G_END_DECLS
