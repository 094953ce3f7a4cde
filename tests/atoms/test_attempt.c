/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gio/gio.h>
#include <string.h>

#include <backflow/atoms/task.h>

#include "tests/atoms/atom_fixture.h"

/* What the functions of a test do, and what was called. */
typedef struct
{
  GString *calls;
  const char *failing; /* the name of the function that fails (nullable) */
  char *seen;          /* the failure that a post hook saw (nullable) */
} Script;

static gboolean
note_call (Script *script, const char *name, GError **error)
{
  g_string_append_printf (script->calls, "%s ", name);
  if (g_strcmp0 (script->failing, name) != 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s is busy", name);
  return FALSE;
}

#define SCRIPTED(name)                                                                             \
  static gboolean name (AtomContext *context, gpointer user_data, GError **error)                  \
  {                                                                                                \
    (void) context;                                                                                \
    return note_call (user_data, #name, error);                                                    \
  }

SCRIPTED (pre_execute)
SCRIPTED (execute)
SCRIPTED (pre_revert)
SCRIPTED (revert)

static gboolean
look_and_note (AtomContext *context, Script *script, const char *name, GError **error)
{
  const Failure *failure = atom_context_get_failure (context);

  g_free (script->seen);
  script->seen = failure != NULL ? g_strdup (failure_get_message (failure)) : NULL;
  return note_call (script, name, error);
}

static gboolean
post_execute (AtomContext *context, gpointer user_data, GError **error)
{
  return look_and_note (context, user_data, "post_execute", error);
}

static gboolean
post_revert (AtomContext *context, gpointer user_data, GError **error)
{
  return look_and_note (context, user_data, "post_revert", error);
}

static Atom *
new_hooked (Script *script)
{
  static const TaskHooks hooks = { pre_execute, post_execute, pre_revert, post_revert };
  Atom *task = task_new ("hooked", execute, revert, script, NULL);

  task_set_hooks (task, &hooks);
  return task;
}

/* -- Functions and hooks ---------------------------------------------------------------------- */

static void
hooks_run_around_the_function_and_the_first_failure_counts (void **state)
{
  static const struct
  {
    AtomAction action;
    const char *failing;
    const char *calls;
    const char *failure;
    const char *seen;
  } cases[] = {
    { ATOM_ACTION_EXECUTE, NULL, "pre_execute execute post_execute ", "", NULL },
    { ATOM_ACTION_EXECUTE, "pre_execute", "pre_execute post_execute ", "pre_execute is busy",
      "pre_execute is busy" },
    { ATOM_ACTION_EXECUTE, "execute", "pre_execute execute post_execute ", "execute is busy",
      "execute is busy" },
    { ATOM_ACTION_EXECUTE, "post_execute", "pre_execute execute post_execute ",
      "post_execute is busy", NULL },
    { ATOM_ACTION_REVERT, NULL, "pre_revert revert post_revert ", "", NULL },
    { ATOM_ACTION_REVERT, "pre_revert", "pre_revert post_revert ", "pre_revert is busy",
      "pre_revert is busy" },
    { ATOM_ACTION_REVERT, "revert", "pre_revert revert post_revert ", "revert is busy",
      "revert is busy" },
    { ATOM_ACTION_REVERT, "post_revert", "pre_revert revert post_revert ", "post_revert is busy",
      NULL },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Script script = { g_string_new (NULL), cases[i].failing, NULL };
      g_auto (AtomFixture) fixture = { 0 };
      gboolean fails = cases[i].failure[0] != '\0';

      atom_fixture_init (&fixture, new_hooked (&script), cases[i].action);
      fixture.attempt.number = 3;
      assert_int_equal (atom_fixture_run (&fixture),
                        fails ? ATTEMPT_OUTCOME_FAILURE : ATTEMPT_OUTCOME_SUCCESS);
      assert_string_equal (script.calls->str, cases[i].calls);
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].failure);
      if (fails)
        {
          assert_string_equal (atom_fixture_get_domain (&fixture), "g-io-error-quark");
          assert_int_equal (failure_get_fields (fixture.attempt.failure)->code, G_IO_ERROR_BUSY);
          assert_int_equal (failure_get_fields (fixture.attempt.failure)->attempt, 3);
        }
      if (cases[i].seen != NULL)
        assert_string_equal (script.seen, cases[i].seen);
      else
        assert_null (script.seen);
      g_string_free (script.calls, TRUE);
      g_free (script.seen);
    }
}

static gboolean
fail_always (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", (const char *) user_data);
  return FALSE;
}

static void
a_hook_that_fails_after_a_failure_is_noted (void **state)
{
  static const TaskHooks hooks = { .post_execute = fail_always };
  static const char text[] = "no way";
  g_auto (AtomFixture) fixture = { 0 };
  Atom *task = task_new ("failing", fail_always, NULL, (gpointer) (guintptr) text, NULL);

  (void) state;
  task_set_hooks (task, &hooks);
  atom_fixture_init (&fixture, task, ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_message (&fixture), "no way");
  assert_string_equal (fixture.attempt.note, "post_execute failed too: no way");
}

static void
an_atom_without_the_function_succeeds_with_nothing (void **state)
{
  (void) state;
  for (AtomAction action = ATOM_ACTION_EXECUTE; action <= ATOM_ACTION_REVERT; action++)
    {
      g_auto (AtomFixture) fixture = { 0 };

      atom_fixture_init (&fixture, task_new ("nothing", NULL, NULL, NULL, NULL), action);
      assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
      assert_null (fixture.attempt.result);
    }
}

/* -- Contract --------------------------------------------------------------------------------- */

static gboolean
return_false (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return FALSE;
}

static gboolean
return_true_with_error (AtomContext *context, gpointer user_data, GError **error)
{
  fail_always (context, user_data, error);
  return TRUE;
}

static gboolean
set_own_failure (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (Failure) failure = failure_new_printf ("mine", "of my own");
  g_autoptr (Failure) second = failure_new_printf ("mine", "not this one");

  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (1));
  atom_context_set_failure (context, failure);
  atom_context_set_failure (context, second);
  return user_data != NULL;
}

static gboolean
set_unfit_result (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_double (1.0 / 0.0));
  return TRUE;
}

static gboolean
set_results (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (1));
  atom_context_set_result (context, g_variant_new_int32 (2));
  return TRUE;
}

static void
what_a_function_may_not_do_is_a_failure (void **state)
{
  static char text[] = "why";
  static const struct
  {
    AtomFunc function;
    gpointer user_data;
    const char *domain;
    const char *message;
  } cases[] = {
    { return_false, NULL, "contract", "execute returned FALSE without an error" },
    { return_true_with_error, text, "contract", "execute returned TRUE with an error set: why" },
    { set_own_failure, NULL, "mine", "of my own" },
    { set_own_failure, text, "mine", "of my own" },
    { set_unfit_result, NULL, "backflow-value-error-quark",
      "the result: a number that is infinite or NaN is no value" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (AtomFixture) fixture = { 0 };

      atom_fixture_init (&fixture,
                         task_new ("odd", cases[i].function, NULL, cases[i].user_data, NULL),
                         ATOM_ACTION_EXECUTE);
      assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_domain (&fixture), cases[i].domain);
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].message);
      assert_null (fixture.attempt.result);
    }
}

static void
the_last_result_counts_and_is_normalised (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, task_new ("results", set_results, NULL, NULL, NULL),
                     ATOM_ACTION_EXECUTE);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_variant_get_int64 (fixture.attempt.result), 2);
}

/* -- Ending ----------------------------------------------------------------------------------- */

static void
an_attempt_ends_once_and_is_used_again (void **state)
{
  Attempt attempt;

  (void) state;
  memset (&attempt, 0, sizeof attempt);
  attempt_reset (&attempt);
  assert_int_equal (attempt.cancel_fd, -1);
  attempt_succeed (&attempt, g_variant_ref_sink (g_variant_new_int64 (1)));
  assert_int_equal (attempt.outcome, ATTEMPT_OUTCOME_SUCCESS);
  attempt_fail (&attempt, failure_new_printf ("result", "unfit after all"));
  assert_int_equal (attempt.outcome, ATTEMPT_OUTCOME_FAILURE);
  assert_null (attempt.result);
  attempt.log_path = g_strdup ("/log");
  attempt.note = g_strdup ("note");
  atomic_store (&attempt.cancelled, 1);
  attempt_reset (&attempt);
  assert_int_equal (attempt.outcome, ATTEMPT_OUTCOME_NONE);
  assert_null (attempt.failure);
  assert_null (attempt.log_path);
  assert_null (attempt.note);
  assert_int_equal (atomic_load (&attempt.cancelled), 0);
  attempt_succeed (&attempt, NULL);
  assert_null (attempt.result);
}

/* -- Keys ------------------------------------------------------------------------------------- */

static void
a_key_is_made_of_run_atom_action_and_number (void **state)
{
  static const struct
  {
    const char *run_key;
    AtomAction action;
    guint number;
    const char *key;
  } cases[] = {
    { NULL, ATOM_ACTION_EXECUTE, 1, "run-1/copy/execute/1" },
    { "run-1@5f", ATOM_ACTION_EXECUTE, 1, "run-1@5f/copy/execute/1" },
    { "run-1@5f", ATOM_ACTION_EXECUTE, 12, "run-1@5f/copy/execute/12" },
    { "run-1@5f", ATOM_ACTION_REVERT, 12, "run-1@5f/copy/revert/12" },
  };
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, task_new ("copy", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *key = NULL;
      g_autofree char *of_context = NULL;

      fixture.run.key = cases[i].run_key;
      fixture.attempt.action = cases[i].action;
      fixture.attempt.number = cases[i].number;
      /* Which number the engine gives the atom may differ in its next life. */
      fixture.attempt.node = i;
      key = attempt_dup_idempotency_key (&fixture.attempt);
      of_context = atom_context_dup_idempotency_key (&fixture.attempt);
      assert_string_equal (key, cases[i].key);
      assert_string_equal (of_context, cases[i].key);
    }
}

static void
a_probe_has_the_key_of_what_it_looks_for (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };
  g_autofree char *key = NULL;

  (void) state;
  atom_fixture_init (&fixture, task_new ("copy", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  fixture.attempt.work = ATTEMPT_PROBE;
  key = attempt_dup_idempotency_key (&fixture.attempt);
  assert_string_equal (key, "run-1/copy/execute/1");
}

/* -- Probes ----------------------------------------------------------------------------------- */

/* What a probe does. */
typedef struct
{
  TaskProbe found;
  gboolean fails;
  gboolean is_unfit;
  GString *calls;
} ProbeScript;

static TaskProbe
probe (AtomContext *context, gpointer user_data, GError **error)
{
  const ProbeScript *script = user_data;

  g_string_append (script->calls, "probe ");
  atom_context_set_result (context,
                           script->is_unfit ? g_variant_new_handle (1) : g_variant_new_byte (5));
  if (script->fails)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "the world is busy");
  return script->found;
}

static gboolean
do_not_call (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  g_string_append (((ProbeScript *) user_data)->calls, "action ");
  return TRUE;
}

static void
init_probe (AtomFixture *fixture, ProbeScript *script)
{
  static const TaskHooks hooks = { do_not_call, do_not_call, do_not_call, do_not_call };
  Atom *task = task_new ("probed", do_not_call, do_not_call, script, NULL);

  task_set_hooks (task, &hooks);
  task_set_probe (task, probe);
  atom_fixture_init (fixture, task, ATOM_ACTION_EXECUTE);
  fixture->attempt.work = ATTEMPT_PROBE;
}

static void
a_probe_runs_alone_and_says_what_is_there (void **state)
{
  static const struct
  {
    ProbeScript script;
    AttemptOutcome outcome;
    const char *message;
  } cases[] = {
    { { .found = TASK_PROBE_PRESENT }, ATTEMPT_OUTCOME_SUCCESS, "" },
    { { .found = TASK_PROBE_ABSENT }, ATTEMPT_OUTCOME_ABSENT, "" },
    { { .found = TASK_PROBE_UNKNOWN }, ATTEMPT_OUTCOME_FAILURE, "the probe cannot tell" },
    { { .found = TASK_PROBE_UNKNOWN, .fails = TRUE },
      ATTEMPT_OUTCOME_FAILURE,
      "the world is busy" },
    { { .found = TASK_PROBE_PRESENT, .fails = TRUE },
      ATTEMPT_OUTCOME_FAILURE,
      "the world is busy" },
    { { .found = TASK_PROBE_ABSENT, .fails = TRUE }, ATTEMPT_OUTCOME_FAILURE, "the world is busy" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) calls = g_string_new (NULL);
      ProbeScript script = cases[i].script;
      g_auto (AtomFixture) fixture = { 0 };

      script.calls = calls;
      init_probe (&fixture, &script);
      assert_int_equal (atom_fixture_run (&fixture), cases[i].outcome);
      assert_string_equal (calls->str, "probe ");
      assert_string_equal (atom_fixture_get_message (&fixture), cases[i].message);
      if (cases[i].outcome == ATTEMPT_OUTCOME_FAILURE)
        assert_string_equal (atom_fixture_get_domain (&fixture), "probe");
      if (cases[i].outcome == ATTEMPT_OUTCOME_SUCCESS)
        assert_int_equal (g_variant_get_int64 (fixture.attempt.result), 5);
      else
        assert_null (fixture.attempt.result);
    }
}

static void
what_is_there_with_a_result_that_is_unfit_is_unknown (void **state)
{
  g_autoptr (GString) calls = g_string_new (NULL);
  ProbeScript script = { TASK_PROBE_PRESENT, FALSE, TRUE, calls };
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  init_probe (&fixture, &script);
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_null (fixture.attempt.result);
}

static void
an_atom_without_a_probe_says_nothing (void **state)
{
  g_auto (AtomFixture) fixture = { 0 };

  (void) state;
  atom_fixture_init (&fixture, task_new ("copy", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  fixture.attempt.work = ATTEMPT_PROBE;
  assert_int_equal (atom_fixture_run (&fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&fixture), "probe");
  assert_string_equal (atom_fixture_get_message (&fixture), "the task has no probe");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (hooks_run_around_the_function_and_the_first_failure_counts),
    cmocka_unit_test (a_hook_that_fails_after_a_failure_is_noted),
    cmocka_unit_test (an_atom_without_the_function_succeeds_with_nothing),
    cmocka_unit_test (what_a_function_may_not_do_is_a_failure),
    cmocka_unit_test (the_last_result_counts_and_is_normalised),
    cmocka_unit_test (an_attempt_ends_once_and_is_used_again),
    cmocka_unit_test (a_key_is_made_of_run_atom_action_and_number),
    cmocka_unit_test (a_probe_has_the_key_of_what_it_looks_for),
    cmocka_unit_test (a_probe_runs_alone_and_says_what_is_there),
    cmocka_unit_test (what_is_there_with_a_result_that_is_unfit_is_unknown),
    cmocka_unit_test (an_atom_without_a_probe_says_nothing),
  };

  return cmocka_run_group_tests_name ("attempt", tests, NULL, NULL);
}
