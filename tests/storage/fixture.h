/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of stores share: a folder of their own, short ways to make runs and records, and a
 * run's records as lines of text, so that a test can say what it expects of a journal as a story.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/storage/storage.h>

G_BEGIN_DECLS

/* Makes a folder for a test. Returns: (transfer full). */
char *fixture_make_folder (void);

/* Removes a folder and all that is in it; frees the name. NULL is fine. */
void fixture_remove_folder (char *folder);

/* cmocka's setup and teardown of tests that have nothing but a folder: the state is its path. */
int fixture_set_up (void **state);
int fixture_tear_down (void **state);

/* Asserts that `error` is of STORAGE_ERROR and `code` and that its message has `text`, and frees
 * it. */
void fixture_assert_error (GError **error, StorageError code, const char *text);

/* Makes a run of `n_atoms` atoms "a0", "a1"… of the flow "flow"; it must succeed. */
StorageRun *fixture_create_run (Storage *storage, const char *id, guint n_atoms);

/* Takes a run over; it must succeed. */
StorageRun *fixture_take_run (Storage *storage, const char *id);

/* Appends one record; it must succeed. */
void fixture_append (StorageRun *run, StorageRecord record);

/* An ATOM record; value: (nullable) sunk and kept until fixture_forget_values(). */
StorageRecord fixture_atom (guint atom, AtomState from, AtomState to, guint attempt,
                            GVariant *value);

/* A FLOW record. */
StorageRecord fixture_flow (FlowState from, FlowState to);

/* A record of another kind; value: as above. */
StorageRecord fixture_other (StorageRecordKind kind, guint atom, guint to, guint attempt,
                             GVariant *value);

/* storage_attend() to the requests to the present owner since `*seen`, which is moved on. */
gboolean fixture_poll_requests (Storage *storage, const char *id, guint64 *seen,
                                StorageRequestFunc func, gpointer user_data, GError **error);

/* Drops the values of records made above. */
void fixture_forget_values (void);

/* The records of a run, a line each, without times: "1 ATOM 0 PENDING>RUNNING EXECUTE #1 value".
 * Returns: (transfer full). */
char *fixture_describe (StorageRun *run);

/* Asserts that fixture_describe() gives the lines of `expected`. */
void fixture_assert_records (StorageRun *run, const char *expected);

/* The number of records of a run. */
guint fixture_count (StorageRun *run);

G_END_DECLS
