/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The suite that every store passes. A test program hands it the stores to test and its own tests,
 * so that all are one program's results.
 */

#include "tests/storage/fixture.h"

G_BEGIN_DECLS

/* A store to test. open: opens it in the folder of the test, the same one again when it is called
 * again. is_kept: whether runs are there again after the store was closed. */
typedef struct
{
  const char *name;
  Storage *(*open) (const char *folder);
  gboolean is_kept;
} ConformanceStore;

/* Runs the suite on each store, then `own`. Returns: the status of the program. */
int conformance_run (const char *name, const ConformanceStore *stores, gsize n_stores,
                     const struct CMUnitTest *own, gsize n_own);

G_END_DECLS
