/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/names.h"

#include "engine/plan/block.h"

#include <string.h>

static guint32
table_size (guint32 expected)
{
  guint32 size = 16;

  while (size / 2 < expected)
    size *= 2;
  return size;
}

void
name_table_init (NameTable *table, guint32 expected, NameFunc name, gconstpointer data)
{
  guint32 size = table_size (expected);

  *table = (NameTable){ block_new_array (NameSlot, size), size - 1, 0, name, data };
}

void
name_table_clear (NameTable *table)
{
  block_free_array (NameSlot, table->slots, (gsize) table->mask + 1);
  memset (table, 0, sizeof *table);
}

/* The slot that holds the name, or the free one where it would be. */
static NameSlot *
find_slot (const NameTable *table, guint32 hash, const char *name)
{
  guint32 at = hash & table->mask;

  for (;; at = (at + 1) & table->mask)
    {
      NameSlot *slot = &table->slots[at];

      if (slot->number_plus_one == 0)
        return slot;
      if (slot->hash == hash
          && strcmp (table->name (table->data, slot->number_plus_one - 1), name) == 0)
        return slot;
    }
}

static void
grow (NameTable *table)
{
  NameSlot *old = table->slots;
  guint32 old_size = table->mask + 1;

  table->slots = block_new_array (NameSlot, (gsize) old_size * 2);
  table->mask = old_size * 2 - 1;
  for (guint32 i = 0; i < old_size; i++)
    if (old[i].number_plus_one != 0)
      {
        guint32 at = old[i].hash & table->mask;

        while (table->slots[at].number_plus_one != 0)
          at = (at + 1) & table->mask;
        table->slots[at] = old[i];
      }
  block_free_array (NameSlot, old, old_size);
}

guint32
name_table_add (NameTable *table, guint32 hash, const char *name, guint32 number)
{
  NameSlot *slot = find_slot (table, hash, name);

  if (slot->number_plus_one != 0)
    return slot->number_plus_one - 1;
  *slot = (NameSlot){ hash, number + 1 };
  if (++table->count > table->mask / 2)
    grow (table);
  return number;
}

guint32
name_table_find (const NameTable *table, guint32 hash, const char *name)
{
  return find_slot (table, hash, name)->number_plus_one - 1;
}
