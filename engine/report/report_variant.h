/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A report as one object, for documents.
 */

#include <backflow/engine/report/report.h>

G_BEGIN_DECLS

/* The whole report as an object, the keys of `backflow show --json`. Returns: (transfer full). */
BACKFLOW_PUBLIC GVariant *report_to_variant (const Report *report);

G_END_DECLS
