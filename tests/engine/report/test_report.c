/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_variant.h>
#include <backflow/values/value.h>
#include <glib/gstdio.h>

/* A store with one run of a few atoms, and the records that a test writes. */
typedef struct
{
  Storage *storage;
  StorageRun *run;
} World;

enum
{
  A,
  B,
  C,
  LOOK, /* has nothing to undo */
  SEND, /* can't be undone */
  N_ATOMS
};

static const StorageAtom atoms[N_ATOMS] = {
  [A] = { "a", "site", ATOM_KIND_COMMAND, TRUE, ATOM_EFFECTS_REVERSIBLE },
  [B] = { "b", "site", ATOM_KIND_COMMAND, TRUE, ATOM_EFFECTS_REVERSIBLE },
  [C] = { "c", "site", ATOM_KIND_COMMAND, TRUE, ATOM_EFFECTS_REVERSIBLE },
  [LOOK] = { "look", "site", ATOM_KIND_COMMAND, FALSE, ATOM_EFFECTS_NONE },
  [SEND] = { "send", "site", ATOM_KIND_COMMAND, FALSE, ATOM_EFFECTS_IRREVERSIBLE },
};

static World
world_new_in (Storage *storage)
{
  const StorageRunInfo info
      = { .id = "r1", .flow = "site", .version_major = 1, .version_minor = 2 };
  World world = { storage, NULL };
  g_autoptr (GError) error = NULL;

  world.run = storage_create_run (
      world.storage, &info, &(StorageRunContent){ .atoms = atoms, .n_atoms = N_ATOMS }, &error);
  assert_null (error);
  return world;
}

static World
world_new (void)
{
  return world_new_in (storage_new_memory (STORAGE_MEMORY_JOURNAL));
}

static void
world_clear (World *world)
{
  storage_run_close (world->run);
  storage_unref (world->storage);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static void
append (World *world, const StorageRecord *record)
{
  g_autoptr (GError) error = NULL;

  storage_run_append (world->run, record, 1, &error);
  assert_null (error);
}

static void
move_flow (World *world, FlowState from, FlowState to)
{
  StorageRecord record = {
    .kind = STORAGE_RECORD_FLOW, .atom = STORAGE_NO_ATOM, .from = (guint8) from, .to = (guint8) to
  };

  append (world, &record);
}

static void
move (World *world, guint32 atom, AtomState from, AtomState to, GVariant *value)
{
  StorageRecord record
      = { .kind = STORAGE_RECORD_ATOM,
          .atom = atom,
          .from = (guint8) from,
          .to = (guint8) to,
          .intention = to >= ATOM_STATE_REVERTING ? INTENTION_REVERT : INTENTION_EXECUTE,
          .attempt = 1,
          .time_us = 1000,
          .value = value };

  append (world, &record);
}

static GVariant *
new_failure (const char *message)
{
  g_autoptr (Failure) failure = failure_new_printf ("command", "%s", message);

  return failure_to_variant (failure);
}

static void
run (World *world, guint32 atom)
{
  move (world, atom, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, NULL);
  move (world, atom, ATOM_STATE_RUNNING, ATOM_STATE_SUCCESS, NULL);
}

static void
break_down (World *world, guint32 atom)
{
  g_autoptr (GVariant) failure = new_failure ("exited with status 1");

  move (world, atom, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, NULL);
  move (world, atom, ATOM_STATE_RUNNING, ATOM_STATE_FAILURE, failure);
}

static void
revert (World *world, guint32 atom, AtomState from)
{
  move (world, atom, from, ATOM_STATE_REVERTING, NULL);
  move (world, atom, ATOM_STATE_REVERTING, ATOM_STATE_REVERTED, NULL);
}

static void
fail_revert (World *world, guint32 atom)
{
  g_autoptr (GVariant) failure = new_failure ("is busy");

  move (world, atom, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, NULL);
  move (world, atom, ATOM_STATE_REVERTING, ATOM_STATE_REVERT_FAILURE, failure);
}

static Report *
read_report (World *world)
{
  g_autoptr (GError) error = NULL;
  Report *report = report_new (world->storage, "r1", &error);

  assert_null (error);
  assert_non_null (report);
  return report;
}

static ReportEffect
get_effect (const Report *report, guint32 atom)
{
  guint count;

  return report_get_atoms (report, &count)[atom].effect;
}

/* The names of places in the list of atoms, separated by blanks. */
static char *
dup_names (const Report *report, const guint *places, guint count)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint n_atoms;
  const ReportAtom *all = report_get_atoms (report, &n_atoms);

  for (guint i = 0; i < count; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", all[places[i]].name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
assert_effects (const Report *report, const char *expected)
{
  guint count;
  const guint *places = report_get_effects (report, &count);
  g_autofree char *names = dup_names (report, places, count);

  assert_string_equal (names, expected);
}

static void
a_success_leaves_its_effects_in_place (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  run (&world, LOOK);
  run (&world, SEND);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS);
  report = read_report (&world);
  assert_int_equal (get_effect (report, A), REPORT_EFFECT_PRESENT);
  assert_int_equal (get_effect (report, B), REPORT_EFFECT_NONE);
  assert_int_equal (get_effect (report, LOOK), REPORT_EFFECT_NONE);
  assert_int_equal (get_effect (report, SEND), REPORT_EFFECT_STAYS);
  assert_int_equal (report_get_n_left (report), 0);
  assert_effects (report, "send a");
}

static void
a_complete_rollback_leaves_nothing (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  guint n_failed;
  const guint *failed;
  guint n_atoms;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  run (&world, B);
  break_down (&world, C);
  revert (&world, C, ATOM_STATE_FAILURE);
  revert (&world, B, ATOM_STATE_SUCCESS);
  revert (&world, A, ATOM_STATE_SUCCESS);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_REVERTED);
  report = read_report (&world);
  assert_int_equal (report_get_n_left (report), 0);
  assert_effects (report, "c b a");
  assert_int_equal (get_effect (report, C), REPORT_EFFECT_UNDONE);
  failed = report_get_failed (report, &n_failed);
  assert_int_equal (n_failed, 1);
  assert_int_equal (failed[0], C);
  assert_string_equal (
      failure_get_message (report_get_atoms (report, &n_atoms)[C].attempts[0].failure),
      "exited with status 1");
}

static void
what_waits_behind_a_failed_revert_is_left_and_says_behind_whom (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  guint n_atoms;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  run (&world, B);
  break_down (&world, C);
  revert (&world, C, ATOM_STATE_FAILURE);
  fail_revert (&world, B);
  append (&world, &(StorageRecord){ .atom = A,
                                    .kind = STORAGE_RECORD_INTENTION,
                                    .intention = INTENTION_REVERT,
                                    .attempt = B + 1 });
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_FAILURE);
  report = read_report (&world);
  assert_int_equal (get_effect (report, A), REPORT_EFFECT_LEFT);
  assert_int_equal (get_effect (report, B), REPORT_EFFECT_LEFT);
  assert_int_equal (report_get_n_left (report), 2);
  assert_string_equal (report_get_atoms (report, &n_atoms)[A].waits_for, "b");
  assert_null (report_get_atoms (report, &n_atoms)[B].waits_for);
}

static void
nothing_is_claimed_when_several_reverts_failed (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  guint n_atoms;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  run (&world, B);
  run (&world, C);
  fail_revert (&world, B);
  fail_revert (&world, C);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_FAILURE);
  report = read_report (&world);
  assert_int_equal (report_get_n_left (report), 3);
  assert_null (report_get_atoms (report, &n_atoms)[A].waits_for);
}

static void
a_point_of_no_return_counts_as_left_when_the_run_failed (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, SEND);
  break_down (&world, A);
  revert (&world, A, ATOM_STATE_FAILURE);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_FAILURE);
  report = read_report (&world);
  assert_int_equal (get_effect (report, SEND), REPORT_EFFECT_STAYS);
  assert_int_equal (report_get_n_left (report), 1);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (folder);
}

static void
an_attempt_is_unknown_when_nobody_drives_the_run_any_more (void **state)
{
  g_autofree char *folder = g_dir_make_tmp ("backflow-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "runs.db", NULL);
  World world = world_new_in (
      storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_NORMAL, NULL));
  g_autoptr (Report) driven = NULL;
  g_autoptr (Report) interrupted = NULL;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  move (&world, B, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, NULL);
  driven = read_report (&world);
  assert_true (report_is_driven (driven));
  assert_int_equal (get_effect (driven, B), REPORT_EFFECT_CHANGING);
  assert_int_equal (report_get_n_left (driven), 0);

  g_clear_pointer (&world.run, storage_run_close);
  interrupted = read_report (&world);
  assert_false (report_is_driven (interrupted));
  assert_int_equal (get_effect (interrupted, A), REPORT_EFFECT_PRESENT);
  assert_int_equal (get_effect (interrupted, B), REPORT_EFFECT_UNKNOWN);
  assert_int_equal (report_get_n_left (interrupted), 1);
  g_clear_pointer (&driven, report_free);
  g_clear_pointer (&interrupted, report_free);
  world_clear (&world);
  remove_folder (folder);
}

static void
an_interrupted_revert_is_unknown_too (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  move (&world, A, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, NULL);
  g_clear_pointer (&world.run, storage_run_close);
  report = read_report (&world);
  assert_int_equal (get_effect (report, A), REPORT_EFFECT_UNKNOWN);
}

static void
an_intent_that_was_taken_back_is_no_attempt (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  guint n_atoms;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  move (&world, A, ATOM_STATE_SUCCESS, ATOM_STATE_REVERTING, NULL);
  move (&world, A, ATOM_STATE_REVERTING, ATOM_STATE_SUCCESS, NULL);
  move (&world, B, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, NULL);
  move (&world, B, ATOM_STATE_RUNNING, ATOM_STATE_PENDING, NULL);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_SUSPENDED);
  report = read_report (&world);
  assert_int_equal (report_get_atoms (report, &n_atoms)[A].n_attempts, 1);
  assert_int_equal (report_get_atoms (report, &n_atoms)[A].attempts[0].to, ATOM_STATE_SUCCESS);
  assert_int_equal (report_get_atoms (report, &n_atoms)[B].n_attempts, 0);
  assert_int_equal (get_effect (report, B), REPORT_EFFECT_NONE);
}

static void
a_new_life_forgets_what_failed_in_the_old_one (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  guint n_failed;
  guint n_atoms;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  break_down (&world, A);
  revert (&world, A, ATOM_STATE_FAILURE);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_REVERTED);
  move (&world, A, ATOM_STATE_REVERTED, ATOM_STATE_PENDING, NULL);
  move_flow (&world, FLOW_STATE_REVERTED, FLOW_STATE_PENDING);
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_SUCCESS);
  report = read_report (&world);
  report_get_failed (report, &n_failed);
  assert_int_equal (n_failed, 0);
  assert_int_equal (get_effect (report, A), REPORT_EFFECT_PRESENT);
  assert_int_equal (report_get_atoms (report, &n_atoms)[A].n_attempts, 3);
}

static void
notes_logs_and_inputs_are_where_they_belong (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  StorageRecord note
      = { .kind = STORAGE_RECORD_NOTE, .atom = A, .value = g_variant_new_string ("first") };
  StorageRecord log = { .kind = STORAGE_RECORD_LOG,
                        .atom = A,
                        .attempt = 1,
                        .to = ATOM_ACTION_EXECUTE,
                        .value = g_variant_new_string ("r1/a.log") };
  StorageRecord input = { .kind = STORAGE_RECORD_INPUT,
                          .atom = STORAGE_NO_ATOM,
                          .value = g_variant_new ("(sv)", "port", g_variant_new_int64 (80)) };
  StorageRecord request
      = { .kind = STORAGE_RECORD_REQUEST, .atom = STORAGE_NO_ATOM, .to = STORAGE_REQUEST_CANCEL };
  guint n_atoms;
  const ReportAttempt *attempt;
  g_autoptr (GVariant) port = NULL;

  (void) state;
  g_variant_ref_sink (note.value);
  g_variant_ref_sink (log.value);
  g_variant_ref_sink (input.value);
  append (&world, &input);
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  append (&world, &log);
  append (&world, &note);
  append (&world, &note);
  note.atom = STORAGE_NO_ATOM;
  append (&world, &note);
  append (&world, &request);
  report = read_report (&world);
  attempt = &report_get_atoms (report, &n_atoms)[A].attempts[0];
  assert_string_equal (attempt->note, "first\nfirst");
  assert_string_equal (attempt->log, "r1/a.log");
  assert_string_equal (report_get_notes (report)[0], "first");
  assert_null (report_get_notes (report)[1]);
  assert_true (report_has_request (report, STORAGE_REQUEST_CANCEL));
  assert_false (report_has_request (report, STORAGE_REQUEST_SUSPEND));
  port = value_find_key (report_get_inputs (report), "port");
  assert_int_equal (g_variant_get_int64 (port), 80);
  g_variant_unref (note.value);
  g_variant_unref (log.value);
  g_variant_unref (input.value);
}

static void
a_run_is_called_cancelled_when_it_was (void **state)
{
  static const struct
  {
    gboolean has_request;
    gboolean has_failed;
    const char *domain;
    gboolean is_cancelled;
  } cases[] = {
    { TRUE, FALSE, NULL, TRUE },
    { FALSE, TRUE, "cancelled", TRUE },
    { FALSE, TRUE, "command", FALSE },
    { FALSE, FALSE, NULL, TRUE }, /* why else would it be rolled back? */
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (World) world = world_new ();
      g_autoptr (Report) report = NULL;
      StorageRecord request = { .kind = STORAGE_RECORD_REQUEST,
                                .atom = STORAGE_NO_ATOM,
                                .to = STORAGE_REQUEST_CANCEL };

      move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
      if (cases[i].has_request)
        append (&world, &request);
      if (cases[i].has_failed)
        {
          g_autoptr (Failure) failure = failure_new_printf (cases[i].domain, "ended");
          g_autoptr (GVariant) value = failure_to_variant (failure);

          move (&world, A, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, NULL);
          move (&world, A, ATOM_STATE_RUNNING, ATOM_STATE_FAILURE, value);
          revert (&world, A, ATOM_STATE_FAILURE);
        }
      move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_REVERTED);
      report = read_report (&world);
      assert_int_equal (report_is_cancelled (report), cases[i].is_cancelled);
    }
}

static void
a_run_that_is_not_there_is_not_found (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (GError) error = NULL;

  (void) state;
  assert_null (report_new (world.storage, "r2", &error));
  assert_true (g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND));
}

static void
the_whole_report_is_an_object_that_json_can_say (void **state)
{
  g_auto (World) world = world_new ();
  g_autoptr (Report) report = NULL;
  g_autoptr (GVariant) object = NULL;
  g_autoptr (GVariant) read = NULL;
  g_autoptr (GVariant) left = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  (void) state;
  move_flow (&world, FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
  run (&world, A);
  break_down (&world, B);
  fail_revert (&world, A);
  move_flow (&world, FLOW_STATE_RUNNING, FLOW_STATE_FAILURE);
  report = read_report (&world);
  object = report_to_variant (report);
  text = value_to_json (object);
  read = value_new_from_json (text, -1, &error);
  assert_null (error);
  left = value_find_key (read, "left");
  assert_int_equal (g_variant_get_int64 (left), 2);
  assert_non_null (strstr (text, "\"effect\":\"left\""));
  assert_non_null (strstr (text, "\"message\":\"is busy\""));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_success_leaves_its_effects_in_place),
    cmocka_unit_test (a_complete_rollback_leaves_nothing),
    cmocka_unit_test (what_waits_behind_a_failed_revert_is_left_and_says_behind_whom),
    cmocka_unit_test (nothing_is_claimed_when_several_reverts_failed),
    cmocka_unit_test (a_point_of_no_return_counts_as_left_when_the_run_failed),
    cmocka_unit_test (an_attempt_is_unknown_when_nobody_drives_the_run_any_more),
    cmocka_unit_test (an_interrupted_revert_is_unknown_too),
    cmocka_unit_test (an_intent_that_was_taken_back_is_no_attempt),
    cmocka_unit_test (a_new_life_forgets_what_failed_in_the_old_one),
    cmocka_unit_test (notes_logs_and_inputs_are_where_they_belong),
    cmocka_unit_test (a_run_is_called_cancelled_when_it_was),
    cmocka_unit_test (a_run_that_is_not_there_is_not_found),
    cmocka_unit_test (the_whole_report_is_an_object_that_json_can_say),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
