/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AtomFixture: an atom with one attempt of it, as an engine would make it, and a folder for files.
 * For tests that call C atoms without an engine. Assertions of cmocka are for the test: what goes
 * wrong here aborts.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/context.h>

typedef struct
{
  Atom *atom;
  AttemptRun run;
  Attempt attempt;
  GVariant **arguments; /* one per declared argument of the action */
  guint n_arguments;
} AtomFixture;

/* Prepares the first attempt of an action. atom: (transfer full). */
void atom_fixture_init (AtomFixture *fixture, Atom *atom, AtomAction action);

/* Gives a declared argument its value (sunk). */
void atom_fixture_set (AtomFixture *fixture, const char *name, GVariant *value);

/* Runs the attempt. Returns: its outcome. */
AttemptOutcome atom_fixture_run (AtomFixture *fixture);

/* Prepares the next attempt of the atom: a revert after an execute gets what that returned.
 * Arguments are kept. */
void atom_fixture_next (AtomFixture *fixture, AtomAction action);

/* As atom_fixture_next() after a crash: nobody knows how the attempt before ended. */
void atom_fixture_crash (AtomFixture *fixture, AtomAction action);

/* The message of the attempt's failure; "" when it has none. */
const char *atom_fixture_get_message (const AtomFixture *fixture);

/* The domain of the attempt's failure; "" when it has none. */
const char *atom_fixture_get_domain (const AtomFixture *fixture);

void atom_fixture_clear (AtomFixture *fixture);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AtomFixture, atom_fixture_clear)

/* The value of a JSON text. Returns: (transfer full). */
GVariant *atom_fixture_json (const char *text);

/* Begins a try for each element of a JSON array. */
void atom_fixture_fill_history (RetryHistory *history, const char *tried);

/* Makes an empty folder for files. Returns: (transfer full) its path. */
char *folder_new (void);

/* How many entries a folder has, hidden ones too. */
guint folder_count_entries (const char *folder);

/* Removes a folder with all that is in it, and frees the path. */
void folder_free (char *folder);
