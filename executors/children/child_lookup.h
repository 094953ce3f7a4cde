/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finding a command, and explaining why one can't be run. PATH is that of the child's environment
 * and the search is done in the parent: the child itself may do next to nothing between vfork and
 * exec. Stateless; any thread.
 */

#include <glib.h>

#include "executors/children/child_error.h"

G_BEGIN_DECLS

/* The path to execute for `name`: itself if it has a slash, else the first executable regular file
 * of that name in PATH of `envp` ("/bin:/usr/bin" without one, as execvp() has it). A relative
 * path, also one from PATH, is meant from `cwd` (nullable: the host's), where the child will be
 * when it is used. Returns: (transfer full), or NULL with CHILD_ERROR_NOT_FOUND,
 * CHILD_ERROR_NOT_EXECUTABLE (only files that can't be executed were found) or
 * CHILD_ERROR_ARGUMENTS (an empty name). */
char *child_lookup_command (const char *name, const char *const *envp, const char *cwd,
                            GError **error);

/* Sets the error for a spawn of `path` in `cwd` that failed with the errno `number`: what was
 * missing (the command, its interpreter, the folder, a resource), as far as a look afterwards can
 * tell. Any code but those of ended children. */
void child_lookup_explain (gint number, const char *path, const char *cwd, GError **error);

G_END_DECLS
