/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/flows/yaml/flow_dump.h"

#include <string.h>

#include <backflow/atoms/command.h>
#include <backflow/atoms/retry.h>
#include <backflow/flows/link.h>
#include <backflow/values/value.h>

#include "atoms/command_private.h"
#include "atoms/retry_spec.h"

/* A line, indented by the depth of the nest. */
static void G_GNUC_PRINTF (3, 4) add (GString *out, guint depth, const char *format, ...)
{
  va_list args;

  g_string_append_printf (out, "%*s", (int) (2 * depth), "");
  va_start (args, format);
  g_string_append_vprintf (out, format, args);
  va_end (args);
  g_string_append_c (out, '\n');
}

static void
add_value (GString *out, guint depth, const char *name, GVariant *value)
{
  g_autofree char *json = value_to_json (value);

  add (out, depth, "%s %s", name, json);
}

static void
add_arguments (GString *out, guint depth, const Atom *atom, AtomAction action, const char *title)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (atom, action, &count);

  for (guint i = 0; i < count; i++)
    {
      GVariant *injected = atom_find_injected (atom, arguments[i].name);

      add (out, depth, "%s %s from %s%s at %u:%u", title, arguments[i].name, arguments[i].symbol,
           arguments[i].is_optional ? " optional" : "", arguments[i].mark->line,
           arguments[i].mark->column);
      if (injected != NULL)
        add_value (out, depth + 1, "injected", injected);
    }
}

static void
add_provides (GString *out, guint depth, const Atom *atom)
{
  guint count;
  const AtomProvided *provided = atom_get_provides (atom, &count);

  for (guint i = 0; i < count; i++)
    {
      const AtomProvided *one = &provided[i];
      const char *place = "";
      g_autofree char *index = g_strdup_printf ("[%u]", one->index);

      if (one->kind != ATOM_PROVIDES_WHOLE)
        place = one->kind == ATOM_PROVIDES_KEY ? one->key : index;
      add (out, depth, "provides %s = result %s at %u:%u", one->symbol, place, one->mark->line,
           one->mark->column);
    }
}

static void
add_backoff (GString *out, guint depth, const char *title, const AtomBackoff *backoff)
{
  if (backoff != NULL)
    add (out, depth,
         "%s times %u delay %" G_GINT64_FORMAT " backoff %g max %" G_GINT64_FORMAT " jitter %g",
         title, backoff->times, backoff->delay_us, backoff->backoff, backoff->max_delay_us,
         backoff->jitter);
}

static void
add_command (GString *out, guint depth, const Atom *atom)
{
  static const char *const titles[] = { "execute", "revert", "probe" };
  const CommandSpec *spec = command_get_spec (atom);

  for (guint role = 0; role < COMMAND_COUNT; role++)
    {
      g_autofree char *text = command_dup_text (atom, (CommandRole) role);
      g_autofree char *visible = text == NULL ? NULL : g_strescape (text, NULL);

      if (text != NULL)
        add (out, depth, "%s %s %s", titles[role],
             spec->lines[role].argv == NULL ? "shell" : "words", visible);
    }
  if (spec->output == COMMAND_OUTPUT_JSON)
    add (out, depth, "output json");
  for (guint i = 0; spec->env != NULL && spec->env[i] != NULL; i++)
    add (out, depth, "env %s", spec->env[i]);
  if (spec->shell == COMMAND_SHELL_BASH)
    add (out, depth, "shell bash");
  if (spec->cwd != NULL)
    add (out, depth, "cwd %s", spec->cwd);
  add (out, depth, "kill after %" G_GINT64_FORMAT, spec->kill_after_us);
}

static void
add_atom (GString *out, guint depth, const Atom *atom)
{
  static const char *const effects[] = { "default", "reversible", "none", "irreversible" };
  static const char *const kinds[] = { "task", "command", "retry" };
  const SourceMark *mark = atom_get_mark (atom);
  guint16 major;
  guint16 minor;

  atom_get_version (atom, &major, &minor);
  add (out, depth, "%s %s at %u:%u", kinds[atom_get_kind (atom)], atom_get_name (atom), mark->line,
       mark->column);
  depth++;
  add (out, depth, "version %u.%u priority %d effects %s%s%s", major, minor,
       atom_get_priority (atom), effects[atom_get_effects (atom)],
       atom_get_unknown (atom) == ATOM_UNKNOWN_ASK ? " ask" : "",
       atom_has_revert (atom) ? " has revert" : "");
  for (int action = ATOM_ACTION_EXECUTE; action <= ATOM_ACTION_REVERT; action++)
    if (atom_get_timeout (atom, (AtomAction) action) != 0)
      add (out, depth, "%s timeout %" G_GINT64_FORMAT, atom_action_get_name ((AtomAction) action),
           atom_get_timeout (atom, (AtomAction) action));
  add_backoff (out, depth, "revert-retry", atom_get_revert_backoff (atom));
  add_arguments (out, depth, atom, ATOM_ACTION_EXECUTE, "takes");
  if (atom->extra != NULL && atom->extra->revert_arguments != NULL)
    {
      add (out, depth, "revert has arguments of its own");
      add_arguments (out, depth, atom, ATOM_ACTION_REVERT, "revert takes");
    }
  add_provides (out, depth, atom);
  if (atom_get_kind (atom) == ATOM_KIND_COMMAND)
    add_command (out, depth, atom);
}

static void
add_retry (GString *out, guint depth, const Atom *retry)
{
  static const char *const kinds[]
      = { "always-revert", "always-revert-all", "times", "for-each", "for-each-of", "custom" };
  const RetrySpec *spec = retry->extra->retry;

  add_atom (out, depth, retry);
  depth++;
  add (out, depth, "%s times %u%s", kinds[spec->kind], spec->times,
       spec->give_up == RETRY_DECISION_REVERT_ALL ? " revert all" : "");
  if (spec->values != NULL)
    add_value (out, depth, "values", spec->values);
  add_backoff (out, depth, "delays", retry_get_backoff (retry));
}

static void
add_decider (GString *out, guint depth, const FlowDecider *decider)
{
  static const char *const depths[] = { "all", "flow", "neighbors", "atom" };

  if (decider != NULL)
    add (out, depth, "when %s at %u:%u depth %s", decider->expression, decider->mark->line,
         decider->mark->column, depths[decider->depth]);
}

static void
add_links (GString *out, guint depth, const Flow *flow)
{
  guint count = flow_get_n_links (flow);

  for (guint i = 0; i < count; i++)
    {
      FlowLink link = flow_get_link (flow, i);

      add (out, depth, "link %u to %u at %u:%u", link.from, link.to, link.mark->line,
           link.mark->column);
      add_decider (out, depth + 1, link.decider);
    }
}

static void
add_flow_head (GString *out, guint depth, const Flow *flow)
{
  static const char *const kinds[] = { "linear", "unordered", "graph" };
  const SourceMark *mark = flow_get_mark (flow);
  guint16 major;
  guint16 minor;

  flow_get_version (flow, &major, &minor);
  add (out, depth, "%s flow %s %u.%u at %u:%u", kinds[flow_get_kind (flow)], flow_get_name (flow),
       major, minor, mark->line, mark->column);
  if (flow_get_timeout (flow) != 0)
    add (out, depth + 1, "timeout %" G_GINT64_FORMAT, flow_get_timeout (flow));
  if (flow_get_retry (flow) != NULL)
    add_retry (out, depth + 1, flow_get_retry (flow));
  add_links (out, depth + 1, flow);
}

/* Test files are nested a few levels only, so this may recurse. */
static void
add_flow (GString *out, guint depth, const Flow *flow)
{
  guint count = flow_get_n_items (flow);

  add_flow_head (out, depth, flow);
  for (guint i = 0; i < count; i++)
    {
      FlowItem item = flow_get_item (flow, i);

      if (item.flow != NULL)
        add_flow (out, depth + 1, item.flow);
      else
        add_atom (out, depth + 1, item.atom);
      add_decider (out, depth + 2, flow_get_decider (flow, i));
    }
}

static void
add_input (GString *out, const FlowInput *input)
{
  add (out, 0, "input %s %s at %u:%u%s", input->name, flow_input_type_get_name (input->type),
       input->mark.line, input->mark.column, input->is_secret ? " secret" : "");
  if (input->default_value != NULL)
    add_value (out, 1, "default", input->default_value);
  if (input->env != NULL)
    add (out, 1, "env %s", input->env);
  if (input->description != NULL)
    add (out, 1, "description %s", input->description);
}

char *
flow_dump (const FlowFile *file)
{
  GString *out = g_string_new (NULL);
  const char *const *outputs = flow_file_get_outputs (file);
  guint count;
  const FlowInput *inputs = flow_file_get_inputs (file, &count);

  if (flow_file_get_description (file) != NULL)
    add (out, 0, "description %s", flow_file_get_description (file));
  for (guint i = 0; i < count; i++)
    add_input (out, &inputs[i]);
  for (guint i = 0; outputs[i] != NULL; i++)
    add (out, 0, "output %s", outputs[i]);
  if (flow_file_get_flow (file) != NULL)
    add_flow (out, 0, flow_file_get_flow (file));
  return g_string_free (out, FALSE);
}
