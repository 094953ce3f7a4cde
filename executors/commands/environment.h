/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Environment: the NAME=VALUE list that a child gets: a base that is borrowed and some variables of
 * its own. Built for one child by one thread; the base outlives it.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Environment Environment;

/* The longest NAME=VALUE that the kernel passes, in bytes. */
#define ENVIRONMENT_MAX_BYTES (32 * 4096 - 1)

/* Makes one that begins with `base`, a NULL-terminated list (nullable), borrowed. Returns:
 * (transfer full). */
Environment *environment_new (const char *const *base);

/* Frees it; NULL is fine. */
void environment_free (Environment *environment);

/* Sets a variable, instead of all of that name. */
void environment_set (Environment *environment, const char *name, const char *value);

/* Removes all variables of that name. */
void environment_unset (Environment *environment, const char *name);

/* The value of the variable whose name are the `length` bytes at `name`, borrowed (nullable). */
const char *environment_find (const Environment *environment, const char *name, gsize length);

/* Whether there is a variable whose name begins with `prefix`. */
gboolean environment_has_prefix (const Environment *environment, const char *prefix);

/* The name of a variable that was set and is longer than ENVIRONMENT_MAX_BYTES, borrowed
 * (nullable). */
const char *environment_get_oversized (const Environment *environment);

/* The list, borrowed, NULL-terminated, until the next change. */
const char *const *environment_get_list (const Environment *environment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Environment, environment_free)

G_END_DECLS
