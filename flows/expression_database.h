/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The database of an expression: in memory, with limits, and closed to everything that a condition
 * may not do. Private to flows/. */

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define EXPRESSION_TEXT_MAX 65536  /* bytes of an expression */
#define EXPRESSION_SYMBOLS_MAX 500 /* symbols of one */

/* What the database asks while it prepares and runs statements. */
typedef struct
{
  guint n_steps;      /* of the evaluation; set to 0 before each */
  gboolean is_locked; /* everything is prepared: nothing may be changed any more */
} ExpressionGuard;

/* Opens a database. guard: must outlive the database. Returns: (transfer full): for
 * sqlite3_close(); NULL when there is no memory. */
sqlite3 *expression_database_open (ExpressionGuard *guard);

G_END_DECLS
