/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <backflow/diagnostics/spelling.h>

/* Three rows of the table of distances between all beginnings of the two names. */
typedef struct
{
  guint before[SPELLING_LENGTH_MAX + 1];
  guint above[SPELLING_LENGTH_MAX + 1];
  guint row[SPELLING_LENGTH_MAX + 1];
} Rows;

static char
fold (char c)
{
  return c == '_' ? '-' : g_ascii_tolower (c);
}

static gboolean
is_swap (const char *a, const char *b, gsize i, gsize j)
{
  return i > 1 && j > 1 && fold (a[i - 1]) == fold (b[j - 2]) && fold (a[i - 2]) == fold (b[j - 1]);
}

/* Fills row `i`; returns its least distance. */
static guint
fill_row (Rows *rows, const char *a, gsize i, const char *b, gsize b_length)
{
  guint least = rows->row[0] = (guint) i;

  for (gsize j = 1; j <= b_length; j++)
    {
      guint cost = fold (a[i - 1]) != fold (b[j - 1]);
      guint best = MIN (rows->above[j - 1] + cost, MIN (rows->above[j], rows->row[j - 1]) + 1);

      if (is_swap (a, b, i, j))
        best = MIN (best, rows->before[j - 2] + 1);
      rows->row[j] = best;
      least = MIN (least, best);
    }
  return least;
}

guint
spelling_get_distance (const char *a, const char *b, guint limit)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);
  Rows rows = { 0 };

  if (MAX (a_length, b_length) > SPELLING_LENGTH_MAX)
    return limit + 1;
  if (MAX (a_length, b_length) - MIN (a_length, b_length) > limit)
    return limit + 1;

  for (gsize j = 0; j <= b_length; j++)
    rows.row[j] = (guint) j;
  for (gsize i = 1; i <= a_length; i++)
    {
      memcpy (rows.before, rows.above, sizeof rows.above);
      memcpy (rows.above, rows.row, sizeof rows.row);
      if (fill_row (&rows, a, i, b, b_length) > limit)
        return limit + 1;
    }
  return MIN (rows.row[b_length], limit + 1);
}

const char *
spelling_find_nearest (const char *name, const char *const *candidates, gsize count)
{
  gsize length = strlen (name);
  const char *nearest = NULL;
  guint limit = length < 2 ? 0 : (guint) MAX (1, MIN (length, SPELLING_LENGTH_MAX) / 3);

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
