/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fields: the value of a key as the type that the key wants. Each function takes the node and the
 * key's name for messages, and reports what does not fit; then it returns NULL or FALSE and leaves
 * its result alone. Private to the loader.
 */

#include <backflow/atoms/command.h>

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* What a node is, for people: "a list", "a number". */
const char *field_describe (const Loader *loader, const Node *node);

/* A text that is not empty: any scalar but null, as it is written, so that `run: true` is a
 * command. Borrowed. */
const char *field_get_text (Loader *loader, const Node *node, const char *key);

/* As field_get_text(), but the text may be empty. */
const char *field_get_any_text (Loader *loader, const Node *node, const char *key);

/* The name of a step: printable text of up to 255 bytes without blanks around it. Borrowed. */
const char *field_get_name (Loader *loader, const Node *node, const char *key);

/* A symbol: a letter or `_`, then letters, digits and `_-.`; BACKFLOW_ is reserved. Borrowed. */
const char *field_get_symbol (Loader *loader, const Node *node, const char *key);

/* An integer between `least` and `most`. */
gboolean field_get_integer (Loader *loader, const Node *node, const char *key, gint64 least,
                            gint64 most, gint64 *integer);

/* A number between `least` and `most`. */
gboolean field_get_number (Loader *loader, const Node *node, const char *key, double least,
                           double most, double *number);

/* true or false. */
gboolean field_get_boolean (Loader *loader, const Node *node, const char *key, gboolean *boolean);

/* A duration in microseconds. */
gboolean field_get_duration (Loader *loader, const Node *node, const char *key, gint64 *us);

/* A duration in microseconds that is longer than nothing. */
gboolean field_get_timeout (Loader *loader, const Node *node, const char *key, gint64 *us);

/* One of the `count` words of `choices`; its index. */
gboolean field_get_choice (Loader *loader, const Node *node, const char *key,
                           const char *const *choices, guint count, guint *index);

/* The shell that runs scripts. */
gboolean field_get_shell (Loader *loader, const Node *node, CommandShell *shell);

/* A version major.minor, which must be quoted where it would lose something as a number. */
gboolean field_get_version (Loader *loader, const Node *node, guint16 *major, guint16 *minor);

/* Whether the node is a sequence, or a mapping, of at most `most` members; otherwise that is
 * reported. */
gboolean field_is_list (Loader *loader, const Node *node, const char *key, guint most);
gboolean field_is_mapping (Loader *loader, const Node *node, const char *key, guint most);

/* Whether the node is the null scalar. */
gboolean field_is_null (const Loader *loader, const Node *node);

G_END_DECLS
