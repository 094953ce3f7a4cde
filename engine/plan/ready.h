/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ReadySet: a set of small numbers that gives its smallest or largest member in a few steps: words
 * of 64 bits, and above them levels that say which words below are not empty. With the numbers in
 * the order of definition this is the ready queue of a run: deterministic, without allocation, and
 * near in memory for neighbours. One owner, no locks.
 */

#include <glib.h>

#define READY_LEVELS 6
#define READY_NONE G_MAXUINT32

typedef struct
{
  guint32 lone;   /* the only member, which is then in no word; READY_NONE: the words say it */
  guint64 *words; /* all levels in one block */
  guint64 *levels[READY_LEVELS]; /* 0: the members */
  guint n_levels;
  gsize n_words;
} ReadySet;

/* Makes an empty set for numbers below `size`. */
void ready_init (ReadySet *set, guint32 size);

/* Frees what the set holds. */
void ready_clear (ReadySet *set);

/* Takes all members out. */
void ready_empty (ReadySet *set);

/* Takes the smallest or the largest member out. Returns: it, or READY_NONE. */
guint32 ready_pop_first (ReadySet *set);
guint32 ready_pop_last (ReadySet *set);

/* Takes a member out; one that is not there is ignored. */
void ready_remove (ReadySet *set, guint32 number);

/* Puts a number into the words. */
static inline void
ready_mark (ReadySet *set, guint32 number)
{
  for (guint level = 0; level < set->n_levels; level++)
    {
      guint64 *word = &set->levels[level][number >> 6];
      guint64 old = *word;

      *word = old | (guint64) 1 << (number & 63);
      if (old != 0)
        return;
      number >>= 6;
    }
}

static inline gboolean
ready_is_empty (const ReadySet *set)
{
  return set->lone == READY_NONE && set->levels[set->n_levels - 1][0] == 0;
}

/* Puts a number in; one that is there already is fine. A set of one, as in a chain, never touches
 * the words. */
static inline void
ready_insert (ReadySet *set, guint32 number)
{
  if (ready_is_empty (set))
    {
      set->lone = number;
      return;
    }
  if (set->lone != READY_NONE)
    {
      ready_mark (set, set->lone);
      set->lone = READY_NONE;
    }
  ready_mark (set, number);
}

/* Whether a number is a member. */
static inline gboolean
ready_has (const ReadySet *set, guint32 number)
{
  return number == set->lone || (set->levels[0][number >> 6] >> (number & 63) & 1) != 0;
}
