/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words of a shell text that needs no shell. A shell costs as much as the command that it runs,
 * so a text that says one simple command in plain or quoted words is executed directly, as make
 * does. The answer is conservative: NULL whenever a POSIX shell could make anything else of the
 * text than exec(words). Pure; any thread. Private to the library.
 *
 * Taken: words of letters, digits and `_./+-` and, after the first, `,:=@%`; single quotes; double
 * quotes with `$name` and
 * `${name}`; `$name` and `${name}` outside of quotes when the value has no character that a shell
 * would look at again. Names need a lower-case letter, because the variables that shells set
 * themselves have none. Not taken: everything else, and commands that a shell has built in, other
 * than `true` and `false`, or that are its reserved words.
 */

#include <glib.h>

G_BEGIN_DECLS

/* The value of the variable in the environment of the command, borrowed (nullable). `name` has
 * `length` bytes. */
typedef const char *(*ShellLookupFunc) (const char *name, gsize length, gpointer user_data);

/* The words that `/bin/sh -eu -c TEXT` would execute, variables replaced by their values. Returns:
 * (transfer full) NULL-terminated; NULL: only a shell can tell, also when a variable is not set. */
char **shell_words_find (const char *text, ShellLookupFunc lookup, gpointer user_data);

G_END_DECLS
