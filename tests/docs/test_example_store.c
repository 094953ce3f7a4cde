/* SPDX-License-Identifier: Apache-2.0 */
/* The store that docs/write-a-store.md explains passes the suite of all stores. */
#include "tests/storage/conformance.h"

int example_main (void);

#define main example_main
#include "examples/store.c"
#undef main

static Storage *
open_counting (const char *folder)
{
  g_autoptr (Storage) memory = storage_new_memory (STORAGE_MEMORY_JOURNAL);

  (void) folder;
  return storage_new_counting (memory);
}

static void
what_passes_through_is_counted (void **state)
{
  g_autoptr (Storage) storage = open_counting (NULL);
  g_autoptr (StorageRun) run = fixture_create_run (storage, "r", 1);

  (void) state;
  fixture_append (run, fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING));
  fixture_append (run, fixture_flow (FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS));
  assert_int_equal (((CountingStore *) storage)->n_records, 2);
}

int
main (void)
{
  const ConformanceStore stores[] = { { "counting", open_counting, FALSE } };
  const struct CMUnitTest own[] = { cmocka_unit_test (what_passes_through_is_counted) };

  return conformance_run ("example_store", stores, G_N_ELEMENTS (stores), own, G_N_ELEMENTS (own));
}
