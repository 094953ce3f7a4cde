/* SPDX-License-Identifier: Apache-2.0 */
/* How far attempts are: what they report on any thread is told on the engine's, at once where that
 * is the same, and kept in the store now and then: a report is worth no transaction of its own more
 * often than that, but the last one of an attempt is kept.
 *
 * `mutex` of Reports protects `incoming`; nothing else is locked, nor called, while it is held. All
 * else belongs to the engine's thread.
 */
#include "engine/progress.h"
#include "engine/engine_state.h"
#include "engine/records.h"

#include <string.h>

/* The least time between two transactions that are made for reports, in microseconds. */
#define KEEP_INTERVAL_US (G_USEC_PER_SEC / 2)

/* What an attempt has reported. is_kept: it is in the store, or among what is appended next. */
typedef struct
{
  guint32 node;
  guint32 attempt;
  AtomAction action;
  double fraction;
  GVariant *details; /* (nullable) */
  gboolean is_kept;
} Progress;

struct Reports
{
  pthread_t thread;           /* that drives the engine */
  GHashTable *latest;         /* of Progress, by node */
  VECTOR (Progress *) unkept; /* of `latest`; some may be kept by now */
  gint64 kept_us;             /* when they were last kept, by the monotonic clock */
  pthread_mutex_t mutex;
  VECTOR (Progress) incoming; /* of other threads */
};

static void
progress_free (gpointer data)
{
  Progress *progress = data;

  if (progress->details != NULL)
    g_variant_unref (progress->details);
  g_free (progress);
}

static GVariant *
progress_to_value (const Progress *progress)
{
  return g_variant_new (
      "(d@mv)", progress->fraction,
      g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, progress->details != NULL
                                                       ? g_variant_new_variant (progress->details)
                                                       : NULL));
}

/* Leaves it for the next transaction. */
static void
keep (Engine *engine, Progress *progress)
{
  records_add (engine, STORAGE_RECORD_PROGRESS, progress->node, (guint8) progress->action,
               progress->attempt, progress_to_value (progress));
  progress->is_kept = TRUE;
}

static void
tell (Engine *engine, const Progress *progress)
{
  int state = engine->core.states[progress->node];

  if (listeners_hear (&engine->listeners, LISTENER_PROGRESS))
    listeners_tell_of (&engine->listeners, plan_atom (engine->plan, progress->node),
                       (ListenerEvent){ .kind = LISTENER_PROGRESS,
                                        .from = state,
                                        .to = state,
                                        .attempt = progress->attempt,
                                        .progress = progress->fraction,
                                        .details = progress->details });
}

/* Takes a report in, on the engine's thread; its details are taken over. */
static void
take (Engine *engine, const Progress *report)
{
  Reports *reports = engine->reports;
  Progress *latest = g_hash_table_lookup (reports->latest, GUINT_TO_POINTER (report->node));
  gboolean is_listed = latest != NULL && !latest->is_kept;

  if (latest == NULL)
    {
      latest = g_new0 (Progress, 1);
      g_hash_table_insert (reports->latest, GUINT_TO_POINTER (report->node), latest);
    }
  g_clear_pointer (&latest->details, g_variant_unref);
  *latest = *report;
  if (!is_listed)
    vector_push (&reports->unkept, latest);
  engine->has_progress = TRUE;
  engine->listeners.time_us = g_get_real_time ();
  tell (engine, latest);
}

/* Keeps reports in the store when that is due. */
static void
keep_now (Engine *engine)
{
  gint64 now_us = g_get_monotonic_time ();
  Reports *reports = engine->reports;

  if (reports->unkept.length == 0 || engine->has_failed_store
      || now_us - reports->kept_us < KEEP_INTERVAL_US)
    return;
  for (guint i = 0; i < reports->unkept.length; i++)
    if (!reports->unkept.items[i]->is_kept)
      keep (engine, reports->unkept.items[i]);
  reports->unkept.length = 0;
  reports->kept_us = now_us;
  /* What the store does not take now is appended with what comes next. */
  (void) records_append_added (engine, NULL);
}

static void
report (gpointer data, Attempt *attempt, double fraction, GVariant *details)
{
  Engine *engine = data;
  Reports *reports = engine->reports;
  Progress progress = { attempt->node, attempt->number, attempt->action, fraction, details, FALSE };

  if (details != NULL)
    g_variant_ref (details);
  if (pthread_equal (reports->thread, pthread_self ()))
    {
      take (engine, &progress);
      keep_now (engine);
      return;
    }
  pthread_mutex_lock (&reports->mutex);
  vector_push (&reports->incoming, progress);
  pthread_mutex_unlock (&reports->mutex);
  atomic_store (&engine->has_reports, 1);
  port_interrupt (engine->port);
}

void
progress_prepare (Engine *engine)
{
  if (engine->reports == NULL)
    {
      engine->reports = g_new0 (Reports, 1);
      engine->reports->latest = g_hash_table_new_full (NULL, NULL, NULL, progress_free);
      pthread_mutex_init (&engine->reports->mutex, NULL);
    }
  engine->reports->thread = pthread_self ();
  engine->attempt_run.progress = report;
  engine->attempt_run.progress_data = engine;
}

/* Takes in what other threads have reported. */
static void
take_incoming (Engine *engine)
{
  Reports *reports = engine->reports;
  VECTOR (Progress) taken;

  atomic_store (&engine->has_reports, 0);
  pthread_mutex_lock (&reports->mutex);
  memcpy (&taken, &reports->incoming, sizeof taken);
  memset (&reports->incoming, 0, sizeof reports->incoming);
  pthread_mutex_unlock (&reports->mutex);
  for (guint i = 0; i < taken.length; i++)
    take (engine, &taken.items[i]);
  vector_clear (&taken);
}

void
progress_collect (Engine *engine)
{
  if (atomic_load (&engine->has_reports) != 0)
    take_incoming (engine);
  keep_now (engine);
}

gint64
progress_get_due (const Engine *engine)
{
  if (!engine->has_progress || engine->reports->unkept.length == 0 || engine->has_failed_store)
    return G_MAXINT64;
  return engine->reports->kept_us + KEEP_INTERVAL_US;
}

void
progress_end (Engine *engine, const Attempt *attempt)
{
  Progress *progress
      = g_hash_table_lookup (engine->reports->latest, GUINT_TO_POINTER (attempt->node));

  if (progress != NULL && !progress->is_kept)
    keep (engine, progress);
}

void
progress_clear (Engine *engine)
{
  Reports *reports = g_steal_pointer (&engine->reports);

  if (reports == NULL)
    return;
  for (guint i = 0; i < reports->incoming.length; i++)
    g_clear_pointer (&reports->incoming.items[i].details, g_variant_unref);
  vector_clear (&reports->incoming);
  vector_clear (&reports->unkept);
  g_hash_table_unref (reports->latest);
  pthread_mutex_destroy (&reports->mutex);
  g_free (reports);
}

gboolean
progress_find (const Engine *engine, guint32 node, double *fraction, GVariant **details)
{
  const Progress *progress = NULL;

  if (engine->has_progress)
    progress = g_hash_table_lookup (engine->reports->latest, GUINT_TO_POINTER (node));
  if (progress == NULL)
    return FALSE;
  if (fraction != NULL)
    *fraction = progress->fraction;
  if (details != NULL)
    *details = progress->details != NULL ? g_variant_ref (progress->details) : NULL;
  return TRUE;
}
