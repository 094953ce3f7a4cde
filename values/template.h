/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Template: a text with `{name}` placeholders, parsed once and expanded at each execution, for argv
 * words of command tasks and for options of built-in steps. `{{` and `}}` stand for braces. A value
 * is put in as it is, in one place, and never parsed again. A template is immutable: any thread may
 * expand it. Private to the library.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Template Template;

#define TEMPLATE_ERROR (template_error_quark ())

/* SYNTAX: a brace that neither begins nor ends a placeholder, or a placeholder that is no name.
 * UNKNOWN: the lookup knows no value of that name. */
typedef enum
{
  TEMPLATE_ERROR_SYNTAX,
  TEMPLATE_ERROR_UNKNOWN,
} TemplateError;

GQuark template_error_quark (void);

/* The value for a placeholder. Returns: (transfer full), a word; NULL when there is none of that
 * name. */
typedef char *(*TemplateLookupFunc) (const char *name, gpointer user_data);

/* Parses `text`. Names are letters, digits, `_`, `-` and `.`. `offset` (out, optional) receives the
 * byte where an error is. Returns: (transfer full); NULL with TEMPLATE_ERROR_SYNTAX. */
Template *template_new (const char *text, gsize *offset, GError **error);

/* Frees it; NULL is fine. */
void template_free (Template *template_);

/* The names of the placeholders in order, with repetitions, borrowed; `count` receives how many. */
const char *const *template_get_placeholders (const Template *template_, guint *count);

/* Whether the text has no placeholders: it expands to the same always. */
gboolean template_is_constant (const Template *template_);

/* The text with the values in it. Returns: (transfer full); NULL with TEMPLATE_ERROR_UNKNOWN. */
char *template_expand (const Template *template_, TemplateLookupFunc lookup, gpointer user_data,
                       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Template, template_free)

G_END_DECLS
