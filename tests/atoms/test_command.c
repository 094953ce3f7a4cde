/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <backflow/atoms/atom_options.h>

#include "atoms/command_private.h"

static const char *const copy_argv[]
    = { "cp", "-a", "{source}", "{root}/{source}", "{{literal}}", "plain", NULL };

static char *
look_up (const char *name, gpointer user_data)
{
  (void) user_data;
  if (strcmp (name, "source") == 0)
    return g_strdup ("a b\n$(x) {root} 'q'");
  return strcmp (name, "root") == 0 ? g_strdup ("/srv") : NULL;
}

static const CommandLine *
get_line (const Atom *command, CommandRole role)
{
  return &command_get_spec (command)->lines[role];
}

/* -- Building -----------------------------------------------------------------------------------
 */

static void
a_new_command_has_no_commands (void **state)
{
  g_autoptr (Atom) command = command_new ("one");

  (void) state;
  assert_int_equal (atom_get_kind (command), ATOM_KIND_COMMAND);
  assert_true (atom_is_task (command));
  for (CommandRole role = COMMAND_EXECUTE; role < COMMAND_COUNT; role++)
    {
      g_auto (GStrv) names = command_dup_placeholders (command, role);

      assert_false (command_has (command, role));
      assert_null (command_dup_text (command, role));
      assert_int_equal (g_strv_length (names), 0);
    }
  assert_int_equal (command_get_spec (command)->output, COMMAND_OUTPUT_TEXT);
  assert_int_equal (command_get_spec (command)->kill_after_us, 5 * G_USEC_PER_SEC);
}

static void
each_role_has_its_own_command (void **state)
{
  g_autoptr (Atom) command = command_new ("one");
  g_autofree char *execute = NULL;
  g_autofree char *probe = NULL;

  (void) state;
  command_set_shell (command, COMMAND_EXECUTE, "mkdir \"$root\"");
  command_set_argv (command, COMMAND_PROBE, copy_argv);
  execute = command_dup_text (command, COMMAND_EXECUTE);
  probe = command_dup_text (command, COMMAND_PROBE);
  assert_string_equal (execute, "mkdir \"$root\"");
  assert_string_equal (probe, "cp -a '{source}' '{root}/{source}' '{{literal}}' plain");
  assert_false (command_has (command, COMMAND_REVERT));
}

static void
a_command_with_a_revert_command_has_a_revert (void **state)
{
  g_autoptr (Atom) command = command_new ("one");

  (void) state;
  command_set_shell (command, COMMAND_EXECUTE, "true");
  assert_false (atom_has_revert (command));
  assert_int_equal (atom_get_effects (command), ATOM_EFFECTS_NONE);
  command_set_shell (command, COMMAND_REVERT, "true");
  assert_true (atom_has_revert (command));
  assert_int_equal (atom_get_effects (command), ATOM_EFFECTS_REVERSIBLE);
}

static void
the_last_command_of_a_role_counts (void **state)
{
  static const char *const argv[] = { "b", NULL };
  g_autoptr (Atom) command = command_new ("one");

  (void) state;
  command_set_argv (command, COMMAND_EXECUTE, copy_argv);
  command_set_shell (command, COMMAND_EXECUTE, "a");
  assert_null (get_line (command, COMMAND_EXECUTE)->argv);
  assert_string_equal (get_line (command, COMMAND_EXECUTE)->shell, "a");
  command_set_argv (command, COMMAND_EXECUTE, argv);
  assert_null (get_line (command, COMMAND_EXECUTE)->shell);
  assert_null (get_line (command, COMMAND_EXECUTE)->templates);
  assert_string_equal (get_line (command, COMMAND_EXECUTE)->argv[0], "b");
}

static void
settings_are_kept (void **state)
{
  g_autoptr (Atom) command = command_new ("one");
  const CommandSpec *spec = command_get_spec (command);

  (void) state;
  command_set_output (command, COMMAND_OUTPUT_JSON);
  command_set_kill_after (command, 0);
  command_set_cwd (command, "/old/{a}");
  command_set_cwd (command, "/srv");
  command_set_env (command, "A", "1");
  command_set_env (command, "B", "x=y");
  command_set_env (command, "A", "2");
  assert_int_equal (spec->output, COMMAND_OUTPUT_JSON);
  assert_int_equal (spec->kill_after_us, 0);
  assert_string_equal (spec->cwd, "/srv");
  assert_null (spec->cwd_template);
  assert_int_equal (g_strv_length (spec->env), 2);
  assert_string_equal (g_environ_getenv (spec->env, "A"), "2");
  assert_string_equal (g_environ_getenv (spec->env, "B"), "x=y");
}

/* -- Placeholders -------------------------------------------------------------------------------
 */

static void
placeholders_are_those_of_the_words_and_of_the_folder (void **state)
{
  g_autoptr (Atom) command = command_new ("one");
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) without = NULL;
  g_autofree char *shown = NULL;

  (void) state;
  command_set_argv (command, COMMAND_EXECUTE, copy_argv);
  command_set_cwd (command, "{root}/{place}");
  names = command_dup_placeholders (command, COMMAND_EXECUTE);
  without = command_dup_placeholders (command, COMMAND_REVERT);
  shown = g_strjoinv (" ", names);
  assert_string_equal (shown, "source root place");
  assert_int_equal (g_strv_length (without), 0);
}

static void
a_shell_text_has_no_placeholders (void **state)
{
  g_autoptr (Atom) command = command_new ("one");
  g_auto (GStrv) names = NULL;

  (void) state;
  command_set_shell (command, COMMAND_EXECUTE, "f() { echo {a}; }; f");
  names = command_dup_placeholders (command, COMMAND_EXECUTE);
  assert_int_equal (g_strv_length (names), 0);
}

static void
values_stay_in_one_word_and_are_not_parsed_again (void **state)
{
  static const char *const expected[]
      = { "cp", "-a", "a b\n$(x) {root} 'q'", "/srv/a b\n$(x) {root} 'q'", "{literal}", "plain" };
  g_autoptr (Atom) command = command_new ("one");
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) error = NULL;

  (void) state;
  command_set_argv (command, COMMAND_EXECUTE, copy_argv);
  words = command_line_expand (get_line (command, COMMAND_EXECUTE), look_up, NULL, &error);
  assert_null (error);
  assert_int_equal (g_strv_length (words), G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    assert_string_equal (words[i], expected[i]);
}

static void
a_placeholder_without_a_value_is_an_error (void **state)
{
  static const char *const argv[] = { "a", "{root}", "x{missing}y", "{root}", NULL };
  g_autoptr (Atom) command = command_new ("one");
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cwd_error = NULL;

  (void) state;
  command_set_argv (command, COMMAND_EXECUTE, argv);
  assert_null (command_line_expand (get_line (command, COMMAND_EXECUTE), look_up, NULL, &error));
  assert_true (g_error_matches (error, TEMPLATE_ERROR, TEMPLATE_ERROR_UNKNOWN));
  assert_non_null (strstr (error->message, "missing"));
  command_set_cwd (command, "{missing}");
  assert_null (command_spec_expand_cwd (command_get_spec (command), look_up, NULL, &cwd_error));
  assert_true (g_error_matches (cwd_error, TEMPLATE_ERROR, TEMPLATE_ERROR_UNKNOWN));
}

static void
the_folder_takes_values_too (void **state)
{
  g_autoptr (Atom) command = command_new ("one");
  g_autofree char *cwd = NULL;

  (void) state;
  assert_null (command_spec_expand_cwd (command_get_spec (command), look_up, NULL, NULL));
  command_set_cwd (command, "{root}/x");
  cwd = command_spec_expand_cwd (command_get_spec (command), look_up, NULL, NULL);
  assert_string_equal (cwd, "/srv/x");
}

static void
a_malformed_word_is_refused_and_the_old_command_stays (void **state)
{
  static const char *const argv[] = { "a", "{b}", "{", NULL };
  g_autoptr (Atom) command = command_new ("one");

  (void) state;
  command_set_shell (command, COMMAND_EXECUTE, "old");
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*malformed*");
  command_set_argv (command, COMMAND_EXECUTE, argv);
  g_test_assert_expected_messages ();
  assert_string_equal (get_line (command, COMMAND_EXECUTE)->shell, "old");
}

static void
text_is_quoted_so_that_a_shell_reads_the_same_words (void **state)
{
  static const char *const argv[]
      = { "A=1", "it's", "", "a b", "$x", "--opt=x", "x,y", "a\nb", "*", NULL };
  g_autoptr (Atom) command = command_new ("one");
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  gint count;

  (void) state;
  command_set_argv (command, COMMAND_EXECUTE, argv);
  text = command_dup_text (command, COMMAND_EXECUTE);
  assert_non_null (strstr (text, " --opt=x x,y "));
  assert_true (g_shell_parse_argv (text, &count, &words, NULL));
  assert_int_equal (count, G_N_ELEMENTS (argv) - 1);
  for (gint i = 0; i < count; i++)
    assert_string_equal (words[i], argv[i]);
  assert_true (g_str_has_prefix (text, "'A=1' "));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_new_command_has_no_commands),
    cmocka_unit_test (each_role_has_its_own_command),
    cmocka_unit_test (a_command_with_a_revert_command_has_a_revert),
    cmocka_unit_test (the_last_command_of_a_role_counts),
    cmocka_unit_test (settings_are_kept),
    cmocka_unit_test (placeholders_are_those_of_the_words_and_of_the_folder),
    cmocka_unit_test (a_shell_text_has_no_placeholders),
    cmocka_unit_test (values_stay_in_one_word_and_are_not_parsed_again),
    cmocka_unit_test (a_placeholder_without_a_value_is_an_error),
    cmocka_unit_test (the_folder_takes_values_too),
    cmocka_unit_test (a_malformed_word_is_refused_and_the_old_command_stays),
    cmocka_unit_test (text_is_quoted_so_that_a_shell_reads_the_same_words),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
