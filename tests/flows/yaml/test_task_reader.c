/* SPDX-License-Identifier: Apache-2.0 */

/* Tasks that call registered functions; what other tasks become is in good/ and bad/. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/command.h>
#include <backflow/flows/yaml/loader.h>

static gboolean
warm_up (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static gboolean
cool_down (AtomContext *context, gpointer user_data, GError **error)
{
  return warm_up (context, user_data, error);
}

static FlowFile *
load (const char *text, Diagnostics *diagnostics)
{
  const RegistryEntry warm = { .execute = warm_up };
  const RegistryEntry cool = { .execute = cool_down, .revert = warm_up };
  g_autoptr (Registry) registry = registry_new ();
  const FlowFileOptions options = { .registry = registry };
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  assert_true (registry_add (registry, "warm_up", &warm, NULL));
  assert_true (registry_add (registry, "cool_down", &cool, NULL));
  return flow_file_load_text ("f.yaml", bytes, &options, diagnostics);
}

static void
a_call_is_the_registered_function_and_its_revert (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file
      = load ("flow: x\nsteps:\n"
              "  - {task: a, call: warm_up, requires: [b], timeout: 5s}\n"
              "  - {task: c, call: cool_down}\n"
              "  - {task: d, call: warm_up, revert: cool_down, provides: e}\n",
              diagnostics);
  Flow *flow = flow_file_get_flow (file);
  const Atom *atoms[3];

  (void) state;
  assert_int_equal (diagnostics_get_length (diagnostics), 0);
  for (guint i = 0; i < 3; i++)
    atoms[i] = flow_get_item (flow, i).atom;
  assert_int_equal (atom_get_kind (atoms[0]), ATOM_KIND_TASK);
  assert_false (atom_has_revert (atoms[0]));
  assert_int_equal (atom_get_timeout (atoms[0], ATOM_ACTION_EXECUTE), 5 * G_USEC_PER_SEC);
  assert_int_equal (atom_get_kind (atoms[1]), ATOM_KIND_TASK);
  assert_true (atom_has_revert (atoms[1]));
  assert_true (atom_has_revert (atoms[2]));
}

static void
a_misspelt_function_gets_the_likely_one (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load ("flow: x\nsteps:\n"
                                    "  - {task: a, call: warmup}\n"
                                    "  - {task: b, call: warm_up, revert: cool_dwon, cwd: /}\n",
                                    diagnostics);

  (void) state;
  assert_non_null (file);
  diagnostics_sort (diagnostics);
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 2);
  assert_string_equal (diagnostics_get (diagnostics, 0)->help, "did you mean 'warm_up'?");
  assert_string_equal (diagnostics_get (diagnostics, 1)->help, "did you mean 'cool_down'?");
}

static void
keys_of_commands_do_not_go_with_a_call (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file = load ("flow: x\nsteps:\n"
                                    "  - {task: a, call: warm_up, env: {A: b}, cwd: /, probe: ls,"
                                    " output: json, kill-after: 1s, with: {a: b}}\n",
                                    diagnostics);

  (void) state;
  assert_non_null (file);
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 6);
}

/* What a task says of attempts that fail, hang or were interrupted is what its atom says. */
static void
policies_reach_the_atom (void **state)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (FlowFile) file
      = load ("flow: x\nsteps:\n"
              "  - {task: a, run: ls, revert: ls, probe: [test, -e, x], on-unknown: ask,"
              " revert-timeout: 5s, revert-retry: {times: 4, delay: 1s, backoff: 3,"
              " max-delay: 1m, jitter: 0.25}}\n"
              "  - {task: b, call: cool_down, on-unknown: repeat, revert-retry: {times: 2}}\n"
              "  - {task: c, use: file.write, with: {path: /x, content: y}, on-unknown: ask,"
              " revert-retry: {times: 3}}\n"
              "  - {task: d, run: ls}\n",
              diagnostics);
  const AtomBackoff *backoff;
  const Atom *atoms[4];
  g_autofree char *probe = NULL;

  (void) state;
  assert_int_equal (diagnostics_get_n_errors (diagnostics), 0);
  for (guint i = 0; i < 4; i++)
    atoms[i] = flow_get_item (flow_file_get_flow (file), i).atom;
  backoff = atom_get_revert_backoff (atoms[0]);
  assert_int_equal (backoff->times, 4);
  assert_int_equal (backoff->delay_us, G_USEC_PER_SEC);
  assert_true (backoff->backoff > 2.99 && backoff->backoff < 3.01);
  assert_int_equal (backoff->max_delay_us, 60 * G_USEC_PER_SEC);
  assert_true (backoff->jitter > 0.24 && backoff->jitter < 0.26);
  assert_int_equal (atom_get_unknown (atoms[0]), ATOM_UNKNOWN_ASK);
  assert_int_equal (atom_get_timeout (atoms[0], ATOM_ACTION_REVERT), 5 * G_USEC_PER_SEC);
  assert_int_equal (atom_get_timeout (atoms[0], ATOM_ACTION_EXECUTE), 0);
  probe = command_dup_text (atoms[0], COMMAND_PROBE);
  assert_string_equal (probe, "test -e x");
  assert_int_equal (atom_get_revert_backoff (atoms[1])->times, 2);
  assert_int_equal (atom_get_revert_backoff (atoms[1])->delay_us, 0);
  assert_int_equal (atom_get_unknown (atoms[1]), ATOM_UNKNOWN_REPEAT);
  assert_int_equal (atom_get_revert_backoff (atoms[2])->times, 3);
  assert_int_equal (atom_get_unknown (atoms[2]), ATOM_UNKNOWN_ASK);
  assert_null (atom_get_revert_backoff (atoms[3]));
  assert_int_equal (atom_get_unknown (atoms[3]), ATOM_UNKNOWN_REPEAT);
  assert_int_equal (atom_get_timeout (atoms[3], ATOM_ACTION_REVERT), 0);
  assert_null (command_dup_text (atoms[3], COMMAND_PROBE));
}

/* One argument more than the limit, given in each way. */
static void
the_number_of_arguments_is_bounded (void **state)
{
  static const char *const forms[] = { "requires: [", "optional: [", "provides: [", "inject: {" };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    for (guint extra = 0; extra < 2; extra++)
      {
        g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
        g_autoptr (GString) text = g_string_new ("flow: x\nsteps:\n  - {task: a, run: ls, ");
        g_autoptr (FlowFile) file = NULL;
        gboolean is_map = g_str_has_suffix (forms[i], "{");

        g_string_append (text, forms[i]);
        for (guint j = 0; j < FLOW_FILE_ARGUMENTS_MAX + extra; j++)
          g_string_append_printf (text, is_map ? "a%u: 1, " : "a%u, ", j);
        g_string_append (text, is_map ? "}}\n" : "]}\n");
        file = load (text->str, diagnostics);
        assert_int_equal (diagnostics_get_n_errors (diagnostics), extra);
        if (extra > 0)
          assert_string_equal (diagnostics_get (diagnostics, 0)->code, "too-many");
      }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_call_is_the_registered_function_and_its_revert),
    cmocka_unit_test (a_misspelt_function_gets_the_likely_one),
    cmocka_unit_test (keys_of_commands_do_not_go_with_a_call),
    cmocka_unit_test (policies_reach_the_atom),
    cmocka_unit_test (the_number_of_arguments_is_bounded),
  };

  return cmocka_run_group_tests_name ("task_reader", tests, NULL, NULL);
}
