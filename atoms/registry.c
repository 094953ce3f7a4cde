/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/registry.h>

#include <gmodule.h>
#include <string.h>

#include <backflow/atoms/spelling.h>
#include <backflow/atoms/task.h>

GQuark
registry_error_quark (void)
{
  return g_quark_from_static_string ("backflow-registry-error-quark");
}

#define SYMBOL_INTERFACE "backflow_module_interface"
#define SYMBOL_REGISTER "backflow_module_register"

/* What is registered under a name. */
typedef struct
{
  RegistryEntry entry;
  TaskProbeFunc probe; /* (nullable) */
  char *module;        /* the path of the module that registered it (nullable) */
} RegistryRecord;

struct Registry
{
  int ref_count;
  GHashTable *records; /* of RegistryRecord by name */
  GPtrArray *names;    /* in the order of registration, owned by `records` */
  const char *loading; /* path of the module that is registering (nullable) */
};

static void
record_free (gpointer data)
{
  RegistryRecord *record = data;

  g_free (record->module);
  g_free (record);
}

Registry *
registry_new (void)
{
  Registry *registry = g_new0 (Registry, 1);

  registry->ref_count = 1;
  registry->records = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, record_free);
  registry->names = g_ptr_array_new ();
  return registry;
}

Registry *
registry_ref (Registry *registry)
{
  g_return_val_if_fail (registry != NULL, NULL);
  g_atomic_int_inc (&registry->ref_count);
  return registry;
}

void
registry_unref (Registry *registry)
{
  if (registry == NULL || !g_atomic_int_dec_and_test (&registry->ref_count))
    return;
  g_ptr_array_unref (registry->names);
  g_hash_table_unref (registry->records);
  g_free (registry);
}

gboolean
registry_add (Registry *registry, const char *name, const RegistryEntry *entry, GError **error)
{
  RegistryRecord *record;
  char *key;

  g_return_val_if_fail (registry != NULL && entry != NULL && entry->execute != NULL, FALSE);
  g_return_val_if_fail (name != NULL && name[0] != '\0', FALSE);
  record = g_hash_table_lookup (registry->records, name);
  if (record != NULL)
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE,
                   "a function '%s' is registered already, by %s", name,
                   record->module != NULL ? record->module : "the program");
      return FALSE;
    }
  record = g_new (RegistryRecord, 1);
  *record = (RegistryRecord){ *entry, NULL, g_strdup (registry->loading) };
  key = g_strdup (name);
  g_hash_table_insert (registry->records, key, record);
  g_ptr_array_add (registry->names, key);
  return TRUE;
}

const RegistryEntry *
registry_find (Registry *registry, const char *name)
{
  const RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && name != NULL, NULL);
  record = g_hash_table_lookup (registry->records, name);
  return record != NULL ? &record->entry : NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char **
registry_dup_names (Registry *registry)
{
  g_autoptr (GPtrArray) names = NULL;

  g_return_val_if_fail (registry != NULL, NULL);
  names = g_ptr_array_copy (registry->names, NULL, NULL);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (const char **) (gpointer) g_ptr_array_steal (names, NULL);
}

/* -- Looking up ------------------------------------------------------------------------------- */

static RegistryRecord *
lookup_record (Registry *registry, const char *name, GError **error)
{
  RegistryRecord *record = g_hash_table_lookup (registry->records, name);
  g_autofree const char **names = NULL;
  const char *nearest;

  if (record != NULL)
    return record;
  names = registry_dup_names (registry);
  nearest = spelling_find_nearest (name, names, registry->names->len);
  if (nearest != NULL)
    g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND,
                 "no function '%s' is registered: did you mean '%s'?", name, nearest);
  else
    g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND, "no function '%s' is registered",
                 name);
  return NULL;
}

gboolean
registry_set_probe (Registry *registry, const char *name, TaskProbeFunc probe, GError **error)
{
  RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && name != NULL && probe != NULL, FALSE);
  record = lookup_record (registry, name, error);
  if (record == NULL)
    return FALSE;
  record->probe = probe;
  return TRUE;
}

/* -- Modules ---------------------------------------------------------------------------------- */

/* Opens the file. All symbols are bound now: one that is nowhere is an error here, not a crash in the middle of a run. */
static GModule *
open_module (const char *path, GError **error)
{
  gboolean is_file = strchr (path, G_DIR_SEPARATOR) != NULL;
  GModule *module;

  if (is_file && !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND,
                   "module '%s': there is no such file", path);
      return NULL;
    }
  module = g_module_open (path, G_MODULE_BIND_LOCAL);
  if (module == NULL)
    g_set_error (error, REGISTRY_ERROR, is_file ? REGISTRY_ERROR_MODULE : REGISTRY_ERROR_NOT_FOUND,
                 "module '%s': %s", path, g_module_error ());
  return module;
}

static gpointer
lookup_symbol (GModule *module, const char *path, const char *name, GError **error)
{
  gpointer symbol = NULL;

  if (!g_module_symbol (module, name, &symbol) || symbol == NULL)
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_MODULE,
                   "module '%s' is none of Backflow: it has no symbol '%s'", path, name);
      return NULL;
    }
  return symbol;
}

/* The registration function of a module that fits this library; NULL with an error. */
static RegistryModuleFunc
lookup_register (GModule *module, const char *path, GError **error)
{
  const guint *interface = lookup_symbol (module, path, SYMBOL_INTERFACE, error);

  if (interface == NULL)
    return NULL;
  if (*interface != REGISTRY_MODULE_INTERFACE)
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_INCOMPATIBLE,
                   "module '%s' was built for interface %u, this is interface %u", path, *interface,
                   REGISTRY_MODULE_INTERFACE);
      return NULL;
    }
  return (RegistryModuleFunc) (guintptr) lookup_symbol (module, path, SYMBOL_REGISTER, error);
}

/* Turns what a registration function says into success or an error of ours. Consumes `refusal`. */
static gboolean
conclude_registration (const char *path, gboolean success, GError *refusal, GError **error)
{
  if (success && refusal == NULL)
    return TRUE;
  if (refusal != NULL && refusal->domain == REGISTRY_ERROR)
    g_propagate_prefixed_error (error, refusal, "module '%s': ", path);
  else
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_REFUSED,
                   "module '%s' refused to register: %s", path,
                   refusal != NULL ? refusal->message : "it does not say why");
      g_clear_error (&refusal);
    }
  return FALSE;
}

gboolean
registry_load_module (Registry *registry, const char *path, GError **error)
{
  GModule *module;
  RegistryModuleFunc function;
  const char *outer;
  guint before;
  GError *refusal = NULL;
  gboolean success;

  g_return_val_if_fail (registry != NULL && path != NULL, FALSE);
  module = open_module (path, error);
  if (module == NULL)
    return FALSE;
  function = lookup_register (module, path, error);
  if (function == NULL)
    {
      g_module_close (module);
      return FALSE;
    }
  g_module_make_resident (module);
  outer = registry->loading;
  before = registry->names->len;
  registry->loading = path;
  success = function (registry, &refusal);
  registry->loading = outer;
  g_module_close (module);
  if (conclude_registration (path, success, refusal, error))
    return TRUE;
  for (guint i = before; i < registry->names->len; i++)
    g_hash_table_remove (registry->records, registry->names->pdata[i]);
  g_ptr_array_set_size (registry->names, (int) before);
  return FALSE;
}

/* -- Tasks ------------------------------------------------------------------------------------ */

/* Two functions with user data of their own, behind one task. */
typedef struct
{
  RegistryEntry execute;
  RegistryEntry revert;
  TaskProbeFunc probe; /* (nullable) */
} RegistryPair;

static TaskProbe
pair_probe (AtomContext *context, gpointer user_data, GError **error)
{
  const RegistryPair *pair = user_data;

  return pair->probe (context, pair->execute.user_data, error);
}

static gboolean
pair_execute (AtomContext *context, gpointer user_data, GError **error)
{
  const RegistryPair *pair = user_data;

  return pair->execute.execute (context, pair->execute.user_data, error);
}

static gboolean
pair_revert (AtomContext *context, gpointer user_data, GError **error)
{
  const RegistryPair *pair = user_data;

  return pair->revert.execute (context, pair->revert.user_data, error);
}

static Atom *
new_pair_task (const char *name, const RegistryPair *pair)
{
  Atom *task = task_new (name, pair_execute, pair_revert, g_memdup2 (pair, sizeof *pair), g_free);

  task_set_probe (task, pair->probe != NULL ? pair_probe : NULL);
  return task;
}

Atom *
registry_new_task (Registry *registry, const char *name, const char *function, const char *revert,
                   GError **error)
{
  const RegistryRecord *execute;
  const RegistryRecord *undo;
  Atom *task;

  g_return_val_if_fail (registry != NULL && name != NULL && function != NULL, NULL);
  execute = lookup_record (registry, function, error);
  if (execute == NULL)
    return NULL;
  if (revert != NULL)
    {
      undo = lookup_record (registry, revert, error);
      return undo != NULL ? new_pair_task (
                 name, &(RegistryPair){ execute->entry, undo->entry, execute->probe })
                          : NULL;
    }
  task = task_new (name, execute->entry.execute, execute->entry.revert, execute->entry.user_data,
                   NULL);
  task_set_probe (task, execute->probe);
  return task;
}
