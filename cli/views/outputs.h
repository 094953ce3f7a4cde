/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Outputs: the symbols that a flow file promises, as a run that succeeded has them in its store:
 * found in the results of its steps and in its inputs, by whichever process looks.
 */

#include <stdio.h>

#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report.h>
#include <backflow/flows/yaml/flow_file.h>

#include "cli/console.h"

G_BEGIN_DECLS

/* Where outputs are found, all borrowed. file: declares them. plan: which step provides what. */
typedef struct
{
  const FlowFile *file;
  const Plan *plan;
  const Report *report;
} Outputs;

/* Prints each output as name=value, and warns of those that have no value. */
void outputs_print (const Outputs *outputs, const Console *console, FILE *out);

/* The outputs that have a value, as an object. Returns: (transfer full). */
GVariant *outputs_to_variant (const Outputs *outputs);

G_END_DECLS
