/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Deciders: which node is held back by which decider, and which symbols conditions read. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Collects the deciders and the arguments of their expressions, whose symbols it numbers. Reports
 * expressions that are none. */
void compiler_collect_deciders (Compiler *compiler);

/* Finds the providers of what expressions read, as if the nodes that they hold back required it. */
void compiler_bind_deciders (Compiler *compiler);

/* Warns of deciders whose verdict is constant. */
void compiler_check_deciders (Compiler *compiler);

G_END_DECLS
