/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inputs: the values that a run of a flow file is given, checked against what the file declares.
 * They come from
 * `-i NAME=VALUE`, from files (`-I`), from the environment, and from defaults, in this order of
 * precedence; of two of a kind the later wins. Everything that is wrong is reported; values of
 * secrets never are. Belongs to one thread.
 */

#include <backflow/flows/yaml/flow_file.h>

G_BEGIN_DECLS

typedef struct Inputs Inputs;

/* Looks a variable of the environment up; the library does not read its own. Returns: (nullable)
 * borrowed. */
typedef const char *(*InputsLookupFunc) (const char *name, gpointer user_data);

/* No values yet. The file must outlive them. Returns: (transfer full). */
BACKFLOW_PUBLIC Inputs *inputs_new (const FlowFile *file);

/* Frees them; NULL is fine. */
BACKFLOW_PUBLIC void inputs_free (Inputs *inputs);

/* Takes `NAME=VALUE` as it stands on a command line. The text is read by the type of the input: a
 * string as it is, an array or an object as YAML (which JSON is), the others as in a flow file.
 * What is wrong goes to `diagnostics`. */
BACKFLOW_PUBLIC void inputs_add_argument (Inputs *inputs, const char *argument,
                                          Diagnostics *diagnostics);

/* Takes the values of a YAML file that maps names to values. */
BACKFLOW_PUBLIC void inputs_add_file (Inputs *inputs, const char *path, Diagnostics *diagnostics);

/* Takes the inputs that the file declares with `env` from their variables, where these are set. */
BACKFLOW_PUBLIC void inputs_add_environment (Inputs *inputs, InputsLookupFunc lookup,
                                             gpointer user_data, Diagnostics *diagnostics);

/* Takes defaults for what was not given; required inputs that are missing go to `diagnostics`, each
 * of them. */
BACKFLOW_PUBLIC void inputs_add_defaults (Inputs *inputs, Diagnostics *diagnostics);

/* The value of the input, borrowed (nullable: not given). source: (out, optional) (nullable) where
 * it is from: "argument", "file:PATH", "env:NAME" or "default"; borrowed. */
BACKFLOW_PUBLIC GVariant *inputs_find (const Inputs *inputs, const char *name, const char **source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Inputs, inputs_free)

G_END_DECLS
