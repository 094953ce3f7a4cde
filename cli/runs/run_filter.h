/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RunFilter: which runs of a store a verb is about, by the options --state, --flow, --since and
 * --older-than.
 */

#include <backflow/storage/storage.h>

#include "cli/arguments.h"

G_BEGIN_DECLS

/* What runs have to be; the strings are borrowed from the arguments. states: all values of --state.
 * since_us, before_us: 0 for none. */
typedef struct
{
  const char *const *states;
  const char *flow;
  gint64 since_us;
  gint64 before_us;
} RunFilter;

/* What a listing calls the state of a run: that of its flow, or INTERRUPTED; static. */
const char *run_filter_get_state (const StorageRunInfo *info);

/* Reads the options. FALSE with a USAGE_ERROR. */
gboolean run_filter_init (RunFilter *filter, const Arguments *arguments, GError **error);

/* Whether the run is one of them. */
gboolean run_filter_matches (const RunFilter *filter, const StorageRunInfo *info);

/* Reads the value of an option that is a number from 1; 0 when the option is not given. FALSE with
 * a USAGE_ERROR. */
gboolean run_filter_read_number (const Arguments *arguments, const char *option, guint *number,
                                 GError **error);

G_END_DECLS
