/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Attempt: one call of an atom's execute or revert, as it travels from the engine to an executor
 * and back. The engine fills the upper half and owns the attempt; between submit and completion the
 * executor has it, and fills the lower half. C atoms see it as AtomContext. For authors of
 * executors; everybody else uses atoms/context.h.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/atomic.h>
#include <backflow/atoms/failure.h>

G_BEGIN_DECLS

typedef struct Attempt Attempt;

/* What a retry controller decides on; see atoms/retry.h. */
typedef struct RetryHistory RetryHistory;

/* How an attempt ended. */
typedef enum
{
  ATTEMPT_OUTCOME_NONE,        /* not yet */
  ATTEMPT_OUTCOME_SUCCESS,     /* `result` is what it returned, NULL for nothing */
  ATTEMPT_OUTCOME_FAILURE,     /* `failure` says why */
  ATTEMPT_OUTCOME_NOT_STARTED, /* it was cancelled before anything of it happened */
  ATTEMPT_OUTCOME_ABSENT, /* of a probe: the effect is not there. SUCCESS: it is, with `result`;
                             FAILURE: nobody knows, and why */
} AttemptOutcome;

/* An atom that has failed, for reverts. Borrowed. */
typedef struct
{
  const char *atom;
  Failure *failure;
} AttemptFailure;

/* What all attempts of a run share; owned by the engine, outlives them.
 * log_dir: (nullable) folder for the output of commands, a file an attempt; NULL keeps no logs.
 * key: (nullable) what idempotency keys begin with, the run's id when NULL: ids of runs need not be
 * unique on a machine, keys must be, because what an attempt left running is found by its key.
 * cancel_fd: a descriptor that is readable once the run was cancelled; 0: none. is_cancelled:
 * (nullable) says so too; any thread. environment: NULL-terminated NAME=VALUE list that commands
 * start from. */
typedef struct
{
  const char *run_id;
  const char *key;
  /* (nullable) Takes in how far an attempt is: 0 to 1; details: (nullable) (transfer none) normal.
   * Any thread. */
  void (*progress) (gpointer data, Attempt *attempt, double fraction, GVariant *details);
  gpointer progress_data;
  const char *log_dir;
  AtomicInt *is_cancelled;
  int cancel_fd;
  const char *const *environment;
  const AttemptFailure *failures;
  guint n_failures;
} AttemptRun;

struct Attempt
{
  /* From the engine. */
  Atom *atom;
  AtomAction action;
  guint32 node;          /* the engine's number of the atom */
  guint32 number;        /* of this action of this atom, from 1 */
  guint32 slot;          /* the engine's own */
  const AttemptRun *run; /* borrowed */
  GVariant **arguments;  /* one per declared argument of the action, owned by the engine; NULL:
                            absent; NULL array: none declared */
  GVariant *own_result;  /* of revert: what execute returned (nullable) */
  Failure *own_failure;  /* of revert: why execute failed (nullable) */
  const RetryHistory *history; /* of retry controllers (nullable) */
  gint64 deadline_us;          /* CLOCK_MONOTONIC; 0: none */
  gboolean is_repeat;          /* a former life has begun it, and did not see its end */
  gboolean is_probe; /* not the action, but the probe: whether the effect of `action` EXECUTE is in
                        the world */

  /* From the executor. */
  AttemptOutcome outcome;
  GVariant *result;  /* (owned) (nullable) */
  Failure *failure;  /* (owned) (nullable) */
  char *log_path;    /* (owned) (nullable): where a command's output went */
  char *note;        /* (owned) (nullable): what people should know though it succeeded */
  GPtrArray *lent;   /* (owned) (nullable): values that the context has lent to a C function */
  gpointer reserved; /* the executor's own while it has the attempt */
  Attempt *next;     /* the executor's own while it has the attempt */
  int cancel_fd;     /* readable when `cancelled` may have been set; -1: none */
  AtomicInt cancelled;
};

/* Runs the C functions of a task, or of a retry controller, with their hooks, and fills in outcome,
 * result and failure. An atom without the function succeeds with nothing. Any thread; not for
 * command tasks, and not for attempts with an outcome. Failures of its own making have the domain
 * "contract".
 *
 * Of an attempt that is a probe the probe runs, without hooks, and not the action. A probe that
 * cannot tell, and an atom without one, fail with the domain "probe". */
BACKFLOW_PUBLIC void attempt_run (Attempt *attempt);

/* What tells the attempt from all others, and is the same for all that come in its place after a
 * crash, in whatever process, and for its probes: it is made of the run's key, the atom's name, the
 * action and the number, and of nothing else. Returns: (transfer full). */
BACKFLOW_PUBLIC char *attempt_dup_idempotency_key (const Attempt *attempt);

/* Ends the attempt with `result` (transfer full) (nullable). */
BACKFLOW_PUBLIC void attempt_succeed (Attempt *attempt, GVariant *result);

/* Ends the attempt with `failure` (transfer full). */
BACKFLOW_PUBLIC void attempt_fail (Attempt *attempt, Failure *failure);

/* Clears the lower half, frees what it owns, and sets outcome NONE, for the next use of the memory.
 * Memory of zeroes is fine. */
BACKFLOW_PUBLIC void attempt_reset (Attempt *attempt);

G_END_DECLS
