/* SPDX-License-Identifier: Apache-2.0 */
/* Runs in a thread for callers with a main loop. The thread and the caller share the request alone,
 * which the GTask owns. */
#include <backflow/engine/async.h>

/* What the thread is given. */
typedef struct
{
  Engine *engine;
  StorageRequest on_cancel;
} AsyncRun;

static void
pass_on (GCancellable *cancellable, gpointer user_data)
{
  const AsyncRun *run = user_data;

  (void) cancellable;
  engine_request (run->engine, run->on_cancel, NULL);
}

static void
run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  AsyncRun *run = data;
  GError *error = NULL;
  FlowState end = FLOW_STATE_PENDING;
  gulong handler = 0;
  gboolean is_fine;

  (void) source;
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (pass_on), run, NULL);
  is_fine = engine_run (run->engine, &end, &error);
  /* Waits for a request that is being passed on: none comes after the engine may be freed. */
  g_cancellable_disconnect (cancellable, handler);
  if (is_fine)
    g_task_return_int (task, (gssize) end);
  else
    g_task_return_error (task, error);
}

void
engine_run_async (Engine *engine, GCancellable *cancellable, StorageRequest on_cancel,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  AsyncRun *run;

  g_return_if_fail (engine != NULL && on_cancel <= STORAGE_REQUEST_KEEP);
  run = g_new0 (AsyncRun, 1);
  run->engine = engine;
  run->on_cancel = on_cancel;
  task = g_task_new (NULL, cancellable, callback, user_data);
  /* The end of a cancelled run is a result, not G_IO_ERROR_CANCELLED. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, run, g_free);
  g_task_run_in_thread (task, run_in_thread);
}

gboolean
engine_run_finish (Engine *engine, GAsyncResult *result, FlowState *end, GError **error)
{
  GError *failed = NULL;
  gssize value;

  g_return_val_if_fail (engine != NULL && g_task_is_valid (result, NULL), FALSE);
  value = g_task_propagate_int (G_TASK (result), &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, failed);
      return FALSE;
    }
  if (end != NULL)
    *end = (FlowState) value;
  return TRUE;
}
