/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Everything that Backflow offers to programs, in the order of its layers: atoms are put into
 * flows, an engine runs a flow, a storage remembers what happened, an executor does the work. Each
 * of these headers stands alone as well.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/atomic.h>
#include <backflow/atoms/attempt.h>
#include <backflow/atoms/attempt_failures.h>
#include <backflow/atoms/command.h>
#include <backflow/atoms/context.h>
#include <backflow/atoms/failure.h>
#include <backflow/atoms/hooks.h>
#include <backflow/atoms/registry.h>
#include <backflow/atoms/retry.h>
#include <backflow/atoms/states.h>
#include <backflow/atoms/step.h>
#include <backflow/atoms/task.h>
#include <backflow/diagnostics/diagnostic.h>
#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/diagnostics/spelling.h>
#include <backflow/engine/async.h>
#include <backflow/engine/clock.h>
#include <backflow/engine/core/automaton.h>
#include <backflow/engine/core/verbs.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/engine_error.h>
#include <backflow/engine/engine_types.h>
#include <backflow/engine/inspect.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_capture.h>
#include <backflow/engine/listeners/listener_events.h>
#include <backflow/engine/listeners/listener_log.h>
#include <backflow/engine/listeners/listener_print.h>
#include <backflow/engine/listeners/listener_times.h>
#include <backflow/engine/metadata.h>
#include <backflow/engine/plan/checks_inputs.h>
#include <backflow/engine/plan/checks_unused.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/engine/recovery.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>
#include <backflow/engine/report/report_reason.h>
#include <backflow/engine/report/report_types.h>
#include <backflow/engine/report/report_variant.h>
#include <backflow/engine/requests.h>
#include <backflow/engine/resume.h>
#include <backflow/executors/async/async.h>
#include <backflow/executors/executor.h>
#include <backflow/executors/executor_backend.h>
#include <backflow/executors/serial.h>
#include <backflow/flows/expression.h>
#include <backflow/flows/flow.h>
#include <backflow/flows/link.h>
#include <backflow/flows/yaml/flow_file.h>
#include <backflow/flows/yaml/inputs.h>
#include <backflow/flows/yaml/loader.h>
#include <backflow/flows/yaml/schema.h>
#include <backflow/storage/record.h>
#include <backflow/storage/storage.h>
#include <backflow/storage/storage_backend.h>
#include <backflow/storage/storage_error.h>
#include <backflow/storage/storage_run.h>
#include <backflow/storage/storage_scheme.h>
#include <backflow/values/duration.h>
#include <backflow/values/value.h>
#include <backflow/values/visibility.h>
