/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/link_reader.h"

#include <backflow/flows/link.h>

#include "flows/yaml/decider_reader.h"
#include "flows/yaml/field.h"

/* clang-format off */
#define LINK_KEYS(X) \
  X (FROM, "from", "name of a step", "what comes first") \
  X (TO, "to", "name of a step", "what waits for it") \
  X (WHEN, "when", "SQLite expression", "whether the link may be taken; else its step is IGNOREd") \
  X (DEPTH, "depth", "all, flow, neighbors, or atom", "how far being IGNOREd reaches")
/* clang-format on */

typedef enum
{
#define X(id, name, shape, meaning) LINK_KEY_##id,
  LINK_KEYS (X)
#undef X
      LINK_KEY_COUNT
} LinkKey;

#define X(id, name, shape, meaning) { name, shape, meaning },
static const Key link_keys[] = { LINK_KEYS (X) };
#undef X

const KeyTable link_key_table = { "a link", link_keys, LINK_KEY_COUNT, NULL, NULL };

/* The steps of the flow by name. Values are positions plus one, or SEVERAL. */
typedef struct
{
  Loader *loader;
  Flow *flow;
  GHashTable *positions;
  GPtrArray *names;
} Steps;

#define SEVERAL GUINT_TO_POINTER (G_MAXUINT)

static void
steps_init (Steps *steps, Loader *loader, Flow *flow)
{
  guint count = flow_get_n_items (flow);

  steps->loader = loader;
  steps->flow = flow;
  steps->positions = g_hash_table_new (g_str_hash, g_str_equal);
  steps->names = g_ptr_array_new ();
  for (guint i = 0; i < count; i++)
    {
      FlowItem item = flow_get_item (flow, i);
      const char *name = item.atom != NULL ? atom_get_name (item.atom) : flow_get_name (item.flow);
      gpointer key = (gpointer) (guintptr) name;

      g_ptr_array_add (steps->names, key);
      g_hash_table_insert (
          steps->positions, key,
          g_hash_table_contains (steps->positions, key) ? SEVERAL : GUINT_TO_POINTER (i + 1));
    }
}

static void
steps_clear (Steps *steps)
{
  g_hash_table_unref (steps->positions);
  g_ptr_array_unref (steps->names);
}

/* The position of the step that `node` names. FALSE when there is not one, which is reported. */
static gboolean
find_step (const Steps *steps, const Node *node, const char *key, guint *position)
{
  const char *name = field_get_text (steps->loader, node, key);
  gpointer found = name == NULL ? NULL : g_hash_table_lookup (steps->positions, name);

  if (name == NULL)
    return FALSE;
  if (found == NULL)
    {
      loader_report (steps->loader, node, "unknown-step", "this flow has no step '%s'", name);
      loader_suggest (steps->loader, name, (const char *const *) steps->names->pdata,
                      steps->names->len);
      return FALSE;
    }
  if (found == SEVERAL)
    {
      loader_report (steps->loader, node, "ambiguous-step", "this flow has more than one step '%s'",
                     name);
      return FALSE;
    }
  *position = GPOINTER_TO_UINT (found) - 1;
  return TRUE;
}

static gboolean
find_ends (const Steps *steps, const Node *link, const Node *const *values, guint *from, guint *to)
{
  static const LinkKey keys[] = { LINK_KEY_FROM, LINK_KEY_TO };
  guint *const positions[] = { from, to };
  gboolean is_good = TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *name = link_keys[keys[i]].name;

      if (values[keys[i]] == NULL)
        loader_report (steps->loader, link, "missing-key", "a link needs '%s'", name);
      is_good &= values[keys[i]] != NULL && find_step (steps, values[keys[i]], name, positions[i]);
    }
  if (is_good && *from == *to)
    {
      loader_report (steps->loader, values[LINK_KEY_TO], "self-link",
                     "a step cannot wait for itself");
      return FALSE;
    }
  return is_good;
}

static void
read_link (const Steps *steps, const Node *link)
{
  const Node *values[KEYS_MAX];
  FlowDecider decider;
  SourceMark decider_mark;
  SourceMark mark = loader_get_mark (steps->loader, link);
  gboolean has_decider;
  guint from;
  guint to;

  if (!keys_read (steps->loader, &link_key_table, link, values))
    return;
  has_decider = decider_reader_read (steps->loader, values[LINK_KEY_WHEN], values[LINK_KEY_DEPTH],
                                     FLOW_DEPTH_ALL, &decider, &decider_mark);
  if (!find_ends (steps, link, values, &from, &to))
    return;
  flow_link_items (steps->flow, flow_get_item (steps->flow, from), flow_get_item (steps->flow, to),
                   has_decider ? &decider : NULL, &mark);
}

void
link_reader_read (Loader *loader, const Node *links, Flow *flow)
{
  const Node *link;
  NodeIter iter;
  Steps steps;

  if (!field_is_list (loader, links, "links", G_MAXUINT))
    return;
  if (flow_get_kind (flow) != FLOW_KIND_GRAPH)
    {
      loader_report (loader, links, "links-without-graph", "links are for graph flows");
      diagnostics_add_help (loader->diagnostics, "add 'kind: graph' to '%s'", flow_get_name (flow));
      return;
    }
  steps_init (&steps, loader, flow);
  node_iter_init (&iter, loader->document, links);
  while ((link = node_iter_next (&iter)) != NULL)
    read_link (&steps, link);
  steps_clear (&steps);
}
