/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* nftw() */
#include "tests/atoms/atom_fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/values/value.h>

#include "atoms/retry_history.h"

#define RUN_ID "run-1"

void
atom_fixture_init (AtomFixture *fixture, Atom *atom, AtomAction action)
{
  memset (fixture, 0, sizeof *fixture);
  fixture->atom = atom;
  fixture->run.run_id = RUN_ID;
  attempt_reset (&fixture->attempt);
  fixture->attempt.atom = atom;
  fixture->attempt.action = action;
  fixture->attempt.number = 1;
  fixture->attempt.run = &fixture->run;
  atom_get_arguments (atom, action, &fixture->n_arguments);
  fixture->arguments = g_new0 (GVariant *, fixture->n_arguments + 1);
  fixture->attempt.arguments = fixture->arguments;
}

void
atom_fixture_set (AtomFixture *fixture, const char *name, GVariant *value)
{
  const AtomArgument *arguments
      = atom_get_arguments (fixture->atom, fixture->attempt.action, &fixture->n_arguments);

  for (guint i = 0; i < fixture->n_arguments; i++)
    if (strcmp (arguments[i].name, name) == 0)
      {
        g_clear_pointer (&fixture->arguments[i], g_variant_unref);
        fixture->arguments[i] = g_variant_ref_sink (value);
        return;
      }
  g_error ("there is no argument '%s'", name);
}

AttemptOutcome
atom_fixture_run (AtomFixture *fixture)
{
  attempt_run (&fixture->attempt);
  return fixture->attempt.outcome;
}

static void
forget_own (AtomFixture *fixture)
{
  g_clear_pointer (&fixture->attempt.own_result, g_variant_unref);
  g_clear_pointer (&fixture->attempt.own_failure, failure_unref);
}

void
atom_fixture_next (AtomFixture *fixture, AtomAction action)
{
  if (action == ATOM_ACTION_REVERT && fixture->attempt.action == ATOM_ACTION_EXECUTE)
    {
      forget_own (fixture);
      fixture->attempt.own_result = g_steal_pointer (&fixture->attempt.result);
      fixture->attempt.own_failure = g_steal_pointer (&fixture->attempt.failure);
    }
  attempt_reset (&fixture->attempt);
  fixture->attempt.action = action;
}

void
atom_fixture_crash (AtomFixture *fixture, AtomAction action)
{
  attempt_reset (&fixture->attempt);
  if (fixture->attempt.action == ATOM_ACTION_EXECUTE)
    forget_own (fixture);
  fixture->attempt.action = action;
}

const char *
atom_fixture_get_message (const AtomFixture *fixture)
{
  return fixture->attempt.failure != NULL ? failure_get_message (fixture->attempt.failure) : "";
}

const char *
atom_fixture_get_domain (const AtomFixture *fixture)
{
  return fixture->attempt.failure != NULL ? failure_get_fields (fixture->attempt.failure)->domain
                                          : "";
}

void
atom_fixture_clear (AtomFixture *fixture)
{
  attempt_reset (&fixture->attempt);
  forget_own (fixture);
  for (guint i = 0; i < fixture->n_arguments; i++)
    g_clear_pointer (&fixture->arguments[i], g_variant_unref);
  g_free (fixture->arguments);
  atom_unref (fixture->atom);
}

GVariant *
atom_fixture_json (const char *text)
{
  GVariant *value = value_new_from_json (text, -1, NULL);

  g_assert (value != NULL);
  return value;
}

void
atom_fixture_fill_history (RetryHistory *history, const char *tried)
{
  g_autoptr (GVariant) values = atom_fixture_json (tried);

  for (guint i = 0; i < g_variant_n_children (values); i++)
    {
      g_autoptr (GVariant) value = value_find_index (values, i);

      retry_history_begin (history, value);
    }
}

char *
folder_new (void)
{
  char *folder = g_dir_make_tmp ("backflow-test-XXXXXX", NULL);

  g_assert (folder != NULL);
  return folder;
}

guint
folder_count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;

  g_assert (dir != NULL);
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static int
remove_entry (const char *path, const struct stat *info, int kind, struct FTW *walk)
{
  (void) info;
  (void) kind;
  (void) walk;
  return remove (path);
}

void
folder_free (char *folder)
{
  nftw (folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  g_free (folder);
}
