/* SPDX-License-Identifier: Apache-2.0 */
/* A text that needs no shell means the same without one: said by tables, and compared with the
 * shells of this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include "executors/commands/shell_words.h"

#define N_RANDOM 200

static const char *const variables[]
    = { "root=/srv/a b", "plain=v1.2", "empty=",        "stars=a*b", "UPPER=u", "server_name=x",
        "line=a\nb",     "tilde=~",    "dollar=$plain", "under_=w",  NULL };

static const char *
look_up (const char *name, gsize length, gpointer user_data)
{
  const char *const *list = user_data;

  for (; *list != NULL; list++)
    if (strncmp (*list, name, length) == 0 && (*list)[length] == '=')
      return *list + length + 1;
  return NULL;
}

static char **
find_words (const char *text)
{
  return shell_words_find (text, look_up, (gpointer) (guintptr) variables);
}

/* The words between bars, "SHELL" when it takes one. */
static char *
show_words (const char *text)
{
  g_auto (GStrv) words = find_words (text);

  return words != NULL ? g_strjoinv ("|", words) : g_strdup ("SHELL");
}

/* -- Tables -------------------------------------------------------------------------------------
 */

static void
simple_commands_are_words (void **state)
{
  static const struct
  {
    const char *text;
    const char *words;
  } cases[] = {
    { "true", "true" },
    { "mkdir /srv/site", "mkdir|/srv/site" },
    { "  cp\t-a  x.c y_1.c \n", "cp|-a|x.c|y_1.c" },
    { "\n\nls -l\n\n", "ls|-l" },
    { "tar --file=a.tar -C /tmp x:y,z@h +%s", "tar|--file=a.tar|-C|/tmp|x:y,z@h|+%s" },
    { "/usr/bin/env A=1 echo", "/usr/bin/env|A=1|echo" },
    { "grep 'a b' 'x*$y'", "grep|a b|x*$y" },
    { "grep \"a b; | & > ( ~ 'q' é\"", "grep|a b; | & > ( ~ 'q' é" },
    { "touch ''", "touch|" },
    { "touch \"\"", "touch|" },
    { "touch a'b c'\"d e\"f", "touch|ab cd ef" },
    { "'ls' -l", "ls|-l" },
    { "mkdir \"$root\"", "mkdir|/srv/a b" },
    { "mkdir \"$root/x\" \"${root}y\"", "mkdir|/srv/a b/x|/srv/a by" },
    { "touch \"$empty\" \"$stars\" \"$line\"", "touch||a*b|a\nb" },
    { "touch \"$tilde\" \"$dollar\"", "touch|~|$plain" },
    { "touch $plain ${plain}x x$plain", "touch|v1.2|v1.2x|xv1.2" },
    { "touch $server_name $under_", "touch|x|w" },
    { "\"$plain\" a", "v1.2|a" },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = show_words (cases[i].text);

      assert_string_equal (shown, cases[i].words);
    }
}

/* clang-format off */
static const char *const shell_texts[] = {
  "", " \n", "a; b", "a\nb", "a & b", "a | b", "a > b", "a < b", "(a)", "{ a; }", "a *", "a ?",
  "a [b]", "a ~", "a ~/b", "a=~ b", "A=1 b", "a `b`", "a $(b)", "a \"$(b)\"", "a \"`b`\"", "a \\b",
  "a \"\\b\"", "a $1", "a $?", "a $$", "a \"$@\"", "a \"$\"", "a ${plain:-x}", "a ${plain",
  "a \"${plain\"", "a {b,c}", "a !b", "! a", "a # b", "# a", "a 'b", "a \"b", "a é", "a\rb", "a\r",
  "a\vb", "a ^b", "%1", ":", "a:b", "[ a ]", "echo a", "'echo' a", "e'cho' a", "cd /", "exit 3",
  "exec a", "test a", "printf a", "if", "while", "export A", "unset a", "umask 022", "kill 1",
  "read a", ".", ". a", "''", "\"$empty\" a", "\"$stars\" a", "$root", "touch $root",
  "touch $empty", "touch $stars", "touch $line", "touch $tilde", "touch $missing",
  "touch \"$missing\"", "touch \"$UPPER\"", "touch \"$PWD\"", "touch \"$_\"", "touch \"$IFS\"",
};
/* clang-format on */

static void
what_only_a_shell_understands_is_left_to_it (void **state)
{
  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (shell_texts); i++)
    {
      g_autofree char *shown = show_words (shell_texts[i]);

      assert_string_equal (shown, "SHELL");
    }
}

/* -- The shells of this machine -----------------------------------------------------------------
 */

/* A folder with a command `args` that shows its arguments. */
typedef struct
{
  char *folder;
  char *command;
  char **environment;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autofree char *path = NULL;

  fixture->folder = g_dir_make_tmp ("backflow-words-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  fixture->command = g_build_filename (fixture->folder, "args", NULL);
  assert_true (g_file_set_contents_full (fixture->command,
                                         "#!/bin/sh\nfor a; do printf '<%s>' \"$a\"; done\n", -1,
                                         G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  path = g_strdup_printf ("%s:/bin:/usr/bin", fixture->folder);
  for (guint i = 0; variables[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (variables[i], "=", 2);

      fixture->environment = g_environ_setenv (fixture->environment, pair[0], pair[1], TRUE);
    }
  fixture->environment = g_environ_setenv (fixture->environment, "PATH", path, TRUE);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (g_unlink (fixture->command), 0);
  assert_int_equal (g_rmdir (fixture->folder), 0);
  g_free (fixture->folder);
  g_free (fixture->command);
  g_strfreev (fixture->environment);
  g_free (fixture);
  return 0;
}

/* What the command said, "status N" when it failed. */
static char *
run (const Fixture *fixture, const char *const *argv)
{
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;
  gboolean ok = g_spawn_sync (fixture->folder, (char **) (guintptr) argv, fixture->environment,
                              G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                              NULL, &output, NULL, &status, &error);

  if (!ok)
    return g_strdup (error->message);
  return status == 0 ? g_steal_pointer (&output) : g_strdup_printf ("status %d", status);
}

static void
assert_same_as (const Fixture *fixture, const char *shell, const char *option, const char *text,
                char **words)
{
  const char *argv[] = { shell, option, "-eu", "-c", text, NULL };
  const char *short_argv[] = { shell, "-eu", "-c", text, NULL };
  g_autofree char *direct = run (fixture, (const char *const *) words);
  g_autofree char *through = run (fixture, option != NULL ? argv : short_argv);

  if (strcmp (direct, through) != 0)
    fail_msg ("%s: %s\n  directly: %s\n  through it: %s", shell, text, direct, through);
}

/* Returns: whether it needed no shell. */
static gboolean
compare (const Fixture *fixture, const char *text)
{
  g_auto (GStrv) words = find_words (text);

  if (words == NULL)
    return FALSE;
  assert_same_as (fixture, "/bin/sh", NULL, text, words);
  if (g_file_test ("/bin/bash", G_FILE_TEST_IS_EXECUTABLE))
    assert_same_as (fixture, "/bin/bash", "--posix", text, words);
  return TRUE;
}

static void
words_are_what_the_shell_makes_of_them (void **state)
{
  static const char *const texts[] = {
    "args a b",
    " args\ta 'b c' \"d  e\" \n",
    "args 'x\ny' \"x\ny\"",
    "args \"$root\" \"$stars\" \"$line\" \"$dollar\" \"$tilde\" \"$empty\"",
    "args $plain x$plain/y ${server_name}z",
    "args 'caf\xc3\xa9 \xe2\x82\xac' \"\xc3\xa9\x81\x82\x88 \xff\"",
    "args '\x01\x02\x7f' \"\x01\x7f\"",
    "args a=b --x=y:z +%s @home a,b -",
    "args '' \"\" a''b",
    "args \"a!b\" \"*?[x]{a,b}~#;|&<>()\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_true (compare (*state, texts[i]));
}

static void
random_texts_mean_the_same_with_and_without_a_shell (void **state)
{
  static const char *const parts[] = {
    " ",       " ",      "\t",    "a",        "b1",        "x.c",   "/",       "-",      "=",
    "'",       "'",      "\"",    "\"",       "$plain",    "$root", "${root}", "$empty", "$stars",
    "${line}", "$tilde", "'q r'", "\"s  t\"", "\"$root\"", ":~",    ",",       "%",      "+",
    "é",       "\n",     "{x}",   "*",        "\\",        "#",     "!",       "$",      "@",
  };
  const guint32 seed = 20260131;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint n_direct = 0;

  print_message ("# seed %u\n", seed);
  for (guint i = 0; n_direct < N_RANDOM; i++)
    {
      g_autoptr (GString) text = g_string_new ("args ");
      gint length = g_rand_int_range (random, 1, 8);

      for (gint j = 0; j < length; j++)
        g_string_append (text, parts[g_rand_int_range (random, 0, G_N_ELEMENTS (parts))]);
      if (compare (*state, text->str))
        n_direct++;
      assert_true (i < 1000 * N_RANDOM);
    }
}

static void
what_bash_has_built_in_is_left_to_the_shell (void **state)
{
  const char *argv[] = { "/bin/bash", "-c", "compgen -b -k", NULL };
  g_autofree char *output = NULL;
  g_auto (GStrv) names = NULL;

  if (!g_file_test (argv[0], G_FILE_TEST_IS_EXECUTABLE))
    skip ();
  output = run (*state, argv);
  names = g_strsplit (output, "\n", -1);
  assert_true (g_strv_length (names) > 50);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_auto (GStrv) words = find_words (names[i]);

      if (words != NULL && strcmp (names[i], "true") != 0 && strcmp (names[i], "false") != 0)
        fail_msg ("%s would not be given to the shell", names[i]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (simple_commands_are_words),
    cmocka_unit_test (what_only_a_shell_understands_is_left_to_it),
    cmocka_unit_test_setup_teardown (words_are_what_the_shell_makes_of_them, setup, teardown),
    cmocka_unit_test_setup_teardown (what_bash_has_built_in_is_left_to_the_shell, setup, teardown),
    cmocka_unit_test_setup_teardown (random_texts_mean_the_same_with_and_without_a_shell, setup,
                                     teardown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
