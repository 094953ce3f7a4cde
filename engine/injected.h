/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The values that a run is given from outside. */

#include "engine/plan/plan_private.h"

G_BEGIN_DECLS

/* The only key of the object that the journal has in place of a secret: its source. No value may be
 * one. */
#define INJECTED_SECRET_KEY "$secret"

/* A value given from outside. source: (nullable) of a secret, where it came from. */
typedef struct
{
  char *symbol;
  GVariant *value;
  char *source;
} Injected;

/* The values of a run: a part of the Engine, on its thread. */
typedef struct
{
  GArray *list;         /* of Injected, in the order of injection */
  GVariant **by_symbol; /* (nullable) by symbol of the plan, borrowed from `list` */
} InjectedValues;

void injected_init (InjectedValues *injected);
void injected_clear (InjectedValues *injected);

static inline const Injected *
injected_at (const InjectedValues *injected, guint index)
{
  return &g_array_index (injected->list, Injected, index);
}

/* The value of a symbol, borrowed (nullable). */
const Injected *injected_find (const InjectedValues *injected, const char *symbol);

/* Gives a symbol a normalised copy of the value, instead of an earlier one; source: (nullable) of a
 * secret. FALSE with ENGINE_ERROR_STATE or a VALUE_ERROR. */
gboolean injected_set (InjectedValues *injected, const char *symbol, GVariant *value,
                       const char *source, GError **error);

/* Keeps a value; consumes all three. value: (nullable) a secret that is not known yet. */
void injected_keep (InjectedValues *injected, char *symbol, GVariant *value, char *source);

/* The value that the journal has: of a secret its source. Returns: (transfer full). */
GVariant *injected_dup_stored (const Injected *injected);

/* Takes a value in as the journal has it: `(sv)`, the symbol and the value. */
void injected_restore (InjectedValues *injected, GVariant *record);

/* Makes the array of the values by symbol of the plan, for binding. */
void injected_index (InjectedValues *injected, const Plan *plan);

G_END_DECLS
