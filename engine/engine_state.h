/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state of an Engine, for the files of engine/ alone. */

#include "engine/asked.h"
#include "engine/clock_private.h"
#include "engine/core/core.h"
#include "engine/deadline.h"
#include "engine/flights.h"
#include "engine/injected.h"
#include "engine/listeners.h"
#include "engine/progress.h"
#include "engine/records.h"
#include "engine/results.h"
#include "engine/tries.h"

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/engine/engine_error.h>
#include <backflow/engine/engine_types.h>

G_BEGIN_DECLS

/* The domain of the failure of an execute that was never called. No atom can fail with it. */
#define ENGINE_NOT_STARTED "not-started"

/* What an engine was made of, and what is known of its flow before it runs. */
typedef struct
{
  Flow *flow;
  Diagnostics *diagnostics; /* (nullable) before compiling */
  Diagnostics *compiled;    /* (nullable) before validating: what the compiler found alone */
  char *run_id;
  char *definition;
  char *definition_path;
  char *directory;
  char **environment;
  EngineFlags flags;
} EngineSetup;

/* An engine is the sum of its parts. Each part is defined in the header of the file that owns it; a
 * part that needs another has a pointer to it. */
struct Engine
{
  EngineSetup setup;
  Plan *plan; /* (nullable) before compiling */
  Core core;  /* valid with `plan` */
  Values values;
  InjectedValues injected;
  Journal journal;
  Flights flights;
  Asked asked;
  Tries tries;
  Deadlines deadlines;
  RunClock clock;
  Reports reports;
  Listeners listeners;
  GHashTable *metadata; /* (nullable) by node: values by key */
  EngineStatistics statistics;
};

G_END_DECLS
