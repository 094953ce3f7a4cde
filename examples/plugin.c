/* SPDX-License-Identifier: Apache-2.0 */

/* A module of steps in C for flow files: plugin.yaml calls them by name. It keeps a pool of numbers
 * in a folder, one empty file each: `pool_take` takes the lowest free one, its revert gives it
 * back; `pool_count` counts those that are taken.
 *
 *   cc -shared -fPIC -o libpool.so plugin.c $(pkg-config --cflags --libs backflow)
 *   backflow run plugin.yaml -i pool=/tmp/pool
 */

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include <backflow/atoms/registry.h>

#define POOL_SIZE 100

/* What every module exports: the interface that it was built for, and how it registers. */
BACKFLOW_PUBLIC extern const guint backflow_module_interface;
BACKFLOW_PUBLIC gboolean backflow_module_register (Registry *registry, GError **error);

const guint backflow_module_interface = REGISTRY_MODULE_INTERFACE;

static char *
dup_path (AtomContext *context, gint64 number)
{
  g_autofree char *name = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  return g_build_filename (atom_context_get_string (context, "pool"), name, NULL);
}

/* O_EXCL: of two who want the same number one gets it. The result says which, so that the revert
 * knows. */
static gboolean
take (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  for (gint64 number = 1; number <= POOL_SIZE; number++)
    {
      g_autofree char *path = dup_path (context, number);
      int fd = open (path, O_CREAT | O_EXCL | O_CLOEXEC, 0644);

      if (fd >= 0)
        {
          close (fd);
          atom_context_set_result (context, g_variant_new_int64 (number));
          return TRUE;
        }
      if (errno != EEXIST)
        {
          g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", path,
                       g_strerror (errno));
          return FALSE;
        }
    }
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "all numbers are taken");
  return FALSE;
}

/* An execute that failed took nothing, and has no result. */
static gboolean
give_back (AtomContext *context, gpointer user_data, GError **error)
{
  GVariant *taken = atom_context_get_result (context);
  g_autofree char *path = NULL;

  (void) user_data;
  if (taken == NULL)
    return TRUE;
  path = dup_path (context, g_variant_get_int64 (taken));
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
count (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (atom_context_get_string (context, "pool"), 0, error);
  gint64 found = 0;

  (void) user_data;
  if (dir == NULL)
    return FALSE;
  while (g_dir_read_name (dir) != NULL)
    found++;
  atom_context_set_result (context, g_variant_new_int64 (found));
  return TRUE;
}

gboolean
backflow_module_register (Registry *registry, GError **error)
{
  const RegistryEntry take_entry = { .execute = take, .revert = give_back };
  const RegistryEntry count_entry = { .execute = count };

  return registry_add (registry, "pool_take", &take_entry, error)
         && registry_add (registry, "pool_count", &count_entry, error);
}
