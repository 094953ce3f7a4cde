/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/story.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/task.h>
#include <backflow/atoms/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* -- Behaviours --------------------------------------------------------------------------------- */

#define STORY_ERROR g_quark_from_static_string ("story")

static gboolean
give_five (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (5));
  return TRUE;
}

static gboolean
give_nothing (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  (void) error;
  return TRUE;
}

static gboolean
fail_woot (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  g_set_error_literal (error, STORY_ERROR, 1, "Woot!");
  return FALSE;
}

static gboolean
fail_gotcha (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  g_set_error_literal (error, STORY_ERROR, 2, "Gotcha!");
  return FALSE;
}

static gboolean
never (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  g_error ("'%s' must never be called", atom_context_get_name (context));
  return FALSE;
}

static gboolean
give_one (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (1));
  return TRUE;
}

static gboolean
give_three (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_parsed ("[<@x 1>, <@x 3>, <@x 5>]"));
  return TRUE;
}

static gboolean
give_map (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_parsed ("{'badger': <@x 0>, 'mushroom': <@x 1>, 'snake': <@x 2>}"));
  return TRUE;
}

static gboolean
give_hello (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_string ("hello"));
  return TRUE;
}

static gboolean
add_three (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (atom_context_get_int64 (context, "x", -1000)
                                                         + atom_context_get_int64 (context, "y", -1000)
                                                         + atom_context_get_int64 (context, "z", -1000)));
  return TRUE;
}

static gboolean
increment (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (atom_context_get_int64 (context, "value", -1000) + 1));
  return TRUE;
}

static gboolean
give_back (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (g_variant_get_int64 (atom_context_get_result (context)) + 1));
  return TRUE;
}

static gboolean
multiply (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (atom_context_get_int64 (context, "a", -1000)
                                                         * atom_context_get_int64 (context, "b", 5)));
  return TRUE;
}

static gboolean
fail_unless_equal (AtomContext *context, gpointer data, GError **error)
{
  (void) data;
  if (atom_context_get_int64 (context, "x", -1) == atom_context_get_int64 (context, "y", -2))
    return TRUE;
  g_set_error_literal (error, STORY_ERROR, 1, "Woot!");
  return FALSE;
}

/* Its revert returns the names of the failed atoms, and whether it got its own result. */
static gboolean
tell_failures (AtomContext *context, gpointer data, GError **error)
{
  GString *text = g_string_new (NULL);

  (void) data;
  (void) error;
  for (guint i = 0; i < atom_context_get_n_failures (context); i++)
    {
      const char *name;
      const Failure *failure = atom_context_get_nth_failure (context, i, &name);

      g_string_append_printf (text, "%s:%s;", name, failure_get_message (failure));
    }
  g_string_append (text, atom_context_get_result (context) != NULL ? "result" : "no result");
  atom_context_set_result (context, g_variant_new_take_string (g_string_free (text, FALSE)));
  return TRUE;
}

typedef struct
{
  const char *code;
  AtomFunc execute;
  AtomFunc revert;
} Behaviour;

/* The codes of stories: what an atom does. A revert of NULL does nothing. */
static const Behaviour behaviours[] = {
  { "P", give_five, NULL },             /* returns 5 */
  { "N", give_nothing, NULL },          /* returns nothing */
  { "F", fail_woot, NULL },             /* fails with Woot! */
  { "NR", give_nothing, fail_gotcha },  /* its revert fails with Gotcha! */
  { "NF", fail_woot, fail_gotcha },     /* both */
  { "NEVER", never, never },            /* must not be called */
  { "R1", give_one, NULL },             /* returns 1 */
  { "R3", give_three, NULL },           /* returns [1,3,5] */
  { "RM", give_map, NULL },             /* returns {badger: 0, mushroom: 1, snake: 2} */
  { "RH", give_hello, NULL },           /* returns "hello" */
  { "A3", add_three, NULL },            /* x + y + z */
  { "INC", increment, NULL },           /* value + 1 */
  { "GB", increment, give_back },       /* value + 1; revert returns result + 1 */
  { "OPT", multiply, NULL },            /* a * b, b being 5 when absent */
  { "C", fail_unless_equal, NULL },     /* fails unless x equals y */
  { "TELL", give_five, tell_failures }, /* its revert says what failed */
};

/* -- Building ----------------------------------------------------------------------------------- */

static void
expect (GScanner *scanner, guint token)
{
  if (g_scanner_get_next_token (scanner) != (GTokenType) token)
    g_scanner_unexp_token (scanner, (GTokenType) token, NULL, NULL, NULL, "in a story", TRUE);
  assert_int_equal (scanner->token, token);
}

static char *
take_word (GScanner *scanner)
{
  expect (scanner, G_TOKEN_IDENTIFIER);
  return g_strdup (scanner->value.v_identifier);
}

static gboolean
accept_token (GScanner *scanner, guint token)
{
  if (g_scanner_peek_next_token (scanner) != (GTokenType) token)
    return FALSE;
  g_scanner_get_next_token (scanner);
  return TRUE;
}

static void
parse_provided (GScanner *scanner, Atom *atom)
{
  gboolean by_index = accept_token (scanner, '(');
  gboolean by_key = !by_index && accept_token (scanner, '{');
  guint index = 0;

  do
    {
      g_autofree char *symbol = take_word (scanner);

      if (by_index)
        atom_provide_index (atom, symbol, index++);
      else if (by_key)
        atom_provide_key (atom, symbol, symbol);
      else
        atom_provide (atom, symbol);
    }
  while ((by_index || by_key) && accept_token (scanner, ','));
  if (by_index || by_key)
    expect (scanner, by_index ? ')' : '}');
}

static void
parse_number (GScanner *scanner, gint64 *number)
{
  gboolean is_negative = accept_token (scanner, '-');

  expect (scanner, G_TOKEN_INT);
  *number = is_negative ? -(gint64) scanner->value.v_int64 : (gint64) scanner->value.v_int64;
}

static void
parse_argument (GScanner *scanner, Atom *atom)
{
  g_autofree char *name = take_word (scanner);
  gint64 number;

  if (accept_token (scanner, '<'))
    {
      g_autofree char *symbol = take_word (scanner);

      atom_rebind (atom, name, symbol);
    }
  else if (accept_token (scanner, '='))
    {
      parse_number (scanner, &number);
      atom_inject (atom, name, g_variant_new_int64 (number));
    }
  else
    atom_require (atom, name);
}

static void
parse_option (GScanner *scanner, Atom *atom)
{
  g_autofree char *symbol = NULL;
  gint64 number;

  if (accept_token (scanner, '!'))
    {
      parse_number (scanner, &number);
      atom_set_priority (atom, (int) number);
    }
  else if (accept_token (scanner, '?'))
    atom_accept (atom, symbol = take_word (scanner));
  else if (accept_token (scanner, '~'))
    atom_revert_require (atom, symbol = take_word (scanner));
  else
    parse_argument (scanner, atom);
}

static void
parse_options (GScanner *scanner, Atom *atom)
{
  while (!accept_token (scanner, ')'))
    if (accept_token (scanner, '-'))
      {
        expect (scanner, '>');
        parse_provided (scanner, atom);
      }
    else
      parse_option (scanner, atom);
}

static Atom *
parse_task (GScanner *scanner, const char *code)
{
  g_autofree char *name = take_word (scanner);
  Atom *atom = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (behaviours); i++)
    if (strcmp (behaviours[i].code, code) == 0)
      atom = task_new (name, behaviours[i].execute, behaviours[i].revert, NULL, NULL);
  if (strcmp (code, "IRR") == 0)
    {
      atom = task_new (name, give_five, NULL, NULL, NULL);
      atom_set_effects (atom, ATOM_EFFECTS_IRREVERSIBLE);
    }
  if (atom == NULL)
    fail_msg ("no behaviour '%s'", code);
  if (accept_token (scanner, '('))
    parse_options (scanner, atom);
  return atom;
}

static FlowItem
find_item (const Flow *flow, const char *name)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    {
      FlowItem item = flow_get_item (flow, i);

      if (strcmp (item.flow != NULL ? flow_get_name (item.flow) : atom_get_name (item.atom), name) == 0)
        return item;
    }
  fail_msg ("no member '%s' in '%s'", name, flow_get_name (flow));
  return (FlowItem){ NULL, NULL };
}

static Flow *
parse_flow_head (GScanner *scanner, const char *kind)
{
  g_autofree char *name = take_word (scanner);
  Flow *flow = flow_new (kind[0] == 'l' ? FLOW_KIND_LINEAR : kind[0] == 'u' ? FLOW_KIND_UNORDERED : FLOW_KIND_GRAPH, name);

  expect (scanner, '[');
  return flow;
}

static gboolean
is_flow_kind (const char *word)
{
  return strcmp (word, "linear") == 0 || strcmp (word, "unordered") == 0 || strcmp (word, "graph") == 0;
}

/* Parses one item of `flow`. Returns: a flow that was begun, whose items come next (nullable). */
static Flow *
parse_item (GScanner *scanner, Flow *flow)
{
  g_autofree char *word = take_word (scanner);
  Flow *child;

  if (accept_token (scanner, '-'))
    {
      g_autofree char *to = NULL;

      expect (scanner, '>');
      to = take_word (scanner);
      flow_link_items (flow, find_item (flow, word), find_item (flow, to), NULL, NULL);
      return NULL;
    }
  if (!is_flow_kind (word))
    {
      flow_add (flow, parse_task (scanner, word));
      return NULL;
    }
  child = parse_flow_head (scanner, word);
  flow_add_flow (flow, child);
  return child;
}

Flow *
story_build (const char *text)
{
  GScanner *scanner = g_scanner_new (NULL);
  g_autofree char *kind = NULL;
  Flow *root;

  scanner->config->cset_identifier_nth = (char *) (guintptr) (G_CSET_a_2_z G_CSET_A_2_Z "_0123456789.");
  scanner->config->scan_float = FALSE;
  scanner->config->scan_octal = FALSE;
  scanner->config->scan_identifier_1char = TRUE;
  scanner->config->store_int64 = TRUE;
  scanner->config->cset_identifier_first = (char *) (guintptr) (G_CSET_a_2_z G_CSET_A_2_Z "_");
  g_scanner_input_text (scanner, text, (guint) strlen (text));
  kind = take_word (scanner);
  root = parse_flow_head (scanner, kind);
  for (Flow *flow = root; flow != NULL;)
    {
      Flow *child = NULL;

      (void) accept_token (scanner, ',');
      if (accept_token (scanner, ']'))
        flow = flow_get_parent (flow);
      else if ((child = parse_item (scanner, flow)) != NULL)
        flow = child;
    }
  g_scanner_destroy (scanner);
  return root;
}

/* -- Running ------------------------------------------------------------------------------------ */

static void
describe (GString *line, const ListenerEvent *event)
{
  if (event->kind == LISTENER_FLOW)
    {
      g_string_printf (line, "flow %s %s", event->flow, flow_state_get_name ((FlowState) event->to));
      return;
    }
  g_string_printf (line, "%s %s", event->atom, atom_state_get_name ((AtomState) event->to));
  if (event->failure != NULL)
    g_string_append_printf (line, "(%s)", failure_get_message (event->failure));
  else if (event->result != NULL)
    {
      g_autofree char *json = value_to_json (event->result);

      g_string_append_printf (line, "(%s)", json);
    }
}

static void
on_event (Engine *engine, const ListenerEvent *event, gpointer data)
{
  Story *story = data;
  g_autoptr (GString) line = g_string_new (NULL);

  describe (line, event);
  if (event->kind == LISTENER_ATOM || story->has_flow_lines)
    g_string_append_printf (story->trace, "%s%s", story->trace->len > 0 ? "; " : "", line->str);
  if (g_strcmp0 (story->suspend_at, line->str) == 0)
    engine_suspend (engine);
  if (g_strcmp0 (story->cancel_at, line->str) == 0)
    engine_cancel (engine);
}

static void
inject (Story *story, const char *inputs)
{
  g_auto (GStrv) words = g_strsplit (inputs, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);

      assert_true (engine_inject (story->engine, parts[0], g_variant_new_int64 (g_ascii_strtoll (parts[1], NULL, 10)), NULL));
    }
}

void
story_init (Story *story, const char *text, const char *inputs, const EngineOptions *options)
{
  memset (story, 0, sizeof *story);
  story->flow = story_build (text);
  story->engine = engine_new (story->flow, options);
  story->trace = g_string_new (NULL);
  story->has_flow_lines = TRUE;
  engine_add_listener (story->engine, LISTENER_FLOW | LISTENER_ATOM, on_event, story, NULL);
  if (inputs != NULL && *inputs != '\0')
    inject (story, inputs);
}

FlowState
story_run (Story *story)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;

  g_string_truncate (story->trace, 0);
  if (!engine_run (story->engine, &end, &error))
    fail_msg ("engine_run: %s", error->message);
  return end;
}

void
story_clear (Story *story)
{
  engine_free (story->engine);
  flow_unref (story->flow);
  g_string_free (story->trace, TRUE);
}

/* -- Comparing ---------------------------------------------------------------------------------- */

static char **
split_lines (const char *text)
{
  char **lines = g_strsplit (text, ";", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  return lines;
}

void
story_expect (const Story *story, const char *expected)
{
  g_auto (GStrv) lines = split_lines (expected);
  g_autofree char *joined = g_strjoinv ("; ", lines);

  assert_string_equal (story->trace->str, joined);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char *
sort_lines (const char *text)
{
  g_auto (GStrv) lines = split_lines (text);

  qsort (lines, g_strv_length (lines), sizeof *lines, compare_lines);
  return g_strjoinv ("; ", lines);
}

void
story_expect_set (const Story *story, const char *expected)
{
  g_autofree char *have = sort_lines (story->trace->str);
  g_autofree char *want = sort_lines (expected);

  assert_string_equal (have, want);
}

void
story_expect_within (const Story *story, const char *expected)
{
  g_auto (GStrv) have = split_lines (story->trace->str);
  g_auto (GStrv) want = split_lines (expected);
  guint at = 0;

  for (guint i = 0; have[i] != NULL && want[at] != NULL; i++)
    if (strcmp (have[i], want[at]) == 0)
      at++;
  if (want[at] != NULL)
    fail_msg ("'%s' does not come where it should in: %s", want[at], story->trace->str);
}

void
story_expect_states (const Story *story, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (parts[i]), " ", 2);
      AtomState state;

      assert_true (engine_get_atom_state (story->engine, words[0], &state, NULL));
      assert_string_equal (atom_state_get_name (state), words[1]);
    }
}
