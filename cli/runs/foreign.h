/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Foreign files: a store or a flow file that belongs to another user names commands and modules
 * that run as the user of this process. The command says so before it uses the file.
 */

#include "cli/console.h"

G_BEGIN_DECLS

/* Warns when the file at `path` (nullable) belongs to another user than root and the user of this
 * process. what: such as "the store". */
void foreign_warn (const Console *console, const char *what, const char *path);

G_END_DECLS
