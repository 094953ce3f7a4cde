/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The JSON Schema of flow files, for editors: made of the tables of keys that the loader reads by.
 */

#include <backflow/values/visibility.h>
#include <glib.h>

G_BEGIN_DECLS

/* The schema (draft 2020-12) as a value. It accepts every file that the loader accepts, and finds
 * unknown keys and values of a wrong type; what only the loader knows it leaves to the loader.
 * Returns: (transfer full). */
BACKFLOW_PUBLIC GVariant *flow_schema_new (void);

G_END_DECLS
