/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AttemptFailures: the atoms of a run that have failed when a revert begins, as that revert sees
 * them. The list never changes: a failure that comes later is in the lists of later reverts. It is
 * reference-counted, and may be read on any thread.
 */

#include <backflow/atoms/failure.h>

G_BEGIN_DECLS

typedef struct AttemptFailures AttemptFailures;

/* An atom that has failed, and why; borrowed from the list. */
typedef struct
{
  const char *atom;
  Failure *failure;
} AttemptFailure;

/* Makes a list of `count` failures; names are copied, failures get a reference. Returns: (transfer
 * full). */
BACKFLOW_PUBLIC AttemptFailures *attempt_failures_new (const AttemptFailure *failures, guint count);

/* Takes and drops references; NULL is fine. Any thread. */
BACKFLOW_PUBLIC AttemptFailures *attempt_failures_ref (AttemptFailures *self);
BACKFLOW_PUBLIC void attempt_failures_unref (AttemptFailures *self);

/* The failures, in the order in which they came, and their number in `count`; borrowed. NULL is an
 * empty list. */
BACKFLOW_PUBLIC const AttemptFailure *attempt_failures_get (const AttemptFailures *self,
                                                            guint *count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AttemptFailures, attempt_failures_unref)

G_END_DECLS
