/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Commands of a flow file that YAML, the shell or Backflow reads in another way than they look:
 * each check names the place and what to write instead. Private to the loader. */

#include "flows/yaml/task_draft.h"

G_BEGIN_DECLS

/* Checks the words of an argv list, which holds nothing but text. */
void command_checks_words (TaskDraft *draft, const Node *list, AtomAction action);

/* Checks one word in which placeholders are replaced. */
void command_checks_word (TaskDraft *draft, const Node *word);

/* Checks a text for a shell. shell: that which runs the text. */
void command_checks_script (TaskDraft *draft, const Node *node, AtomAction action,
                            const char *shell);

/* Reports arguments that become the same environment variable. */
void command_checks_variables (TaskDraft *draft);

G_END_DECLS
