/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/attempt_failures.h>

#include <backflow/atoms/atomic.h>

struct AttemptFailures
{
  AtomicInt ref_count;
  guint count;
  AttemptFailure items[];
};

AttemptFailures *
attempt_failures_new (const AttemptFailure *failures, guint count)
{
  AttemptFailures *self;

  g_return_val_if_fail (failures != NULL || count == 0, NULL);
  self = g_malloc (sizeof *self + count * sizeof *failures);
  atomic_init (&self->ref_count, 1);
  self->count = count;
  for (guint i = 0; i < count; i++)
    self->items[i]
        = (AttemptFailure){ g_strdup (failures[i].atom), failure_ref (failures[i].failure) };
  return self;
}

AttemptFailures *
attempt_failures_ref (AttemptFailures *self)
{
  /* Relaxed: the caller has a reference already, and a new one publishes nothing. */
  if (self != NULL)
    (void) atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
attempt_failures_unref (AttemptFailures *self)
{
  /* Release: what this thread read. Acquire: all reads come before the last reference frees. */
  if (self == NULL || atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  for (guint i = 0; i < self->count; i++)
    {
      g_free ((char *) (gsize) self->items[i].atom);
      failure_unref (self->items[i].failure);
    }
  g_free (self);
}

const AttemptFailure *
attempt_failures_get (const AttemptFailures *self, guint *count)
{
  g_return_val_if_fail (count != NULL, NULL);
  *count = self != NULL ? self->count : 0;
  return self != NULL ? self->items : NULL;
}
