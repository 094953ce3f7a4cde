/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sim: the step core with a simulated runner, executor, clock, store and world, as one flat value:
 * to copy it is to fork the run. It is stepped by choices; sim_list_choices() says which there are.
 * After each one the promises are checked, in the world as well as in the core: a broken one is
 * told by sim_get_broken().
 *
 * The world knows of each atom whether its effect may be there, whether its execute has done its
 * work, and how many attempts of it are alive. The store is a core that the durable records are
 * applied to: a crash goes on from there.
 */

#include "tests/engine/core/sim_core.h"

#define SIM_EVENTS 1000u
#define SIM_BATCH 3u
/* How often something fails that fails every time. */
#define SIM_ALWAYS 255u

/* What of it goes wrong, by node: how many of the first executes or reverts fail. hangs: bits of
 * atoms whose execute ends only when it is cancelled. other: (nullable) the plan of the same nodes
 * that a crashed run is resumed with. */
typedef struct
{
  guint8 fails[SIM_NODES];
  guint8 revert_fails[SIM_NODES];
  guint64 hangs;
  guint revert_tries; /* how often a failing revert is tried in all */
  guint times;        /* tries of every controller */
  gboolean waits;     /* tries wait for a time */
  guint capacity;
  guint talks; /* how often people may resolve a failed revert, or undo the run */
  const Plan *other;
  enum
  {
    SIM_REPEAT,
    SIM_PROBE,
    SIM_ASK,
  } unknown;
  enum
  {
    SIM_SAY_NO,
    SIM_SAY_YES,
    SIM_RAISE,
  } decides;
  RetryDecision gives_up; /* what a controller says after its last try */
} SimConfig;

typedef enum
{
  SIM_GO,      /* the next thing that the runner does */
  SIM_END,     /* the attempt in flight at `which` ends */
  SIM_TIME,    /* the time has come that somebody waits for */
  SIM_CRASH,   /* the process is killed; the run is resumed */
  SIM_SUSPEND, /* somebody asks */
  SIM_CANCEL,
  SIM_KEEP,
  SIM_GO_ON,   /* a suspended run is run again, by the same engine */
  SIM_RESUME,  /* the same by a new one */
  SIM_PRESENT, /* the probe in flight at `which` says so */
  SIM_ABSENT,
  SIM_UNSURE,
  SIM_RESOLVE, /* somebody says `how` of the atom `which` */
  SIM_REFUSE,  /* the attempt in flight at `which` was not started, as somebody asked to stop */
  SIM_UNDO,    /* somebody asks to undo the run */
} SimAct;

typedef struct
{
  guint8 act;
  guint8 which;
  guint8 how; /* StorageResolution */
} SimChoice;

typedef struct
{
  guint8 node;
  guint8 reverts;
  guint8 is_probe;
  guint8 is_repeat;
  guint8 is_cancelled;
  guint8 may_have_been; /* may_be and is_done before it */
  guint8 was_done;
} SimAttempt;

/* The atoms that each node comes after, as bits. */
typedef struct
{
  guint64 atoms[SIM_NODES];
} SimOrder;

/* Who copies knows the order of the fields: the cores and the lists first. */
typedef struct
{
  SimCore now;
  SimCore durable;
  SimChoice events[SIM_EVENTS];
  guint8 waits[SIM_DUTIES]; /* of the DECISION records */
  const SimConfig *config;
  const SimOrder *order;
  const SimOrder *other_order; /* of config->other */
  enum
  {
    SIM_STEP,   /* the core is to be stepped */
    SIM_COMMIT, /* its duties are to be made durable */
    SIM_DUTY,   /* and done, from `next` on */
    SIM_WAIT,
  } phase;
  guint n_events;
  guint next;
  guint committed;
  guint n_flight;
  guint n_done;
  CoreCompletion done[SIM_BATCH];
  StorageRecord said;      /* by people, to be made durable; kind COUNT: nothing */
  SimAct request;          /* SIM_GO: none */
  guint8 tries[SIM_NODES]; /* of controllers, and failed reverts of others */
  guint8 durable_tries[SIM_NODES];
  guint8 may_be[SIM_NODES];     /* its effect may be in the world */
  guint8 is_done[SIM_NODES];    /* its execute has done its work since it was last reverted */
  guint8 is_excused[SIM_NODES]; /* somebody said to leave its effect */
  guint64 doomed;               /* its decider can't decide: it fails without being called */
  SimAttempt flight[SIM_NODES];
  guint8 idle;         /* how often it has waited for nothing in a row */
  guint8 disturbances; /* left */
  guint8 talks;        /* left */
  guint8 has_crashed;
  guint32 was;    /* SimActs of those there were, as bits */
  guint8 was_how; /* StorageResolutions that were said, as bits */
  const char *broken;
} Sim;

/* Finds the order of the nodes of a plan. */
void sim_find_order (SimOrder *order, const Plan *plan);

/* Begins a run. All is borrowed; other_order: (nullable) of config->other. disturbances: how often
 * it may be crashed, suspended, cancelled. */
void sim_init (Sim *sim, const Plan *plan, const SimConfig *config, const SimOrder *order,
               const SimOrder *other_order, guint disturbances);

/* Forks a run. */
void sim_copy (Sim *copy, const Sim *sim);

/* Whether the run is at an end, from which only people bring it on. */
gboolean sim_is_over (const Sim *sim);

/* The choices that there are. Returns: how many. */
guint sim_list_choices (const Sim *sim, SimChoice *choices, guint max);

/* Takes a choice. */
void sim_take (Sim *sim, SimChoice choice);

/* A number that is the same for runs that go on in the same way. */
guint64 sim_hash (const Sim *sim);

/* The promise that is broken (nullable). */
const char *sim_get_broken (const Sim *sim);

/* What has happened, as text. Returns: (transfer full). */
char *sim_dup_story (const Sim *sim);
