/* SPDX-License-Identifier: Apache-2.0 */

/* Runs a fuzz target over files, without libFuzzer: those of the folders that REPLAY_FOLDERS names,
 * separated by colons and relative to the top of the source tree. Writes TAP. */

#include <stdio.h>
#include <string.h>

#include "tests/fuzz/target.h"

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_files (GPtrArray *paths, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
}

int
main (void)
{
  const char *top = g_getenv ("G_TEST_SRCDIR");
  g_auto (GStrv) folders = g_strsplit (REPLAY_FOLDERS, ":", -1);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *folder = g_build_filename (top == NULL ? "." : top, folders[i], NULL);

      add_files (paths, folder);
    }
  g_ptr_array_sort (paths, compare_paths);
  printf ("1..%u\n", MAX (paths->len, 1));
  if (paths->len == 0)
    printf ("not ok 1 - there are no files in %s\n", REPLAY_FOLDERS);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autofree char *name = g_path_get_basename (paths->pdata[i]);
      g_autofree char *data = NULL;
      gsize size = 0;
      gboolean is_read = g_file_get_contents (paths->pdata[i], &data, &size, NULL);

      if (is_read)
        LLVMFuzzerTestOneInput ((const uint8_t *) data, size);
      printf ("%sok %u - %s\n", is_read ? "" : "not ", i + 1, name);
      fflush (stdout);
    }
  return 0;
}
