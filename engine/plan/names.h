/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NameTable: numbers by name, for a million names: open addressing over (hash, number) pairs, the
 * names themselves being where they are already. A general hash table costs more here than running
 * the atom does. One owner; looking up is safe on any thread while nobody adds.
 */

#include <glib.h>

#define NAME_NONE G_MAXUINT32

/* The name of a number of the table. */
typedef const char *(*NameFunc) (gconstpointer data, guint32 number);

typedef struct
{
  guint32 hash;
  guint32 number_plus_one; /* 0: free */
} NameSlot;

typedef struct
{
  NameSlot *slots;
  guint32 mask;
  guint32 count;
  NameFunc name;
  gconstpointer data;
} NameTable;

/* Makes a table for about `expected` names; it grows. */
void name_table_init (NameTable *table, guint32 expected, NameFunc name, gconstpointer data);

/* Frees what the table holds. */
void name_table_clear (NameTable *table);

/* Adds `number` under `name` unless the name is there already. Returns: the number that the name
 * has. */
guint32 name_table_add (NameTable *table, guint32 hash, const char *name, guint32 number);

/* The number under `name`, or NAME_NONE. */
guint32 name_table_find (const NameTable *table, guint32 hash, const char *name);

/* Tells the processor that the slot of `hash` will be needed soon. */
static inline void
name_table_prefetch (const NameTable *table, guint32 hash)
{
  __builtin_prefetch (&table->slots[hash & table->mask], 1);
}
