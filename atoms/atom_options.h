/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What few atoms have: what undoing them means, limits on attempts, policies for what goes wrong,
 * and places in a flow file. As everything of an atom it is set on one thread before the atom is
 * handed to a flow's engine.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

/* What undoing an atom means. */
typedef enum
{
  ATOM_EFFECTS_DEFAULT,    /* REVERSIBLE when it has a revert, else NONE for C tasks and unknown for
                              commands */
  ATOM_EFFECTS_REVERSIBLE, /* its revert takes the effect back */
  ATOM_EFFECTS_NONE,       /* there is nothing to undo */
  ATOM_EFFECTS_IRREVERSIBLE, /* a point of no return */
} AtomEffects;

/* What an attempt that was interrupted by a crash means when there is no probe. */
typedef enum
{
  ATOM_UNKNOWN_REPEAT,
  ATOM_UNKNOWN_ASK,
} AtomUnknown;

/* How often and after which delays something is tried again. times: tries in all, at least 1.
 * delay_us doubles (or grows by `backoff`) up to max_delay_us; jitter: 0 to 1, the share of the
 * delay that is random. */
typedef struct AtomBackoff
{
  guint times;
  gint64 delay_us;
  double backoff;
  gint64 max_delay_us;
  double jitter;
} AtomBackoff;

/* Says what undoing the atom means. */
BACKFLOW_PUBLIC void atom_set_effects (Atom *atom, AtomEffects effects);

/* What undoing the atom means, the default resolved; a command without a revert is IRREVERSIBLE
 * only when said so, else NONE. */
BACKFLOW_PUBLIC AtomEffects atom_get_effects (const Atom *atom);

/* Limits each attempt of an action in microseconds, 0 for no limit. Past it the attempt has failed.
 */
BACKFLOW_PUBLIC void atom_set_timeout (Atom *atom, AtomAction action, gint64 timeout_us);

/* The limit in microseconds, 0 for none. */
BACKFLOW_PUBLIC gint64 atom_get_timeout (const Atom *atom, AtomAction action);

/* What an interrupted attempt without a probe means. */
BACKFLOW_PUBLIC void atom_set_unknown (Atom *atom, AtomUnknown unknown);
BACKFLOW_PUBLIC AtomUnknown atom_get_unknown (const Atom *atom);

/* Whether the atom can say if its effect is in the world: a command task with a probe command, a C
 * task with a probe function. */
BACKFLOW_PUBLIC gboolean atom_has_probe (const Atom *atom);

/* How often a failing revert is tried, copied; once when not set. */
BACKFLOW_PUBLIC void atom_set_revert_backoff (Atom *atom, const AtomBackoff *backoff);

/* The policy of atom_set_revert_backoff(), borrowed (nullable). */
BACKFLOW_PUBLIC const AtomBackoff *atom_get_revert_backoff (const Atom *atom);

/* Where the atom stands in a flow file; copied. */
BACKFLOW_PUBLIC void atom_set_mark (Atom *atom, const SourceMark *mark);

/* That place, borrowed (nullable). */
BACKFLOW_PUBLIC const SourceMark *atom_get_mark (const Atom *atom);

/* Says where the argument of that name, or the provided symbol of that name, stands; ignored when
 * there is none. */
BACKFLOW_PUBLIC void atom_set_argument_mark (Atom *atom, AtomAction action, const char *argument,
                                             const SourceMark *mark);
BACKFLOW_PUBLIC void atom_set_provided_mark (Atom *atom, const char *symbol,
                                             const SourceMark *mark);

G_END_DECLS
