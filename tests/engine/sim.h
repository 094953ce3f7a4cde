/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sim: the step core with a simulated runner, executor, clock, store and world, as one flat value: to copy it is to fork the run.
 * It is stepped by choices; sim_list_choices() says which there are. After each one the promises are checked, in the world as well as
 * in the core: a broken one is told by sim_get_broken().
 *
 * The world knows of each atom whether its effect may be there, whether its execute has done its work, and how many attempts of it
 * are alive. The store is a core that the durable records are applied to: a crash goes on from there.
 */

#include "engine/core_private.h"

#define SIM_NODES 20u
#define SIM_ROOM 96u
#define SIM_EVENTS 240u

/* A core whose arrays are within. Bind it after copying. */
typedef struct
{
  Core core;
  guint8 states[SIM_NODES];
  guint8 marks[SIM_NODES];
  guint32 hold[SIM_NODES];
  guint32 attempts[SIM_NODES];
  guint32 reverts[SIM_NODES];
  guint64 ready;
  guint64 undo;
  guint32 running[SIM_ROOM];
  guint32 stack[SIM_ROOM];
  CoreQuestion questions[SIM_ROOM];
  CoreTimer timers[SIM_ROOM];
  CoreLeftover leftovers[SIM_ROOM];
  StorageRecord records[SIM_ROOM];
  guint8 kinds[SIM_ROOM];
} SimCore;

/* What of it goes wrong. Nodes; PLAN_NO_NODE: none. */
typedef struct
{
  guint32 fails;          /* its execute fails: always, or only its first attempt */
  gboolean fails_once;
  guint32 hangs;          /* its execute ends only when it is cancelled */
  guint32 revert_fails;   /* its revert fails: always, or only its first attempt */
  gboolean revert_fails_once;
  guint revert_tries;     /* how often a failing revert is tried in all */
  guint times;            /* tries of every controller */
  gboolean waits;         /* tries wait for a time */
  guint capacity;
  enum
  {
    SIM_REPEAT,
    SIM_PROBE,
    SIM_ASK,
  } unknown;
} SimConfig;

typedef enum
{
  SIM_GO,       /* the next thing that the runner does */
  SIM_END,      /* the attempt in flight at `which` ends */
  SIM_TIME,     /* the time has come that somebody waits for */
  SIM_CRASH,    /* the process is killed; the run is resumed */
  SIM_SUSPEND,  /* somebody asks */
  SIM_CANCEL,
  SIM_KEEP,
  SIM_GO_ON,    /* a suspended run is run again, by the same engine */
  SIM_RESUME,   /* the same by a new one */
  SIM_PRESENT,  /* the probe in flight at `which` says so */
  SIM_ABSENT,
  SIM_UNSURE,
  SIM_RESOLVE,  /* somebody says of the leftover at `which` */
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
  gboolean reverts;
  gboolean is_probe;
  gboolean is_cancelled;
} SimAttempt;

typedef struct
{
  const SimConfig *config;
  const guint32 *before; /* by node: the atoms that it comes after, as bits */
  SimCore now;
  SimCore durable;
  enum
  {
    SIM_STEP,   /* the core is to be stepped */
    SIM_COMMIT, /* its duties are to be made durable */
    SIM_DUTY,   /* and done, from `next` on */
    SIM_WAIT,
  } phase;
  guint next;
  guint committed;
  SimAttempt flight[SIM_NODES];
  guint n_flight;
  CoreCompletion done;
  gboolean has_done;
  SimAct request;             /* SIM_GO: none */
  guint8 tries[SIM_NODES];    /* of controllers, and failed reverts of others */
  guint8 durable_tries[SIM_NODES];
  gint64 waits[SIM_ROOM];     /* of the DECISION records */
  guint8 may_be[SIM_NODES];   /* its effect may be in the world */
  guint8 is_done[SIM_NODES];  /* its execute has done its work since it was last reverted */
  guint8 is_excused[SIM_NODES]; /* somebody said to leave its effect */
  guint8 idle;                /* how often it has waited for nothing in a row */
  guint8 disturbances;        /* left */
  guint8 has_crashed;
  guint16 was;                /* SimActs of those there were, as bits */
  guint8 was_how;             /* StorageResolutions that were said, as bits */
  const char *broken;
  SimChoice events[SIM_EVENTS];
  guint n_events;
} Sim;

/* Begins a run. before: see Sim; both are borrowed. disturbances: how often it may be crashed, suspended, cancelled. */
void sim_init (Sim *sim, const Plan *plan, const SimConfig *config, const guint32 *before, guint disturbances);

/* Forks a run. */
void sim_copy (Sim *copy, const Sim *sim);

/* The choices that there are. Returns: how many; 0 at an end. */
guint sim_list_choices (const Sim *sim, SimChoice *choices, guint max);

/* Takes a choice. */
void sim_take (Sim *sim, SimChoice choice);

/* A number that is the same for runs that go on in the same way. */
guint64 sim_hash (const Sim *sim);

/* The promise that is broken (nullable). */
const char *sim_get_broken (const Sim *sim);

/* What has happened, as text. Returns: (transfer full). */
char *sim_dup_story (const Sim *sim);
