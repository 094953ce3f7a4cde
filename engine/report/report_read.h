/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads the journal of a run into a report, record by record.
 */

#include "engine/report/report_facts.h"

G_BEGIN_DECLS

/* Reads the journal into the report. log_dir: (nullable) where relative paths of logs start.
 * FALSE with a STORAGE_ERROR. */
gboolean report_read (Report *report, const char *log_dir, GError **error);

G_END_DECLS
