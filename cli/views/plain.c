/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/plain.h"

#include <signal.h>
#include <stdio.h>

#include <backflow/atoms/retry.h>
#include <backflow/engine/listener.h>

#include "cli/text.h"

/* How often the logs are looked at. */
#define LOOK_EVERY_US (100 * G_TIME_SPAN_MILLISECOND)

/* The engine's thread prints what happens, a thread of our own what the steps write: `mutex` guards
 * `follow` and the order of the lines. */
struct Plain
{
  const Plan *plan;
  PlainLines lines;
  GHashTable *began; /* when the attempt of a step began, by its name */
  GThread *ticker;   /* (nullable) */
  GMutex mutex;
  GCond wake;
  Follow *follow; /* (nullable) */
  gboolean is_over;
};

static void
print_line (const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *clock = now != NULL ? g_date_time_format (now, "%H:%M:%S") : NULL;

  fprintf (stderr, "%s %s\n", clock != NULL ? clock : "--:--:--", text);
}

/* Prints what the steps have written so far, with the mutex held. ended: (nullable) the step whose
 * attempt is over. */
static void
print_written (Plain *plain, const char *ended)
{
  g_autoptr (GString) lines = NULL;

  if (plain->follow == NULL)
    return;
  lines = g_string_new (NULL);
  if (ended != NULL)
    follow_append_end (plain->follow, ended, lines);
  else
    follow_append (plain->follow, lines);
  fputs (lines->str, stderr);
}

static gpointer
tick (gpointer data)
{
  Plain *plain = (Plain *) data;

  g_mutex_lock (&plain->mutex);
  while (!plain->is_over)
    {
      print_written (plain, NULL);
      (void) g_cond_wait_until (&plain->wake, &plain->mutex,
                                g_get_monotonic_time () + LOOK_EVERY_US);
    }
  g_mutex_unlock (&plain->mutex);
  return NULL;
}

/* Signals are for the thread of the engine. */
static GThread *
start_ticker (Plain *plain)
{
  sigset_t all;
  sigset_t old;
  GThread *thread;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  thread = g_thread_new ("follow", tick, plain);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return thread;
}

/* -- What the engine tells ----------------------------------------------------------------------
 */

/* Returns: (transfer full), " in 1.2 s", or "" when the begin is not known. */
static char *
dup_took (Plain *plain, const ListenerEvent *event)
{
  const gint64 *began_us = (const gint64 *) g_hash_table_lookup (plain->began, event->atom);
  g_autofree char *took = NULL;

  if (began_us == NULL)
    return g_strdup ("");
  took = text_dup_duration (g_get_monotonic_time () - *began_us);
  g_hash_table_remove (plain->began, event->atom);
  return g_strdup_printf (" in %s", took);
}

/* What is said of an attempt that has ended; NULL for other transitions. */
static const char *
get_end_words (const ListenerEvent *event)
{
  gboolean is_taken_back = event->from == ATOM_STATE_REVERTING && event->to != ATOM_STATE_REVERTED
                           && event->to != ATOM_STATE_REVERT_FAILURE;

  /* Of a controller only its failures are news. */
  if (is_taken_back || (event->atom_kind == ATOM_KIND_RETRY && event->failure == NULL))
    return NULL;
  switch ((AtomState) event->to)
    {
    case ATOM_STATE_SUCCESS:
      return "done";
    case ATOM_STATE_FAILURE:
      return "FAILED";
    case ATOM_STATE_REVERTED:
      return "reverted";
    case ATOM_STATE_REVERT_FAILURE:
      return "REVERT FAILED";
    case ATOM_STATE_IGNORE:
      return "skipped";
    case ATOM_STATE_PENDING:
    case ATOM_STATE_RUNNING:
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_RETRYING:
    case ATOM_STATE_COUNT:
    default:
      return NULL;
    }
}

/* Whether the step was reverted by doing nothing, since it has no revert: that is no news. */
static gboolean
has_nothing_to_revert (const Plain *plain, const ListenerEvent *event)
{
  guint32 node
      = event->to == ATOM_STATE_REVERTED ? plan_find_atom (plain->plan, event->atom) : PLAN_NO_NODE;

  return node != PLAN_NO_NODE && !atom_has_revert (plan_get_atom (plain->plan, node));
}

static void
tell_atom (Plain *plain, const ListenerEvent *event)
{
  const char *words = has_nothing_to_revert (plain, event) ? NULL : get_end_words (event);
  g_autofree char *name = text_dup_visible (event->atom);
  g_autofree char *message
      = event->failure != NULL ? text_dup_visible (failure_get_message (event->failure)) : NULL;
  g_autofree char *took = NULL;
  g_autofree char *attempt = NULL;
  g_autofree char *line = NULL;

  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    {
      gint64 now_us = g_get_monotonic_time ();

      g_hash_table_insert (plain->began, g_strdup (event->atom),
                           g_memdup2 (&now_us, sizeof now_us));
      return;
    }
  if (words == NULL)
    return;
  took = dup_took (plain, event);
  attempt = event->attempt > 1 ? g_strdup_printf (" (attempt %u)", event->attempt) : g_strdup ("");
  line = g_strdup_printf ("%s: %s%s%s%s%s", name, words, took, attempt, message != NULL ? ": " : "",
                          message != NULL ? message : "");
  print_line (line);
}

static void
tell_decision (const ListenerEvent *event)
{
  g_autofree char *name = text_dup_visible (event->atom);
  g_autofree char *failed = text_dup_visible (event->text);
  g_autofree char *wait = text_dup_duration (event->wait_us);
  g_autofree char *line = NULL;

  if (event->to != RETRY_DECISION_RETRY)
    return;
  line = g_strdup_printf ("%s: %s%s, tries again%s%s", name,
                          event->atom_kind == ATOM_KIND_RETRY ? failed : "its revert", " failed",
                          event->wait_us > 0 ? " in " : "", event->wait_us > 0 ? wait : "");
  print_line (line);
}

static void
tell_note (const ListenerEvent *event)
{
  g_autofree char *name = text_dup_visible (event->atom != NULL ? event->atom : event->flow);
  g_autofree char *text = text_dup_visible (event->text);
  g_autofree char *line = g_strdup_printf ("%s: note: %s", name, text);

  print_line (line);
}

static void
tell_flow (const ListenerEvent *event)
{
  if (event->to == FLOW_STATE_SUSPENDING)
    print_line ("suspending when the steps that run have ended");
}

static void
tell_event (Plain *plain, const ListenerEvent *event)
{
  if (event->kind == LISTENER_ATOM)
    tell_atom (plain, event);
  else if (event->kind == LISTENER_DECISION)
    tell_decision (event);
  else if (event->kind == LISTENER_NOTE)
    tell_note (event);
  else
    tell_flow (event);
}

static void
tell (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  Plain *plain = (Plain *) user_data;

  (void) engine;
  g_mutex_lock (&plain->mutex);
  print_written (
      plain, event->kind == LISTENER_ATOM && event->to != ATOM_STATE_RUNNING ? event->atom : NULL);
  if (plain->lines == PLAIN_STEPS)
    tell_event (plain, event);
  fflush (stderr);
  g_mutex_unlock (&plain->mutex);
}

Plain *
plain_new (Engine *engine, Follow *follow, PlainLines lines)
{
  Plain *plain = g_new0 (Plain, 1);

  plain->began = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  plain->follow = follow;
  plain->lines = lines;
  plain->plan = engine_get_plan (engine);
  g_mutex_init (&plain->mutex);
  g_cond_init (&plain->wake);
  engine_add_listener (engine, LISTENER_FLOW | LISTENER_ATOM | LISTENER_NOTE | LISTENER_DECISION,
                       tell, plain, NULL);
  if (follow != NULL)
    plain->ticker = start_ticker (plain);
  return plain;
}

void
plain_free (Plain *plain)
{
  if (plain == NULL)
    return;
  g_mutex_lock (&plain->mutex);
  plain->is_over = TRUE;
  g_cond_signal (&plain->wake);
  g_mutex_unlock (&plain->mutex);
  if (plain->ticker != NULL)
    g_thread_join (plain->ticker);
  if (plain->follow != NULL)
    {
      g_autoptr (GString) rest = g_string_new (NULL);

      follow_append_rest (plain->follow, rest);
      fputs (rest->str, stderr);
    }
  follow_free (plain->follow);
  g_hash_table_unref (plain->began);
  g_mutex_clear (&plain->mutex);
  g_cond_clear (&plain->wake);
  g_free (plain);
}
