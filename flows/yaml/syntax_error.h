/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Syntax errors: what libyaml says about a text, in words for those who wrote it. libyaml knows
 * only where it got stuck and in the middle of what; a table says what that means in practice.
 * Private to the loader.
 */

#include <yaml.h>

#include "flows/yaml/source.h"

G_BEGIN_DECLS

/* Adds the error that stopped `parser`, which reads the text of `source`. */
void syntax_error_report (const yaml_parser_t *parser, Source *source, Diagnostics *diagnostics);

G_END_DECLS
