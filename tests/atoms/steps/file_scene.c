/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/atoms/steps/file_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <backflow/atoms/step.h>

void
file_scene_init (FileScene *scene, const char *mode)
{
  GVariantBuilder options;
  Atom *task;

  scene->folder = folder_new ();
  scene->path = g_build_filename (scene->folder, "site.conf", NULL);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "path", g_variant_new_string ("{root}/site.conf"));
  g_variant_builder_add (&options, "{sv}", "content", g_variant_new_string ("listen {port};\n"));
  if (mode != NULL)
    g_variant_builder_add (&options, "{sv}", "mode", g_variant_new_string (mode));
  task = step_new_task ("write", "file.write", g_variant_builder_end (&options), NULL);
  atom_require (task, "root");
  atom_require (task, "port");
  atom_fixture_init (&scene->fixture, task, ATOM_ACTION_EXECUTE);
  atom_fixture_set (&scene->fixture, "root", g_variant_new_string (scene->folder));
  atom_fixture_set (&scene->fixture, "port", g_variant_new_int64 (80));
}

void
file_scene_clear (FileScene *scene)
{
  atom_fixture_clear (&scene->fixture);
  g_free (scene->path);
  folder_free (scene->folder);
}

void
file_put (const char *path, const char *content, gssize size)
{
  FILE *file = fopen (path, "w");
  gsize length = size < 0 ? strlen (content) : (gsize) size;

  g_assert (file != NULL && fwrite (content, 1, length, file) == length);
  g_assert (fclose (file) == 0);
}

void
assert_file_content (const char *path, const char *content, gsize size)
{
  g_autofree char *found = NULL;
  gsize length;

  assert_true (g_file_get_contents (path, &found, &length, NULL));
  assert_int_equal (length, size);
  assert_memory_equal (found, content, size);
}

void
assert_file_written (const FileScene *scene)
{
  assert_file_content (scene->path, "listen 80;\n", 11);
}

char *
file_scene_dup_kept_path (const FileScene *scene, const char *ending)
{
  g_autoptr (GDir) dir = g_dir_open (scene->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, ".site.conf.backflow-") && g_str_has_suffix (name, ending))
      return g_build_filename (scene->folder, name, NULL);
  return NULL;
}

void
file_scene_run (FileScene *scene, AttemptOutcome expected)
{
  AttemptOutcome outcome = atom_fixture_run (&scene->fixture);

  if (outcome != expected)
    fail_msg ("outcome %d: %s", (int) outcome, atom_fixture_get_message (&scene->fixture));
}

void
file_scene_run_next (FileScene *scene, AtomAction action, AttemptOutcome expected)
{
  atom_fixture_next (&scene->fixture, action);
  file_scene_run (scene, expected);
}

void
file_scene_run_after_crash (FileScene *scene, AtomAction action, AttemptOutcome expected)
{
  atom_fixture_crash (&scene->fixture, action);
  file_scene_run (scene, expected);
}

void
assert_file_failed (const FileScene *scene, const char *message)
{
  if (strstr (atom_fixture_get_message (&scene->fixture), message) == NULL)
    fail_msg ("%s", atom_fixture_get_message (&scene->fixture));
}
