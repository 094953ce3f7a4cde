/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Expression: the condition of a decider, an SQLite expression over symbols, prepared once and
 * evaluated with values. It can read nothing but its symbols and call nothing but SQLite's
 * deterministic functions: no subqueries, no aggregates, no parameters, not the time. Strings are
 * text, integers and numbers are themselves, booleans 1 and 0, null is NULL, arrays and objects
 * their JSON text. As everywhere in SQLite text is larger than every number and equal to none;
 * 'text' stands in single quotes; a symbol that is no plain word, or one that SQLite knows, stands
 * in double ones; and `port` and `PORT` are the same symbol, by the name of its first mention. An
 * expression is used by one thread at a time.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Expression Expression;

#define EXPRESSION_ERROR (expression_error_quark ())

/* SYNTAX: it is no expression of SQLite. FORBIDDEN: it wants something that an expression may not:
 * a table, a parameter, a function that is not deterministic, more of something than the limits
 * allow. NULL: its outcome is NULL; the message names the symbols that were. EVALUATE: it failed
 * while it was evaluated, or its outcome is no number. */
typedef enum
{
  EXPRESSION_ERROR_SYNTAX,
  EXPRESSION_ERROR_FORBIDDEN,
  EXPRESSION_ERROR_NULL,
  EXPRESSION_ERROR_EVALUATE,
} ExpressionError;

BACKFLOW_PUBLIC GQuark expression_error_quark (void);

/* Prepares an expression. offset: (out, optional) where in `text` an error is, in bytes; -1 when
 * SQLite does not say. Returns: (transfer full); NULL with EXPRESSION_ERROR_SYNTAX or _FORBIDDEN.
 */
BACKFLOW_PUBLIC Expression *expression_new (const char *text, int *offset, GError **error);

/* NULL is fine. */
BACKFLOW_PUBLIC void expression_free (Expression *expression);

/* The symbols that it reads, each once, in the order of their first mention; borrowed,
 * NULL-terminated. */
BACKFLOW_PUBLIC const char *const *expression_get_symbols (const Expression *expression);

/* Where the symbol at `index` of them was found, in bytes of the text. */
BACKFLOW_PUBLIC int expression_get_symbol_offset (const Expression *expression, guint index);

/* Evaluates it. values: one per symbol, in their order; NULL is an absent one and reads as NULL.
 * verdict: (out). FALSE with EXPRESSION_ERROR_NULL or _EVALUATE. */
BACKFLOW_PUBLIC gboolean expression_evaluate (Expression *expression, GVariant *const *values,
                                              gboolean *verdict, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Expression, expression_free)

G_END_DECLS
