/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandScratch: where the files that BACKFLOW_OUTPUT names are. A folder that only its owner can
 * enter is made when a command first needs it, and removed with all that is in it by
 * command_scratch_free(), or, after an engine was killed, by a later one
 * (executors/commands/scratch_sweep.h). A scratch belongs to one port and is used on one thread.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct CommandScratch CommandScratch;

/* Makes one; nothing happens on the disk yet. Returns: (transfer full). */
CommandScratch *command_scratch_new (void);

/* Removes the folder, and once more what dead engines have left, if it could not be removed before;
 * NULL is fine. */
void command_scratch_free (CommandScratch *scratch);

/* Whether no command has written any file that is still there. Most write none, and this costs less
 * than to look for a file of a name that was never used. */
gboolean command_scratch_is_empty (CommandScratch *scratch);

/* The path of a file that does not exist and is given to nobody else. The folder stands in TMPDIR
 * of `environment` (nullable), or in /tmp. Returns: (transfer full), or NULL with a G_FILE_ERROR
 * when the folder can't be made. */
char *command_scratch_dup_path (CommandScratch *scratch, const char *const *environment,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandScratch, command_scratch_free)

G_END_DECLS
