/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RunName: which run an operand means: the beginning of an id; `@last`, the newest run of the flow
 * file that --file names, else of the current folder; `@last:FILE`, the newest run of that file.
 */

#include <backflow/storage/storage.h>

#include "cli/arguments.h"

G_BEGIN_DECLS

/* The id of the run that the first operand names. Returns: (transfer full); NULL with
 * STORAGE_ERROR_NOT_FOUND, _AMBIGUOUS, _BUSY, _CORRUPT or _IO. */
char *run_name_lookup (const Arguments *arguments, Storage *storage, GError **error);

G_END_DECLS
