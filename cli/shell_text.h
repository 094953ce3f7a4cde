/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ShellText: parts of commands that a user is told to type into a shell. Pure functions.
 */

#include <backflow/storage/storage.h>

#include "cli/arguments.h"

G_BEGIN_DECLS

/* The option that takes a run from an owner of which nothing can be known. */
#define SHELL_TEXT_OWNER_OPTION "owner-is-gone"

/* The word, quoted where a shell would change it. Returns: (transfer full). */
char *shell_text_dup_word (const char *word);

/* " --store URI", quoted for a shell, when it was given, else "". Returns: (transfer full). */
char *shell_text_dup_store_option (const Arguments *arguments);

/* The option that takes the run from an owner of which nothing can be known. Returns: (transfer
 * full) (nullable): NULL when there is no owner, or its life is known. */
char *shell_text_dup_owner_option (const StorageRunInfo *run);

G_END_DECLS
