/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StoredDefinition: the flow file that a run was begun with, or last went on with, as the store has
 * it; and that compiled again: what depends on what, how flows are nested, which conditions there
 * are. Modules that it names are never loaded: looking at a run runs no code of it. A run of a flow
 * that was built in C has no definition.
 */

#include <backflow/engine/engine.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report.h>
#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

typedef struct StoredDefinition StoredDefinition;

/* The text of the definition of a run. path: (out) (transfer full) (nullable) where it was read
 * from. Returns: (transfer full) (nullable). */
char *stored_definition_dup_text (const Report *report, char **path);

/* Keeps another definition with the run: the next one to go on with it goes on with that. FALSE
 * with an error. */
gboolean stored_definition_replace (Engine *engine, const FlowFile *file, GError **error);

/* Compiles the definition of a run. Returns: (transfer full). */
StoredDefinition *stored_definition_new (const Report *report);

/* NULL is fine. */
void stored_definition_free (StoredDefinition *definition);

/* The flow file, borrowed (nullable). */
const FlowFile *stored_definition_get_file (const StoredDefinition *definition);

/* The plan, borrowed (nullable). */
const Plan *stored_definition_get_plan (const StoredDefinition *definition);

/* Why there is no plan: a sentence, borrowed (nullable): NULL when there is one. */
const char *stored_definition_get_problem (const StoredDefinition *definition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StoredDefinition, stored_definition_free)

G_END_DECLS
