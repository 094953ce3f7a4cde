/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StorageSchemes: the kinds of stores that a URI can name. A table begins with the schemes of this
 * library; a module that has a store of its own adds a row. A table belongs to its maker, and is
 * used by one thread at a time. storage_open() knows the schemes of this library alone.
 */

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct StorageSchemes StorageSchemes;

/* A kind of store. scheme: what stands before the first colon of a URI. form: how such a URI is
 * written, for messages, such as "sqlite:PATH". open: opens the store; place: what follows the colon
 * up to the last question mark, options: (nullable) what follows that; NULL with an error as
 * storage_open(). */
typedef struct
{
  const char *scheme;
  const char *form;
  Storage *(*open) (const char *uri, const char *place, const char *options, StorageOpen mode,
                    GError **error);
} StorageScheme;

/* Makes a table with `memory` and `sqlite`. Returns: (transfer full). */
BACKFLOW_PUBLIC StorageSchemes *storage_schemes_new (void);

/* Frees a table; stores that it has opened stay. NULL is fine. */
BACKFLOW_PUBLIC void storage_schemes_free (StorageSchemes *schemes);

/* Adds a kind of store; `scheme` is static, or outlives the table. FALSE with STORAGE_ERROR_EXISTS
 * when the table has a row of that name. */
BACKFLOW_PUBLIC gboolean storage_schemes_add (StorageSchemes *schemes, const StorageScheme *scheme,
                                              GError **error);

/* Opens the store of a URI. Returns: as storage_open(); STORAGE_ERROR_URI lists the forms that the
 * table knows. */
BACKFLOW_PUBLIC Storage *storage_schemes_open (const StorageSchemes *schemes, const char *uri,
                                               StorageOpen mode, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StorageSchemes, storage_schemes_free)

G_END_DECLS
