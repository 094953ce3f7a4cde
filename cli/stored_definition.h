/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* StoredDefinition: the flow file that a run was made from, as the store has it, compiled again: what depends on what, how flows are
 * nested, which conditions there are. Modules that it names are loaded from where they were. A run of a flow that was built in C has
 * none, and one whose modules are gone none that can be used: whoever asks goes on without it.
 */

#include <backflow/engine/plan.h>
#include <backflow/engine/report.h>
#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

typedef struct StoredDefinition StoredDefinition;

/* Compiles the definition of a run. Returns: (transfer full). */
StoredDefinition *stored_definition_new (const StorageRunInfo *run);

/* NULL is fine. */
void stored_definition_free (StoredDefinition *definition);

/* The plan, borrowed (nullable). */
const Plan *stored_definition_get_plan (const StoredDefinition *definition);

/* Why there is no plan: a sentence, borrowed (nullable): NULL when there is one. */
const char *stored_definition_get_problem (const StoredDefinition *definition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (StoredDefinition, stored_definition_free)

G_END_DECLS
