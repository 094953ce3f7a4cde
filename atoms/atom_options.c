/* SPDX-License-Identifier: Apache-2.0 */
/* What few atoms have: effects, limits, policies, and places in a flow file. */
#include <backflow/atoms/atom_options.h>

#include <string.h>

#include "atoms/atom_private.h"
#include "atoms/command_private.h"

gboolean
atom_has_revert (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, FALSE);
  if (atom->member.kind == ATOM_KIND_COMMAND)
    return command_spec_has_revert (atom->extra->command);
  return atom->revert != NULL;
}

void
atom_set_effects (Atom *atom, AtomEffects effects)
{
  g_return_if_fail (atom != NULL);
  atom_need_extra (atom)->effects = (guint8) effects;
}

AtomEffects
atom_get_effects (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, ATOM_EFFECTS_NONE);
  if (atom->extra != NULL && atom->extra->effects != ATOM_EFFECTS_DEFAULT)
    return (AtomEffects) atom->extra->effects;
  return atom_has_revert (atom) ? ATOM_EFFECTS_REVERSIBLE : ATOM_EFFECTS_NONE;
}

void
atom_set_timeout (Atom *atom, AtomAction action, gint64 timeout_us)
{
  g_return_if_fail (atom != NULL && timeout_us >= 0);
  atom_need_extra (atom)->timeout_us[action] = timeout_us;
}

gint64
atom_get_timeout (const Atom *atom, AtomAction action)
{
  g_return_val_if_fail (atom != NULL, 0);
  return atom->extra != NULL ? atom->extra->timeout_us[action] : 0;
}

void
atom_set_unknown (Atom *atom, AtomUnknown unknown)
{
  g_return_if_fail (atom != NULL);
  atom_need_extra (atom)->unknown = (guint8) unknown;
}

AtomUnknown
atom_get_unknown (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, ATOM_UNKNOWN_REPEAT);
  return atom->extra != NULL ? (AtomUnknown) atom->extra->unknown : ATOM_UNKNOWN_REPEAT;
}

gboolean
atom_has_probe (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, FALSE);
  if (atom->member.kind == ATOM_KIND_COMMAND)
    return command_spec_has_probe (atom->extra->command);
  return atom->extra != NULL && atom->extra->probe != NULL;
}

void
atom_set_revert_backoff (Atom *atom, const AtomBackoff *backoff)
{
  AtomExtra *extra = atom_need_extra (atom);

  g_free (extra->revert_backoff);
  extra->revert_backoff = g_memdup2 (backoff, sizeof *backoff);
}

const AtomBackoff *
atom_get_revert_backoff (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, NULL);
  return atom->extra != NULL ? atom->extra->revert_backoff : NULL;
}

void
atom_set_mark (Atom *atom, const SourceMark *mark)
{
  AtomExtra *extra = atom_need_extra (atom);

  g_free (extra->mark);
  extra->mark = g_memdup2 (mark, sizeof *mark);
}

const SourceMark *
atom_get_mark (const Atom *atom)
{
  g_return_val_if_fail (atom != NULL, NULL);
  return atom->extra != NULL ? atom->extra->mark : NULL;
}

static void
mark_replace (const SourceMark **place, const SourceMark *mark)
{
  g_free ((gpointer) (guintptr) *place);
  *place = g_memdup2 (mark, sizeof *mark);
}

void
atom_set_argument_mark (Atom *atom, AtomAction action, const char *argument, const SourceMark *mark)
{
  AtomExtra *extra = atom_need_extra (atom);
  GArray *arguments = action == ATOM_ACTION_REVERT ? extra->revert_arguments : extra->arguments;

  for (guint i = 0; arguments != NULL && i < arguments->len; i++)
    if (strcmp (g_array_index (arguments, AtomArgument, i).name, argument) == 0)
      mark_replace (&g_array_index (arguments, AtomArgument, i).mark, mark);
}

void
atom_set_provided_mark (Atom *atom, const char *symbol, const SourceMark *mark)
{
  GArray *provides = atom_need_extra (atom)->provides;

  for (guint i = 0; provides != NULL && i < provides->len; i++)
    if (strcmp (g_array_index (provides, AtomProvided, i).symbol, symbol) == 0)
      mark_replace (&g_array_index (provides, AtomProvided, i).mark, mark);
}
