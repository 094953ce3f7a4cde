/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The chapters of the suite in conformance.h, a file each, and what their tests start with.
 */

#include "tests/storage/conformance.h"

G_BEGIN_DECLS

/* The state of a test: an empty store in a folder of its own. */
typedef struct
{
  const ConformanceStore *store;
  char *folder;
  Storage *storage;
} ConformanceState;

typedef struct
{
  const struct CMUnitTest *tests;
  gsize count;
} ConformanceChapter;

extern const ConformanceChapter conformance_runs;    /* making, finding and listing runs */
extern const ConformanceChapter conformance_atoms;   /* adding atoms to a run */
extern const ConformanceChapter conformance_records; /* appending and reading records */
extern const ConformanceChapter
    conformance_owners; /* taking runs over, and asking something of their owners */
extern const ConformanceChapter conformance_meaning; /* the state that the records give */

/* Closes the store and opens it again, where runs outlive that. */
void conformance_reopen (ConformanceState *state);

/* Opens a run for reading; it must succeed. */
StorageRun *conformance_open_run (ConformanceState *state, const char *id);

G_END_DECLS
