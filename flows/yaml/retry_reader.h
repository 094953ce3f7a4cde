/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Retries of a flow file: the controller of a flow, and the policy of a failing revert. Private to the loader. */

#include <backflow/atoms/retry.h>

#include "flows/yaml/keys.h"

G_BEGIN_DECLS

/* The keys of a retry, what their values look like, and what they mean. */
/* clang-format off */
#define RETRY_KEYS(X) \
  X (TIMES, "times", "integer", "so many attempts in all") \
  X (FOR_EACH, "for-each", "list, or {from: symbol}", "an attempt for each value") \
  X (ALWAYS, "always", "revert or revert-all", "no further attempt") \
  X (PROVIDES, "provides", "symbol", "the number, or the value, of the attempt") \
  X (REVERT_ALL, "revert-all", "boolean", "giving up reverts the whole run") \
  X (DELAY, "delay", "duration", "from one attempt to the next") \
  X (BACKOFF, "backoff", "number", "by which the delay is multiplied each time") \
  X (MAX_DELAY, "max-delay", "duration", "the longest delay") \
  X (JITTER, "jitter", "number from 0 to 1", "the share of the delay that is random")

#define REVERT_RETRY_KEYS(X) \
  X (TIMES, "times", "integer", "so many attempts in all") \
  X (DELAY, "delay", "duration", "from one attempt to the next") \
  X (BACKOFF, "backoff", "number", "by which the delay is multiplied each time") \
  X (MAX_DELAY, "max-delay", "duration", "the longest delay") \
  X (JITTER, "jitter", "number from 0 to 1", "the share of the delay that is random")
/* clang-format on */

extern const KeyTable retry_key_table;
extern const KeyTable revert_retry_key_table;
extern const KeyTable for_each_key_table;

/* Reads the value of a flow's `retry`. Returns: (transfer full) (nullable): NULL when it is no mapping, which is reported. */
Atom *retry_reader_read (Loader *loader, const Node *node);

/* Reads the value of a task's `revert-retry`. FALSE when it is wrong, which is reported. */
gboolean retry_reader_read_backoff (Loader *loader, const Node *node, AtomBackoff *backoff);

G_END_DECLS
