/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RunResult: what `run` says when it is over: outputs or one JSON document on standard output, the outcome on standard error, and the
 * exit status.
 */

#include <backflow/engine/engine.h>
#include <backflow/flows/yaml/loader.h>
#include <backflow/storage/storage.h>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

/* All borrowed. */
typedef struct
{
  const Arguments *arguments;
  const Console *console;
  const FlowFile *file;
  Engine *engine;
  Storage *storage;
} RunResult;

/* Of a run that came to an end. Returns: the exit status. */
ExitStatus run_result_print (const RunResult *result, FlowState state);

/* Of a run that the engine could not drive on. Returns: the exit status. */
ExitStatus run_result_print_error (const RunResult *result, const GError *error);

/* The JSON document of a file that can't be run. */
void run_result_print_findings (const Diagnostics *diagnostics);

G_END_DECLS
