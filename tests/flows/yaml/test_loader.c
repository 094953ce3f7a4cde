/* SPDX-License-Identifier: Apache-2.0 */

/* Files in bad/ are refused with exactly the findings that NAME.expected says; files in good/
 * become exactly the flow that NAME.expected describes. With UPDATE_EXPECTED in the environment the
 * expectations are written instead: read the difference. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/flows/link.h>
#include <backflow/flows/yaml/loader.h>

#include "tests/flows/yaml/flow_dump.h"

static char *
source_path (const char *name)
{
  const char *top = g_getenv ("G_TEST_SRCDIR");

  return g_build_filename (top == NULL ? "." : top, "tests", "flows", "yaml", name, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of the files of a folder that end in .yaml, sorted. */
static GPtrArray *
list_files (const char *folder)
{
  g_autofree char *path = source_path (folder);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  assert_non_null (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".yaml"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
do_nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static RetryDecision
give_up (AtomContext *context, const RetryHistory *history, const char *failed, gpointer user_data,
         GError **error)
{
  (void) context;
  (void) history;
  (void) failed;
  (void) user_data;
  (void) error;
  return RETRY_DECISION_REVERT;
}

/* What files on retries may call: a function and a retry controller. */
static Registry *
new_registry (void)
{
  const RegistryEntry function = { do_nothing, do_nothing, NULL };
  const RegistryRetry controller = { do_nothing, NULL, give_up, NULL };
  Registry *registry = registry_new ();

  assert_true (registry_add (registry, "warm_cache", &function, NULL));
  assert_true (registry_add_retry (registry, "patience", &controller, NULL));
  return registry;
}

static FlowFile *
load (const char *folder, const char *name, Diagnostics *diagnostics)
{
  g_autofree char *directory = source_path (folder);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (Registry) registry = new_registry ();
  const FlowFileOptions options
      = { .base_directory = directory,
          .registry = g_str_has_prefix (name, "retries") ? registry : NULL };
  g_autoptr (GBytes) text = NULL;
  char *contents;
  gsize size;

  assert_true (g_file_get_contents (path, &contents, &size, NULL));
  text = g_bytes_new_take (contents, size);
  return flow_file_load_text (name, text, &options, diagnostics);
}

/* Compares with NAME.expected in place of NAME.yaml, or writes that. Returns: whether they are
 * equal. */
static gboolean
is_expected (const char *folder, const char *name, const char *actual)
{
  g_autofree char *directory = source_path (folder);
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (".yaml"));
  g_autofree char *file = g_strconcat (directory, "/", stem, ".expected", NULL);
  g_autofree char *expected = NULL;

  if (g_getenv ("UPDATE_EXPECTED") != NULL)
    return g_file_set_contents (file, actual, -1, NULL);
  if (g_file_get_contents (file, &expected, NULL, NULL) && strcmp (expected, actual) == 0)
    return TRUE;
  print_error ("%s/%s: expected\n%s\nbut it is\n%s\n", folder, name,
               expected == NULL ? "(no file of expectations)" : expected, actual);
  return FALSE;
}

static void
bad_files_get_exactly_the_expected_findings (void **state)
{
  g_autoptr (GPtrArray) names = list_files ("bad");
  guint n_wrong = 0;

  (void) state;
  assert_true (names->len > 30);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (FlowFile) file = load ("bad", names->pdata[i], diagnostics);
      g_autofree char *text = NULL;

      (void) file;
      assert_true (diagnostics_get_n_errors (diagnostics) > 0);
      diagnostics_sort (diagnostics);
      text = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
      n_wrong += !is_expected ("bad", names->pdata[i], text);
    }
  assert_int_equal (n_wrong, 0);
}

static void
findings_of_bad_files_have_a_code_and_a_place (void **state)
{
  g_autoptr (GPtrArray) names = list_files ("bad");

  (void) state;
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (FlowFile) file = load ("bad", names->pdata[i], diagnostics);

      (void) file;
      for (guint j = 0; j < diagnostics_get_length (diagnostics); j++)
        {
          const Diagnostic *finding = diagnostics_get (diagnostics, j);

          assert_true (strlen (finding->code) > 2);
          assert_string_equal (finding->mark.file, names->pdata[i]);
          if (strcmp (finding->code, "empty") != 0 && strcmp (finding->code, "no-flow") != 0)
            assert_true (finding->mark.line > 0 && finding->mark.column > 0);
        }
    }
}

static void
good_files_become_exactly_the_expected_flow (void **state)
{
  g_autoptr (GPtrArray) names = list_files ("good");
  guint n_wrong = 0;

  (void) state;
  assert_true (names->len > 3);
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (FlowFile) file = load ("good", names->pdata[i], diagnostics);
      g_autofree char *findings
          = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
      g_autofree char *dump = NULL;
      g_autofree char *all = NULL;

      assert_non_null (file);
      dump = flow_dump (file);
      all = g_strconcat (findings, dump, NULL);
      assert_int_equal (diagnostics_get_n_errors (diagnostics), 0);
      n_wrong += !is_expected ("good", names->pdata[i], all);
    }
  assert_int_equal (n_wrong, 0);
}

static FlowFile *
load_literal (const char *text, Diagnostics *diagnostics)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return flow_file_load_text ("literal.yaml", bytes, NULL, diagnostics);
}

/* A flow without its holes would only give rise to errors that are not there. */
static void
a_flow_with_holes_is_not_given_out (void **state)
{
  static const struct
  {
    const char *text;
    gboolean is_whole;
  } cases[] = {
    { "flow: x\nsteps:\n  - {task: a, rnu: ls}\n", TRUE },
    { "flow: x\nsteps:\n  - {task: a, run: ls, provides: 5}\n", FALSE },
    { "flow: x\nsteps:\n  - {task: a, run: ls, timeout: 5}\n", TRUE },
    { "flow: x\nsteps:\n  - {run: ls}\n", FALSE },
    { "flow: x\nsteps:\n  - ls\n", FALSE },
    { "flow: x\n", FALSE },
    { "flow: x\nkind: y\nsteps: []\n", FALSE },
    { "flow: x\ninputs: [a]\nsteps: []\n", FALSE },
    { "flow: x\nretry: {time: a}\nsteps: []\n", TRUE },
    { "flow: x\nretry: {times: 2, provides: 5}\nsteps: []\n", FALSE },
    { "[]", FALSE },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
      g_autoptr (FlowFile) file = load_literal (cases[i].text, diagnostics);

      assert_non_null (file);
      assert_true (diagnostics_get_n_errors (diagnostics) > 0);
      assert_int_equal (flow_file_get_flow (file) != NULL, cases[i].is_whole);
    }
}

static void
an_unreadable_file_is_one_finding_without_a_line (void **state)
{
  g_autofree char *directory = source_path ("bad");
  g_autofree char *absent = g_build_filename (directory, "absent.yaml", NULL);
  const char *const paths[] = { directory, absent };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (Diagnostics) diagnostics = diagnostics_new ();

      assert_null (flow_file_load (paths[i], NULL, diagnostics));
      assert_int_equal (diagnostics_get_n_errors (diagnostics), 1);
      assert_string_equal (diagnostics_get (diagnostics, 0)->code, "unreadable");
      assert_string_equal (diagnostics_get (diagnostics, 0)->mark.file, paths[i]);
      assert_int_equal (diagnostics_get (diagnostics, 0)->mark.line, 0);
    }
}

static void
a_file_larger_than_the_limit_is_refused (void **state)
{
  const FlowFileOptions options = { .size_max = 10 };
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GBytes) text = g_bytes_new_static ("flow: xyzzy", 11);
  g_autoptr (GBytes) short_text = g_bytes_new_static ("flow: xyzz", 10);
  g_autoptr (FlowFile) file = NULL;

  (void) state;
  assert_null (flow_file_load_text ("x", text, &options, diagnostics));
  assert_string_equal (diagnostics_get (diagnostics, 0)->code, "file-size");
  file = flow_file_load_text ("x", short_text, &options, diagnostics);
  assert_non_null (file);
}

/* Flows in flows, as deep as the limit allows and deeper. */
static FlowFile *
load_nest (guint depth, Diagnostics *diagnostics)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append_printf (text, "{flow: f%u, steps: [", i);
  g_string_append (text, "{task: t, run: ls}");
  for (guint i = 0; i < depth; i++)
    g_string_append (text, "]}");
  return load_literal (text->str, diagnostics);
}

static void
flows_nest_as_deep_as_the_limit (void **state)
{
  const guint deepest = (FLOW_FILE_DEPTH_MAX - 1) / 2;
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load_nest (deepest, diagnostics);
  const Flow *flow;
  guint depth = 1;

  (void) state;
  assert_int_equal (diagnostics_get_length (diagnostics), 0);
  for (flow = flow_file_get_flow (file); flow_get_item (flow, 0).flow != NULL; depth++)
    flow = flow_get_item (flow, 0).flow;
  assert_int_equal (depth, deepest);
  assert_null (load_nest (deepest + 1, diagnostics));
  assert_string_equal (diagnostics_get (diagnostics, 0)->code, "too-deep");
}

static void
many_steps_cost_no_more_than_their_number (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GString) text = g_string_new ("flow: x\nkind: graph\nsteps:\n");
  g_autoptr (FlowFile) file = NULL;

  (void) state;
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "  - {task: t%u, run: ls}\n", i);
  g_string_append (text, "links:\n");
  for (guint i = 1; i < 20000; i++)
    g_string_append_printf (text, "  - {from: t%u, to: t%u}\n", i - 1, i);
  file = load_literal (text->str, diagnostics);
  assert_int_equal (diagnostics_get_length (diagnostics), 0);
  assert_int_equal (flow_get_n_items (flow_file_get_flow (file)), 20000);
  assert_int_equal (flow_get_n_links (flow_file_get_flow (file)), 19999);
}

static void
many_errors_are_bounded_in_memory_and_time (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GString) text = g_string_new ("flow: x\nkind: graph\nsteps:\n");
  g_autoptr (FlowFile) file = NULL;

  (void) state;
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "  - {task: t%u, run: ls}\n", i);
  g_string_append (text, "links:\n");
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "  - {from: u%u, to: t0}\n", i);
  file = load_literal (text->str, diagnostics);
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 20000);
  assert_int_equal (diagnostics_get_length (diagnostics), DIAGNOSTICS_KEPT);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (bad_files_get_exactly_the_expected_findings),
    cmocka_unit_test (findings_of_bad_files_have_a_code_and_a_place),
    cmocka_unit_test (good_files_become_exactly_the_expected_flow),
    cmocka_unit_test (a_flow_with_holes_is_not_given_out),
    cmocka_unit_test (an_unreadable_file_is_one_finding_without_a_line),
    cmocka_unit_test (a_file_larger_than_the_limit_is_refused),
    cmocka_unit_test (flows_nest_as_deep_as_the_limit),
    cmocka_unit_test (many_steps_cost_no_more_than_their_number),
    cmocka_unit_test (many_errors_are_bounded_in_memory_and_time),
  };

  return cmocka_run_group_tests_name ("loader", tests, NULL, NULL);
}
