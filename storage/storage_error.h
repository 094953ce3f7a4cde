/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a store can answer instead of doing its work. Each code is one question of a caller: shall
 * it ask for something else, wait and try again, make room, or give up.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

#define STORAGE_ERROR (storage_error_quark ())

/* URI: no store is known by that URI, or its path is too long. NOT_FOUND: no such run (or no such
 * store, when it may not be made). AMBIGUOUS: several runs begin like that. EXISTS: a run of that
 * id exists. NEWER: a newer Backflow wrote the store; it was left untouched. CORRUPT: the store
 * contradicts itself, or is something else. OWNED: the run is owned by a live engine elsewhere.
 * FENCED: the run was taken over; nothing was written. FULL: no space left; the record is not in
 * the store, and appending it may be tried again. PERMISSION: not allowed to read or write. BUSY:
 * locked by others for longer than the patience of the store. IO: reading or writing failed.
 * UNOWNED: the run has no live owner that would heed a request: take it over. TOO_LARGE: a value or
 * a text is larger than the store can keep; nothing was written. */
typedef enum
{
  STORAGE_ERROR_URI,
  STORAGE_ERROR_NOT_FOUND,
  STORAGE_ERROR_AMBIGUOUS,
  STORAGE_ERROR_EXISTS,
  STORAGE_ERROR_NEWER,
  STORAGE_ERROR_CORRUPT,
  STORAGE_ERROR_OWNED,
  STORAGE_ERROR_FENCED,
  STORAGE_ERROR_FULL,
  STORAGE_ERROR_PERMISSION,
  STORAGE_ERROR_BUSY,
  STORAGE_ERROR_IO,
  STORAGE_ERROR_UNOWNED,
  STORAGE_ERROR_TOO_LARGE,
} StorageError;

/* The domain of these errors. */
BACKFLOW_PUBLIC GQuark storage_error_quark (void);

G_END_DECLS
