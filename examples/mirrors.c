/* SPDX-License-Identifier: Apache-2.0 */

/* Tries again, and listens: a file is fetched from the first mirror that has all of it. A mirror is
 * a folder; each try reverts what the one before it has left. One listener prints what the retry
 * controller decides and how far the copy is, another one times the run, and what it kept is asked
 * for when the run is over.
 *
 *   cc -o mirrors mirrors.c $(pkg-config --cflags --libs backflow)
 *   mkdir /tmp/one /tmp/two && echo hello > /tmp/two/greeting
 *   ./mirrors greeting /tmp/greeting /tmp/one /tmp/two
 */

#include <errno.h>
#include <stdio.h>

#include <backflow/backflow.h>
#include <glib/gstdio.h>

/* -- The step -----------------------------------------------------------------------------------
 */

/* A file under another name until it is whole. */
static char *
dup_part (AtomContext *context)
{
  return g_strconcat (atom_context_get_string (context, "target"), ".part", NULL);
}

static gboolean
fetch (AtomContext *context, gpointer user_data, GError **error)
{
  g_autofree char *from = g_build_filename (atom_context_get_string (context, "mirror"),
                                            atom_context_get_string (context, "file"), NULL);
  g_autofree char *part = dup_part (context);
  g_autofree char *content = NULL;
  gsize length = 0;

  (void) user_data;
  /* What is here when this fails is for the revert to take away. */
  if (!g_file_set_contents (part, "", 0, error)
      || !g_file_get_contents (from, &content, &length, error))
    return FALSE;
  atom_context_report_progress (context, 0.5, NULL);
  if (!g_file_set_contents (part, content, (gssize) length, error))
    return FALSE;
  atom_context_report_progress (context, 1, NULL);
  if (g_rename (part, atom_context_get_string (context, "target")) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (errno), "%s: %s", part,
               g_strerror (errno));
  return FALSE;
}

/* Whether it is there or not: a revert may have to do with an execute that came to nothing. */
static gboolean
discard (AtomContext *context, gpointer user_data, GError **error)
{
  g_autofree char *part = dup_part (context);

  (void) user_data;
  (void) error;
  (void) g_unlink (part);
  (void) g_unlink (atom_context_get_string (context, "target"));
  return TRUE;
}

static Flow *
new_flow (char **mirrors)
{
  const AtomBackoff delay = { .delay_us = 10000, .backoff = 2 };
  Flow *flow = flow_new_linear ("fetch");
  Atom *retry
      = retry_new_for_each ("next-mirror", g_variant_new_strv ((const char *const *) mirrors, -1));
  Atom *task = task_new ("copy", fetch, discard, NULL, NULL);

  retry_set_backoff (retry, &delay);
  atom_provide (retry, "mirror");
  flow_set_retry (flow, retry);
  atom_require (task, "mirror");
  atom_require (task, "file");
  atom_require (task, "target");
  atom_revert_require (task, "target");
  flow_add (flow, task);
  return flow;
}

/* -- Who listens --------------------------------------------------------------------------------
 */

static void
print_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) engine;
  (void) user_data;
  if (event->kind == LISTENER_PROGRESS)
    printf ("%s: %.0f%%\n", event->atom, event->progress * 100);
  else
    printf ("%s: %s, because %s failed\n", event->atom,
            listener_get_state_name (event->kind, event->to), event->text);
}

static void
print_end (Engine *engine)
{
  g_autoptr (GVariant) mirror = engine_fetch (engine, "mirror");
  g_autoptr (GVariant) duration = engine_dup_metadata (engine, NULL, "duration");
  EngineStatistics statistics;

  engine_get_statistics (engine, &statistics);
  printf ("from %s, after %" G_GUINT64_FORMAT " that failed\n", g_variant_get_string (mirror, NULL),
          statistics.retried);
  fprintf (stderr, "it took %.3f s\n", g_variant_get_double (duration));
}

int
main (int argc, char **argv)
{
  g_autoptr (Flow) flow = argc > 3 ? new_flow (argv + 3) : NULL;
  g_autoptr (Engine) engine = NULL;
  g_autoptr (GError) error = NULL;
  ListenerTimes *times;
  FlowState state;
  gboolean has_run;

  if (flow == NULL)
    {
      fprintf (stderr, "mirrors FILE TARGET MIRROR...\n");
      return 2;
    }
  engine = engine_new (flow, NULL);
  engine_add_listener (engine, LISTENER_DECISION | LISTENER_PROGRESS, print_event, NULL, NULL);
  times = listener_add_timer (engine);
  has_run = engine_inject (engine, "file", g_variant_new_string (argv[1]), &error)
            && engine_inject (engine, "target", g_variant_new_string (argv[2]), &error)
            && engine_run (engine, &state, &error);
  if (!has_run)
    fprintf (stderr, "mirrors: %s\n", error->message);
  else if (state == FLOW_STATE_SUCCESS)
    print_end (engine);
  else
    printf ("no mirror has it\n");
  g_clear_pointer (&engine, engine_free);
  listener_times_free (times);
  return !has_run ? 1 : state == FLOW_STATE_SUCCESS ? 0 : 10;
}
