/* SPDX-License-Identifier: Apache-2.0 */
/* How far attempts are: what they report on any thread is told on the engine's, at once where that
 * is the same, and kept in the store now and then: a report is worth no transaction of its own more
 * often than that, but the last one of an attempt is kept.
 *
 * `mutex` of Reports protects `incoming`; nothing else is locked, nor called, while it is held. All
 * else belongs to the engine's thread.
 */
#include "engine/progress.h"
#include "engine/records.h"

#include <string.h>

/* The least time between two transactions that are made for reports, in microseconds. */
#define KEEP_INTERVAL_US (G_USEC_PER_SEC / 2)

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
keep (Reports *reports, Progress *progress)
{
  records_add (reports->journal, STORAGE_RECORD_PROGRESS, progress->node, (guint8) progress->action,
               progress->attempt, progress_to_value (progress));
  progress->is_kept = TRUE;
}

static void
tell (Reports *reports, const Progress *progress)
{
  int state = reports->core->states[progress->node];

  if (listeners_hear (reports->listeners, LISTENER_PROGRESS))
    listeners_tell_of (reports->listeners, plan_atom (reports->core->plan, progress->node),
                       (ListenerEvent){ .kind = LISTENER_PROGRESS,
                                        .from = state,
                                        .to = state,
                                        .attempt = progress->attempt,
                                        .progress = progress->fraction,
                                        .details = progress->details });
}

/* Takes a report in, on the engine's thread; its details are taken over. */
static void
take (Reports *reports, const Progress *report)
{
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
  reports->has_any = TRUE;
  reports->listeners->time_us = clock_get_time (reports->journal->clock);
  tell (reports, latest);
}

/* Keeps reports in the store when that is due. */
static void
keep_now (Reports *reports)
{
  gint64 now_us = clock_get_monotonic (reports->journal->clock);

  if (reports->unkept.length == 0 || reports->journal->has_failed
      || now_us - reports->kept_us < KEEP_INTERVAL_US)
    return;
  for (guint i = 0; i < reports->unkept.length; i++)
    if (!reports->unkept.items[i]->is_kept)
      keep (reports, reports->unkept.items[i]);
  reports->unkept.length = 0;
  reports->kept_us = now_us;
  /* What the store does not take now is appended with what comes next. */
  (void) records_append_added (reports->journal, NULL);
}

static void
report (gpointer data, Attempt *attempt, double fraction, GVariant *details)
{
  Reports *reports = data;
  Progress progress = { attempt->node, attempt->number, attempt->action, fraction, details, FALSE };

  if (details != NULL)
    g_variant_ref (details);
  if (pthread_equal (reports->thread, pthread_self ()))
    {
      take (reports, &progress);
      keep_now (reports);
      return;
    }
  pthread_mutex_lock (&reports->mutex);
  vector_push (&reports->incoming, progress);
  pthread_mutex_unlock (&reports->mutex);
  atomic_store (&reports->has_incoming, 1);
  port_interrupt (reports->port);
}

void
progress_init (Reports *reports)
{
  reports->latest = g_hash_table_new_full (NULL, NULL, NULL, progress_free);
  pthread_mutex_init (&reports->mutex, NULL);
  atomic_init (&reports->has_incoming, 0);
}

void
progress_prepare (Reports *reports, Port *port, AttemptRun *run)
{
  reports->thread = pthread_self ();
  reports->port = port;
  run->progress = report;
  run->progress_data = reports;
}

/* Takes in what other threads have reported. */
static void
take_incoming (Reports *reports)
{
  VECTOR (Progress) taken;

  atomic_store (&reports->has_incoming, 0);
  pthread_mutex_lock (&reports->mutex);
  memcpy (&taken, &reports->incoming, sizeof taken);
  memset (&reports->incoming, 0, sizeof reports->incoming);
  pthread_mutex_unlock (&reports->mutex);
  for (guint i = 0; i < taken.length; i++)
    take (reports, &taken.items[i]);
  vector_clear (&taken);
}

void
progress_collect (Reports *reports)
{
  if (atomic_load (&reports->has_incoming) != 0)
    take_incoming (reports);
  keep_now (reports);
}

gint64
progress_get_due (const Reports *reports)
{
  if (!reports->has_any || reports->unkept.length == 0 || reports->journal->has_failed)
    return G_MAXINT64;
  return reports->kept_us + KEEP_INTERVAL_US;
}

void
progress_end (Reports *reports, const Attempt *attempt)
{
  Progress *progress = g_hash_table_lookup (reports->latest, GUINT_TO_POINTER (attempt->node));

  if (progress != NULL && !progress->is_kept)
    keep (reports, progress);
}

void
progress_forget (Reports *reports)
{
  reports->unkept.length = 0;
  g_hash_table_remove_all (reports->latest);
  reports->has_any = FALSE;
}

void
progress_clear (Reports *reports)
{
  for (guint i = 0; i < reports->incoming.length; i++)
    g_clear_pointer (&reports->incoming.items[i].details, g_variant_unref);
  vector_clear (&reports->incoming);
  vector_clear (&reports->unkept);
  g_hash_table_unref (reports->latest);
  pthread_mutex_destroy (&reports->mutex);
}

gboolean
progress_find (const Reports *reports, guint32 node, double *fraction, GVariant **details)
{
  const Progress *progress = NULL;

  if (reports->has_any)
    progress = g_hash_table_lookup (reports->latest, GUINT_TO_POINTER (node));
  if (progress == NULL)
    return FALSE;
  if (fraction != NULL)
    *fraction = progress->fraction;
  if (details != NULL)
    *details = progress->details != NULL ? g_variant_ref (progress->details) : NULL;
  return TRUE;
}
