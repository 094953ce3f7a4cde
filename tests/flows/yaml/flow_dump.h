/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A loaded flow file as text, all of it, for comparison with what is expected. */

#include <backflow/flows/yaml/loader.h>

/* Returns: (transfer full). */
char *flow_dump (const FlowFile *file);
