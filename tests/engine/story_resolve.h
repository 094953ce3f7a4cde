/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What people say of the atoms of a story, and flows that its run does not go on with. */

#include "tests/engine/story.h"

/* Says what to make of an atom; fails the test when that can't be said. */
void story_say (Story *story, const char *atom, StorageResolution resolution);

/* Fails the test unless that can't be said, for a reason that names the atom. */
void story_say_in_vain (Story *story, const char *atom, StorageResolution resolution);

/* Fails the test unless an engine with that flow can't take the run over, for such a reason. part:
 * (nullable) of the message. */
void story_expect_refusal (const Story *story, const char *text, GQuark domain, int code,
                           const char *part);
