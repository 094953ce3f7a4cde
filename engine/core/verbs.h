/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Verbs: what can be asked of a run in which state of its flow, and what can be said of a step that
 * a run can't go on with, as two tables. The engine refuses by them, the command offers by them,
 * and the manual page is compared with them. Pure; any thread. */

#include <backflow/atoms/states.h>
#include <backflow/storage/record.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* What can be asked of a run. RESUME, CANCEL and RESOLVE of a RUNNING, SUSPENDING or RESUMING flow:
 * its owner was interrupted, or (CANCEL) is asked. */
/* clang-format off */
#define RUN_VERBS(X) X (RESUME) X (SUSPEND) X (CANCEL) X (UNDO) X (RESOLVE) X (RESET)
#define RUN_VERB_ROWS(X)                                                                          \
  X (RESUME,  PENDING,    "it is run")                                                            \
  X (RESUME,  RUNNING,    "its owner is gone: it goes on")                                        \
  X (RESUME,  SUSPENDING, "its owner is gone: it goes on")                                        \
  X (RESUME,  RESUMING,   "its owner is gone: it goes on")                                        \
  X (RESUME,  SUSPENDED,  "it goes on")                                                           \
  X (RESUME,  SUCCESS,    "its flow has got more steps: they are run")                            \
  X (RESUME,  FAILURE,    "a step was resolved, or it is to be undone: that is done")             \
  X (SUSPEND, RUNNING,    "nothing is started any more")                                          \
  X (SUSPEND, SUSPENDING, "it is being suspended already")                                        \
  X (CANCEL,  PENDING,    "it is rolled back before it has begun")                                \
  X (CANCEL,  RUNNING,    "it is rolled back, or kept as it is")                                  \
  X (CANCEL,  SUSPENDING, "it is rolled back, or kept as it is")                                  \
  X (CANCEL,  RESUMING,   "it is rolled back, or kept as it is")                                  \
  X (CANCEL,  SUSPENDED,  "it is rolled back, or kept as it is")                                  \
  X (UNDO,    SUCCESS,    "all that it did is reverted")                                          \
  X (UNDO,    FAILURE,    "what is left of it is reverted")                                       \
  X (RESOLVE, RUNNING,    "its owner is gone: a step was interrupted")                            \
  X (RESOLVE, SUSPENDING, "its owner is gone: a step was interrupted")                            \
  X (RESOLVE, RESUMING,   "its owner is gone: a step was interrupted")                            \
  X (RESOLVE, SUSPENDED,  "it waits for a step to be resolved")                                   \
  X (RESOLVE, FAILURE,    "a revert has failed")                                                  \
  X (RESET,   SUCCESS,    "it starts again")                                                      \
  X (RESET,   REVERTED,   "it starts again")
/* clang-format on */

#define X(name) RUN_VERB_##name,
typedef enum
{
  RUN_VERBS (X) RUN_VERB_COUNT
} RunVerb;
#undef X

/* Why a run can't go on with a step. NOTHING: it can. FAILED_REVERT: its revert has failed.
 * SKIPPED: the same, and what is left of it was said to stay. EXECUTE, REVERT: the outcome of an
 * interrupted attempt is unknown. */
/* clang-format off */
#define RESOLVE_CASES(X) X (NOTHING) X (FAILED_REVERT) X (SKIPPED) X (EXECUTE) X (REVERT)
#define RESOLVE_ROWS(X)                                                                           \
  X (FAILED_REVERT, RETRY,    "its cause is fixed: revert it again, and go on")                   \
  X (FAILED_REVERT, REVERTED, "you have undone it by hand")                                       \
  X (FAILED_REVERT, SKIP,     "leave it; undo what waits behind it")                              \
  X (SKIPPED,       REVERTED, "you have undone it by hand")                                       \
  X (EXECUTE,       DONE,     "it did its work; null: without a result")                          \
  X (EXECUTE,       RETRY,    "execute it again")                                                 \
  X (EXECUTE,       REVERTED, "nothing of it is in the world")                                    \
  X (EXECUTE,       SKIP,     "count it as failed")                                               \
  X (REVERT,        RETRY,    "revert it again")                                                  \
  X (REVERT,        REVERTED, "nothing of it is in the world")                                    \
  X (REVERT,        SKIP,     "leave it; undo what waits behind it")
/* clang-format on */

#define X(name) RESOLVE_CASE_##name,
typedef enum
{
  RESOLVE_CASES (X) RESOLVE_CASE_COUNT
} ResolveCase;
#undef X

/* What a run makes of a verb. Static. */
typedef struct
{
  RunVerb verb;
  FlowState state;
  const char *effect;
} RunVerbRow;

/* What a person says with a resolution. Static. */
typedef struct
{
  ResolveCase of;
  StorageResolution resolution;
  const char *meaning;
} ResolveRow;

/* The rows of the tables, in their order; `count` receives how many. */
BACKFLOW_PUBLIC const RunVerbRow *verbs_list_runs (guint *count);
BACKFLOW_PUBLIC const ResolveRow *verbs_list_resolutions (guint *count);

/* Whether the verb is legal for a run whose flow is in that state. */
BACKFLOW_PUBLIC gboolean verbs_can_ask (RunVerb verb, FlowState state);

/* Whether that can be said of a step in that case. */
BACKFLOW_PUBLIC gboolean verbs_can_resolve (ResolveCase of, StorageResolution resolution);

G_END_DECLS
