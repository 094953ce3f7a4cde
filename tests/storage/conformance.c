/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/storage/conformance_private.h"

static int
set_up (void **state)
{
  ConformanceState *fresh = g_new0 (ConformanceState, 1);

  fresh->store = (const ConformanceStore *) *state;
  fresh->folder = fixture_make_folder ();
  fresh->storage = fresh->store->open (fresh->folder);
  *state = fresh;
  return 0;
}

static int
tear_down (void **state)
{
  ConformanceState *used = (ConformanceState *) *state;

  storage_unref (used->storage);
  fixture_remove_folder (used->folder);
  fixture_forget_values ();
  g_free (used);
  return 0;
}

void
conformance_reopen (ConformanceState *state)
{
  if (!state->store->is_kept)
    return;
  storage_unref (state->storage);
  state->storage = state->store->open (state->folder);
}

StorageRun *
conformance_open_run (ConformanceState *state, const char *id)
{
  g_autoptr (GError) error = NULL;
  StorageRun *run = storage_open_run (state->storage, id, &error);

  if (run == NULL)
    fail_msg ("%s", error->message);
  return run;
}

static const ConformanceChapter *const chapters[]
    = { &conformance_runs, &conformance_atoms, &conformance_records, &conformance_owners,
        &conformance_meaning };

/* Adds a chapter for a store; the names are given to `names`. */
static void
add_chapter (GArray *tests, GPtrArray *names, const ConformanceStore *store,
             const ConformanceChapter *chapter)
{
  for (gsize i = 0; i < chapter->count; i++)
    {
      struct CMUnitTest test = chapter->tests[i];

      test.name = g_strdup_printf ("%s: %s", store->name, test.name);
      test.setup_func = set_up;
      test.teardown_func = tear_down;
      test.initial_state = (gpointer) (gsize) store;
      g_ptr_array_add (names, (gpointer) (gsize) test.name);
      g_array_append_val (tests, test);
    }
}

int
conformance_run (const char *name, const ConformanceStore *stores, gsize n_stores,
                 const struct CMUnitTest *own, gsize n_own)
{
  g_autoptr (GArray) tests = g_array_new (FALSE, FALSE, sizeof (struct CMUnitTest));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < n_stores; i++)
    for (gsize k = 0; k < G_N_ELEMENTS (chapters); k++)
      add_chapter (tests, names, &stores[i], chapters[k]);
  g_array_append_vals (tests, own, (guint) n_own);
  return _cmocka_run_group_tests (name, &g_array_index (tests, struct CMUnitTest, 0), tests->len,
                                  NULL, NULL);
}
