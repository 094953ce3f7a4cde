/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an engine, from any thread. */
#include "engine/engine_state.h"
#include "engine/watch.h"

#include <backflow/engine/requests.h>

void
engine_suspend (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  asked_ask (&engine->asked, STORAGE_REQUEST_SUSPEND);
}

void
engine_cancel (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  asked_ask (&engine->asked, STORAGE_REQUEST_CANCEL);
}

void
engine_cancel_and_keep (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  asked_ask (&engine->asked, STORAGE_REQUEST_KEEP);
}

void
engine_end_reverts (Engine *engine)
{
  g_return_if_fail (engine != NULL);
  asked_end_reverts (&engine->asked);
}

void
engine_request (Engine *engine, StorageRequest request, const char *reason)
{
  g_return_if_fail (engine != NULL && request <= STORAGE_REQUEST_KEEP);
  asked_ask_because (&engine->asked, request, reason);
}

gboolean
engine_watch_requests (Engine *engine, const char *storage_uri, GError **error)
{
  g_return_val_if_fail (engine != NULL && storage_uri != NULL, FALSE);
  if (engine->asked.watch != NULL)
    {
      g_set_error_literal (error, ENGINE_ERROR, ENGINE_ERROR_STATE,
                           "the requests of this run are watched already");
      return FALSE;
    }
  engine->asked.watch = watch_start (&engine->asked, engine->setup.run_id, storage_uri, error);
  return engine->asked.watch != NULL;
}
