/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Layout, the first pass: numbers the nodes, and finds atoms with the same name. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Fills in the nodes of the plan. Reports duplicate names. */
void compiler_lay_out (Compiler *compiler, Flow *root);

G_END_DECLS
