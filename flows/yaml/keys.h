/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keys: which keys the mappings of a flow file may have. One table for each kind of mapping, in the
 * order in which keys are documented; the reference in backflow-flow(5) is compared with these
 * tables. Private to the loader.
 */

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* A key: what its value looks like, and what it means. */
typedef struct
{
  const char *name;
  const char *shape;
  const char *meaning;
} Key;

/* What a mapping is called in messages ("a task"), and its keys. ignored: (nullable) a key that
 * somebody else reports. outer: (nullable, NULL-terminated) keys that only the outermost mapping of
 * its kind has. */
typedef struct
{
  const char *object;
  const Key *keys;
  guint n_keys;
  const char *ignored;
  const char *const *outer;
} KeyTable;

/* No table has more keys. */
#define KEYS_MAX 40u

/* Finds the value of each key of the table in `mapping`: values[i] is that of keys[i], NULL when it
 * is not there. Reports unknown keys, and then takes them for those that were probably meant, so
 * that the rest is checked as it was meant. Returns: FALSE when the node is no mapping, which is
 * reported. */
gboolean keys_read (Loader *loader, const KeyTable *table, const Node *mapping,
                    const Node **values);

/* The value under `name` in a mapping, whatever else it has (nullable). */
const Node *keys_find (const Loader *loader, const Node *mapping, const char *name);

G_END_DECLS
