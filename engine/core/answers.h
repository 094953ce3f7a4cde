/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Answers: what the step core can't know by itself it asks. Questions are answered before the core
 * is stepped again. wait_us, until_us: how long a RETRY waits, and until when; 0 for not at all. */

#include "engine/core/core_events.h"

#include <backflow/atoms/retry.h>

G_BEGIN_DECLS

typedef struct Core Core;

typedef struct
{
  CoreQuestion *items;
  guint length;
  guint size;
  guint n_asked; /* of `items`: were given out */
} CoreQuestions;

/* Takes the next question out. Returns: whether there was one. */
gboolean core_next_question (Core *core, CoreQuestion *question);

/* What a controller makes of a failure. */
void core_answer_failure (Core *core, const CoreQuestion *question, RetryDecision decision,
                          gint64 wait_us, gint64 until_us);

/* Whether a failed revert is tried again. */
void core_answer_revert (Core *core, const CoreQuestion *question, gboolean again, gint64 wait_us,
                         gint64 until_us);

/* What to make of an attempt that a former owner has left behind. */
void core_answer_unknown (Core *core, const CoreQuestion *question, CoreUnknown what);

G_END_DECLS
