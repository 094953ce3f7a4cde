/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a story to a flow; the language is in story.h. */
#include "tests/engine/story_private.h"

#include <backflow/atoms/retry.h>
#include <backflow/flows/link.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* -- Words --------------------------------------------------------------------------------------
 */

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

/* -- Atoms --------------------------------------------------------------------------------------
 */

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

/* Parses options up to `end`. */
static void
parse_options (GScanner *scanner, Atom *atom, guint end)
{
  while (!accept_token (scanner, end))
    if (accept_token (scanner, '-'))
      {
        expect (scanner, '>');
        parse_provided (scanner, atom);
      }
    else
      parse_option (scanner, atom);
}

/* The number in parentheses behind a code; -1 when there is none. */
static gint64
parse_count (GScanner *scanner)
{
  gint64 number = -1;

  if (accept_token (scanner, '('))
    {
      parse_number (scanner, &number);
      expect (scanner, ')');
    }
  return number;
}

static Atom *
parse_task (GScanner *scanner, const char *code, StoryWorld *world)
{
  gint64 number = parse_count (scanner);
  g_autofree char *name = take_word (scanner);
  Atom *atom = story_task_new (code, story_part_new (world, name, NULL, number));

  if (atom == NULL)
    fail_msg ("no behaviour '%s'", code);
  if (accept_token (scanner, '('))
    parse_options (scanner, atom, ')');
  return atom;
}

/* -- Controllers and deciders -------------------------------------------------------------------
 */

static StoryArguments
parse_retry_arguments (GScanner *scanner)
{
  StoryArguments arguments = { g_array_new (FALSE, FALSE, sizeof (gint64)), NULL };

  if (!accept_token (scanner, '('))
    return arguments;
  while (!accept_token (scanner, ')'))
    {
      gint64 number;

      (void) accept_token (scanner, ',');
      if (g_scanner_peek_next_token (scanner) == G_TOKEN_IDENTIFIER)
        arguments.symbol = take_word (scanner);
      else if (g_scanner_peek_next_token (scanner) != (GTokenType) ')')
        {
          parse_number (scanner, &number);
          g_array_append_val (arguments.numbers, number);
        }
    }
  return arguments;
}

static Atom *
parse_retry (GScanner *scanner, StoryWorld *world)
{
  g_autofree char *code = take_word (scanner);
  StoryArguments arguments = parse_retry_arguments (scanner);
  g_autofree char *name = NULL;
  Atom *retry;

  if (g_scanner_peek_next_token (scanner) == G_TOKEN_IDENTIFIER)
    name = take_word (scanner);
  retry = story_retry_new (code, name, &arguments, world);
  if (retry == NULL)
    fail_msg ("no controller '%s'", code);
  parse_options (scanner, retry, '>');
  g_array_unref (arguments.numbers);
  g_free (arguments.symbol);
  return retry;
}

static FlowDepth
find_depth (const char *name)
{
  const char *const names[] = { "all", "flow", "neighbors", "atom" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], name) == 0)
      return (FlowDepth) i;
  fail_msg ("no depth '%s'", name);
  return FLOW_DEPTH_ALL;
}

/* A number, a depth, or both. */
static gint64
parse_decider_arguments (GScanner *scanner, FlowDecider *decider)
{
  gint64 number = -1;

  if (!accept_token (scanner, '('))
    return number;
  while (!accept_token (scanner, ')'))
    {
      (void) accept_token (scanner, ',');
      if (g_scanner_peek_next_token (scanner) == G_TOKEN_IDENTIFIER)
        {
          g_autofree char *depth = take_word (scanner);

          decider->depth = find_depth (depth);
        }
      else
        parse_number (scanner, &number);
    }
  return number;
}

/* Parses what is behind `?`. expression: (out) (transfer full) (nullable). */
static void
parse_decider (GScanner *scanner, const char *label, FlowDecider *decider, char **expression,
               StoryWorld *world)
{
  g_autofree char *code = NULL;
  gint64 number;

  memset (decider, 0, sizeof *decider);
  if (accept_token (scanner, G_TOKEN_STRING))
    {
      decider->expression = *expression = g_strdup (scanner->value.v_string);
      (void) parse_decider_arguments (scanner, decider);
      return;
    }
  code = take_word (scanner);
  number = parse_decider_arguments (scanner, decider);
  if (!story_decider_init (decider, story_part_new (world, label, code, number)))
    fail_msg ("no decider '%s'", code);
}

/* -- Flows --------------------------------------------------------------------------------------
 */

static FlowItem
find_item (const Flow *flow, const char *name)
{
  for (guint i = 0; i < flow_get_n_items (flow); i++)
    {
      FlowItem item = flow_get_item (flow, i);

      if (strcmp (item.flow != NULL ? flow_get_name (item.flow) : atom_get_name (item.atom), name)
          == 0)
        return item;
    }
  fail_msg ("no member '%s' in '%s'", name, flow_get_name (flow));
  return (FlowItem){ NULL, NULL };
}

static Flow *
parse_flow_head (GScanner *scanner, const char *kind, StoryWorld *world)
{
  g_autofree char *name = take_word (scanner);
  Flow *flow = flow_new (kind[0] == 'l'   ? FLOW_KIND_LINEAR
                         : kind[0] == 'u' ? FLOW_KIND_UNORDERED
                                          : FLOW_KIND_GRAPH,
                         name);

  if (accept_token (scanner, '<'))
    flow_set_retry (flow, parse_retry (scanner, world));
  expect (scanner, '[');
  return flow;
}

static gboolean
is_flow_kind (const char *word)
{
  return strcmp (word, "linear") == 0 || strcmp (word, "unordered") == 0
         || strcmp (word, "graph") == 0;
}

/* Parses what is behind `from -`. */
static void
parse_link (GScanner *scanner, Flow *flow, const char *from, StoryWorld *world)
{
  g_autofree char *to = NULL;
  g_autofree char *expression = NULL;
  g_autofree char *label = NULL;
  FlowDecider decider;

  expect (scanner, '>');
  to = take_word (scanner);
  label = g_strdup_printf ("%s->%s", from, to);
  if (!accept_token (scanner, '?'))
    {
      flow_link_items (flow, find_item (flow, from), find_item (flow, to), NULL, NULL);
      return;
    }
  parse_decider (scanner, label, &decider, &expression, world);
  flow_link_items (flow, find_item (flow, from), find_item (flow, to), &decider, NULL);
}

/* Parses a task, and perhaps its decider. */
static void
parse_step (GScanner *scanner, Flow *flow, const char *code, StoryWorld *world)
{
  Atom *atom = parse_task (scanner, code, world);
  g_autofree char *expression = NULL;
  FlowDecider decider;

  flow_add (flow, atom);
  if (!accept_token (scanner, '?'))
    return;
  parse_decider (scanner, atom_get_name (atom), &decider, &expression, world);
  flow_set_decider (flow, flow_get_n_items (flow) - 1, &decider);
}

/* Parses one item of `flow`. Returns: a flow that was begun, whose items come next (nullable). */
static Flow *
parse_item (GScanner *scanner, Flow *flow, StoryWorld *world)
{
  g_autofree char *word = take_word (scanner);
  Flow *child;

  if (accept_token (scanner, '-'))
    parse_link (scanner, flow, word, world);
  else if (strcmp (word, "target") == 0)
    {
      g_autofree char *target = take_word (scanner);

      flow_set_target (flow, find_item (flow, target));
    }
  else if (!is_flow_kind (word))
    parse_step (scanner, flow, word, world);
  else
    {
      child = parse_flow_head (scanner, word, world);
      flow_add_flow (flow, child);
      return child;
    }
  return NULL;
}

static GScanner *
new_scanner (const char *text)
{
  GScanner *scanner = g_scanner_new (NULL);

  scanner->config->cset_identifier_nth
      = (char *) (guintptr) (G_CSET_a_2_z G_CSET_A_2_Z "_0123456789.");
  scanner->config->scan_float = FALSE;
  scanner->config->scan_octal = FALSE;
  scanner->config->scan_identifier_1char = TRUE;
  scanner->config->store_int64 = TRUE;
  scanner->config->cset_identifier_first = (char *) (guintptr) (G_CSET_a_2_z G_CSET_A_2_Z "_");
  g_scanner_input_text (scanner, text, (guint) strlen (text));
  return scanner;
}

Flow *
story_build_in (const char *text, StoryWorld *world)
{
  GScanner *scanner = new_scanner (text);
  g_autofree char *kind = take_word (scanner);
  Flow *root = parse_flow_head (scanner, kind, world);

  for (Flow *flow = root; flow != NULL;)
    {
      Flow *child = NULL;

      (void) accept_token (scanner, ',');
      if (accept_token (scanner, ']'))
        flow = flow_get_parent (flow);
      else if ((child = parse_item (scanner, flow, world)) != NULL)
        flow = child;
    }
  g_scanner_destroy (scanner);
  return root;
}

Flow *
story_build (const char *text)
{
  StoryWorld *world = story_world_new ();
  Flow *flow = story_build_in (text, world);

  story_world_unref (world);
  return flow;
}
