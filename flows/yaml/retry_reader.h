/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Retries of a flow file: the controller of a flow or a task, and the policy of a failing revert.
 * Private to the loader. */

#include <backflow/atoms/retry.h>

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

/* The keys of a retry, what their values look like, and what they mean. */
/* clang-format off */
#define DELAY_KEYS(X) \
  X (DELAY, "delay", "duration", "from one attempt to the next") \
  X (BACKOFF, "backoff", "number", "by which the delay is multiplied each time") \
  X (MAX_DELAY, "max-delay", "duration", "the longest delay") \
  X (JITTER, "jitter", "number from 0 to 1", "the share of the delay that is random")

#define RETRY_KEYS(X) \
  X (TIMES, "times", "integer", "so many attempts in all") \
  X (FOR_EACH, "for-each", "list, or {from: symbol}", "an attempt for each value") \
  X (ALWAYS, "always", "revert or revert-all", "no further attempt") \
  X (CALL, "call", "retry controller", "a registered retry controller decides") \
  X (REQUIRES, "requires", "list of symbols", "arguments of a registered retry controller") \
  X (REBIND, "rebind", "map of argument to symbol", "its arguments that are read from other symbols") \
  X (OPTIONAL, "optional", "list of symbols", "its arguments that are passed when somebody provides them") \
  X (INJECT, "inject", "map of argument to value", "constants that only it sees") \
  X (PROVIDES, "provides", "symbol, list of symbols, or map of symbol to key", "the number, or the value, of the attempt") \
  X (REVERT_ALL, "revert-all", "boolean", "giving up reverts the whole run") \
  DELAY_KEYS (X)

#define REVERT_RETRY_KEYS(X) \
  X (TIMES, "times", "integer", "so many attempts in all") \
  DELAY_KEYS (X)
/* clang-format on */

extern const KeyTable retry_key_table;
extern const KeyTable revert_retry_key_table;
extern const KeyTable for_each_key_table;

/* Reads the value of a `retry`. Returns: (transfer full) (nullable): NULL when it is no mapping,
 * which is reported. */
Atom *retry_reader_read (Loader *loader, const Node *node);

/* Reads the value of a task's `revert-retry`. FALSE when it is wrong, which is reported. */
gboolean retry_reader_read_backoff (Loader *loader, const Node *node, AtomBackoff *backoff);

G_END_DECLS
