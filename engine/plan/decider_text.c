/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/decider_text.h"

#include <backflow/flows/expression.h>

#include <string.h>

char *
plan_describe_decider (const Plan *plan, const PlanDecider *decider)
{
  g_autofree char *node = plan_dup_name (plan, decider->node);
  const char *what = decider->decider->expression != NULL ? "'when'" : "decider";
  g_autofree char *source = NULL;

  if (decider->is_step)
    return g_strdup_printf ("the %s of '%s'", what, node);
  source = plan_dup_name (plan, decider->first);
  return g_strdup_printf ("the %s of the link from '%s' to '%s'", what, source, node);
}

static const SourceMark *
find_mark_of_node (const Plan *plan, guint32 node)
{
  return plan_is_atom (plan, node) ? atom_get_mark (plan_atom (plan, node))
                                   : plan_get_flow (plan, node)->mark;
}

SourceMark
plan_mark_decider (const Plan *plan, const PlanDecider *decider, guint32 index)
{
  const char *text = decider->decider->expression;
  const SourceMark *known = decider->decider->mark != NULL
                                ? decider->decider->mark
                                : find_mark_of_node (plan, decider->node);
  SourceMark mark = { .line = 0 };
  int offset;

  if (known != NULL)
    mark = *known;
  /* A text that stands in the file as it is can be pointed into. */
  if (index == G_MAXUINT32 || known != decider->decider->mark || known == NULL
      || mark.length != strlen (text))
    return mark;
  offset = expression_get_symbol_offset (decider->expression, index);
  if (memchr (text, '\n', (gsize) offset) != NULL)
    return mark;
  mark.column += (guint32) g_utf8_pointer_to_offset (text, text + offset);
  mark.offset += (guint32) offset;
  mark.length = MIN (mark.length - (guint32) offset,
                     (guint32) strlen (expression_get_symbols (decider->expression)[index]));
  return mark;
}
