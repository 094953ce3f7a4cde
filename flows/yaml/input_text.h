/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Texts of command lines and environments as values of inputs. Private to the loader. */

#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

/* The value that `text` says for the input. why: (out) (nullable) when it says none: what was
 * expected, for people. Returns: (transfer full) not floating; NULL. */
GVariant *input_text_parse (const FlowInput *input, const char *text, char **why);

G_END_DECLS
