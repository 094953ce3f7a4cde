/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/diagnostics/spelling.h>

/* What a look at a candidate's length costs of a budget, and what a comparison does. */
#define COST_LOOK 1u
#define COST_COMPARE 30u

#define ROW_SIZE (SPELLING_LENGTH_MAX + 1)

/* Two names whose letters are folded. */
typedef struct
{
  char a[SPELLING_LENGTH_MAX];
  char b[SPELLING_LENGTH_MAX];
  guint a_length;
  guint b_length;
  guint limit;
} Pair;

static void
fold (char *folded, const char *name, gsize length)
{
  for (gsize i = 0; i < length; i++)
    folded[i] = name[i] == '_' ? '-' : g_ascii_tolower (name[i]);
}

static gboolean
is_swap (const Pair *pair, guint i, guint j)
{
  return i > 1 && j > 1 && pair->a[i - 1] == pair->b[j - 2] && pair->a[i - 2] == pair->b[j - 1];
}

/* Fills row `i` of the table of distances between all beginnings of the two names; rows[0] is the
 * row, rows[1] and rows[2] are the two above. Cells further from the diagonal than the limit hold
 * more than the limit. Returns: the least distance in the row. */
static guint
fill_row (const Pair *pair, guint *const *rows, guint i)
{
  guint first = i > pair->limit ? i - pair->limit : 1;
  guint last = MIN (pair->b_length, i + pair->limit);
  guint least = i;

  rows[0][first - 1] = first == 1 ? i : pair->limit + 1;
  for (guint j = first; j <= last; j++)
    {
      guint cost = pair->a[i - 1] != pair->b[j - 1];
      guint best = MIN (rows[1][j - 1] + cost, MIN (rows[1][j], rows[0][j - 1]) + 1);

      if (is_swap (pair, i, j))
        best = MIN (best, rows[2][j - 2] + 1);
      rows[0][j] = best;
      least = MIN (least, best);
    }
  if (last < pair->b_length)
    rows[0][last + 1] = pair->limit + 1;
  return least;
}

static guint
measure (const Pair *pair)
{
  guint table[3][ROW_SIZE] = { { 0 } };
  guint *rows[] = { table[0], table[1], table[2] };

  for (guint j = 0; j <= pair->b_length; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= pair->a_length; i++)
    {
      guint *oldest = rows[2];

      rows[2] = rows[1];
      rows[1] = rows[0];
      rows[0] = oldest;
      if (fill_row (pair, rows, i) > pair->limit)
        return pair->limit + 1;
    }
  return MIN (rows[0][pair->b_length], pair->limit + 1);
}

guint
spelling_get_distance (const char *a, const char *b, guint limit)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);
  Pair pair;

  if (MAX (a_length, b_length) > SPELLING_LENGTH_MAX)
    return limit + 1;
  if (MAX (a_length, b_length) - MIN (a_length, b_length) > limit)
    return limit + 1;
  pair.a_length = (guint) a_length;
  pair.b_length = (guint) b_length;
  pair.limit = MIN (limit, SPELLING_LENGTH_MAX);
  fold (pair.a, a, a_length);
  fold (pair.b, b, b_length);
  return MIN (measure (&pair), limit + 1);
}

/* How many edits are few enough for a name of that length. */
static guint
get_limit (gsize length)
{
  return length < 2 ? 0 : (guint) MAX (1, MIN (length, SPELLING_LENGTH_MAX) / 3);
}

/* What a search costs. */
static gsize
estimate (const char *name, const char *const *candidates, gsize count)
{
  gsize length = strlen (name);
  gsize limit = get_limit (length);
  gsize cost = count * COST_LOOK;

  for (gsize i = 0; i < count; i++)
    {
      gsize other = candidates[i] == NULL ? 0 : strlen (candidates[i]);

      cost += MAX (length, other) - MIN (length, other) <= limit ? COST_COMPARE : 0;
    }
  return cost;
}

const char *
spelling_find_nearest (const char *name, const char *const *candidates, gsize count)
{
  const char *nearest = NULL;
  guint limit = get_limit (strlen (name));

  for (gsize i = 0; i < count; i++)
    {
      guint distance
          = candidates[i] == NULL ? limit + 1 : spelling_get_distance (name, candidates[i], limit);

      if (distance > limit)
        continue;
      nearest = candidates[i];
      if (distance == 0)
        return nearest;
      limit = distance - 1; /* from here on, only what is nearer */
    }
  return nearest;
}

const char *
spelling_find_nearest_within (const char *name, const char *const *candidates, gsize count,
                              SpellingBudget *budget)
{
  gsize cost;

  if (budget->left < count)
    return NULL;
  cost = estimate (name, candidates, count);
  if (cost > budget->left)
    {
      budget->left -= count;
      return NULL;
    }
  budget->left -= cost;
  return spelling_find_nearest (name, candidates, count);
}
