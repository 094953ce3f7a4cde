/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Engine: turns a flow into a run and drives it to its end, rolling back what was done when an atom
 * fails. An engine belongs to one thread; engine_suspend(), engine_cancel() and the getters marked
 * so may be called from any. How the pieces fit: compiler (engine/plan/plan.h), automaton and step
 * core, runner; see engine/README.md.
 *
 *   g_autoptr (Engine) engine = engine_new (flow, NULL);
 *   g_autoptr (GError) error = NULL;
 *   FlowState state;
 *   if (!engine_inject (engine, "root", g_variant_new_string ("/srv/site"), &error)
 *       || !engine_run (engine, &state, &error))
 *     g_printerr ("%s\n", error->message); // The engine could not do its job.
 *   else if (state == FLOW_STATE_REVERTED)
 *     g_print ("The flow failed, and all its steps are undone.\n");
 */

#include <backflow/atoms/failure.h>
#include <backflow/atoms/states.h>
#include <backflow/diagnostics/diagnostic.h>
#include <backflow/engine/engine_error.h>
#include <backflow/engine/engine_types.h>
#include <backflow/engine/inspect.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/metadata.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/engine/requests.h>
#include <backflow/flows/flow.h>

G_BEGIN_DECLS

/* Makes an engine over `flow`, which it takes a reference to; the flow is not changed any more.
 * options: (nullable) copied. Returns: (transfer full). */
BACKFLOW_PUBLIC Engine *engine_new (Flow *flow, const EngineOptions *options);

/* Frees an engine; NULL is fine. An unfinished run stays in its store: of an engine that was left
 * between two steps, attempts in flight are awaited and their ends recorded. Called in a listener,
 * it suspends the run, and the engine is freed when engine_run() or engine_step() returns. */
BACKFLOW_PUBLIC void engine_free (Engine *engine);

/* Adds a listener; of several each is called in the order of adding. destroy: (nullable). Returns:
 * its id, from 1. */
BACKFLOW_PUBLIC guint engine_add_listener (Engine *engine, ListenerMask mask, ListenerFunc func,
                                           gpointer user_data, GDestroyNotify destroy);

/* Removes a listener; an unknown id is ignored. Not from within a listener. */
BACKFLOW_PUBLIC void engine_remove_listener (Engine *engine, guint id);

/* Gives the run a value under a symbol that hides every provider of it. value: sunk, normalised.
 * Before the run has started, and after engine_reset(), a second value replaces the first. FALSE
 * with ENGINE_ERROR_STATE, a VALUE_ERROR, or a STORAGE_ERROR. */
BACKFLOW_PUBLIC gboolean engine_inject (Engine *engine, const char *symbol, GVariant *value,
                                        GError **error);

/* As engine_inject() for a value that is never stored nor printed; `source` says where it came
 * from, such as "env:SITE_TOKEN". */
BACKFLOW_PUBLIC gboolean engine_inject_secret (Engine *engine, const char *symbol, GVariant *value,
                                               const char *source, GError **error);

/* Compiles the flow, once; engine_run() does it when nobody did. FALSE with ENGINE_ERROR_COMPILE.
 */
BACKFLOW_PUBLIC gboolean engine_compile (Engine *engine, GError **error);

/* Checks that all inputs of all atoms, for execute and revert, can be had: compiles first. FALSE
 * with ENGINE_ERROR_COMPILE or _INPUT. */
BACKFLOW_PUBLIC gboolean engine_validate (Engine *engine, GError **error);

/* All that the compiler and the last validation found, warnings too; borrowed (nullable) before
 * compiling. */
BACKFLOW_PUBLIC const Diagnostics *engine_get_diagnostics (Engine *engine);

/* The compiled flow, borrowed (nullable) before compiling. */
BACKFLOW_PUBLIC const Plan *engine_get_plan (Engine *engine);

/* Runs to the end in this thread: SUCCESS, REVERTED, FAILURE or SUSPENDED in `end` (out, optional).
 * A REVERTED run is reset and starts again, a SUSPENDED one goes on, a SUCCESS or FAILURE one stays
 * as it is. FALSE when the engine could not do its job: ENGINE_ERROR_COMPILE, _INPUT, _STATE, or a
 * STORAGE_ERROR; then what was done so far is in the store. */
BACKFLOW_PUBLIC gboolean engine_run (Engine *engine, FlowState *end, GError **error);

/* Makes an engine over `flow`, runs it to the end, and frees it: the short case. options, end,
 * errors: as engine_new() and engine_run(). */
BACKFLOW_PUBLIC gboolean engine_run_flow (Flow *flow, const EngineOptions *options, FlowState *end,
                                          GError **error);

/* Makes one transition of the automaton and says into which state (out): TaskFlow's run_iter.
 * RESUMING is the first; SUCCESS, FAILURE, REVERTED and SUSPENDED are ends, after which the next
 * call starts again as engine_run() does. FALSE as engine_run(). */
BACKFLOW_PUBLIC gboolean engine_step (Engine *engine, EngineState *entered, GError **error);

/* Forgets a SUCCESS or REVERTED run: all atoms are PENDING again; histories, results, progress and
 * the metadata of atoms are gone, and engine_inject() takes new values. FALSE, with nothing
 * changed, with ENGINE_ERROR_STATE in any other state (a run that is to be undone too), or
 * ENGINE_ERROR_BUSY while the engine is driven, in listeners too; or with a STORAGE_ERROR. */
BACKFLOW_PUBLIC gboolean engine_reset (Engine *engine, GError **error);

/* The id of the run, borrowed. */
BACKFLOW_PUBLIC const char *engine_get_run_id (Engine *engine);

/* The state of the flow. */
BACKFLOW_PUBLIC FlowState engine_get_state (Engine *engine);

/* The state and intention of an atom; FALSE when there is none of that name or the flow isn't
 * compiled. */
BACKFLOW_PUBLIC gboolean engine_get_atom_state (Engine *engine, const char *atom, AtomState *state,
                                                Intention *intention);

/* What was counted. */
BACKFLOW_PUBLIC void engine_get_statistics (Engine *engine, EngineStatistics *statistics);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Engine, engine_free)

G_END_DECLS
