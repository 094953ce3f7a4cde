/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/decider_reader.h"

#include <string.h>

#include <backflow/flows/expression.h>

#include "flows/yaml/field.h"

/* The bytes of a word, or of whatever else, that begin at `at`. */
static gsize
measure_token (const char *at)
{
  gsize length = 0;

  while (g_ascii_isalnum (at[length]) || at[length] == '_' || (at[length] & 0x80) != 0)
    length++;
  return length > 0 ? length : *at != '\0';
}

/* Whether the text is a condition. Otherwise that is reported, at the place in it when that can be
 * said. */
static gboolean
check_expression (Loader *loader, const Node *when, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = NULL;
  int offset;
  SourceMark mark;

  if (g_hash_table_contains (loader->conditions, text))
    return TRUE;
  expression = expression_new (text, &offset, &error);
  if (expression != NULL)
    return g_hash_table_add (loader->conditions, (gpointer) (guintptr) text);
  if (offset >= 0)
    mark = document_get_mark_inside (loader->document, when, (gsize) offset,
                                     measure_token (text + offset));
  else
    mark = document_get_mark_inside (loader->document, when, 0, strlen (text));
  diagnostics_add (loader->diagnostics, DIAGNOSTIC_ERROR, "bad-when", &mark,
                   "'when' is no condition: %s", error->message);
  if (g_error_matches (error, EXPRESSION_ERROR, EXPRESSION_ERROR_FORBIDDEN))
    diagnostics_add_help (
        loader->diagnostics,
        "a condition reads symbols and calls deterministic functions, nothing else");
  return FALSE;
}

gboolean
decider_reader_read (Loader *loader, const Node *when, const Node *depth, FlowDepth otherwise,
                     FlowDecider *decider, SourceMark *mark)
{
  static const char *const choices[] = { "all", "flow", "neighbors", "atom" };
  static const FlowDepth depths[]
      = { FLOW_DEPTH_ALL, FLOW_DEPTH_FLOW, FLOW_DEPTH_NEIGHBORS, FLOW_DEPTH_ATOM };
  const char *expression = when == NULL ? NULL : field_get_text (loader, when, "when");
  guint index = 0;

  if (depth != NULL && when == NULL)
    loader_report (loader, depth, "key-without-when", "'depth' means nothing without a 'when'");
  if (depth != NULL)
    field_get_choice (loader, depth, "depth", choices, G_N_ELEMENTS (choices), &index);
  if (expression == NULL || !check_expression (loader, when, expression))
    return FALSE;
  *mark = document_get_mark_inside (loader->document, when, 0, strlen (expression));
  *decider = (FlowDecider){ .expression = expression,
                            .depth = depth == NULL ? otherwise : depths[index],
                            .is_strict = depth == NULL,
                            .mark = mark };
  return TRUE;
}
