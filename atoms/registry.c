/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/registry.h>

#include <gmodule.h>
#include <string.h>

#include <backflow/atoms/task.h>
#include <backflow/diagnostics/spelling.h>

GQuark
registry_error_quark (void)
{
  return g_quark_from_static_string ("backflow-registry-error-quark");
}

#define SYMBOL_INTERFACE "backflow_module_interface"
#define SYMBOL_REGISTER "backflow_module_register"

/* What is registered under a name: a function with its probe, or a retry controller. */
typedef struct
{
  RegistryEntry entry;
  RegistryRetry retry; /* no function when its `decide` is set */
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

/* Adds a record (copied) whose module is not filled in. */
static gboolean
add_record (Registry *registry, const char *name, const RegistryRecord *record, GError **error)
{
  const RegistryRecord *other = g_hash_table_lookup (registry->records, name);
  RegistryRecord *copy;
  char *key;

  if (other != NULL)
    {
      g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_DUPLICATE,
                   "a %s '%s' is registered already, by %s",
                   other->retry.decide != NULL ? "retry controller" : "function", name,
                   other->module != NULL ? other->module : "the program");
      return FALSE;
    }
  copy = g_memdup2 (record, sizeof *record);
  copy->module = g_strdup (registry->loading);
  key = g_strdup (name);
  g_hash_table_insert (registry->records, key, copy);
  g_ptr_array_add (registry->names, key);
  return TRUE;
}

gboolean
registry_add (Registry *registry, const char *name, const RegistryEntry *entry, GError **error)
{
  g_return_val_if_fail (registry != NULL && entry != NULL && entry->execute != NULL, FALSE);
  g_return_val_if_fail (name != NULL && name[0] != '\0', FALSE);
  return add_record (registry, name, &(RegistryRecord){ .entry = *entry }, error);
}

gboolean
registry_add_retry (Registry *registry, const char *name, const RegistryRetry *retry,
                    GError **error)
{
  g_return_val_if_fail (registry != NULL && retry != NULL && retry->decide != NULL, FALSE);
  g_return_val_if_fail (name != NULL && name[0] != '\0', FALSE);
  return add_record (registry, name, &(RegistryRecord){ .retry = *retry }, error);
}

/* What a name may stand for. */
typedef enum
{
  RECORD_FUNCTION,
  RECORD_RETRY,
} RecordKind;

/* The record of that name, when it is of that kind (nullable). */
static RegistryRecord *
find_record (Registry *registry, RecordKind kind, const char *name)
{
  RegistryRecord *record = g_hash_table_lookup (registry->records, name);

  return record != NULL && (record->retry.decide != NULL) == (kind == RECORD_RETRY) ? record : NULL;
}

const RegistryEntry *
registry_find (Registry *registry, const char *name)
{
  const RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && name != NULL, NULL);
  record = find_record (registry, RECORD_FUNCTION, name);
  return record != NULL ? &record->entry : NULL;
}

const RegistryRetry *
registry_find_retry (Registry *registry, const char *name)
{
  const RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && name != NULL, NULL);
  record = find_record (registry, RECORD_RETRY, name);
  return record != NULL ? &record->retry : NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of all records of a kind, sorted, NULL-terminated. */
static const char **
dup_names (Registry *registry, RecordKind kind)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < registry->names->len; i++)
    if (find_record (registry, kind, registry->names->pdata[i]) != NULL)
      g_ptr_array_add (names, registry->names->pdata[i]);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (const char **) (gpointer) g_ptr_array_steal (names, NULL);
}

const char **
registry_dup_names (Registry *registry)
{
  g_return_val_if_fail (registry != NULL, NULL);
  return dup_names (registry, RECORD_FUNCTION);
}

const char **
registry_dup_retry_names (Registry *registry)
{
  g_return_val_if_fail (registry != NULL, NULL);
  return dup_names (registry, RECORD_RETRY);
}

/* -- Looking up ------------------------------------------------------------------------------- */

static RegistryRecord *
lookup_record (Registry *registry, RecordKind kind, const char *name, GError **error)
{
  static const char *const titles[] = { "function", "retry controller" };
  RegistryRecord *record = find_record (registry, kind, name);
  g_autofree const char **names = NULL;
  const char *nearest;

  if (record != NULL)
    return record;
  names = dup_names (registry, kind);
  nearest = spelling_find_nearest (name, names, g_strv_length ((char **) (gpointer) names));
  if (nearest != NULL)
    g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND,
                 "no %s '%s' is registered: did you mean '%s'?", titles[kind], name, nearest);
  else if (g_hash_table_contains (registry->records, name))
    g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND,
                 "no %s '%s' is registered: it is a %s", titles[kind], name,
                 titles[kind == RECORD_FUNCTION ? RECORD_RETRY : RECORD_FUNCTION]);
  else
    g_set_error (error, REGISTRY_ERROR, REGISTRY_ERROR_NOT_FOUND, "no %s '%s' is registered",
                 titles[kind], name);
  return NULL;
}

gboolean
registry_set_probe (Registry *registry, const char *name, TaskProbeFunc probe, GError **error)
{
  RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && name != NULL && probe != NULL, FALSE);
  record = lookup_record (registry, RECORD_FUNCTION, name, error);
  if (record == NULL)
    return FALSE;
  record->probe = probe;
  return TRUE;
}

/* -- Modules ---------------------------------------------------------------------------------- */

/* Opens the file. All symbols are bound now: one that is nowhere is an error here, not a crash in
 * the middle of a run. */
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
  execute = lookup_record (registry, RECORD_FUNCTION, function, error);
  if (execute == NULL)
    return NULL;
  if (revert != NULL)
    {
      undo = lookup_record (registry, RECORD_FUNCTION, revert, error);
      return undo != NULL ? new_pair_task (
                 name, &(RegistryPair){ execute->entry, undo->entry, execute->probe })
                          : NULL;
    }
  task = task_new (name, execute->entry.execute, execute->entry.revert, execute->entry.user_data,
                   NULL);
  task_set_probe (task, execute->probe);
  return task;
}

/* -- Retry controllers ------------------------------------------------------------------------ */

Atom *
registry_new_retry (Registry *registry, const char *name, const char *controller, GError **error)
{
  const RegistryRecord *record;

  g_return_val_if_fail (registry != NULL && controller != NULL, NULL);
  record = lookup_record (registry, RECORD_RETRY, controller, error);
  if (record == NULL)
    return NULL;
  return retry_new (name, record->retry.execute, record->retry.revert, record->retry.decide,
                    record->retry.user_data, NULL);
}
