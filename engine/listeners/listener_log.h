/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Listeners that log through GLib, and hide what is private.
 */

#include <backflow/engine/listener.h>

G_BEGIN_DECLS

/* Logs each transition through g_log_structured() with fields BACKFLOW_RUN, BACKFLOW_ATOM,
 * BACKFLOW_STATE, …, but no values: with `failure_level` what would not have happened if all had
 * gone well (FAILURE, REVERTED, REVERT_FAILURE, RETRYING, decisions), the rest with `level`.
 * Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_logger (Engine *engine, ListenerMask mask, GLogLevelFlags level,
                                           GLogLevelFlags failure_level);

/* What is written in place of what is masked or hidden. */
#define LISTENER_MASKED "***"

/* What is logged, and what is not. Lists end with NULL, may be NULL, and are copied.
 * hidden: names of atoms whose results, details of progress and what their failures say besides the
 * message are not logged. masked: keys whose values are not logged, however deep they stand in
 * results, details and failures ("stderr", "message" among them). */
typedef struct
{
  ListenerMask mask;
  GLogLevelFlags level;
  GLogLevelFlags failure_level;
  const char *const *hidden;
  const char *const *masked;
} ListenerLogOptions;

/* As listener_add_logger(), and logs values too, as JSON: results as BACKFLOW_RESULT, all that is
 * known of a failure as BACKFLOW_FAILURE_FIELDS, details of progress as BACKFLOW_DETAILS;
 * LISTENER_MASKED stands for what is masked or hidden. A program that knows secrets masks them: the
 * engine can't know in what else they occur. Returns: the listener's id. */
BACKFLOW_PUBLIC guint listener_add_value_logger (Engine *engine, const ListenerLogOptions *options);

G_END_DECLS
