/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a symbol of an atom's provides list is taken from a result. Pure; any thread. Private to the
 * library.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* The result itself or the part of it that `provided` names. Returns: (transfer full) (nullable):
 * NULL when the result, which may be NULL, has no such part. */
GVariant *atom_provided_find_value (const AtomProvided *provided, GVariant *result);

G_END_DECLS
