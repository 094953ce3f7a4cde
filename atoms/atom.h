/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Atom: a named unit of a flow with inputs (requires), outputs (provides), an execute and a revert.
 * A task does work, a retry controller decides what happens when its flow fails. An atom is built
 * on one thread, then handed to a flow (flow_add(), which takes it over) and not changed any more.
 * Names and symbols are copied. An atom is reference counted and belongs to at most one flow.
 * Programming errors (NULL names, changes after the atom was compiled) are refused with a critical
 * message, as in GLib.
 */

#include <glib.h>

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/values/visibility.h>

G_BEGIN_DECLS

typedef struct Atom Atom;

/* One call of an atom; executors know it as Attempt. */
typedef struct Attempt AtomContext;

/* An execute or a revert in C. Returns TRUE when it did its work (its result set by
 * atom_context_set_result(), or none); FALSE with `error` set when it failed. FALSE without an
 * error, and TRUE with one, are reported as failures too. */
typedef gboolean (*AtomFunc) (AtomContext *context, gpointer user_data, GError **error);

/* Which kind of atom it is, and for tasks what their execute is. */
typedef enum
{
  ATOM_KIND_TASK,    /* calls C functions */
  ATOM_KIND_COMMAND, /* a task that runs commands */
  ATOM_KIND_RETRY,   /* a retry controller */
} AtomKind;

/* Which half of an atom something belongs to. */
typedef enum
{
  ATOM_ACTION_EXECUTE,
  ATOM_ACTION_REVERT,
} AtomAction;

/* One argument of an action: `symbol` is read and passed as `name`. */
typedef struct
{
  const char *name;
  const char *symbol;
  gboolean is_optional;
  const SourceMark *mark; /* (nullable) where a flow file says so */
} AtomArgument;

/* How a symbol is taken from a result. */
typedef enum
{
  ATOM_PROVIDES_WHOLE, /* the result itself */
  ATOM_PROVIDES_INDEX, /* element `index` of an array result */
  ATOM_PROVIDES_KEY,   /* the value under `key` of an object result */
} AtomProvidesKind;

/* One symbol that an atom provides. */
typedef struct
{
  const char *symbol;
  AtomProvidesKind kind;
  guint index;
  const char *key;
  const SourceMark *mark; /* (nullable) */
} AtomProvided;

/* Takes a reference. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *atom_ref (Atom *atom);

/* Drops a reference; NULL is fine. With the last one the destroy notify of the user data runs. */
BACKFLOW_PUBLIC void atom_unref (Atom *atom);

/* "task", of commands too, or "retry"; static. */
BACKFLOW_PUBLIC const char *atom_kind_get_name (AtomKind kind);

/* "execute" or "revert"; static. */
BACKFLOW_PUBLIC const char *atom_action_get_name (AtomAction action);

/* The name, borrowed. */
BACKFLOW_PUBLIC const char *atom_get_name (const Atom *atom);

/* The kind. */
BACKFLOW_PUBLIC AtomKind atom_get_kind (const Atom *atom);

/* Whether the atom is a task of any sort, not a retry controller. */
BACKFLOW_PUBLIC gboolean atom_is_task (const Atom *atom);

/* Whether a revert was given; an atom without one reverts by doing nothing. */
BACKFLOW_PUBLIC gboolean atom_has_revert (const Atom *atom);

/* Sets the version, major.minor; 1.0 when not set. A stored run resumes only under the same major.
 */
BACKFLOW_PUBLIC void atom_set_version (Atom *atom, guint16 major, guint16 minor);

/* The version. */
BACKFLOW_PUBLIC void atom_get_version (const Atom *atom, guint16 *major, guint16 *minor);

/* Sets the priority: larger first among atoms that are ready at the same time; 0 when not set. */
BACKFLOW_PUBLIC void atom_set_priority (Atom *atom, int priority);

/* The priority. */
BACKFLOW_PUBLIC int atom_get_priority (const Atom *atom);

/* Requires `symbol` as an argument of the same name, for execute, and for revert unless that has
 * arguments of its own. */
BACKFLOW_PUBLIC void atom_require (Atom *atom, const char *symbol);

/* Requires `symbol` as the argument `argument`. Replaces an argument of that name. */
BACKFLOW_PUBLIC void atom_rebind (Atom *atom, const char *argument, const char *symbol);

/* Takes `symbol` as an argument when somebody provides it. */
BACKFLOW_PUBLIC void atom_accept (Atom *atom, const char *symbol);

/* Gives revert an argument list of its own, with `argument` read from `symbol`; may be called
 * repeatedly. */
BACKFLOW_PUBLIC void atom_revert_rebind (Atom *atom, const char *argument, const char *symbol);

/* As atom_revert_rebind() with an argument of the symbol's name. */
BACKFLOW_PUBLIC void atom_revert_require (Atom *atom, const char *symbol);

/* Gives revert the empty argument list: nothing of what execute takes. */
BACKFLOW_PUBLIC void atom_revert_require_none (Atom *atom);

/* Fixes the argument `argument` to a constant that only this atom sees; it hides every provider of
 * its symbol. Adds the argument when there is none of that name. `value`: sunk when floating, kept
 * as value_normalize() makes it. */
BACKFLOW_PUBLIC void atom_inject (Atom *atom, const char *argument, GVariant *value);

/* Provides the whole result as `symbol`. */
BACKFLOW_PUBLIC void atom_provide (Atom *atom, const char *symbol);

/* Provides element `index` (from 0) of an array result as `symbol`. */
BACKFLOW_PUBLIC void atom_provide_index (Atom *atom, const char *symbol, guint index);

/* Provides the value under `key` of an object result as `symbol`. */
BACKFLOW_PUBLIC void atom_provide_key (Atom *atom, const char *symbol, const char *key);

/* The arguments of an action in the order in which they were declared, borrowed; `count` receives
 * how many. For revert these are its own, or else those of execute. */
BACKFLOW_PUBLIC const AtomArgument *atom_get_arguments (const Atom *atom, AtomAction action,
                                                        guint *count);

/* The symbols that the atom provides, in the order of declaration, borrowed. */
BACKFLOW_PUBLIC const AtomProvided *atom_get_provides (const Atom *atom, guint *count);

/* The constant injected for an argument, borrowed (nullable). */
BACKFLOW_PUBLIC GVariant *atom_find_injected (const Atom *atom, const char *argument);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Atom, atom_unref)

G_END_DECLS
