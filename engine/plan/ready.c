/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/ready.h"

#include "engine/plan/block.h"

#include <string.h>

void
ready_init (ReadySet *set, guint32 size)
{
  gsize counts[READY_LEVELS];
  gsize left = MAX (size, 1);

  memset (set, 0, sizeof *set);
  set->lone = READY_NONE;
  do
    {
      left = (left + 63) / 64;
      counts[set->n_levels++] = left;
      set->n_words += left;
    }
  while (left > 1);
  set->words = block_new_array (guint64, set->n_words);
  left = 0;
  for (guint level = 0; level < set->n_levels; left += counts[level++])
    set->levels[level] = set->words + left;
}

void
ready_clear (ReadySet *set)
{
  block_free_array (guint64, set->words, set->n_words);
  memset (set, 0, sizeof *set);
}

void
ready_empty (ReadySet *set)
{
  set->lone = READY_NONE;
  memset (set->words, 0, set->n_words * sizeof *set->words);
}

static void
unmark (ReadySet *set, guint32 number)
{
  for (guint level = 0; level < set->n_levels; level++)
    {
      guint64 *word = &set->levels[level][number >> 6];

      *word &= ~((guint64) 1 << (number & 63));
      if (*word != 0)
        return;
      number >>= 6;
    }
}

void
ready_remove (ReadySet *set, guint32 number)
{
  if (set->lone == number)
    set->lone = READY_NONE;
  else if (ready_has (set, number))
    unmark (set, number);
}

/* Takes the lone member out. */
static guint32
pop_lone (ReadySet *set)
{
  guint32 number = set->lone;

  set->lone = READY_NONE;
  return number;
}

guint32
ready_pop_first (ReadySet *set)
{
  guint32 number = 0;

  if (set->lone != READY_NONE)
    return pop_lone (set);
  if (ready_is_empty (set))
    return READY_NONE;
  for (guint level = set->n_levels; level-- > 0;)
    number = number << 6 | (guint32) __builtin_ctzll (set->levels[level][number]);
  unmark (set, number);
  return number;
}

guint32
ready_pop_last (ReadySet *set)
{
  guint32 number = 0;

  if (set->lone != READY_NONE)
    return pop_lone (set);
  if (ready_is_empty (set))
    return READY_NONE;
  for (guint level = set->n_levels; level-- > 0;)
    number = number << 6 | (guint32) (63 - __builtin_clzll (set->levels[level][number]));
  unmark (set, number);
  return number;
}
