/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Failure: why an atom's execute or revert did not succeed. A failed atom is data, not a GError: it
 * is stored with the run, given to reverts and to retry controllers, and printed in reports. A
 * Failure is immutable and reference counted; references may be taken and dropped on any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Failure Failure;

/* Where a failure comes from. Only the engine and executors decide that; what an atom says of
 * itself has the origin ATOM, whatever its domain. ATOM: the function or command itself. CANCELLED:
 * it was asked to stop. TIMEOUT: its deadline passed. CONTAINMENT: processes of it may live.
 * NOT_STARTED: it was never called. PROBE: its probe. RESULT: it lacks what it promised.
 * INTERRUPTED: its end was not seen. IRREVERSIBLE: it can't be taken back. UNSET: what the domain
 * says, "cancelled" to "irreversible" for those, else ATOM; no failure that was made has it. */
typedef enum
{
  FAILURE_ORIGIN_UNSET,
  FAILURE_ORIGIN_ATOM,
  FAILURE_ORIGIN_CANCELLED,
  FAILURE_ORIGIN_TIMEOUT,
  FAILURE_ORIGIN_CONTAINMENT,
  FAILURE_ORIGIN_NOT_STARTED,
  FAILURE_ORIGIN_PROBE,
  FAILURE_ORIGIN_RESULT,
  FAILURE_ORIGIN_INTERRUPTED,
  FAILURE_ORIGIN_IRREVERSIBLE,
  FAILURE_ORIGIN_COUNT,
} FailureOrigin;

/* What a failure says. `message` and `domain` are required, the rest may stay zero. Texts that are
 * not UTF-8 are made valid. domain: which kind of failure: "command", "timeout", "argument",
 * "cancelled", "contract" (a C function that broke its contract), or the name of the GError domain
 * of a C atom. exit_status: of a command; -1 where there was none. signal: that ended it, or 0.
 * stderr_tail: the last lines that the command wrote to standard error. log_path: where its whole
 * output is. attempt: number of the attempt that failed, from 1. cause: what led to it (borrowed; a
 * reference is taken). */
typedef struct
{
  const char *message;
  const char *domain;
  int code;
  int exit_status;
  int signal;
  const char *stderr_tail;
  const char *log_path;
  guint attempt;
  Failure *cause;
  FailureOrigin origin;
} FailureFields;

/* For `FailureFields fields = FAILURE_FIELDS_INIT`. */
#define FAILURE_FIELDS_INIT                                                                        \
  {                                                                                                \
    .exit_status = -1                                                                              \
  }

/* Makes a failure with copies of the fields. Returns: (transfer full). */
BACKFLOW_PUBLIC Failure *failure_new (const FailureFields *fields);

/* Makes a failure of the given domain with a formatted message. Returns: (transfer full). */
BACKFLOW_PUBLIC Failure *failure_new_printf (const char *domain, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Makes a failure from a GError: its domain's name, code and message. Returns: (transfer full). */
BACKFLOW_PUBLIC Failure *failure_new_from_error (const GError *error, guint attempt);

/* Takes a reference. Returns: (transfer full). */
BACKFLOW_PUBLIC Failure *failure_ref (Failure *failure);

/* Drops a reference; NULL is fine. */
BACKFLOW_PUBLIC void failure_unref (Failure *failure);

/* All fields, borrowed for as long as the failure lives. */
BACKFLOW_PUBLIC const FailureFields *failure_get_fields (const Failure *failure);

/* Where it comes from; never UNSET. */
BACKFLOW_PUBLIC FailureOrigin failure_get_origin (const Failure *failure);

/* "atom", "cancelled", "timeout", "containment", "not-started", "probe", "result", "interrupted" or
 * "irreversible"; static. */
BACKFLOW_PUBLIC const char *failure_origin_get_name (FailureOrigin origin);

/* The same failure with another origin, for engines and executors. Consumes `failure`. Returns:
 * (transfer full). */
BACKFLOW_PUBLIC Failure *failure_take_origin (Failure *failure, FailureOrigin origin);

/* The message, borrowed. */
BACKFLOW_PUBLIC const char *failure_get_message (const Failure *failure);

/* How many causes behind a failure failure_to_variant() writes down; what is deeper is left out. */
#define FAILURE_CAUSES_MAX 8u

/* The failure as `a{sv}`, a value of values/value.h, with the keys of the event log (message,
 * domain, code, exit-status, signal, stderr, log, attempt, cause, origin); all but the first three
 * are left out when they say nothing, and the origin when it is the one that the domain says.
 * Returns: (transfer full) not floating. */
BACKFLOW_PUBLIC GVariant *failure_to_variant (const Failure *failure);

/* The failure that failure_to_variant() made; unknown keys are ignored, missing ones have their
 * defaults, so that older and newer records can be read. `variant` is borrowed. Returns: (transfer
 * full) (nullable): NULL when `variant` is no `a{sv}` with a message. */
BACKFLOW_PUBLIC Failure *failure_new_from_variant (GVariant *variant);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Failure, failure_unref)

G_END_DECLS
