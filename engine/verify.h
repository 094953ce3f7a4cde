/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reverts that succeed are looked at by the probe of their atom. */

#include <backflow/atoms/attempt.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Whether an ended attempt is a revert that now goes on as the probe of what it has left. That
 * probe becomes the end of the revert again. */
gboolean verify_revert (Engine *engine, Attempt *attempt);

G_END_DECLS
