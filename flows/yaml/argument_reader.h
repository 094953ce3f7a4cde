/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arguments and results of an atom of a flow file, each with its place. A value is what stands
 * behind the key (nullable), `key` the key's name for messages. Private to the loader.
 */

#include "flows/yaml/loading.h"

G_BEGIN_DECLS

/* Where they are read into, both borrowed. */
typedef struct
{
  Loader *loader;
  Atom *atom;
} ArgumentReader;

/* How a symbol becomes an argument: atom_require(), atom_accept() or atom_revert_require(). */
typedef void (*ArgumentBindFunc) (Atom *atom, const char *symbol);

/* Reads a list of symbols, or one symbol. */
void argument_reader_read_symbols (const ArgumentReader *reader, const Node *value, const char *key,
                                   AtomAction action, ArgumentBindFunc bind);

/* Reads a map of argument to symbol. */
void argument_reader_read_rebind (const ArgumentReader *reader, const Node *value, const char *key,
                                  AtomAction action);

/* The values of the keys of the same names, which say what execute takes. */
typedef struct
{
  const Node *requires;
  const Node *optional;
  const Node *rebind;
  const Node *inject;
} ArgumentNodes;

/* Reads what execute takes. */
void argument_reader_read_execute (const ArgumentReader *reader, const ArgumentNodes *nodes);

/* Reads what the result provides: a symbol, a list of symbols, or a map of symbol to key. */
void argument_reader_read_provides (const ArgumentReader *reader, const Node *value);

G_END_DECLS
