/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/provided.h"

#include <backflow/values/value.h>

GVariant *
atom_provided_find_value (const AtomProvided *provided, GVariant *result)
{
  if (result == NULL)
    return NULL;
  switch (provided->kind)
    {
    case ATOM_PROVIDES_INDEX:
      return value_find_index (result, provided->index);
    case ATOM_PROVIDES_KEY:
      return value_find_key (result, provided->key);
    case ATOM_PROVIDES_WHOLE:
    default:
      return g_variant_ref (result);
    }
}
