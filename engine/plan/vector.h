/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Vector: a growing array of one type whose adding is a compare and a store in the caller's code.
 * The loop that runs a million atoms adds to several of them for each atom, where a call of a
 * library function would cost more than the atom.
 *
 *   VECTOR (guint32) stack = VECTOR_INIT;
 *   vector_push (&stack, 7);
 *   guint32 node = vector_pop (&stack);
 *   vector_clear (&stack);
 */

#include <glib.h>

#define VECTOR(type)                                                                               \
  struct                                                                                           \
  {                                                                                                \
    type *items;                                                                                   \
    guint length;                                                                                  \
    guint size;                                                                                    \
  }

#define VECTOR_INIT                                                                                \
  {                                                                                                \
    NULL, 0, 0                                                                                     \
  }

/* Makes room for more items; for vector_push(). */
static inline gpointer
vector_grow (gpointer items, guint *size, gsize item_size)
{
  *size = *size < 16 ? 16 : *size * 2;
  return g_realloc_n (items, *size, item_size);
}

/* Adds `item`, which is evaluated after the room was made. */
#define vector_push(vector, item)                                                                  \
  do                                                                                               \
    {                                                                                              \
      if (G_UNLIKELY ((vector)->length == (vector)->size))                                         \
        (vector)->items = (__typeof__ ((vector)->items)) vector_grow (                             \
            (vector)->items, &(vector)->size, sizeof *(vector)->items);                            \
      (vector)->items[(vector)->length++] = (item);                                                \
    }                                                                                              \
  while (0)

/* Takes the last item out; there must be one. */
#define vector_pop(vector) ((vector)->items[--(vector)->length])

/* Frees the items. */
#define vector_clear(vector)                                                                       \
  (g_free ((vector)->items), (vector)->items = NULL, (vector)->length = (vector)->size = 0)
