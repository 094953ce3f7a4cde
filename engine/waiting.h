/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The atoms that can't be reverted because a revert behind them failed. */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* Records which atoms wait behind failed reverts, when a rollback could not undo everything. */
void waiting_record (Engine *engine);

G_END_DECLS
