/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is known of the revert of a command while its execute runs. Stateless; any thread. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

/* Whether the revert could be given its words, if `result` (nullable) is what the execute returns:
 * otherwise the effect could never be undone. FALSE with CHILD_ERROR_ARGUMENTS. */
gboolean command_revert_check (const Attempt *attempt, GVariant *result, GError **error);

G_END_DECLS
