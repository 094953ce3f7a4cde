/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AsyncTimers: the points in time that the commands of a loop wait for, as a binary heap of slots,
 * the earliest on top. A slot is in it at most once; moving one costs the logarithm of how many
 * there are. One owner, no locks.
 */

#include <glib.h>

G_BEGIN_DECLS

#define ASYNC_TIMERS_NONE G_MAXUINT32

typedef struct
{
  guint slot;
  gint64 due_us;
} AsyncTimer;

typedef struct
{
  GArray *heap;   /* of AsyncTimer */
  GArray *places; /* of guint, by slot: where in the heap it is; ASYNC_TIMERS_NONE: nowhere */
} AsyncTimers;

/* Makes an empty heap. */
void async_timers_init (AsyncTimers *timers);

/* Frees the memory. */
void async_timers_clear (AsyncTimers *timers);

/* Sets when a slot is due, by the monotonic clock; G_MAXINT64: it is not. */
void async_timers_set (AsyncTimers *timers, guint slot, gint64 due_us);

/* When the earliest slot is due; G_MAXINT64: none is. */
gint64 async_timers_get_due (const AsyncTimers *timers);

/* Takes the earliest slot out when it is due at `now_us`. Returns: it, or ASYNC_TIMERS_NONE. */
guint async_timers_pop_due (AsyncTimers *timers, gint64 now_us);

G_END_DECLS
