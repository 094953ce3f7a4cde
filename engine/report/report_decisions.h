/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads the records that are no transitions of atoms: decisions, requests, resolutions, pauses,
 * progress and metadata.
 */

#include "engine/report/report_facts.h"

G_BEGIN_DECLS

/* Makes the lists of decisions, requests and resolutions, and frees them. */
void report_history_init (Report *report);
void report_history_clear (Report *report);

/* Reads a record of the kind that the name says; report_read_pause() one of FLOW. */
void report_read_decision (Report *report, const StorageRecord *record);
void report_read_request (Report *report, const StorageRecord *record);
void report_read_resolution (Report *report, const StorageRecord *record);
void report_read_pause (Report *report, const StorageRecord *record);
void report_read_progress (Report *report, const StorageRecord *record);
void report_read_meta (Report *report, const StorageRecord *record);

/* Notes that a controller's execute ended well: a try begins. */
void report_begin_try (Report *report, const StorageRecord *record);

/* Publishes metadata and the answer of each try, after the last record. */
void report_history_publish (Report *report);

G_END_DECLS
