/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ending the processes that an earlier attempt has left running. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Ends what a former life of the attempt of `node`, which is RUNNING or REVERTING still, has left
 * running. Returns: (transfer full) (nullable): why that is not possible. */
Failure *leftovers_end (Engine *engine, guint32 node);

/* Looks once more for processes of the execute that failed with `execute` (nullable), or of an
 * earlier revert, which could not be ended when it failed. Returns: (transfer full) (nullable): why
 * they still can't be. */
Failure *leftovers_end_uncontained (Engine *engine, const Attempt *revert, const Failure *execute);

G_END_DECLS
