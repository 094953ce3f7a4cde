/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/values/value.h>

#include "executors/commands/command_file.h"

#define MAX_BYTES 4096

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static int
setup (void **state)
{
  Fixture *fixture = g_new0 (Fixture, 1);

  fixture->folder = g_dir_make_tmp ("backflow-file-XXXXXX", NULL);
  assert_non_null (fixture->folder);
  fixture->path = g_build_filename (fixture->folder, "1", NULL);
  *state = fixture;
  return 0;
}

static int
teardown (void **state)
{
  Fixture *fixture = *state;

  assert_int_equal (g_rmdir (fixture->folder), 0);
  g_free (fixture->path);
  g_free (fixture->folder);
  g_free (fixture);
  return 0;
}

/* What is read of a file with this text, as JSON, or the message why not. */
static char *
read_text (const Fixture *fixture, const char *text, gssize size)
{
  g_autoptr (GVariant) value = NULL;
  g_autoptr (GError) error = NULL;

  assert_true (g_file_set_contents (fixture->path, text, size, NULL));
  value = command_file_read (fixture->path, MAX_BYTES, &error);
  assert_true ((value == NULL) == (error != NULL));
  assert_int_equal (g_unlink (fixture->path), 0);
  return value != NULL ? value_to_json (value) : g_strdup (error->message);
}

static void
no_file_is_no_error (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (GError) error = NULL;

  assert_null (command_file_read (fixture->path, MAX_BYTES, &error));
  assert_null (error);
}

static void
lines_and_json_are_objects (void **state)
{
  static const struct
  {
    const char *text;
    const char *json;
  } cases[] = {
    { "", "{}" },
    { "\n \n\t\r\n", "{}" },
    { "a=1", "{\"a\":\"1\"}" },
    { "a=1\nb-c.d_2=x = y \n\nempty=\n", "{\"a\":\"1\",\"b-c.d_2\":\"x = y \",\"empty\":\"\"}" },
    { "z=1\na=2\nz=3\n", "{\"z\":\"3\",\"a\":\"2\"}" },
    { "a={\"b\": 1}\n", "{\"a\":\"{\\\"b\\\": 1}\"}" },
    { "a=$(x) 'y'\n", "{\"a\":\"$(x) 'y'\"}" },
    { "{\"a\": 1, \"b\": [true, null]}\n", "{\"a\":1,\"b\":[true,null]}" },
    { "\n  {}", "{}" },
    { "a=\xc3\xa9", "{\"a\":\"\xc3\xa9\"}" },
    { "k<<END\none\n\n two=2\nEND\nb=1\n", "{\"k\":\"one\\n\\n two=2\",\"b\":\"1\"}" },
    { "k<<END\nEND\n", "{\"k\":\"\"}" },
    { "k<<END\n\nEND\n", "{\"k\":\"\"}" },
    { "k=<<END\n", "{\"k\":\"<<END\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *read = read_text (*state, cases[i].text, -1);

      assert_string_equal (read, cases[i].json);
    }
}

static void
what_is_neither_is_refused_with_its_place (void **state)
{
  static const struct
  {
    const char *text;
    gssize size;
    const char *part;
  } cases[] = {
    { "a=1\nb\n", -1, "line 2 " },
    { "=1\n", -1, "line 1 " },
    { "a=1\n\n a=1\n", -1, "line 3 " },
    { "a b=1\n", -1, "line 1 " },
    { "[1]", -1, "line 1 " },
    { "{\"a\": }", -1, "no JSON object" },
    { "{\"a\": 1} x", -1, "no JSON object" },
    { "a=1\nk<<END\nEN\nEND ", -1, "line 2 " },
    { "k<<\na\n\n", -1, "line 1 " },
    { "a=\xff\n", -1, "byte 3" },
    { "a=1\0b", 5, "byte 4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *read = read_text (*state, cases[i].text, cases[i].size);

      if (strstr (read, cases[i].part) == NULL)
        fail_msg ("no \"%s\" in: %s", cases[i].part, read);
    }
}

static void
of_a_command_that_was_cut_short_what_is_certain_is_read (void **state)
{
  static const struct
  {
    const char *text;
    const char *json;
  } cases[] = {
    { "id=vm-42\n", "{\"id\":\"vm-42\"}" },
    { "id=vm-42\nname=my", "{\"id\":\"vm-42\"}" },
    { "id=vm-4", NULL },
    { "id=1\nno line\nb=2\n", "{\"id\":\"1\"}" },
    { "id=1\nkey<<END\nhalf of\n", "{\"id\":\"1\"}" },
    { "{\"id\": 1}", "{\"id\":1}" },
    { "{\"id\": ", NULL },
    { "", NULL },
    { "a=\xff\n", NULL },
  };
  const Fixture *fixture = *state;

  assert_null (command_file_read_part (fixture->path, MAX_BYTES));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) value = NULL;
      g_autofree char *json = NULL;

      assert_true (g_file_set_contents (fixture->path, cases[i].text, -1, NULL));
      value = command_file_read_part (fixture->path, MAX_BYTES);
      json = value != NULL ? value_to_json (value) : NULL;
      if (g_strcmp0 (json, cases[i].json) != 0)
        fail_msg ("%s is read as %s", cases[i].text, json);
    }
  assert_int_equal (g_unlink (fixture->path), 0);
}

static void
a_file_may_be_as_long_as_allowed_and_no_longer (void **state)
{
  g_autofree char *fits = g_strnfill (MAX_BYTES, 'x');
  g_autofree char *too_long = g_strnfill (MAX_BYTES + 1, 'x');
  g_autofree char *read = NULL;
  g_autofree char *refused = NULL;

  memcpy (fits, "a=", 2);
  memcpy (too_long, "a=", 2);
  read = read_text (*state, fits, -1);
  refused = read_text (*state, too_long, -1);
  assert_int_equal (strlen (read), MAX_BYTES - 2 + strlen ("{\"a\":\"\"}"));
  assert_non_null (strstr (refused, "longer than 4096 bytes"));
}

static void
many_lines_take_no_more_time_than_they_are_long (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GVariant) value = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "n%u=%u\n", i, i);
  assert_true (g_file_set_contents (fixture->path, text->str, -1, NULL));
  value = command_file_read (fixture->path, text->len, NULL);
  assert_int_equal (g_variant_n_children (value), 100000);
  assert_int_equal (g_unlink (fixture->path), 0);
}

static void
what_is_no_file_is_not_read (void **state)
{
  const Fixture *fixture = *state;
  g_autoptr (GError) folder_error = NULL;
  g_autoptr (GError) link_error = NULL;
  g_autoptr (GError) fifo_error = NULL;

  assert_int_equal (g_mkdir (fixture->path, 0700), 0);
  assert_null (command_file_read (fixture->path, MAX_BYTES, &folder_error));
  assert_true (g_error_matches (folder_error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_UNREADABLE));
  assert_int_equal (g_rmdir (fixture->path), 0);

  assert_int_equal (symlink ("/etc/passwd", fixture->path), 0);
  assert_null (command_file_read (fixture->path, MAX_BYTES, &link_error));
  assert_true (g_error_matches (link_error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_UNREADABLE));
  assert_int_equal (g_unlink (fixture->path), 0);

  assert_int_equal (mkfifo (fixture->path, 0600), 0);
  assert_null (command_file_read (fixture->path, MAX_BYTES, &fifo_error));
  assert_true (g_error_matches (fifo_error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_UNREADABLE));
  assert_int_equal (g_unlink (fixture->path), 0);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (no_file_is_no_error, setup, teardown),
    cmocka_unit_test_setup_teardown (lines_and_json_are_objects, setup, teardown),
    cmocka_unit_test_setup_teardown (what_is_neither_is_refused_with_its_place, setup, teardown),
    cmocka_unit_test_setup_teardown (of_a_command_that_was_cut_short_what_is_certain_is_read, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (a_file_may_be_as_long_as_allowed_and_no_longer, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (many_lines_take_no_more_time_than_they_are_long, setup,
                                     teardown),
    cmocka_unit_test_setup_teardown (what_is_no_file_is_not_read, setup, teardown),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
