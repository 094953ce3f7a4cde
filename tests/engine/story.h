/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stories: tests that build a flow from a line of text, run it, and compare the transitions that
 * the listeners heard of.
 *
 *   linear f <Times(3) r1 -> x> [P a, unordered u [N b, F c(x y<z ?w k=1 -> p)], Fail(2) d]
 *   graph g [P a, P b, graph h [N c], a -> b ?no(atom), b -> h ?sum(2), target h]
 *
 * An item is a flow (linear, unordered, graph, its name, its retry controller in angle brackets,
 * its items in brackets), a task (a code of behaviour, perhaps with a number, its name, and in
 * parentheses what it takes and provides), or in graph flows a link, or the target. In the
 * parentheses: `x` requires x, `y<z` reads y from z, `?w` takes w when there, `k=1` injects an
 * integer, `!3` is the priority, `~x` revert requires x; after `->`: `p` the whole result, `(a,b)`
 * by position, `{a,b}` by key. Codes of tasks: story_tasks.c; of controllers: story_retries.c; of
 * deciders (after `?`, behind a link or a task; a depth in parentheses; a text in quotes is an
 * expression): story_deciders.c.
 *
 * The trace is one line a transition: `a RUNNING`, `a SUCCESS(5)`, `c FAILURE(Woot!)`, `flow f
 * SUCCESS`; values as JSON, null is left out. What controllers, deciders and some tasks were called
 * with is in `calls`.
 */

#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

/* What a task `Eff` has done in the world: when the journal had `n_records` records. */
typedef struct
{
  guint n_records;
  gboolean is_revert;
  char *atom;
} StoryEffect;

/* What the parts of a story remember and share, over all its engines. effects: of StoryEffect, in
 * their order. commits: numbers of records that the journal had when something was told or done, so
 * that a process can die there. storage: (nullable) of the run; borrowed. flag: what deciders
 * `?flag` say. */
typedef struct
{
  GHashTable *counts;
  GString *calls;
  GArray *effects;
  GHashTable *commits;
  Storage *storage;
  gboolean flag;
} StoryWorld;

/* A run of a story. suspend_at: (nullable) the line of the trace at which a listener suspends;
 * cancel_at, keep_at: likewise. suspend_at_line, cancel_at_line: the same by number, from 1.
 * inputs: (nullable) "x=1 y=[1,2]": injected values, as JSON without spaces. */
typedef struct
{
  Engine *engine;
  Flow *flow;
  GString *trace;
  const char *suspend_at;
  const char *cancel_at;
  const char *keep_at;
  gboolean has_flow_lines;
  gboolean is_stepped; /* story_run() makes single transitions */
  guint suspend_at_line;
  guint cancel_at_line;
  guint n_lines;
  StoryWorld *world;
  EngineOptions options;
  gboolean owns_storage;
  Executor *executor; /* (nullable) owned */
  char *text;
} Story;

/* Builds the flow of a story; fails the test when the text is wrong. */
Flow *story_build (const char *text);

/* Makes a story ready to run; options: (nullable). */
void story_init (Story *story, const char *text, const char *inputs, const EngineOptions *options);

/* As story_init() with a store of its own, so that the story can be resumed. executor: (nullable).
 */
void story_init_stored (Story *story, const char *text, const char *inputs, Executor *executor);

/* Runs it once more; the trace begins anew. Returns: how it ended. */
FlowState story_run (Story *story);

/* Frees it. */
void story_clear (Story *story);

/* Gives the run to a new engine, over a new flow: of `text` (nullable) or of the same. As a new
 * process would. */
void story_resume (Story *story, const char *text);

/* Appends to the journal of a story that has not run: lines as in the trace, `a intends REVERT`,
 * `run intends REVERT`, `r decides RETRY for a`, `a PROGRESS(0.5)`; and resumes it. */
void story_preset (Story *story, const char *lines);

/* Cuts the journal behind the first record of "a RUNNING", as if the process had died
 * there; and resumes it. FALSE when there is no such record; nothing is changed then. */
gboolean story_cut (Story *story, const char *line);

/* Cuts the journal to its first `n_records`. FALSE when it has no more than that. */
gboolean story_cut_at (Story *story, guint n_records);

/* Whether what was done when the journal had just as many records as it was cut to was done before
 * the death. */
typedef enum
{
  STORY_DIED_BEFORE,
  STORY_DIED_BEHIND,
} StoryDeath;

/* The first commit of at least `n_records`, G_MAXUINT when there is none. */
guint story_find_commit (const Story *story, guint n_records);

/* As story_cut_at(), with the world as it was then. */
gboolean story_die_at (Story *story, guint n_records, StoryDeath death);

/* Fails the test unless each effect of a task `Eff` is in the world when that is SUCCESS, and not
 * when it is without effect. */
void story_expect_world (const Story *story);

/* How attempts that are in flight together come back. */
typedef enum
{
  STORY_ONE_BY_ONE, /* in the order of submission */
  STORY_TOGETHER,   /* all that can */
  STORY_BACKWARDS,  /* all that can, the last one first */
} StoryTurns;

/* An executor that runs up to `capacity` attempts side by side, in a fixed order. holds: (nullable)
 * "a RUNNING until b REVERTED; ...": these attempts end only after that line of the trace. Returns:
 * (transfer full). */
Executor *story_executor_new (Story *story, guint capacity, StoryTurns turns, const char *holds);

/* Fails the test unless the trace is `expected`, lines separated by "; ", white space being free.
 */
void story_expect (const Story *story, const char *expected);

/* As story_expect() with the lines in any order. */
void story_expect_set (const Story *story, const char *expected);

/* Fails the test unless the lines of `expected` occur in the trace in that order. */
void story_expect_within (const Story *story, const char *expected);

/* Fails the test unless the atoms are in these states: "a SUCCESS, b REVERTED"; with an intention:
 * "a SUCCESS/EXECUTE". */
void story_expect_states (const Story *story, const char *expected);

/* Fails the test when an atom does not fit the end: after SUCCESS all have succeeded or are
 * ignored, after REVERTED none has an effect. */
void story_expect_settled (const Story *story, FlowState end);

/* Fails the test unless controllers, deciders and tasks were called like that; compares as
 * story_expect(). Forgets the calls. */
void story_expect_calls (Story *story, const char *expected);

/* What engine_fetch_all() says, as JSON. Returns: (transfer full). */
char *story_dup_symbols (const Story *story);

/* Fails the test unless engine_fetch_all() is this JSON object. */
void story_expect_symbols (const Story *story, const char *expected);
