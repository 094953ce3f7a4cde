/* SPDX-License-Identifier: Apache-2.0 */
/* Every move of the automaton that a listener hears of is a row of its table: in a run that is
 * suspended, goes on, is undone, and starts again.
 */
#include "engine/core/transitions.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/recovery.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static gboolean
succeed (AtomContext *context, gpointer data, GError **error)
{
  (void) context;
  (void) data;
  (void) error;
  return TRUE;
}

static gboolean
is_row (const char *from, const char *to)
{
  guint count;
  const TransitionTable *engine = &transitions_list (&count)[2];

  for (guint i = 0; i < engine->n_rows; i++)
    if (strcmp (engine->rows[i].from, from) == 0 && strcmp (engine->rows[i].to, to) == 0)
      return TRUE;
  return FALSE;
}

typedef struct
{
  gboolean has_suspended;
  GString *heard;
  guint n_strange;
} Ear;

static void
hear (Engine *engine, const ListenerEvent *event, gpointer data)
{
  Ear *ear = data;
  const char *from = engine_state_get_name ((EngineState) event->from);
  const char *to = engine_state_get_name ((EngineState) event->to);

  g_string_append_printf (ear->heard, "%s %s\n", from, to);
  if (!is_row (from, to))
    {
      fprintf (stderr, "%s -> %s is no row\n", from, to);
      ear->n_strange++;
    }
  if (event->to == ENGINE_STATE_WAITING && !ear->has_suspended)
    {
      ear->has_suspended = TRUE;
      engine_suspend (engine);
    }
}

static void
every_move_that_listeners_hear_of_is_a_row (void **unused)
{
  Ear ear = { FALSE, g_string_new (NULL), 0 };
  Flow *flow = flow_new_linear ("f");
  Engine *engine;
  FlowState end;

  (void) unused;
  flow_add (flow, task_new ("a", succeed, succeed, NULL, NULL));
  flow_add (flow, task_new ("b", succeed, succeed, NULL, NULL));
  engine = engine_new (flow, NULL);
  engine_add_listener (engine, LISTENER_ENGINE, hear, &ear, NULL);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUSPENDED);
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUCCESS);
  assert_true (engine_undo (engine, "undo", NULL));
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_REVERTED);
  assert_true (engine_reset (engine, NULL));
  assert_true (engine_run (engine, &end, NULL));
  assert_int_equal (end, FLOW_STATE_SUCCESS);
  assert_non_null (strstr (ear.heard->str, "SUSPENDED RESUMING\n"));
  assert_int_equal (ear.n_strange, 0);
  engine_free (engine);
  flow_unref (flow);
  g_string_free (ear.heard, TRUE);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_move_that_listeners_hear_of_is_a_row),
  };

  return cmocka_run_group_tests_name ("heard_moves", tests, NULL, NULL);
}
