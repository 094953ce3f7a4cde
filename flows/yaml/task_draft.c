/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/task_draft.h"

static const Key task_keys[] = {
#define X(id, name, shape, meaning) { name, shape, meaning },
  TASK_KEYS (X)
#undef X
};

const KeyTable task_key_table = { "a task", task_keys, TASK_KEY_COUNT, "flow", NULL };
