/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Registry: C atoms by name, for `call:` in flow files, and the modules (shared objects opened with
 * GModule) that register them. A registry belongs to whoever made it and is used on one thread; it
 * is not a global. A module whose code has run stays loaded until the process ends, since GLib
 * refers to its error domains, types and strings for good; so a registry may be freed before the
 * tasks that were made from it.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/context.h>
#include <backflow/atoms/hooks.h>
#include <backflow/atoms/retry.h>

G_BEGIN_DECLS

typedef struct Registry Registry;

#define REGISTRY_ERROR (registry_error_quark ())

/* NOT_FOUND: no function of that name, or no such module file. DUPLICATE: the name is registered
 * already. MODULE: the file is no module of Backflow, or a symbol that it uses is nowhere (the
 * message says which). INCOMPATIBLE: it was built for another interface version. REFUSED: its
 * registration function failed (the message is its own). */
typedef enum
{
  REGISTRY_ERROR_NOT_FOUND,
  REGISTRY_ERROR_DUPLICATE,
  REGISTRY_ERROR_MODULE,
  REGISTRY_ERROR_INCOMPATIBLE,
  REGISTRY_ERROR_REFUSED,
} RegistryError;

BACKFLOW_PUBLIC GQuark registry_error_quark (void);

/* The version of the module interface; a module exports it as `const guint
 * backflow_module_interface`. */
#define REGISTRY_MODULE_INTERFACE 1u

/* What a module exports as `backflow_module_register`: registers its functions and returns TRUE, or
 * fails. */
typedef gboolean (*RegistryModuleFunc) (Registry *registry, GError **error);

/* What a name stands for. revert: (nullable). user_data is shared by all tasks of that name. */
typedef struct
{
  AtomFunc execute;
  AtomFunc revert;
  gpointer user_data;
} RegistryEntry;

/* What the name of a retry controller stands for: what retry_new() takes. execute, revert:
 * (nullable). user_data is shared by all controllers of that name. */
typedef struct
{
  AtomFunc execute;
  AtomFunc revert;
  RetryDecideFunc decide;
  gpointer user_data;
} RegistryRetry;

/* Makes an empty registry. Returns: (transfer full). */
BACKFLOW_PUBLIC Registry *registry_new (void);

/* Takes and drops references; NULL is fine for the latter. */
BACKFLOW_PUBLIC Registry *registry_ref (Registry *registry);
BACKFLOW_PUBLIC void registry_unref (Registry *registry);

/* Registers `entry` (copied) under `name`, which is not empty. FALSE with REGISTRY_ERROR_DUPLICATE.
 */
BACKFLOW_PUBLIC gboolean registry_add (Registry *registry, const char *name,
                                       const RegistryEntry *entry, GError **error);

/* Registers a retry controller (copied) under `name`, which nothing else has. FALSE with
 * REGISTRY_ERROR_DUPLICATE. */
BACKFLOW_PUBLIC gboolean registry_add_retry (Registry *registry, const char *name,
                                             const RegistryRetry *retry, GError **error);

/* Gives the function that is registered under `name` a probe, for the tasks that are made of it
 * from now on; it gets the entry's user data. A module gives probes to what it registers itself.
 * FALSE with REGISTRY_ERROR_NOT_FOUND. */
BACKFLOW_PUBLIC gboolean registry_set_probe (Registry *registry, const char *name,
                                             TaskProbeFunc probe, GError **error);

/* Opens a module and lets it register. What it registered before a failure is taken back. A path
 * without a slash is looked up by the dynamic linker; what that cannot open is NOT_FOUND. FALSE
 * with REGISTRY_ERROR_NOT_FOUND, _MODULE, _INCOMPATIBLE, _REFUSED or _DUPLICATE. */
BACKFLOW_PUBLIC gboolean registry_load_module (Registry *registry, const char *path,
                                               GError **error);

/* The function, or the retry controller, of that name, borrowed for as long as the registry lives
 * (nullable). */
BACKFLOW_PUBLIC const RegistryEntry *registry_find (Registry *registry, const char *name);
BACKFLOW_PUBLIC const RegistryRetry *registry_find_retry (Registry *registry, const char *name);

/* All names of functions, or of retry controllers, sorted. Returns: (transfer container)
 * NULL-terminated; free with g_free(). */
BACKFLOW_PUBLIC const char **registry_dup_names (Registry *registry);
BACKFLOW_PUBLIC const char **registry_dup_retry_names (Registry *registry);

/* Makes a task `name` that calls the function `function`, reverted by the execute of the function
 * `revert` when that is not NULL, else by the entry's own revert, with the probe of the former.
 * Returns: (transfer full); NULL with REGISTRY_ERROR_NOT_FOUND, which names what was probably
 * meant. */
BACKFLOW_PUBLIC Atom *registry_new_task (Registry *registry, const char *name, const char *function,
                                         const char *revert, GError **error);

/* Makes a retry controller `name` (nullable: that of its flow) from the one that is registered as
 * `controller`. Returns: (transfer full); NULL with REGISTRY_ERROR_NOT_FOUND, which names what was
 * probably meant. */
BACKFLOW_PUBLIC Atom *registry_new_retry (Registry *registry, const char *name,
                                          const char *controller, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Registry, registry_unref)

G_END_DECLS
