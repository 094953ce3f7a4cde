/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flows/yaml/document_reader.h"

/* A document with what it stands on. */
typedef struct
{
  Diagnostics *diagnostics;
  Source *source;
  Document *document;
} Fixture;

static Fixture
read_text (const char *text, const DocumentLimits *limits)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  Fixture fixture = { .diagnostics = diagnostics_new () };

  fixture.source = source_new_from_bytes ("f", bytes, 100000000, fixture.diagnostics);
  assert_non_null (fixture.source);
  fixture.document = document_reader_read (fixture.source, limits, fixture.diagnostics);
  return fixture;
}

static void
fixture_clear (Fixture *fixture)
{
  document_free (fixture->document);
  source_free (fixture->source);
  diagnostics_free (fixture->diagnostics);
}

/* The node as JSON-like text: quoted scalars in quotes. The test's texts are flat, so this may
 * recurse. */
static void
append_node (GString *out, const Document *document, const Node *node)
{
  const char *text = document_get_text (document, node);
  gboolean is_mapping = document_get_kind (document, node) == NODE_MAPPING;
  const Node *child;
  NodeIter iter;

  if (text != NULL)
    {
      g_string_append_printf (out, document_is_plain (document, node) ? "%s" : "'%s'", text);
      return;
    }
  g_string_append_c (out, is_mapping ? '{' : '[');
  node_iter_init (&iter, document, node);
  for (guint i = 0; (child = node_iter_next (&iter)) != NULL; i++)
    {
      g_string_append (out, i == 0 ? "" : is_mapping && i % 2 == 1 ? ":" : ",");
      append_node (out, document, child);
    }
  g_string_append_c (out, is_mapping ? '}' : ']');
}

static void
texts_become_trees (void **state)
{
  static const struct
  {
    const char *text;
    const char *tree;
  } cases[] = {
    { "a", "a" },
    { "'a'", "'a'" },
    { "\"a\\tb\\u00e9\\\n c\"", "'a\tbéc'" },
    { "|\n a\n b\n", "'a\nb\n'" },
    { ">-\n a\n b\n", "'a b'" },
    { "[]", "[]" },
    { "{}", "{}" },
    { "a: 1\nb: [x, 'y', {z: ~}]\nc:\n  - d\n  - e: f\n    g:\n",
      "{a:1,b:[x,'y',{z:~}],c:[d,{e:f,g:}]}" },
    { "a: &x [1, 2]\nb: *x\n*x : d\n? &k e\n: *k\n", "{a:[1,2],b:[1,2],[1,2]:d,e:e}" },
    { "- &a 1\n- *a\n- &a 2\n- *a\n", "[1,1,2,2]" },
    { "- !!str 5\n- !!int 5\n- ! 5\n- !!seq [!!map {}]\n", "['5',5,'5',[{}]]" },
    { "--- # comment\na\n...\n# end\n", "a" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture = read_text (cases[i].text, NULL);
      g_autoptr (GString) tree = g_string_new (NULL);

      assert_non_null (fixture.document);
      append_node (tree, fixture.document, document_get_root (fixture.document));
      assert_string_equal (tree->str, cases[i].tree);
      fixture_clear (&fixture);
    }
}

/* The nodes in the order of the text, as "text at line:column+length". */
static void
append_marks (GString *out, const Document *document, const Node *node)
{
  SourceMark mark = document_get_mark (document, node);
  const char *text = document_get_text (document, node);
  const Node *child;
  NodeIter iter;

  g_string_append_printf (out, "%s@%u:%u+%u ", text == NULL ? "" : text, mark.line, mark.column,
                          mark.length);
  node_iter_init (&iter, document, node);
  while ((child = node_iter_next (&iter)) != NULL)
    append_marks (out, document, child);
}

static void
nodes_know_their_places (void **state)
{
  static const struct
  {
    const char *text;
    const char *marks;
  } cases[] = {
    { "a: 1\nbc: [x, 'yy']\n", "@1:1+0 a@1:1+1 1@1:4+1 bc@2:1+2 @2:5+9 x@2:6+1 yy@2:9+4 " },
    { "é: 値\nb: {ü: \"é\"}\n", "@1:1+0 é@1:1+2 値@1:4+3 b@2:1+1 @2:4+10 ü@2:5+2 é@2:8+4 " },
    { "- &a x\n- *a\n-\n", "@1:1+0 x@1:3+4 x@2:3+2 @3:2+0 " },
    { "\xef\xbb\xbf"
      "a: b\r\nc: d",
      "@1:1+0 a@1:1+1 b@1:4+1 c@2:1+1 d@2:4+1 " },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture = read_text (cases[i].text, NULL);
      g_autoptr (GString) marks = g_string_new (NULL);

      append_marks (marks, fixture.document, document_get_root (fixture.document));
      assert_string_equal (marks->str, cases[i].marks);
      fixture_clear (&fixture);
    }
}

static void
places_inside_of_scalars_are_found_where_the_source_has_the_text (void **state)
{
  static const struct
  {
    const char *text;
    guint offset;
    guint line;
    guint column;
  } cases[] = {
    { "- 'ab {x}'", 3, 1, 7 },
    { "- ab {x}", 3, 1, 6 },
    { "- ab\n  {x}", 3, 2, 3 },
    { "- 'it''s {x}'", 5, 1, 10 },
    { "- \"a\\\"b {x}\"", 4, 1, 9 },
    { "- |\n  ab {x}\n", 3, 2, 6 },
    { "- |\n  ab\n    cd {x}\n", 8, 3, 8 },
    { "- |-\n\n  ab\n  {x}\n", 4, 4, 3 },
    { "- >-\n  ab\n  {x}\n", 3, 3, 3 },
    { "- |\r\n  ab\r\n  {x}\r\n", 3, 3, 3 },
    /* what is not there as it is has the place of the whole */
    { "- \"a\\tb {x}\"", 4, 1, 3 },
    { "- \"ab \\x7bx}\"", 3, 1, 3 },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Fixture fixture = read_text (cases[i].text, NULL);
      const Node *node;
      NodeIter iter;
      SourceMark mark;

      node_iter_init (&iter, fixture.document, document_get_root (fixture.document));
      node = node_iter_next (&iter);
      mark = document_get_mark_inside (fixture.document, node, cases[i].offset, 3);
      assert_int_equal (mark.line, cases[i].line);
      assert_int_equal (mark.column, cases[i].column);
      fixture_clear (&fixture);
    }
}

/* Reads a text that is refused; the code of the first finding. */
static void
assert_refused (const char *text, const DocumentLimits *limits, const char *code)
{
  Fixture fixture = read_text (text, limits);

  assert_null (fixture.document);
  assert_int_equal (diagnostics_get_n_errors (fixture.diagnostics), 1);
  assert_string_equal (diagnostics_get (fixture.diagnostics, 0)->code, code);
  fixture_clear (&fixture);
}

static void
assert_read (const char *text, const DocumentLimits *limits)
{
  Fixture fixture = read_text (text, limits);

  if (fixture.document == NULL)
    fail_msg ("%s: %s", text, diagnostics_get (fixture.diagnostics, 0)->message);
  assert_int_equal (diagnostics_get_length (fixture.diagnostics), 0);
  fixture_clear (&fixture);
}

static void
limits_hold_to_the_last_node (void **state)
{
  const DocumentLimits limits = { .depth_max = 3, .nodes_max = 6, .expansion_max = 3 };

  (void) state;
  assert_read ("[[[a]]]", &limits);
  assert_refused ("[[[[]]]]", &limits, "too-deep");
  assert_read ("[a, b, c, d, e]", &limits);
  assert_refused ("[a, b, c, d, e, f]", &limits, "too-many-nodes");
  assert_read ("[&a [x, y], *a]", &limits);
  assert_refused ("[&a [x, y, z], *a]", &limits, "alias-expansion");
  assert_refused ("[&a [x], *a, *a]", &limits, "alias-expansion");
  assert_read ("[&a [[]], [b]]", &limits);
  assert_refused ("[&a [[]], [*a]]", &limits, "too-deep");
}

static void
what_no_flow_file_needs_is_refused (void **state)
{
  (void) state;
  assert_refused ("", NULL, "empty");
  assert_refused ("# x\n---\n# y\n...\n--- a", NULL, "several-documents");
  assert_refused ("&a [*a]", NULL, "alias-loop");
  assert_refused ("*a", NULL, "unknown-anchor");
  assert_refused ("{", NULL, "syntax");
}

static void
a_nul_or_a_lone_tag_leaves_a_tree (void **state)
{
  static const char *const codes[] = { "nul", "lone-tag", "lone-tag" };
  Fixture fixture = read_text ("[\"a\\0b\", ! true, ! \"x\"]", NULL);

  (void) state;
  assert_non_null (fixture.document);
  assert_int_equal (diagnostics_get_n_errors (fixture.diagnostics), G_N_ELEMENTS (codes));
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    assert_string_equal (diagnostics_get (fixture.diagnostics, i)->code, codes[i]);
  fixture_clear (&fixture);
}

static void
errors_that_leave_a_tree_are_all_reported (void **state)
{
  Fixture fixture = read_text ("{a: 1, a: 2, [b]: 3, <<: {}, ? , !x c: !!int d}", NULL);
  static const char *const codes[]
      = { "key-type", "merge-key", "empty-key", "tag", "tag", "duplicate-key" };

  (void) state;
  assert_non_null (fixture.document);
  assert_int_equal (diagnostics_get_length (fixture.diagnostics), G_N_ELEMENTS (codes));
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    assert_string_equal (diagnostics_get (fixture.diagnostics, i)->code, codes[i]);
  fixture_clear (&fixture);
}

/* Mappings of each size around the one from which keys are sorted. */
static void
duplicate_keys_are_found_in_small_and_large_mappings (void **state)
{
  (void) state;
  for (guint size = 2; size < 40; size++)
    {
      g_autoptr (GString) text = g_string_new ("{");
      g_autofree char *expected = g_strdup_printf ("the key 'k%u' is there already", size / 2);
      Fixture fixture;

      for (guint i = 0; i < size; i++)
        g_string_append_printf (text, "k%u: v,\n", i);
      g_string_append_printf (text, "k%u: w, k%u: w}", size / 2, size / 2);
      fixture = read_text (text->str, NULL);
      assert_int_equal (diagnostics_get_n_errors (fixture.diagnostics), 2);
      for (guint i = 0; i < 2; i++)
        {
          g_autofree char *help = g_strdup_printf ("first in line %u", size / 2 + 1);

          assert_string_equal (diagnostics_get (fixture.diagnostics, i)->message, expected);
          assert_string_equal (diagnostics_get (fixture.diagnostics, i)->help, help);
        }
      fixture_clear (&fixture);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (texts_become_trees),
    cmocka_unit_test (nodes_know_their_places),
    cmocka_unit_test (places_inside_of_scalars_are_found_where_the_source_has_the_text),
    cmocka_unit_test (limits_hold_to_the_last_node),
    cmocka_unit_test (what_no_flow_file_needs_is_refused),
    cmocka_unit_test (a_nul_or_a_lone_tag_leaves_a_tree),
    cmocka_unit_test (errors_that_leave_a_tree_are_all_reported),
    cmocka_unit_test (duplicate_keys_are_found_in_small_and_large_mappings),
  };

  return cmocka_run_group_tests_name ("document", tests, NULL, NULL);
}
