/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RunResult: what a verb that runs, ends or undoes something says when it is over: outputs or one
 * JSON document on standard output, the outcome on standard error, and the exit status.
 */

#include <backflow/engine/engine.h>
#include <backflow/engine/report/report.h>
#include <backflow/flows/yaml/loader.h>
#include <backflow/storage/storage.h>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

/* What the caller wanted: to bring the run to its end; to have all of it undone, so that REVERTED
 * is a success; to say something, whatever state the run is in. */
typedef enum
{
  RUN_GOAL_END,
  RUN_GOAL_UNDO,
  RUN_GOAL_SAY,
} RunGoal;

/* All borrowed. file, plan: (nullable) the definition, where there is one. engine: (nullable) NULL
 * when this process did not drive the run. */
typedef struct
{
  const Arguments *arguments;
  const Console *console;
  RunGoal goal;
  const FlowFile *file;
  const Plan *plan;
  Engine *engine;
  Storage *storage;
} RunResult;

/* Of a run that came to an end. Returns: the exit status. */
ExitStatus run_result_print (const RunResult *result, FlowState state);

/* Of a run as a report has it, which may be under way. Returns: the exit status. */
ExitStatus run_result_print_report (const RunResult *result, const Report *report);

/* Of a run that the engine could not drive on. Returns: the exit status. */
ExitStatus run_result_print_error (const RunResult *result, const GError *error);

/* Of what could not even begin. Returns: the exit status; `status` where the error does not say it.
 */
ExitStatus run_result_refuse_as (const Arguments *arguments, const Console *console,
                                 const GError *error, ExitStatus status);
ExitStatus run_result_refuse (const Arguments *arguments, const Console *console,
                              const GError *error);

/* The JSON document of an error. run: (nullable) the id of the run. */
void run_result_print_json_error (const char *run, ExitStatus status, const GError *error);

/* The JSON document of a file that can't be run. */
void run_result_print_findings (const Diagnostics *diagnostics);

G_END_DECLS
