/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_graph.h"

#include <stdio.h>
#include <string.h>

#include <gio/gio.h>

#include "cli/runs/definition.h"
#include "cli/runs/foreign.h"
#include "cli/views/dot.h"

/* -- JSON ---------------------------------------------------------------------------------------
 */

static void
add_edge (guint32 from, guint32 to, gpointer user_data)
{
  g_auto (GVariantBuilder) edge = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  g_variant_builder_add (&edge, "v", g_variant_new_int64 (from));
  g_variant_builder_add (&edge, "v", g_variant_new_int64 (to));
  g_variant_builder_add ((GVariantBuilder *) user_data, "v", g_variant_builder_end (&edge));
}

static const char *
get_kind_name (PlanNodeKind kind)
{
  switch (kind)
    {
    case PLAN_NODE_TASK:
      return "task";
    case PLAN_NODE_RETRY:
      return "retry";
    case PLAN_NODE_FLOW:
      return "flow";
    case PLAN_NODE_FLOW_END:
    default:
      return "flow-end";
    }
}

static GVariant *
node_to_variant (const Plan *plan, guint32 node)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *name = plan_dup_name (plan, node);

  g_variant_builder_add (&object, "{sv}", "id", g_variant_new_int64 (node));
  g_variant_builder_add (&object, "{sv}", "name", g_variant_new_string (name));
  g_variant_builder_add (&object, "{sv}", "kind",
                         g_variant_new_string (get_kind_name (plan_get_kind (plan, node))));
  g_variant_builder_add (&object, "{sv}", "flow",
                         g_variant_new_string (flow_get_name (plan_get_flow (plan, node))));
  return g_variant_builder_end (&object);
}

static void
print_json (const Plan *plan, const GraphView *view)
{
  g_auto (GVariantBuilder) nodes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) edges = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    if (graph_view_is_drawn (view, node))
      g_variant_builder_add (&nodes, "v", node_to_variant (plan, node));
  graph_view_foreach_edge (view, add_edge, &edges);
  g_variant_builder_add (&object, "{sv}", "flow",
                         g_variant_new_string (flow_get_name (plan_get_flow (plan, 0))));
  g_variant_builder_add (&object, "{sv}", "nodes", g_variant_builder_end (&nodes));
  g_variant_builder_add (&object, "{sv}", "edges", g_variant_builder_end (&edges));
  console_print_json (g_variant_builder_end (&object));
}

/* -- SVG ----------------------------------------------------------------------------------------
 */

static gboolean
print_svg (const GString *dot, GError **error)
{
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error, "dot", "-Tsvg", NULL);
  g_autoptr (GBytes) input = g_bytes_new (dot->str, dot->len);
  g_autoptr (GBytes) output = NULL;

  if (process == NULL)
    {
      g_prefix_error (error, "--svg needs the program dot of graphviz: ");
      return FALSE;
    }
  if (!g_subprocess_communicate (process, input, NULL, &output, NULL, error)
      || !g_subprocess_wait_check (process, NULL, error))
    {
      g_prefix_error (error, "dot: ");
      return FALSE;
    }
  fwrite (g_bytes_get_data (output, NULL), 1, g_bytes_get_size (output), stdout);
  return TRUE;
}

/* -- The verb -----------------------------------------------------------------------------------
 */

static ExitStatus
print (const Plan *plan, const Arguments *arguments, const Console *console)
{
  g_autoptr (GraphView) view = graph_view_new (plan);
  g_autoptr (GString) dot = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (arguments_has (arguments, "json"))
    {
      print_json (plan, view);
      return EXIT_STATUS_SUCCESS;
    }
  dot_append (dot, plan, view);
  if (!arguments_has (arguments, "svg"))
    {
      fwrite (dot->str, 1, dot->len, stdout);
      return EXIT_STATUS_SUCCESS;
    }
  if (print_svg (dot, &error))
    return EXIT_STATUS_SUCCESS;
  console_print_error (console, "%s", error->message);
  return EXIT_STATUS_ENVIRONMENT;
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (Definition) definition = definition_load (arguments, DEFINITION_TO_LOOK);
  g_autoptr (Plan) plan = definition_compile (definition);

  foreign_warn (console, "the flow file", arguments_get_operand (arguments, 0));
  if (plan == NULL)
    return definition_refuse (definition, arguments, console, 0);
  definition_note_modules (definition);
  return print (plan, arguments, console);
}

static const Option options[] = {
  { "svg", 0, OPTION_FLAG, NULL, "print a picture, drawn by the program dot of graphviz" },
  OPTION_LOAD,
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_graph = {
  .syntax = { "graph", "FILE", 1, 1, options },
  .summary = "Print the flow as a graph in the dot language.",
  .run = run,
};
