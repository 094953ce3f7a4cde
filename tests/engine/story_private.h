/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the story language share: parts, that is what an atom or a decider of a story
 * knows of itself.
 */

#include "tests/engine/story.h"

#include <backflow/atoms/task.h>

#define STORY_ERROR g_quark_from_static_string ("story")

/* world: a reference. name: of the atom, or "a->b" of a decider. code: of a decider (nullable).
 * number: behind the code; -1: none. */
typedef struct
{
  StoryWorld *world;
  char *name;
  char *code;
  gint64 number;
} StoryPart;

/* Makes an empty world. Returns: (transfer full) story_world_unref(). */
StoryWorld *story_world_new (void);
void story_world_unref (StoryWorld *world);

/* Makes a part. Returns: (transfer full) story_part_free(). */
StoryPart *story_part_new (StoryWorld *world, const char *name, const char *code, gint64 number);
void story_part_free (gpointer part);

/* Counts a call of the part. Returns: how many there were, this one included. */
guint story_part_count (StoryPart *part);

/* How many records the journal has; also a commit from now on. */
guint story_world_count_records (StoryWorld *world);

/* Adds an effect, or its end. */
void story_part_effect (StoryPart *part, gboolean is_revert);

/* Adds a line to the calls. */
void story_part_call (StoryPart *part, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* story_tasks.c: the task of a code. Returns: (transfer full) (nullable). part: taken over unless
 * NULL is returned. */
Atom *story_task_new (const char *code, StoryPart *part);

/* What is said of a controller behind its code: numbers, or a symbol (nullable). */
typedef struct
{
  GArray *numbers; /* gint64 */
  char *symbol;
} StoryArguments;

/* story_retries.c: the controller of a code. Returns: (transfer full) (nullable). name: (nullable).
 * world: borrowed. */
Atom *story_retry_new (const char *code, const char *name, const StoryArguments *arguments,
                       StoryWorld *world);

/* story_deciders.c: fills in what is called. part: taken over. Returns: whether there is such a
 * code. */
gboolean story_decider_init (FlowDecider *decider, StoryPart *part);

/* story_language.c: story_build() with a world, borrowed. */
Flow *story_build_in (const char *text, StoryWorld *world);

/* story.c: makes story->engine over story->flow that takes a run over, and listens to it;
 * story->world is there. */
void story_listen (Story *story);
