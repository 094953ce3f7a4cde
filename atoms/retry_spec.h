/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* RetrySpec: what a retry controller keeps: the policy of a built-in one, or the functions of a
 * custom one. A spec belongs to its atom, is written by the functions of atoms/retry.h only, and is
 * read on any thread afterwards.
 */

#include <backflow/atoms/retry.h>

#include "atoms/atom_private.h"

G_BEGIN_DECLS

struct RetrySpec
{
  RetryKind kind;
  RetryDecision give_up; /* REVERT or REVERT_ALL */
  guint times;
  GVariant *values;       /* of FOR_EACH (nullable) */
  char *symbol;           /* of FOR_EACH_OF (nullable): the name of its argument too */
  RetryDecideFunc decide; /* of CUSTOM */
  AtomBackoff *backoff;   /* (nullable) */
};

G_END_DECLS
