/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Symbols, the second pass: the symbols, their providers, and the arguments that read them. */

#include "engine/plan/passes.h"

G_BEGIN_DECLS

/* Starts the numbers of symbols and collects the arguments of atoms, and what atoms provide. */
void compiler_collect_symbols (Compiler *compiler);

/* Sorts what was collected: the providers of each symbol in the order of nodes. All symbols have
 * their numbers. */
void compiler_sort_providers (Compiler *compiler);

/* The number of a symbol; a new one when it has none. The text of the symbol is borrowed for the
 * life of the plan. */
guint32 compiler_intern (Compiler *compiler, const char *symbol);

G_END_DECLS
