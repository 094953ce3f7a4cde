/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scopes: the providers that each reader of a symbol sees, and the links of graph flows that
 * follow. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Makes an empty list of scopes, and of links that follow from symbols. */
void compiler_init_scopes (Compiler *compiler);

/* Finds the providers of each argument of an atom, and infers links of graph flows. */
void compiler_bind_arguments (Compiler *compiler);

/* The scope of the `index`-th symbol that the expression of a decider reads. */
guint32 compiler_find_scope (Compiler *compiler, const PlanDecider *decider, guint32 index);

/* Lists the symbols that some node requires and no node provides; all readers are bound. */
void compiler_list_inputs (Compiler *compiler);

G_END_DECLS
