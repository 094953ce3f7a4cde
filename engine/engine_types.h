/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The types that callers fill in for an engine, and are filled in by one. */

#include <backflow/engine/clock.h>
#include <backflow/engine/core/automaton.h>
#include <backflow/executors/executor.h>
#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

/* How an engine works; everything may be zero.
 * run_id: (nullable) made when NULL. executor: (nullable) the serial one; a reference is taken.
 * storage: (nullable) memory; same. definition, definition_path: (nullable) the flow file's text
 * and where it was, kept with the run. directory: (nullable) the folder that relative paths are
 * meant from, kept with the run under "directory" (report_get_meta()): whoever goes on with the run
 * makes it the current one again. environment: (nullable) NAME=VALUE list that commands start from;
 * empty when NULL: the library never reads its own. clock: (nullable) the system's; copied. */
typedef struct
{
  const char *run_id;
  Executor *executor;
  Storage *storage;
  const char *definition;
  const char *definition_path;
  const char *directory;
  const char *const *environment;
  EngineFlags flags;
  const EngineClock *clock;
} EngineOptions;

/* What an engine counted since it was made. Times in microseconds by the monotonic clock.
 * completed: attempts that ended, reverts included. failed, reverted: atoms. commits: transactions
 * of the store. */
typedef struct
{
  guint64 completed;
  guint64 succeeded;
  guint64 failed;
  guint64 reverted;
  guint64 revert_failed;
  guint64 ignored;
  guint64 retried;
  guint64 commits;
  guint64 transitions;
  gint64 active_us;
} EngineStatistics;

G_END_DECLS
