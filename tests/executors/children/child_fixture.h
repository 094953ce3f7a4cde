/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of children share: a spec to vary, waiting for what a child says, and looking at
 * the machine afterwards. */

#include <sys/types.h>

#include <glib.h>

#include "executors/children/child_wait.h"

G_BEGIN_DECLS

/* A folder of its own, and a spec with an environment of a few variables and a marker that only
 * this fixture has. */
typedef struct
{
  char *folder;
  char *marker;
  char *path_variable;
  const char *environment[4];
  ChildSpec spec;
} ChildFixture;

/* cmocka's setup and teardown; teardown fails when a process, a zombie or a descriptor is left. */
int child_fixture_setup (void **state);
int child_fixture_teardown (void **state);

/* Starts child_program with up to four arguments, NULL for none; never NULL. */
Child *child_fixture_spawn (const ChildFixture *fixture, const char *mode, const char *first,
                            const char *second, const char *third);

/* Waits until the child has ended. */
const ChildOutcome *child_fixture_finish (Child *child);

/* Processes events until standard output has `count` lines. */
void child_fixture_wait_lines (Child *child, guint count);

/* The process id in line `index` of standard output. */
pid_t child_fixture_get_pid (const Child *child, guint index);

/* Whether no such process lives; a zombie does not. */
gboolean child_fixture_is_gone (pid_t pid);

/* Waits until it is. */
void child_fixture_wait_gone (pid_t pid);

/* How many descriptors are open. */
guint child_fixture_count_descriptors (void);

/* A path below the folder. Returns: (transfer full). */
char *child_fixture_place (const ChildFixture *fixture, const char *name);

/* Runs `body` in a forked process, which may change what is process-wide, and fails the test with
 * what it returns. "skip" instead skips the test. */
void child_fixture_isolate (const char *(*body) (const ChildFixture *fixture),
                            const ChildFixture *fixture);

/* For the body. */
#define REQUIRE(condition)                                                                         \
  do                                                                                               \
    {                                                                                              \
      if (!(condition))                                                                            \
        return G_STRLOC ": " #condition;                                                           \
    }                                                                                              \
  while (0)

G_END_DECLS
