/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include <backflow/values/value.h>

#include "tests/executors/attempt_fixture.h"

guint
attempt_fixture_count_descriptors (void)
{
  GDir *folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (folder) != NULL)
    count++;
  g_dir_close (folder);
  return count;
}

static int
remove_entry (const char *path, const struct stat *about, int flag, struct FTW *place)
{
  (void) about;
  (void) flag;
  (void) place;
  return remove (path);
}

static void
set_environment (AttemptFixture *fixture)
{
  g_autofree char *path = g_strdup_printf ("%s:/bin:/usr/bin", fixture->folder);

  attempt_fixture_set_variable (fixture, "PATH", path);
  attempt_fixture_set_variable (fixture, "TMPDIR", fixture->temporary);
  attempt_fixture_set_variable (fixture, "INHERITED", "from the run");
}

int
attempt_fixture_setup (void **state)
{
  AttemptFixture *fixture = g_new0 (AttemptFixture, 1);

  fixture->n_descriptors = attempt_fixture_count_descriptors ();
  fixture->folder = g_dir_make_tmp ("backflow-attempt-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  fixture->temporary = attempt_fixture_place (fixture, "tmp");
  fixture->log_dir = attempt_fixture_place (fixture, "logs/run");
  assert_int_equal (g_mkdir (fixture->temporary, 0700), 0);
  attempt_fixture_add_script (fixture, "args", "#!/bin/sh\nfor a; do printf '<%s>' \"$a\"; done\n");
  set_environment (fixture);
  fixture->started_in = g_get_current_dir ();
  assert_int_equal (g_chdir (fixture->folder), 0);
  fixture->run_id = g_uuid_string_random ();
  fixture->run.run_id = fixture->run_id;
  fixture->run.log_dir = fixture->log_dir;
  fixture->attempt.run = &fixture->run;
  fixture->attempt.number = 1;
  fixture->attempt.arguments = fixture->arguments;
  fixture->attempt.cancel_fd = -1;
  *state = fixture;
  return 0;
}

int
attempt_fixture_teardown (void **state)
{
  AttemptFixture *fixture = *state;

  attempt_reset (&fixture->attempt);
  atom_unref (fixture->attempt.atom);
  g_clear_pointer (&fixture->attempt.own_result, g_variant_unref);
  for (guint i = 0; i < G_N_ELEMENTS (fixture->arguments); i++)
    g_clear_pointer (&fixture->arguments[i], g_variant_unref);
  assert_int_equal (g_chdir (fixture->started_in), 0);
  assert_int_equal (attempt_fixture_count_descriptors (), fixture->n_descriptors);
  assert_int_equal (g_rmdir (fixture->temporary), 0);
  assert_int_equal (nftw (fixture->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
  g_strfreev (fixture->environment);
  g_free (fixture->run_id);
  g_free (fixture->log_dir);
  g_free (fixture->temporary);
  g_free (fixture->started_in);
  g_free (fixture->folder);
  g_free (fixture);
  return 0;
}

Atom *
attempt_fixture_take_atom (AttemptFixture *fixture, Atom *atom)
{
  atom_unref (fixture->attempt.atom);
  fixture->attempt.atom = atom;
  return atom;
}

Atom *
attempt_fixture_set_shell (AttemptFixture *fixture, const char *text)
{
  Atom *command = attempt_fixture_take_atom (fixture, command_new ("one"));

  command_set_shell (command, COMMAND_EXECUTE, text);
  return command;
}

Atom *
attempt_fixture_set_argv (AttemptFixture *fixture, const char *command, const char *first,
                          const char *second, const char *third)
{
  const char *argv[] = { command, first, second, third, NULL };
  Atom *atom = attempt_fixture_take_atom (fixture, command_new ("one"));

  command_set_argv (atom, COMMAND_EXECUTE, argv);
  return atom;
}

void
attempt_fixture_add_argument (AttemptFixture *fixture, const char *name, GVariant *value)
{
  guint count;

  if (value != NULL)
    atom_require (fixture->attempt.atom, name);
  else
    atom_accept (fixture->attempt.atom, name);
  (void) atom_get_arguments (fixture->attempt.atom, fixture->attempt.action, &count);
  assert_in_range (count, 1, G_N_ELEMENTS (fixture->arguments));
  if (value != NULL)
    fixture->arguments[count - 1] = g_variant_ref_sink (value);
}

void
attempt_fixture_set_revert (AttemptFixture *fixture, GVariant *result)
{
  fixture->attempt.work = ATTEMPT_REVERT;
  fixture->attempt.action = ATOM_ACTION_REVERT;
  if (result != NULL)
    fixture->attempt.own_result = g_variant_ref_sink (result);
}

void
attempt_fixture_set_variable (AttemptFixture *fixture, const char *name, const char *value)
{
  fixture->environment = g_environ_setenv (fixture->environment, name, value, TRUE);
  fixture->run.environment = (const char *const *) fixture->environment;
}

char *
attempt_fixture_place (const AttemptFixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

void
attempt_fixture_add_script (const AttemptFixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = attempt_fixture_place (fixture, name);

  assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
}

void
attempt_fixture_assert_result (const AttemptFixture *fixture, const char *json)
{
  const Attempt *attempt = &fixture->attempt;
  g_autofree char *result = NULL;

  if (attempt->outcome == ATTEMPT_OUTCOME_FAILURE)
    fail_msg ("failed: %s", failure_get_message (attempt->failure));
  assert_int_equal (attempt->outcome, ATTEMPT_OUTCOME_SUCCESS);
  assert_null (attempt->failure);
  result = value_to_json (attempt->result);
  assert_string_equal (result, json);
}

static const FailureFields *
assert_failure (const AttemptFixture *fixture, const char *domain, const char *part)
{
  const FailureFields *fields;

  assert_null (fixture->attempt.result);
  fields = failure_get_fields (fixture->attempt.failure);
  assert_string_equal (fields->domain, domain);
  if (strstr (fields->message, part) == NULL)
    fail_msg ("no \"%s\" in the message: %s", part, fields->message);
  assert_int_equal (fields->attempt, fixture->attempt.number);
  return fields;
}

const FailureFields *
attempt_fixture_assert_failure (const AttemptFixture *fixture, const char *domain, const char *part)
{
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_FAILURE);
  return assert_failure (fixture, domain, part);
}

const FailureFields *
attempt_fixture_assert_unstarted (const AttemptFixture *fixture, const char *domain,
                                  const char *part)
{
  assert_int_equal (fixture->attempt.outcome, ATTEMPT_OUTCOME_NOT_STARTED);
  return assert_failure (fixture, domain, part);
}
