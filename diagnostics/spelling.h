/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Spelling: which of the known names was probably meant. Letters are compared without case, and `_`
 * equals `-`. Only names of up to SPELLING_LENGTH_MAX bytes are looked at, so a comparison has a
 * bounded cost. Pure functions; any thread.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

#define SPELLING_LENGTH_MAX 64u

/* How much may be spent on searches altogether: a file of many mistakes among many names would
 * otherwise take the product of the two. A budget belongs to one thread at a time. */
typedef struct
{
  gsize left;
} SpellingBudget;

/* Enough for hundreds of searches among thousands of names; spent in well under a second. */
#define SPELLING_BUDGET_FULL ((SpellingBudget){ 4000000 })

/* How many edits (insert, delete or replace a byte, swap two neighbours) turn `a` into `b`, no part
 * edited twice (restricted Damerau-Levenshtein). Returns: `limit` + 1 when it is more than `limit`,
 * or when a name is too long. */
BACKFLOW_PUBLIC guint spelling_get_distance (const char *a, const char *b, guint limit);

/* The candidate nearest to `name`, when it is near enough to be worth a question: at most a third
 * of the name is edited, and one edit is always allowed for names of two bytes and more. The first
 * of equals wins; an exact match is returned too. candidates: `count` names; NULL entries are
 * skipped. Returns: (nullable) one of the candidates, borrowed. */
BACKFLOW_PUBLIC const char *spelling_find_nearest (const char *name, const char *const *candidates,
                                                   gsize count);

/* As spelling_find_nearest(), for one of many searches. Returns: NULL also when the budget does not
 * cover the search; a budget that is too small for one search is still good for a cheaper one. */
BACKFLOW_PUBLIC const char *spelling_find_nearest_within (const char *name,
                                                          const char *const *candidates,
                                                          gsize count, SpellingBudget *budget);

G_END_DECLS
