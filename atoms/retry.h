/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Retry controllers: atoms that a flow owns (flow_set_retry()), that execute before its content,
 * and that decide what happens when something in it fails. The built-in ones are policies (data); a
 * custom one is three C functions, which run in the engine's thread.
 */

#include <backflow/atoms/atom.h>
#include <backflow/atoms/atom_options.h>
#include <backflow/atoms/failure.h>

G_BEGIN_DECLS

/* What a retry controller answers to a failure. */
typedef enum
{
  RETRY_DECISION_RETRY,      /* revert the flow, then execute it again */
  RETRY_DECISION_REVERT,     /* give up: ask the parent, and at the top revert everything */
  RETRY_DECISION_REVERT_ALL, /* revert everything, ask nobody */
} RetryDecision;

/* The name of a decision, such as "RETRY"; static. */
BACKFLOW_PUBLIC const char *retry_decision_get_name (RetryDecision decision);

/* The kinds of built-in policies. */
typedef enum
{
  RETRY_KIND_ALWAYS_REVERT,
  RETRY_KIND_ALWAYS_REVERT_ALL,
  RETRY_KIND_TIMES,
  RETRY_KIND_FOR_EACH,
  RETRY_KIND_FOR_EACH_OF, /* the values are read from a symbol */
  RETRY_KIND_CUSTOM,
} RetryKind;

/* The history that a controller decides on: one entry per successful execute of it in its current
 * life. */
typedef struct RetryHistory RetryHistory;

/* How many entries there are: tries that have begun in this life of the controller. */
BACKFLOW_PUBLIC guint retry_history_get_length (const RetryHistory *history);

/* What the controller provided for the `index`-th try, borrowed (nullable): NULL for nothing. */
BACKFLOW_PUBLIC GVariant *retry_history_get_provided (const RetryHistory *history, guint index);

/* How many atoms failed in the `index`-th try; each once, with its first failure. */
BACKFLOW_PUBLIC guint retry_history_get_n_failures (const RetryHistory *history, guint index);

/* The `nth` of them in the order of failing, borrowed; `atom` (out, optional, transfer none)
 * receives its name. A nested controller that gave up is named by its own name, with the failure
 * that it gave up on. */
BACKFLOW_PUBLIC const Failure *retry_history_get_failure (const RetryHistory *history, guint index,
                                                          guint nth, const char **atom);

/* The first failure of the domain `domain` in the `index`-th try, or among its causes, borrowed
 * (nullable); in any try from the last to the first when `index` is G_MAXUINT. */
BACKFLOW_PUBLIC const Failure *retry_history_find_cause (const RetryHistory *history, guint index,
                                                         const char *domain);

/* In a function of a controller: what it remembers of this life, borrowed (nullable): NULL for
 * other atoms. */
BACKFLOW_PUBLIC const RetryHistory *atom_context_get_history (AtomContext *context);

/* A custom controller's answer; `failed` names the atom that failed. FALSE-like errors are reported
 * through `error`: the controller itself has then failed, and its parent decides. */
typedef RetryDecision (*RetryDecideFunc) (AtomContext *context, const RetryHistory *history,
                                          const char *failed, gpointer user_data, GError **error);

/* Answers REVERT at once. name: (nullable) FLOW.retry when NULL. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new_always_revert (const char *name);

/* Answers REVERT_ALL at once. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new_always_revert_all (const char *name);

/* Tries `times` (1 or more) times in all; its value is the number of the try, from 1. Returns:
 * (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new_times (const char *name, guint times);

/* Tries once for each element of `values` (an array as value_normalize() makes it, sunk); its value
 * is the element. An element that is there twice is tried twice. Without an element its execute
 * fails. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new_for_each (const char *name, GVariant *values);

/* As retry_new_for_each() with the array read from `symbol` each time: its value is the first
 * element that was not tried yet. Returns: (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new_for_each_of (const char *name, const char *symbol);

/* A custom controller. execute: (nullable) provides its value. revert: (nullable). Returns:
 * (transfer full). */
BACKFLOW_PUBLIC Atom *retry_new (const char *name, AtomFunc execute, AtomFunc revert,
                                 RetryDecideFunc decide, gpointer user_data,
                                 GDestroyNotify destroy);

/* Turns the give-up of TIMES, FOR_EACH and FOR_EACH_OF from REVERT into REVERT_ALL
 * (RETRY_DECISION_REVERT_ALL) or back. */
BACKFLOW_PUBLIC void retry_set_give_up (Atom *retry, RetryDecision decision);

/* Sets the delays between attempts, copied; `times` in it is ignored. */
BACKFLOW_PUBLIC void retry_set_backoff (Atom *retry, const AtomBackoff *backoff);

/* The delays, borrowed (nullable). */
BACKFLOW_PUBLIC const AtomBackoff *retry_get_backoff (const Atom *retry);

/* The kind of the controller. */
BACKFLOW_PUBLIC RetryKind retry_get_kind (const Atom *retry);

G_END_DECLS
