/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Cases: stories as rows of a table. A case is run once, or several times, and each run is compared
 * with what is expected of it.
 */

#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* How a trace is compared. SET: the same lines, each as often, in any order. WITHIN: these lines
 * occur in that order. */
typedef enum
{
  EXACT,
  SET,
  WITHIN,
} StoryComparison;

/* What is done before a run. RESUME: the run is given to a new engine. DIE_AT: the journal is cut
 * behind the first record of that line, then resumed. PRESET: records are made up, then resumed. */
typedef enum
{
  NOTHING,
  RESET,
  RESUME,
  DIE_AT,
  PRESET,
} StoryBefore;

/* A run and what is expected of it. before_text: of RESUME the new flow (nullable), of DIE_AT the
 * line, of PRESET the lines. Everything from states on is (nullable). failed, revert_failed: names
 * in their order, with spaces between. */
typedef struct
{
  FlowState end;
  StoryComparison comparison;
  const char *trace;
  const char *states;
  const char *symbols;
  const char *calls;
  const char *failed;
  const char *revert_failed;
  const char *suspend_at;
  const char *cancel_at;
  StoryBefore before;
  const char *before_text;
} StoryExpected;

#define STORY_CASE_RUNS 3

/* capacity: of attempts side by side; 0: the serial executor. holds: see story_executor_new(). The
 * runs end with the first one without a trace. */
typedef struct
{
  const char *name;
  const char *flow;
  const char *inputs;
  StoryExpected runs[STORY_CASE_RUNS];
  EngineFlags flags;
  guint capacity;
  StoryTurns turns;
  const char *holds;
} StoryCase;

/* Runs all cases of a table, each with a store in memory, with one on disk, transition by
 * transition, and where the flow leaves no order free also side by side; then the `n_more` tests
 * (nullable). After each run that is SUCCESS all atoms have succeeded or are ignored, after each
 * that is REVERTED none has an effect. Returns: what cmocka does. */
int story_cases_run (const char *name, const StoryCase *cases, guint n_cases,
                     const struct CMUnitTest *more, guint n_more);
