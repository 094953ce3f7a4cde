/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/storage/children.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

Child
child_start (ChildFunc func, const char *folder)
{
  Child child;
  int up[2], down[2];

  assert_int_equal (pipe (up), 0);
  assert_int_equal (pipe (down), 0);
  child.pid = fork ();
  assert_true (child.pid >= 0);
  if (child.pid == 0)
    {
      close (up[0]);
      close (down[1]);
      _exit (func (folder, down[0], up[1]));
    }
  close (up[1]);
  close (down[0]);
  child.from = up[0];
  child.to = down[1];
  return child;
}

int
child_finish (Child *child)
{
  int status = 0;

  close (child->from);
  close (child->to);
  assert_int_equal (waitpid (child->pid, &status, 0), child->pid);
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

char
child_await (int pipe_end)
{
  char byte = 0;

  return read (pipe_end, &byte, 1) == 1 ? byte : 0;
}

gboolean
child_tell (int pipe_end, char byte)
{
  return write (pipe_end, &byte, 1) == 1;
}

int
child_hold_lock (const char *folder, int from_parent, int to_parent)
{
  g_autofree char *path = sqlite_fixture_get_path (folder);
  sqlite3 *db = NULL;

  if (!child_await (from_parent) || sqlite3_open (path, &db) != SQLITE_OK
      || sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
    return 1;
  child_tell (to_parent, 'x');
  child_await (from_parent);
  return sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK ? 0 : 2;
}
