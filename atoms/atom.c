/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/atom_private.h"

#include <string.h>

#include <backflow/values/value.h>

guint32
atom_hash_name (const char *name)
{
  guint64 hash = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  gsize left = strlen (name);
  guint64 word;

  for (; left >= sizeof word; left -= sizeof word, name += sizeof word)
    {
      memcpy (&word, name, sizeof word);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
      hash ^= hash >> 32;
    }
  word = left;
  for (; left > 0; left--)
    word = word << 8 | (guint8) name[left - 1];
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return (guint32) (hash ^ hash >> 32);
}

Atom *
atom_new (AtomKind kind, const char *name)
{
  gsize size = strlen (name) + 1;
  Atom *atom = g_malloc (sizeof *atom + size);

  atom->member
      = (FlowMember){ .ref_count = 1, .kind = (guint8) kind, .name_hash = atom_hash_name (name) };
  atom->execute = NULL;
  atom->revert = NULL;
  atom->user_data = NULL;
  atom->extra = NULL;
  atom->priority = 0;
  memcpy (atom->name, name, size);
  return atom;
}

static void
argument_clear (gpointer data)
{
  AtomArgument *argument = data;

  g_free ((gpointer) (guintptr) argument->name);
  g_free ((gpointer) (guintptr) argument->symbol);
  g_free ((gpointer) (guintptr) argument->mark);
}

static void
provided_clear (gpointer data)
{
  AtomProvided *provided = data;

  g_free ((gpointer) (guintptr) provided->symbol);
  g_free ((gpointer) (guintptr) provided->key);
  g_free ((gpointer) (guintptr) provided->mark);
}

static void
injected_clear (gpointer data)
{
  AtomInjected *injected = data;

  g_free (injected->name);
  g_variant_unref (injected->value);
}

static GArray *
array_new_cleared (guint element_size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, TRUE, element_size);

  g_array_set_clear_func (array, clear);
  return array;
}

AtomExtra *
atom_need_extra (Atom *atom)
{
  if (atom->extra == NULL)
    {
      atom->extra = g_new0 (AtomExtra, 1);
      atom->extra->version_major = 1;
    }
  return atom->extra;
}

static void
extra_free (AtomExtra *extra)
{
  g_clear_pointer (&extra->arguments, g_array_unref);
  g_clear_pointer (&extra->revert_arguments, g_array_unref);
  g_clear_pointer (&extra->provides, g_array_unref);
  g_clear_pointer (&extra->injected, g_array_unref);
  g_free (extra->hooks);
  if (extra->spec != NULL)
    extra->spec_free (extra->spec);
  g_free (extra->revert_backoff);
  g_free (extra->mark);
  g_free (extra);
}

Atom *
atom_ref (Atom *atom)
{
  g_return_val_if_fail (atom != NULL, NULL);
  g_atomic_int_inc (&atom->member.ref_count);
  return atom;
}

void
atom_unref (Atom *atom)
{
  if (atom == NULL || !g_atomic_int_dec_and_test (&atom->member.ref_count))
    return;
  if (atom->extra != NULL)
    {
      if (atom->extra->destroy != NULL)
        atom->extra->destroy (atom->user_data);
      extra_free (atom->extra);
    }
  g_free (atom);
}

Atom *
atom_take_renamed (Atom *atom, const char *name)
{
  Atom *renamed = atom_new ((AtomKind) atom->member.kind, name);

  g_assert (atom->member.ref_count == 1 && atom->member.owner == NULL);
  renamed->execute = atom->execute;
  renamed->revert = atom->revert;
  renamed->user_data = atom->user_data;
  renamed->priority = atom->priority;
  renamed->extra = g_steal_pointer (&atom->extra);
  atom_unref (atom);
  return renamed;
}

const char *
atom_get_name (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, NULL);
  return atom->name;
}

const char *
atom_kind_get_name (AtomKind kind)
{
  return kind == ATOM_KIND_RETRY ? "retry" : "task";
}

const char *
atom_action_get_name (AtomAction action)
{
  return action == ATOM_ACTION_REVERT ? "revert" : "execute";
}

AtomKind
atom_get_kind (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, ATOM_KIND_TASK);
  return (AtomKind) atom->member.kind;
}

gboolean
atom_is_task (const Atom *atom)
{
  return atom_get_kind (atom) != ATOM_KIND_RETRY;
}

void
atom_set_version (Atom *atom, guint16 major, guint16 minor)
{
  AtomExtra *extra = atom_need_extra (atom);

  extra->version_major = major;
  extra->version_minor = minor;
}

void
atom_get_version (const Atom *atom, guint16 *major, guint16 *minor)
{
  *major = atom->extra != NULL ? atom->extra->version_major : 1;
  *minor = atom->extra != NULL ? atom->extra->version_minor : 0;
}

void
atom_set_priority (Atom *atom, int priority)
{
  g_return_if_fail (atom != NULL);
  atom->priority = priority;
}

int
atom_get_priority (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, 0);
  return atom->priority;
}

/* The argument of that name in `arguments`, added when it is not there. */
static AtomArgument *
arguments_need (GArray **arguments, const char *name)
{
  AtomArgument fresh = { NULL, NULL, FALSE, NULL };

  if (*arguments == NULL)
    *arguments = array_new_cleared (sizeof (AtomArgument), argument_clear);
  for (guint i = 0; i < (*arguments)->len; i++)
    if (strcmp (g_array_index (*arguments, AtomArgument, i).name, name) == 0)
      return &g_array_index (*arguments, AtomArgument, i);
  fresh.name = g_strdup (name);
  g_array_append_val (*arguments, fresh);
  return &g_array_index (*arguments, AtomArgument, (*arguments)->len - 1);
}

static void
arguments_bind (GArray **arguments, const char *name, const char *symbol, gboolean is_optional)
{
  AtomArgument *argument = arguments_need (arguments, name);

  g_free ((gpointer) (guintptr) argument->symbol);
  argument->symbol = g_strdup (symbol);
  argument->is_optional = is_optional;
}

void
atom_require (Atom *atom, const char *symbol)
{
  atom_rebind (atom, symbol, symbol);
}

void
atom_rebind (Atom *atom, const char *argument, const char *symbol)
{
  g_return_if_fail (atom != NULL && argument != NULL && symbol != NULL);
  arguments_bind (&atom_need_extra (atom)->arguments, argument, symbol, FALSE);
}

void
atom_accept (Atom *atom, const char *symbol)
{
  g_return_if_fail (atom != NULL && symbol != NULL);
  arguments_bind (&atom_need_extra (atom)->arguments, symbol, symbol, TRUE);
}

void
atom_revert_rebind (Atom *atom, const char *argument, const char *symbol)
{
  g_return_if_fail (atom != NULL && argument != NULL && symbol != NULL);
  arguments_bind (&atom_need_extra (atom)->revert_arguments, argument, symbol, FALSE);
}

void
atom_revert_require (Atom *atom, const char *symbol)
{
  atom_revert_rebind (atom, symbol, symbol);
}

void
atom_revert_require_none (Atom *atom)
{
  AtomExtra *extra = atom_need_extra (atom);

  g_clear_pointer (&extra->revert_arguments, g_array_unref);
  extra->revert_arguments = array_new_cleared (sizeof (AtomArgument), argument_clear);
}

void
atom_inject (Atom *atom, const char *argument, GVariant *value)
{
  AtomExtra *extra;
  AtomInjected injected;
  GVariant *normal;

  g_return_if_fail (atom != NULL && argument != NULL && value != NULL);
  normal = value_normalize (value, NULL);
  g_return_if_fail (normal != NULL);
  extra = atom_need_extra (atom);
  if (arguments_need (&extra->arguments, argument)->symbol == NULL)
    arguments_bind (&extra->arguments, argument, argument, FALSE);
  if (extra->injected == NULL)
    extra->injected = array_new_cleared (sizeof (AtomInjected), injected_clear);
  injected = (AtomInjected){ g_strdup (argument), normal };
  for (guint i = 0; i < extra->injected->len; i++)
    if (strcmp (g_array_index (extra->injected, AtomInjected, i).name, argument) == 0)
      {
        g_array_remove_index (extra->injected, i);
        break;
      }
  g_array_append_val (extra->injected, injected);
}

static void
provide (Atom *atom, AtomProvided provided)
{
  AtomExtra *extra = atom_need_extra (atom);

  if (extra->provides == NULL)
    extra->provides = array_new_cleared (sizeof (AtomProvided), provided_clear);
  provided.symbol = g_strdup (provided.symbol);
  provided.key = g_strdup (provided.key);
  g_array_append_val (extra->provides, provided);
}

void
atom_provide (Atom *atom, const char *symbol)
{
  g_return_if_fail (atom != NULL && symbol != NULL);
  provide (atom, (AtomProvided){ .symbol = symbol, .kind = ATOM_PROVIDES_WHOLE });
}

void
atom_provide_index (Atom *atom, const char *symbol, guint index)
{
  g_return_if_fail (atom != NULL && symbol != NULL);
  provide (atom, (AtomProvided){ .symbol = symbol, .kind = ATOM_PROVIDES_INDEX, .index = index });
}

void
atom_provide_key (Atom *atom, const char *symbol, const char *key)
{
  g_return_if_fail (atom != NULL && symbol != NULL && key != NULL);
  provide (atom, (AtomProvided){ .symbol = symbol, .kind = ATOM_PROVIDES_KEY, .key = key });
}

const AtomArgument *
atom_get_arguments (const Atom *atom, AtomAction action, guint *count)
{
  const GArray *arguments = NULL;

  if (atom->extra != NULL)
    {
      arguments = atom->extra->arguments;
      if (action == ATOM_ACTION_REVERT && atom->extra->revert_arguments != NULL)
        arguments = atom->extra->revert_arguments;
    }
  *count = arguments != NULL ? arguments->len : 0;
  return arguments != NULL ? (const AtomArgument *) (gconstpointer) arguments->data : NULL;
}

const AtomProvided *
atom_get_provides (const Atom *atom, guint *count)
{
  const GArray *provides = atom->extra != NULL ? atom->extra->provides : NULL;

  *count = provides != NULL ? provides->len : 0;
  return provides != NULL ? (const AtomProvided *) (gconstpointer) provides->data : NULL;
}

GVariant *
atom_find_injected (const Atom *atom, const char *argument)
{
  const GArray *injected = atom->extra != NULL ? atom->extra->injected : NULL;

  for (guint i = 0; injected != NULL && i < injected->len; i++)
    if (strcmp (g_array_index (injected, AtomInjected, i).name, argument) == 0)
      return g_array_index (injected, AtomInjected, i).value;
  return NULL;
}
