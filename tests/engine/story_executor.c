/* SPDX-License-Identifier: Apache-2.0 */
/* An executor for stories: attempts run side by side as far as the engine can tell, and come back
 * in an order that the story says. */
#include "tests/engine/story_private.h"

#include <backflow/executors/executor_backend.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct
{
  Executor base;
  Story *story;
  guint capacity;
  StoryTurns turns;
  GHashTable *holds; /* "a RUNNING" to the line that it waits for */
} StoryExecutor;

typedef struct
{
  Port base;
  GPtrArray *queue; /* attempts in flight, in the order of submission */
  gboolean is_interrupted;
} StoryPort;

/* -- Which may end ------------------------------------------------------------------------------
 */

static gboolean
has_line (const char *trace, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (trace, "; ", -1);

  return g_strv_contains ((const char *const *) lines, line);
}

static gboolean
may_end (const StoryExecutor *executor, const Attempt *attempt)
{
  g_autofree char *begin
      = g_strdup_printf ("%s %s", atom_get_name (attempt->atom),
                         attempt->action == ATOM_ACTION_REVERT ? "REVERTING" : "RUNNING");
  const char *line = g_hash_table_lookup (executor->holds, begin);

  return line == NULL || has_line (executor->story->trace->str, line);
}

/* -- Slots --------------------------------------------------------------------------------------
 */

static void
story_executor_free (Executor *executor)
{
  g_hash_table_unref (((StoryExecutor *) executor)->holds);
  g_free (executor);
}

static Port *
story_executor_open (Executor *executor, GError **error G_GNUC_UNUSED)
{
  StoryPort *port = g_new0 (StoryPort, 1);

  port->base.capacity = ((StoryExecutor *) executor)->capacity;
  port->queue = g_ptr_array_new ();
  return &port->base;
}

static void
story_executor_close (Port *port)
{
  g_ptr_array_unref (((StoryPort *) port)->queue);
  g_free (port);
}

static void
story_executor_submit (Port *port, Attempt *const *attempts, guint count)
{
  for (guint i = 0; i < count; i++)
    g_ptr_array_add (((StoryPort *) port)->queue, attempts[i]);
}

/* Takes those out of the queue that may end now. Returns: how many. */
static guint
take_ended (StoryPort *port, Attempt **done, guint max)
{
  const StoryExecutor *executor = (const StoryExecutor *) port->base.executor;
  guint count = 0;

  if (executor->turns == STORY_ONE_BY_ONE)
    max = 1;
  for (guint i = 0; i < port->queue->len && count < max; i++)
    if (may_end (executor, port->queue->pdata[i]))
      done[count++] = port->queue->pdata[i];
  for (guint i = 0; i < count; i++)
    g_ptr_array_remove (port->queue, done[i]);
  return count;
}

static void
turn_round (Attempt **done, guint count)
{
  for (guint i = 0; i < count / 2; i++)
    {
      Attempt *attempt = done[i];

      done[i] = done[count - 1 - i];
      done[count - 1 - i] = attempt;
    }
}

static guint
story_executor_collect (Port *port, Attempt **done, guint max, gint64 until_us)
{
  StoryPort *self = (StoryPort *) port;
  const StoryExecutor *executor = (const StoryExecutor *) port->executor;
  guint count = take_ended (self, done, max);

  if (executor->turns == STORY_BACKWARDS)
    turn_round (done, count);
  for (guint i = 0; i < count; i++)
    attempt_run (done[i]);
  if (count == 0 && !self->is_interrupted && until_us == G_MAXINT64 && self->queue->len > 0)
    fail_msg ("everything in flight is held back: %s", executor->story->trace->str);
  self->is_interrupted = FALSE;
  return count;
}

static void
story_executor_cancel (Port *port G_GNUC_UNUSED, Attempt *attempt)
{
  atomic_store_explicit (&attempt->cancelled, 1, memory_order_relaxed);
}

static void
story_executor_interrupt (Port *port)
{
  ((StoryPort *) port)->is_interrupted = TRUE;
}

static const ExecutorSlots story_executor_slots = {
  .name = "story",
  .free = story_executor_free,
  .open = story_executor_open,
  .close = story_executor_close,
  .submit = story_executor_submit,
  .collect = story_executor_collect,
  .cancel = story_executor_cancel,
  .interrupt = story_executor_interrupt,
};

Executor *
story_executor_new (Story *story, guint capacity, StoryTurns turns, const char *holds)
{
  StoryExecutor *executor = g_new0 (StoryExecutor, 1);
  g_auto (GStrv) lines = g_strsplit (holds != NULL ? holds : "", ";", -1);

  executor_init (&executor->base, &story_executor_slots);
  executor->story = story;
  executor->capacity = capacity;
  executor->turns = turns;
  executor->holds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) parts = g_strsplit (g_strstrip (lines[i]), " until ", 2);

      g_hash_table_replace (executor->holds, g_strdup (parts[0]), g_strdup (parts[1]));
    }
  return &executor->base;
}
