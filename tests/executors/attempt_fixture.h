/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of attempts share: a run with an environment and a folder of its own, an attempt
 * to fill in, and looking afterwards whether files or descriptors are left.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

G_BEGIN_DECLS

/* `attempt` is of `run`, number 1, execute. PATH begins with `folder`, where `args` is a command
 * that shows each of its arguments as <argument>. TMPDIR is `temporary`, which has to be empty in
 * the end; `run.log_dir` does not exist yet. The run's id is nobody else's, because processes of an
 * attempt that failed are found by it on the whole machine. */
typedef struct
{
  char *folder;
  char *temporary;
  char *started_in;
  char *log_dir;
  char *run_id;
  char **environment;
  AttemptRun run;
  Attempt attempt;
  GVariant *arguments[4]; /* owned */
  guint n_descriptors;
} AttemptFixture;

/* cmocka's setup and teardown. */
int attempt_fixture_setup (void **state);
int attempt_fixture_teardown (void **state);

/* Makes the attempt one of a task that executes `text`; owned by the fixture. Returns: the task, to
 * be changed. */
Atom *attempt_fixture_set_shell (AttemptFixture *fixture, const char *text);

/* The same with up to three words after the command, NULL for none. */
Atom *attempt_fixture_set_argv (AttemptFixture *fixture, const char *command, const char *first,
                                const char *second, const char *third);

/* Makes the attempt one of `atom`, taken over. Returns: the atom. */
Atom *attempt_fixture_take_atom (AttemptFixture *fixture, Atom *atom);

/* Adds an argument to the task with its value, NULL for one that is optional and absent. `value` is
 * sunk. */
void attempt_fixture_add_argument (AttemptFixture *fixture, const char *name, GVariant *value);

/* Makes the attempt a revert. `result` (nullable) is what execute returned, sunk; with NULL it has
 * failed. */
void attempt_fixture_set_revert (AttemptFixture *fixture, GVariant *result);

/* Sets a variable of the run's environment. */
void attempt_fixture_set_variable (AttemptFixture *fixture, const char *name, const char *value);

/* A path below the folder. Returns: (transfer full). */
char *attempt_fixture_place (const AttemptFixture *fixture, const char *name);

/* Makes an executable file there. */
void attempt_fixture_add_script (const AttemptFixture *fixture, const char *name, const char *text);

/* Fails the test unless the attempt has succeeded with a result that is this JSON. */
void attempt_fixture_assert_result (const AttemptFixture *fixture, const char *json);

/* Fails the test unless the attempt has failed in that domain, with `part` in the message. Returns:
 * the fields. */
const FailureFields *attempt_fixture_assert_failure (const AttemptFixture *fixture,
                                                     const char *domain, const char *part);

/* The same for an attempt that could not be started. */
const FailureFields *attempt_fixture_assert_unstarted (const AttemptFixture *fixture,
                                                       const char *domain, const char *part);

/* How many descriptors are open. */
guint attempt_fixture_count_descriptors (void);

G_END_DECLS
