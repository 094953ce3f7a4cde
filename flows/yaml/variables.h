/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Environment variables: those that arguments become, and those that a text for a shell reads.
 * Pure functions; any thread. Private to the loader. */

#include <glib.h>

G_BEGIN_DECLS

/* How many bytes of the text, from its start, can be in the name of a symbol. */
gsize variables_measure (const char *text);

/* The variable that an argument of that name becomes. Returns: (transfer full). */
char *variables_dup_name (const char *argument, gsize length);

/* Whether an argument of that name becomes the variable. */
gboolean variables_is_name_of (const char *argument, const char *variable);

/* Whether the text has the name as a word without `$`, as where a script sets it. */
gboolean variables_is_mentioned (const char *text, const char *name);

/* Walks over the variables `$name` and `${name}` of a text that are not in single quotes. start,
 * length: (out) where the one that was found stands. */
typedef struct
{
  const char *at;
  const char *start;
  gsize length;
  gboolean is_quoted; /* in double quotes, where a single quote is nothing special */
} VariableIter;

void variable_iter_init (VariableIter *iter, const char *text);

/* The next one. name: (inout) (transfer full) replaced by its name. FALSE at the end. */
gboolean variable_iter_next (VariableIter *iter, char **name);

G_END_DECLS
