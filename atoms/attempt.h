/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Attempt: one call of an atom's execute or revert, as it travels from the engine to an executor
 * and back. The engine fills the upper half and owns the attempt; between submit and completion the
 * executor has it, and fills the lower half. C atoms see it as AtomContext. For authors of
 * executors; everybody else uses atoms/context.h.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/atomic.h>
#include <backflow/atoms/attempt_failures.h>
#include <backflow/atoms/failure.h>

G_BEGIN_DECLS

typedef struct Attempt Attempt;

/* What a retry controller decides on; see atoms/retry.h. */
typedef struct RetryHistory RetryHistory;

/* What an attempt does. EXECUTE, REVERT: the action of that name. PROBE: asks whether the effect of
 * the execute is in the world. CLEAR: ends the processes that an earlier attempt has left running,
 * and fails unless they are verified gone; an attempt of a C function leaves none. */
typedef enum
{
  ATTEMPT_EXECUTE,
  ATTEMPT_REVERT,
  ATTEMPT_PROBE,
  ATTEMPT_CLEAR,
} AttemptWork;

/* How an attempt ended. */
typedef enum
{
  ATTEMPT_OUTCOME_NONE,        /* not yet */
  ATTEMPT_OUTCOME_SUCCESS,     /* `result` is what it returned, NULL for nothing */
  ATTEMPT_OUTCOME_FAILURE,     /* `failure` says why */
  ATTEMPT_OUTCOME_NOT_STARTED, /* nothing of it happened: it was cancelled before, or could not be
                                  started, for the reason in `failure` */
  ATTEMPT_OUTCOME_ABSENT, /* of a probe: the effect is not there. SUCCESS: it is, with `result`;
                             FAILURE: nobody knows, and why */
} AttemptOutcome;

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
} AttemptRun;

struct Attempt
{
  /* From the engine. */
  Atom *atom;
  AttemptWork work;
  AttemptWork cleared; /* of CLEAR: what the attempt did whose processes are ended */
  AtomAction action; /* which action the arguments are of: REVERT for a revert and for clearing one,
                          else EXECUTE */
  guint32 node;      /* the engine's number of the atom */
  guint32 number;    /* of this action of this atom, from 1; of PROBE and CLEAR that of the attempt
                          that is probed or cleared */
  guint32 slot;      /* the engine's own */
  const AttemptRun *run;     /* borrowed */
  GVariant **arguments;      /* one per declared argument of the action, owned by the engine; NULL:
                            absent; NULL array: none declared */
  guint32 execute_number;    /* of revert: the number of the execute that it undoes */
  GVariant *own_result;      /* of revert: what execute returned (nullable) */
  Failure *own_failure;      /* of revert: why execute failed (nullable) */
  AttemptFailures *failures; /* (owned) (nullable) of revert: what had failed when it was begun */
  const RetryHistory *history; /* of retry controllers (nullable) */
  gint64 deadline_us;          /* CLOCK_MONOTONIC; 0: none */
  gboolean is_repeat;          /* a former life has begun it, and did not see its end */
  AttemptWork then;            /* the engine's own: of CLEAR, what the attempt goes on as */
  guint32 step;                /* the engine's own: how many attempts were cleared before it */

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
 * result and failure. An execute or revert that returns after the deadline has failed, with the
 * domain "timeout", whatever it returned. An atom without the function succeeds with nothing. Any
 * thread; not for command tasks, and not for attempts with an outcome. Failures of its own making
 * have the domain "contract".
 *
 * Of a PROBE the probe runs, without hooks, and not the action. A probe that cannot tell, and an
 * atom without one, fail with the domain "probe". A CLEAR succeeds: a C function leaves no process.
 */
BACKFLOW_PUBLIC void attempt_run (Attempt *attempt);

/* What tells the attempt from all others, and is the same for all that come in its place after a
 * crash, in whatever process, and for its probes: it is made of the run's key, the atom's name, the
 * action and the number, and of nothing else. Returns: (transfer full). */
BACKFLOW_PUBLIC char *attempt_dup_idempotency_key (const Attempt *attempt);

/* Ends the attempt with `result` (transfer full) (nullable). */
BACKFLOW_PUBLIC void attempt_succeed (Attempt *attempt, GVariant *result);

/* Ends the attempt with `failure` (transfer full). */
BACKFLOW_PUBLIC void attempt_fail (Attempt *attempt, Failure *failure);

/* Ends the attempt with `failure` (transfer full), which says why it could not be started: no
 * instruction of the atom was executed. */
BACKFLOW_PUBLIC void attempt_fail_to_start (Attempt *attempt, Failure *failure);

/* Clears the lower half, frees what the attempt owns, and sets outcome NONE, for the next use of
 * the memory. Memory of zeroes is fine. */
BACKFLOW_PUBLIC void attempt_reset (Attempt *attempt);

G_END_DECLS
