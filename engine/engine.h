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
#include <backflow/engine/core/automaton.h>
#include <backflow/engine/inspect.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/engine/recovery.h>
#include <backflow/executors/executor.h>
#include <backflow/flows/flow.h>
#include <backflow/storage/storage.h>

G_BEGIN_DECLS

typedef struct Engine Engine;

#define ENGINE_ERROR (engine_error_quark ())

/* COMPILE: the flow can't be compiled; engine_get_diagnostics() says all that is wrong, the message
 * the first of it. INPUT: symbols that atoms require are neither provided nor injected; same.
 * STATE: not possible in the state that the engine is in. BUSY: somebody else drives this engine.
 * DEFINITION: the flow does not fit the run that is to be resumed. Errors of the store and the
 * executor come through with their own domains. */
typedef enum
{
  ENGINE_ERROR_COMPILE,
  ENGINE_ERROR_INPUT,
  ENGINE_ERROR_STATE,
  ENGINE_ERROR_BUSY,
  ENGINE_ERROR_DEFINITION,
} EngineError;

BACKFLOW_PUBLIC GQuark engine_error_quark (void);

/* How an engine works; everything may be zero.
 * run_id: (nullable) made when NULL. executor: (nullable) the serial one; a reference is taken.
 * storage: (nullable) memory; same. definition, definition_path: (nullable) the flow file's text
 * and where it was, kept with the run. directory: (nullable) the folder that relative paths are
 * meant from, kept with the run under "directory" (report_get_meta()): whoever goes on with the run
 * makes it the current one again. environment: (nullable) NAME=VALUE list that commands start from;
 * empty when NULL: the library never reads its own. */
typedef struct
{
  const char *run_id;
  Executor *executor;
  Storage *storage;
  const char *definition;
  const char *definition_path;
  const char *directory;
  const char *const *environment;
  EngineFlags flags;
} EngineOptions;

/* What an engine counted since it was made. Times in microseconds by the monotonic clock.
 * completed: attempts that ended, reverts included. failed, reverted: atoms. commits: transactions
 * of the store. */
typedef struct
{
  guint64 completed;
  guint64 succeeded;
  guint64 failed;
  guint64 reverted;
  guint64 revert_failed;
  guint64 ignored;
  guint64 retried;
  guint64 commits;
  guint64 transitions;
  gint64 active_us;
} EngineStatistics;

/* Makes an engine over `flow`, which it takes a reference to; the flow is not changed any more.
 * options: (nullable) copied. Returns: (transfer full). */
BACKFLOW_PUBLIC Engine *engine_new (Flow *flow, const EngineOptions *options);

/* Frees an engine that does not run; NULL is fine. An unfinished run stays in its store. */
BACKFLOW_PUBLIC void engine_free (Engine *engine);

/* Gives the run a value under a symbol that hides every provider of it. value: sunk, normalised.
 * Before the run has started, a second value replaces the first. FALSE with ENGINE_ERROR_STATE, or
 * a VALUE_ERROR. */
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

/* Makes one transition of the automaton and says into which state (out): TaskFlow's run_iter.
 * RESUMING is the first; SUCCESS, FAILURE, REVERTED and SUSPENDED are ends, after which the next
 * call starts again as engine_run() does. FALSE as engine_run(). */
BACKFLOW_PUBLIC gboolean engine_step (Engine *engine, EngineState *entered, GError **error);

/* Asks the run to stop when what runs has ended; it can be continued. Before the run has begun it
 * counts for the run that begins. Any thread, listeners, and signal handlers. */
BACKFLOW_PUBLIC void engine_suspend (Engine *engine);

/* Asks the run to end what runs and to roll back. Before the run has begun it counts for the run
 * that begins. Any thread, listeners, and signal handlers. */
BACKFLOW_PUBLIC void engine_cancel (Engine *engine);

/* As engine_cancel(), but what was done stays: nothing is rolled back. The run is FAILURE when
 * something is in the world then; it can be undone later. */
BACKFLOW_PUBLIC void engine_cancel_and_keep (Engine *engine);

/* Asks as engine_suspend(), engine_cancel() or engine_cancel_and_keep() do (`request`: SUSPEND,
 * CANCEL or KEEP). reason: (nullable) is kept with the run. Any thread and listeners, not signal
 * handlers. */
BACKFLOW_PUBLIC void engine_request (Engine *engine, StorageRequest request, const char *reason);

/* Lets other processes ask, by storage_request(): a thread opens the store of that URI, which is
 * the one that the run is in, and looks there until the engine is freed. Once for an engine. FALSE
 * with a STORAGE_ERROR or EXECUTOR_ERROR_RESOURCES. */
BACKFLOW_PUBLIC gboolean engine_watch_requests (Engine *engine, const char *storage_uri,
                                                GError **error);

/* Goes on with the run `run_id` of `storage` (both in `options`), which another engine began and
 * nobody drives any more: takes it over, and brings `flow` into the state that the run is in;
 * engine_run() then goes on. What was interrupted is probed, repeated or asked about
 * (engine_resolve()). Secrets are to be injected again. Atoms are matched by name: those that are
 * new in the flow join the run as PENDING, for which one that is SUCCESS goes on; those that are
 * gone must be without an effect. A note in the run says what is different. Returns: (transfer
 * full); NULL with ENGINE_ERROR_COMPILE, _DEFINITION when the flow does not fit the run, or a
 * STORAGE_ERROR (_OWNED: somebody drives it). */
BACKFLOW_PUBLIC Engine *engine_new_resumed (Flow *flow, const EngineOptions *options,
                                            GError **error);

/* Forgets a SUCCESS or REVERTED run: all atoms are PENDING again, histories and results are gone.
 * FALSE with ENGINE_ERROR_STATE in any other state, nothing changed; or a STORAGE_ERROR. */
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
