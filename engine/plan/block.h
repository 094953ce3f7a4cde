/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Block: zeroed memory for the flat arrays of plans and runs. Large blocks ask the kernel for huge
 * pages, because the first touch of a million small pages costs more than running a million atoms.
 * A block has one owner, who frees it with the size that it was made with.
 */

#include <glib.h>

/* `size` zeroed bytes; NULL for 0. Aborts when there is no memory, as GLib does. Returns: (transfer
 * full). */
gpointer block_new (gsize size);

/* NULL is fine. */
void block_free (gpointer block, gsize size);

#define block_new_array(type, count) ((type *) block_new (sizeof (type) * (gsize) (count)))
#define block_free_array(type, block, count) block_free ((block), sizeof (type) * (gsize) (count))
