/* SPDX-License-Identifier: Apache-2.0 */

/* Boots a virtual machine, the way clouds do: a volume and a network port are made side by side,
 * the machine is booted from the one on the other, and then its volume is attached for data. The
 * cloud is a folder: a resource is a file in it. Any step can be told to fail; what was made is
 * then unmade, and the report says so from the store alone.
 *
 *   cc -o boot_vm boot_vm.c $(pkg-config --cflags --libs backflow)
 *   mkdir /tmp/cloud
 *   ./boot_vm /tmp/cloud
 *   ./boot_vm /tmp/cloud boot
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <backflow/backflow.h>
#include <glib/gstdio.h>

/* -- The cloud: three calls, as a real one's client would have them -----------------------------
 */

static char *
dup_path (AtomContext *context, const char *id)
{
  return g_build_filename (atom_context_get_string (context, "cloud"), id, NULL);
}

static gboolean
cloud_create (AtomContext *context, const char *id, const char *content, GError **error)
{
  g_autofree char *path = dup_path (context, id);

  return g_file_set_contents (path, content, -1, error);
}

static gboolean
cloud_delete (AtomContext *context, const char *id, GError **error)
{
  g_autofree char *path = dup_path (context, id);

  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", path,
               g_strerror (errno));
  return FALSE;
}

/* -- The steps ----------------------------------------------------------------------------------
 */

/* What a step makes: user_data of its functions. depends_on: the symbol of what it is made on, NULL
 * for nothing. */
typedef struct
{
  const char *name;
  const char *id;
  const char *first;
  const char *second;
} Resource;

static const Resource resources[] = {
  { "create-volume", "volume", NULL, NULL },
  { "create-port", "port", NULL, NULL },
  { "boot", "machine", "volume", "port" },
  { "attach-data", "attachment", "machine", "volume" },
};

static const Resource *
get_resource (gpointer user_data)
{
  return &resources[GPOINTER_TO_UINT (user_data)];
}

/* The id is known before the resource is made, so that the revert finds it whether or not the
 * execute got to its end. */
static gboolean
create (AtomContext *context, gpointer user_data, GError **error)
{
  const Resource *resource = get_resource (user_data);
  const char *fail_at = atom_context_get_string (context, "fail_at");
  const char *first
      = resource->first != NULL ? atom_context_get_string (context, resource->first) : "";
  const char *second
      = resource->second != NULL ? atom_context_get_string (context, resource->second) : "";
  g_autofree char *content = g_strdup_printf ("%s on %s %s\n", resource->id, first, second);

  if (!cloud_create (context, resource->id, content, error))
    return FALSE;
  if (strcmp (fail_at, resource->name) == 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "the cloud lost the %s", resource->id);
      return FALSE;
    }
  atom_context_set_result (context, g_variant_new_string (resource->id));
  return TRUE;
}

static gboolean
destroy (AtomContext *context, gpointer user_data, GError **error)
{
  return cloud_delete (context, get_resource (user_data)->id, error);
}

static Atom *
new_step (guint index)
{
  const Resource *resource = &resources[index];
  Atom *task = task_new (resource->name, create, destroy, GUINT_TO_POINTER (index), NULL);

  atom_require (task, "cloud");
  atom_require (task, "fail_at");
  if (resource->first != NULL)
    atom_require (task, resource->first);
  if (resource->second != NULL)
    atom_require (task, resource->second);
  atom_provide (task, resource->id);
  return task;
}

static Flow *
new_flow (void)
{
  Flow *flow = flow_new_linear ("boot-vm");
  Flow *parts = flow_new_unordered ("parts");

  flow_add (parts, new_step (0));
  flow_add (parts, new_step (1));
  flow_add_flow (flow, parts);
  flow_add (flow, new_step (2));
  flow_add (flow, new_step (3));
  return flow;
}

/* -- The run ------------------------------------------------------------------------------------
 */

/* What the store knows of the run, when the engine that made it is no more. */
static gboolean
print_report (Storage *storage, const char *run, GError **error)
{
  g_autoptr (Report) report = report_new (storage, run, error);
  guint n_atoms;
  guint n_effects;
  const ReportAtom *atoms;
  const guint *effects;

  if (report == NULL)
    return FALSE;
  atoms = report_get_atoms (report, &n_atoms);
  effects = report_get_effects (report, &n_effects);
  for (guint i = 0; i < n_effects; i++)
    printf ("%s: %s\n", atoms[effects[i]].name, report_effect_get_name (atoms[effects[i]].effect));
  printf ("%s, %u left\n", flow_state_get_name (report_get_run (report)->state),
          report_get_n_left (report));
  return TRUE;
}

static gboolean
boot (Storage *storage, const char *cloud, const char *fail_at, GError **error)
{
  g_autoptr (Flow) flow = new_flow ();
  EngineOptions options = { .run_id = "boot", .storage = storage };
  g_autoptr (Engine) engine = engine_new (flow, &options);

  return engine_inject (engine, "cloud", g_variant_new_string (cloud), error)
         && engine_inject (engine, "fail_at", g_variant_new_string (fail_at), error)
         && engine_run (engine, NULL, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  g_autoptr (GError) error = NULL;

  if (argc < 2)
    {
      fprintf (stderr, "boot_vm FOLDER [STEP-THAT-IS-TO-FAIL]\n");
      return 2;
    }
  if (!boot (storage, argv[1], argc > 2 ? argv[2] : "", &error)
      || !print_report (storage, "boot", &error))
    {
      fprintf (stderr, "boot_vm: %s\n", error->message);
      return 1;
    }
  return 0;
}
