/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Outputs of a flow file: symbols that some step, retry or input has to provide. Private to the
 * loader. */

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* Reports outputs without a provider, unless steps are missing. */
void output_reader_check (Loader *loader);

/* Reports variables of scripts that are no arguments of their tasks, though they have the names of
 * symbols. */
void output_reader_check_unset (Loader *loader);

G_END_DECLS
