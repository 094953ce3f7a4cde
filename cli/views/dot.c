/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/dot.h"

#include <backflow/atoms/atom_options.h>

#include <backflow/atoms/atom_options.h>

#include "cli/text.h"

/* How many columns of a condition are shown. */
#define CONDITION_COLUMNS 60

static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *visible = text_dup_visible (text);

  for (const char *at = visible; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *at);
    }
}

static void
append_label (GString *out, const GraphView *view, const char *name, guint32 node)
{
  const char *condition = graph_view_find_condition (view, node);
  g_autofree char *cut = condition != NULL ? text_dup_cut (condition, CONDITION_COLUMNS) : NULL;

  g_string_append (out, "label=\"");
  append_escaped (out, name);
  if (cut != NULL)
    {
      g_string_append (out, "\\nwhen ");
      append_escaped (out, cut);
    }
  g_string_append_c (out, '"');
}

static const char *
get_attributes (const Plan *plan, guint32 node)
{
  if (plan_get_kind (plan, node) == PLAN_NODE_RETRY)
    return ", shape=hexagon";
  switch (atom_get_effects (plan_get_atom (plan, node)))
    {
    case ATOM_EFFECTS_IRREVERSIBLE:
      return ", color=red, penwidth=2, tooltip=\"point of no return\"";
    case ATOM_EFFECTS_NONE:
      return ", style=\"rounded,dashed\"";
    case ATOM_EFFECTS_DEFAULT:
    case ATOM_EFFECTS_REVERSIBLE:
    default:
      return "";
    }
}

static void
append_step (GString *out, const Plan *plan, const GraphView *view, guint32 node)
{
  g_autofree char *name = plan_dup_name (plan, node);

  g_string_append_printf (out, "  n%u [", node);
  append_label (out, view, name, node);
  g_string_append_printf (out, "%s];\n", get_attributes (plan, node));
}

static const char *
get_kind_name (const Flow *flow)
{
  switch (flow_get_kind (flow))
    {
    case FLOW_KIND_LINEAR:
      return "linear";
    case FLOW_KIND_UNORDERED:
      return "unordered";
    case FLOW_KIND_GRAPH:
    default:
      return "graph";
    }
}

static void
append_flow_begin (GString *out, const Plan *plan, const GraphView *view, guint32 node)
{
  const Flow *flow = plan_get_flow (plan, node);
  g_autofree char *name = g_strdup_printf ("%s (%s)", flow_get_name (flow), get_kind_name (flow));

  if (node > 0)
    g_string_append_printf (out, "  subgraph cluster_%u {\n  style=rounded; color=gray; ", node);
  else
    g_string_append (out, "  labelloc=t; ");
  append_label (out, view, name, node);
  g_string_append (out, ";\n");
  if (graph_view_is_drawn (view, node))
    g_string_append_printf (out, "  n%u [shape=point, label=\"\"];\n", node);
}

static void
append_flow_end (GString *out, const Plan *plan, const GraphView *view, guint32 node)
{
  if (graph_view_is_drawn (view, node))
    g_string_append_printf (out, "  n%u [shape=point, label=\"\"];\n", node);
  if (node + 1 < plan_get_n_nodes (plan))
    g_string_append (out, "  }\n");
}

static void
append_edge (guint32 from, guint32 to, gpointer user_data)
{
  g_string_append_printf ((GString *) user_data, "  n%u -> n%u;\n", from, to);
}

void
dot_append (GString *out, const Plan *plan, const GraphView *view)
{
  guint32 n_nodes = plan_get_n_nodes (plan);

  g_string_append (out,
                   "digraph flow {\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
                   "  graph [fontname=\"sans-serif\"];\n");
  for (guint32 node = 0; node < n_nodes; node++)
    switch (plan_get_kind (plan, node))
      {
      case PLAN_NODE_FLOW:
        append_flow_begin (out, plan, view, node);
        break;
      case PLAN_NODE_FLOW_END:
        append_flow_end (out, plan, view, node);
        break;
      case PLAN_NODE_TASK:
      case PLAN_NODE_RETRY:
      default:
        append_step (out, plan, view, node);
        break;
      }
  graph_view_foreach_edge (view, append_edge, out);
  g_string_append (out, "}\n");
}
