/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the output of an attempt of a command is kept: a file an attempt in the folder of the run.
 * Stateless; any thread. */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

G_BEGIN_DECLS

/* The name ATOM.ROLE.N, with which the names of all files of attempt N begin; what is unusual in
 * the name of a file stands as %XX in ATOM, and a long name is cut and made unique by the number
 * of the atom. Returns: (transfer full). */
char *command_log_dup_name (const Attempt *attempt, CommandRole role, guint number);

/* The path FOLDER/ATOM.ROLE.N.log. Returns: (transfer full), NULL when the run keeps no logs. */
char *command_log_dup_path (const Attempt *attempt, CommandRole role);

G_END_DECLS
