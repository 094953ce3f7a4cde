/* SPDX-License-Identifier: Apache-2.0 */

/* Listeners of one's own. The first checks a claim: a file that says that this program may drive
 * the run. When the file is gone, the run is suspended, and the reason is kept with it. The second
 * keeps with each step, as metadata, when it entered each state. The third prints how long each
 * attempt took. The run has four steps; the one whose number is given takes the file away.
 *
 *   cc -o listeners listeners.c $(pkg-config --cflags --libs backflow)
 *   touch /tmp/claim
 *   ./listeners /tmp/claim       # all steps run
 *   ./listeners /tmp/claim 2     # suspended behind the second step
 */

#include <stdio.h>
#include <stdlib.h>

#include <backflow/backflow.h>
#include <glib/gstdio.h>

/* -- The claim ----------------------------------------------------------------------------------
 */

static void
check_claim (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  const char *claim = (const char *) user_data;

  /* A listener hears of a transition before the next step starts, so that none starts unclaimed. */
  if (event->to == ATOM_STATE_SUCCESS && !g_file_test (claim, G_FILE_TEST_EXISTS))
    engine_request (engine, STORAGE_REQUEST_SUSPEND, "the claim on the run is lost");
}

/* -- Times --------------------------------------------------------------------------------------
 */

static void
keep_time (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  g_autofree char *key
      = g_strconcat (listener_get_state_name (event->kind, event->to), "-timestamp", NULL);
  GVariant *time = g_variant_new_double ((double) event->time_us / G_USEC_PER_SEC);

  (void) user_data;
  /* Setting metadata fails with the store alone, and then the run itself says so. */
  (void) engine_set_metadata (engine, event->atom, key, time, NULL);
}

static void
print_duration (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  gint64 *began_us = (gint64 *) user_data;

  (void) engine;
  if (event->to == ATOM_STATE_RUNNING)
    *began_us = g_get_monotonic_time ();
  else if (event->from == ATOM_STATE_RUNNING)
    printf ("%s took %.3f s\n", event->atom,
            (double) (g_get_monotonic_time () - *began_us) / G_USEC_PER_SEC);
}

/* -- The run ------------------------------------------------------------------------------------
 */

static gboolean
nothing (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  (void) error;
  return TRUE;
}

static gboolean
lose_claim (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) error;
  return g_unlink ((const char *) user_data) == 0;
}

static Flow *
new_flow (char *claim, int losing)
{
  Flow *flow = flow_new_linear ("claimed");

  for (int i = 1; i <= 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("step-%d", i);

      flow_add (flow, task_new (name, i == losing ? lose_claim : nothing, NULL, claim, NULL));
    }
  return flow;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Flow) flow = argc > 1 ? new_flow (argv[1], argc > 2 ? atoi (argv[2]) : 0) : NULL;
  g_autoptr (Engine) engine = NULL;
  g_autoptr (GVariant) time = NULL;
  FlowState state = FLOW_STATE_PENDING;
  gint64 began_us = 0;

  if (flow == NULL)
    return EXIT_FAILURE;
  engine = engine_new (flow, NULL);
  engine_add_listener (engine, LISTENER_ATOM, check_claim, argv[1], NULL);
  engine_add_listener (engine, LISTENER_ATOM, keep_time, NULL, NULL);
  engine_add_listener (engine, LISTENER_ATOM, print_duration, &began_us, NULL);
  if (!engine_run (engine, &state, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return EXIT_FAILURE;
    }
  time = engine_dup_metadata (engine, "step-1", "SUCCESS-timestamp");
  printf ("%s; step-1 succeeded at %.0f\n", flow_state_get_name (state),
          time != NULL ? g_variant_get_double (time) : 0);
  return EXIT_SUCCESS;
}
