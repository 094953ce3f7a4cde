/* SPDX-License-Identifier: Apache-2.0 */
/* Suspends a run whose driver may not drive it any more. */
#include <backflow/engine/engine.h>
#include <backflow/engine/listeners/listener_kinds.h>

/* is_lost: it was said so, and the run has not gone on since. */
typedef struct
{
  ListenerClaimFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean is_lost;
} Claim;

static void
check_claim (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  Claim *claim = (Claim *) user_data;

  if (event->kind == LISTENER_FLOW && event->to == FLOW_STATE_RUNNING)
    claim->is_lost = FALSE;
  if (claim->is_lost || claim->func (engine, claim->user_data))
    return;
  claim->is_lost = TRUE;
  engine_request (engine, STORAGE_REQUEST_SUSPEND, "the claim on the run is lost");
}

static void
claim_free (gpointer data)
{
  Claim *claim = (Claim *) data;

  if (claim->destroy != NULL)
    claim->destroy (claim->user_data);
  g_free (claim);
}

guint
listener_add_claim_check (Engine *engine, ListenerClaimFunc func, gpointer user_data,
                          GDestroyNotify destroy)
{
  Claim *claim;

  g_return_val_if_fail (engine != NULL, 0);
  g_return_val_if_fail (func != NULL, 0);
  claim = g_new (Claim, 1);
  *claim = (Claim){ func, user_data, destroy, FALSE };
  return engine_add_listener (engine, LISTENER_FLOW | LISTENER_ATOM, check_claim, claim,
                              claim_free);
}
