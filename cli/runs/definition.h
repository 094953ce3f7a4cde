/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Definition: the flow file of a command line with the inputs given for it, and all that was found
 * wrong with them. Verbs that only look (check, plan, graph) compile it here; `run` leaves that to
 * its engine.
 */

#include <backflow/diagnostics/diagnostic.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/flows/yaml/inputs.h>
#include <backflow/flows/yaml/loader.h>

#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/exit_status.h"

G_BEGIN_DECLS

typedef struct Definition Definition;

/* Whether inputs that are required must have been given. */
typedef enum
{
  DEFINITION_TO_LOOK,
  DEFINITION_TO_RUN,
} DefinitionPurpose;

/* Loads the file that the first operand names, and takes the inputs of -i, -I and the environment.
 * To look, modules are loaded with --load only: the code of a module runs when it is loaded.
 * Returns: (transfer full); definition_has_errors() tells whether it can be used. */
Definition *definition_load (const Arguments *arguments, DefinitionPurpose purpose);

/* Loads the text of a file, or with a NULL text the file itself, to go on with a run that was begun
 * with it. Returns: as definition_load(), without inputs. */
Definition *definition_load_for_run (const char *path, const char *text);

/* Loads the file at `path` for a new run with the inputs that another one had. stored:
 * report_get_inputs() of that. Inputs of the command line go before them. Returns: as
 * definition_load(). */
Definition *definition_load_again (const char *path, const Arguments *arguments, GVariant *stored);

/* Takes the secrets of a run again, which no store has: from -i and -I, or from where they came
 * from when the run was begun. stored: report_get_inputs(). What is missing, and inputs that are no
 * secrets, are errors in definition_has_errors(). */
void definition_take_secrets (Definition *definition, const Arguments *arguments, GVariant *stored);

/* NULL is fine. */
void definition_free (Definition *definition);

/* Compiles the flow and checks that what it needs is provided or a declared input. Returns:
 * (transfer full) (nullable): NULL when there were errors, now or before. */
Plan *definition_compile (Definition *definition);

/* Gives an engine the inputs, and asks it to validate. FALSE with an error when it could not; what
 * is wrong with the flow is in definition_has_errors(). */
gboolean definition_prepare (Definition *definition, Engine *engine, GError **error);

/* Gives an engine that goes on with a run the secrets. FALSE with an error. */
gboolean definition_inject_secrets (const Definition *definition, Engine *engine, GError **error);

/* Whether errors were found so far. */
gboolean definition_has_errors (const Definition *definition);

/* Whether the definition was read from standard input, and has no path. */
gboolean definition_is_standard_input (const Definition *definition);

/* The findings so far, sorted; borrowed. */
const Diagnostics *definition_get_diagnostics (Definition *definition);

/* The loaded file, borrowed (nullable). */
const FlowFile *definition_get_file (const Definition *definition);

/* Says on standard error that modules were not loaded, when the file names some. */
void definition_note_modules (const Definition *definition);

/* Prints the findings on standard error, at most `limit` of them (0: all), and how many there are.
 */
void definition_print (Definition *definition, const Console *console, guint limit);

/* The same of a file that can't be used, and with --json as a document too. Returns: the exit
 * status. */
ExitStatus definition_refuse (Definition *definition, const Arguments *arguments,
                              const Console *console, guint limit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Definition, definition_free)

G_END_DECLS
