/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Headers of runs, for backends: copies, whose strings are kept in a chunk that the caller owns so
 * that they are freed at once, and what FLOW records change in them.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* Copies `info` with its strings put into `strings`. */
StorageRunInfo run_info_copy (const StorageRunInfo *info, GStringChunk *strings);

/* The copy for a run that is made now, with its first owner (nullable). A created_us of 0 becomes
 * the time of day, an updated_us of 0 the same as created_us. */
StorageRunInfo run_info_copy_new (const StorageRunInfo *info, const char *owner,
                                  GStringChunk *strings);

/* The last FLOW record of a batch (nullable), borrowed. */
const StorageRecord *run_info_find_flow (const StorageRecord *records, guint count);

/* Sets state and time from the last FLOW record of a batch, if there is one. */
void run_info_apply_all (StorageRunInfo *info, const StorageRecord *records, guint count);

/* Sets state and time from a FLOW record. */
void run_info_apply (StorageRunInfo *info, const StorageRecord *record);

G_END_DECLS
