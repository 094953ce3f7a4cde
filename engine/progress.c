/* SPDX-License-Identifier: Apache-2.0 */
/* How far attempts are: what they report on any thread is told on the engine's, at once where that is the same, and kept in the
 * store now and then: a report is worth no transaction of its own more often than that, but the last one of an attempt is kept.
 */
#include "engine/engine_private.h"

/* The least time between two reports that get a transaction of their own, in microseconds. */
#define KEEP_INTERVAL_US (G_USEC_PER_SEC / 2)

/* The latest of an atom. is_kept: it is in the store, or among what is appended next. */
typedef struct
{
  guint32 node;
  guint32 attempt;
  AtomAction action;
  double fraction;
  GVariant *details; /* (nullable) */
  gboolean is_kept;
} Progress;

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
  return g_variant_new ("(d@mv)", progress->fraction,
                        g_variant_new_maybe (G_VARIANT_TYPE_VARIANT,
                                             progress->details != NULL ? g_variant_new_variant (progress->details) : NULL));
}

/* Leaves it for the next transaction. */
static void
keep (Engine *engine, Progress *progress)
{
  duties_add_record (engine, STORAGE_RECORD_PROGRESS, progress->node, (guint8) progress->action, progress->attempt,
                     progress_to_value (progress));
  progress->is_kept = TRUE;
}

static void
tell (Engine *engine, const Progress *progress)
{
  const Atom *atom = plan_atom (engine->plan, progress->node);

  if (engine_is_heard (engine, LISTENER_PROGRESS))
    engine_tell (engine, (ListenerEvent){ .kind = LISTENER_PROGRESS,
                                              .from = engine->core.states[progress->node],
                                              .to = engine->core.states[progress->node],
                                              .flow = ((const Flow *) atom->member.owner)->name,
                                              .atom = atom->name,
                                              .atom_kind = (AtomKind) atom->member.kind,
                                              .attempt = progress->attempt,
                                              .progress = progress->fraction,
                                              .details = progress->details });
}

/* Takes a report in, on the engine's thread; consumes it. */
static void
take (Engine *engine, Progress *progress)
{
  if (engine->progress == NULL)
    engine->progress = g_hash_table_new_full (NULL, NULL, NULL, progress_free);
  g_hash_table_insert (engine->progress, GUINT_TO_POINTER (progress->node), progress);
  engine->time_us = g_get_real_time ();
  tell (engine, progress);
}

static void
report (gpointer data, Attempt *attempt, double fraction, GVariant *details)
{
  Engine *engine = data;
  Progress *progress = g_new (Progress, 1);

  *progress = (Progress){ attempt->node, attempt->number, attempt->action, fraction, details, FALSE };
  if (details != NULL)
    g_variant_ref (details);
  if (engine->thread == g_thread_self ())
    {
      take (engine, progress);
      progress_keep_now (engine);
      return;
    }
  g_async_queue_push (engine->reports, progress);
  atomic_store (&engine->has_reports, 1);
  port_interrupt (engine->port);
}

void
progress_prepare (Engine *engine)
{
  engine->thread = g_thread_self ();
  if (engine->reports == NULL)
    engine->reports = g_async_queue_new_full (progress_free);
  engine->attempt_run.progress = report;
  engine->attempt_run.progress_data = engine;
}

void
progress_collect (Engine *engine)
{
  Progress *progress;

  atomic_store (&engine->has_reports, 0);
  while ((progress = g_async_queue_try_pop (engine->reports)) != NULL)
    take (engine, progress);
  progress_keep_now (engine);
}

void
progress_keep_now (Engine *engine)
{
  GHashTableIter iter;
  gpointer value;
  gint64 now_us = g_get_monotonic_time ();

  if (engine->progress == NULL || now_us - engine->progress_kept_us < KEEP_INTERVAL_US)
    return;
  g_hash_table_iter_init (&iter, engine->progress);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((Progress *) value)->is_kept)
      keep (engine, value);
  engine->progress_kept_us = now_us;
  /* What the store does not take now is appended with what comes next. */
  (void) duties_append_added (engine, NULL);
}

void
progress_end (Engine *engine, const Attempt *attempt)
{
  Progress *progress = g_hash_table_lookup (engine->progress, GUINT_TO_POINTER (attempt->node));

  if (progress != NULL && !progress->is_kept)
    keep (engine, progress);
}

void
progress_clear (Engine *engine)
{
  g_clear_pointer (&engine->progress, g_hash_table_unref);
  g_clear_pointer (&engine->reports, g_async_queue_unref);
}

gboolean
engine_get_progress (Engine *engine, const char *atom, double *fraction, GVariant **details)
{
  const Progress *progress = NULL;
  guint32 node;

  g_return_val_if_fail (engine != NULL && atom != NULL, FALSE);
  node = engine->plan != NULL ? plan_find_atom (engine->plan, atom) : PLAN_NO_NODE;
  if (node != PLAN_NO_NODE && engine->progress != NULL)
    progress = g_hash_table_lookup (engine->progress, GUINT_TO_POINTER (node));
  if (progress == NULL)
    return FALSE;
  if (fraction != NULL)
    *fraction = progress->fraction;
  if (details != NULL)
    *details = progress->details != NULL ? g_variant_ref (progress->details) : NULL;
  return TRUE;
}
