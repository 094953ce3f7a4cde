/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The errors of the modules that run children (executors/children/child.h and the child_*.h below
 * it). They say why a command could not be started or its processes could not be ended; how a
 * command ended that did start is data, a ChildOutcome.
 */

#include <glib.h>

G_BEGIN_DECLS

#define CHILD_ERROR (child_error_quark ())

/* NOT_FOUND: there is no such command. NOT_EXECUTABLE: there is, but it can't be run (no
 * permission, a directory, its interpreter is missing). NO_FORMAT: it is no program for this
 * machine, and no script that begins with #!; a shell may run it as a script. CWD: the folder to
 * start it in can't be entered. RESOURCES: processes, memory or descriptors ran out, or /dev/null
 * can't be opened; it may work later. ARGUMENTS: the command, its arguments or its environment
 * can't be passed (empty, malformed, too long). SURVIVORS: processes are left that could not be
 * ended. UNVERIFIED: whether processes are left can't be known, because /proc can't be read. */
typedef enum
{
  CHILD_ERROR_NOT_FOUND,
  CHILD_ERROR_NOT_EXECUTABLE,
  CHILD_ERROR_CWD,
  CHILD_ERROR_RESOURCES,
  CHILD_ERROR_ARGUMENTS,
  CHILD_ERROR_SURVIVORS,
  CHILD_ERROR_UNVERIFIED,
  CHILD_ERROR_NO_FORMAT,
} ChildError;

GQuark child_error_quark (void);

G_END_DECLS
