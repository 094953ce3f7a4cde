/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stories: tests that build a flow from a line of text, run it, and compare the transitions that the listeners heard of.
 *
 *   linear f [P a, unordered u [N b, F c(x y<z ?w k=1 -> p)], a -> u]
 *
 * An item is a flow (linear, unordered, graph, its name, its items in brackets), a task (a code of behaviour, its name, and in
 * parentheses what it takes and provides), or in graph flows a link. In the parentheses: `x` requires x, `y<z` reads y from z,
 * `?w` takes w when there, `k=1` injects an integer, `!3` is the priority, `~x` revert requires x; after `->`: `p` the whole result,
 * `(a,b)` by position, `{a,b}` by key. Codes: story.c.
 *
 * The trace is one line a transition: `a RUNNING`, `a SUCCESS(5)`, `c FAILURE(Woot!)`, `flow f SUCCESS`; values as JSON, null is left out.
 */

#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

/* A run of a story. suspend_at: (nullable) the line of the trace at which a listener suspends; cancel_at: likewise. inputs: (nullable)
 * "x=1 y=2": injected integers. */
typedef struct
{
  Engine *engine;
  Flow *flow;
  GString *trace;
  const char *suspend_at;
  const char *cancel_at;
  gboolean has_flow_lines;
} Story;

/* Builds the flow of a story; fails the test when the text is wrong. */
Flow *story_build (const char *text);

/* Makes a story ready to run; options: (nullable). */
void story_init (Story *story, const char *text, const char *inputs, const EngineOptions *options);

/* Runs it once more; the trace begins anew. Returns: how it ended. */
FlowState story_run (Story *story);

/* Frees it. */
void story_clear (Story *story);

/* Fails the test unless the trace is `expected`, lines separated by "; ", white space being free. */
void story_expect (const Story *story, const char *expected);

/* As story_expect() with the lines in any order. */
void story_expect_set (const Story *story, const char *expected);

/* Fails the test unless the lines of `expected` occur in the trace in that order. */
void story_expect_within (const Story *story, const char *expected);

/* Fails the test unless the atoms are in these states: "a SUCCESS, b REVERTED". */
void story_expect_states (const Story *story, const char *expected);
