/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layout of an Atom, for the layers above: the compiler and the runner read it directly,
 * because a million of them are built and walked. The common part is small; what few atoms have is
 * in `extra`, made when first needed. Only atoms/ writes here, except for `owner` and `index`,
 * which belong to the flow that the atom was added to.
 */

#include <backflow/atoms/atom.h>

G_BEGIN_DECLS

typedef struct CommandSpec CommandSpec; /* command_private.h */
typedef struct RetrySpec RetrySpec;     /* retry_spec.h */

typedef struct
{
  char *name;
  GVariant *value;
} AtomInjected;

/* What only some atoms have. The arrays are of AtomArgument, AtomProvided and AtomInjected; their
 * strings and marks are owned. */
typedef struct
{
  GArray *arguments;        /* of execute (nullable) */
  GArray *revert_arguments; /* (nullable): those of execute */
  GArray *provides;         /* (nullable) */
  GArray *injected;         /* (nullable) */
  GDestroyNotify destroy;   /* of user_data (nullable) */
  struct TaskHooks *hooks;  /* hooks.h */
  void (*probe) (void);     /* a TaskProbeFunc of hooks.h (nullable) */
  union
  {
    CommandSpec *command; /* of ATOM_KIND_COMMAND */
    RetrySpec *retry;     /* of ATOM_KIND_RETRY */
    gpointer spec;        /* whichever it is (nullable) */
  };
  GDestroyNotify spec_free;           /* of the spec, set together with it */
  gint64 timeout_us[2];               /* by AtomAction */
  struct AtomBackoff *revert_backoff; /* atom_options.h */
  SourceMark *mark;
  guint16 version_major;
  guint16 version_minor;
  guint8 effects;
  guint8 unknown;
} AtomExtra;

/* FlowMember: how an atom and a flow begin, so that a flow can hold either behind one pointer. */
typedef struct
{
  int ref_count;
  guint8 is_flow;
  guint8 kind; /* AtomKind or FlowKind */
  guint8 unused[2];
  guint32 index; /* among the members of `owner` */
  guint32 name_hash;
  gpointer owner; /* the Flow that it belongs to (nullable), borrowed */
} FlowMember;

struct Atom
{
  FlowMember member;
  AtomFunc execute;
  AtomFunc revert;
  gpointer user_data;
  AtomExtra *extra; /* (nullable) */
  int priority;
  char name[];
};

/* Makes an atom of a kind with one reference; the name is copied and hashed. */
Atom *atom_new (AtomKind kind, const char *name);

/* The extra part, made when it is not there. */
AtomExtra *atom_need_extra (Atom *atom);

/* A 32-bit hash of a name, as in FlowMember.name_hash. */
guint32 atom_hash_name (const char *name);

/* A copy of an atom that is nobody's member under another name; consumes the reference to the old
 * one. For retry controllers that get their flow's name. */
Atom *atom_take_renamed (Atom *atom, const char *name);

G_END_DECLS
