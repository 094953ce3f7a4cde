/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/timeline.h"

const char *
timeline_kind_get_name (TimelineKind kind)
{
  static const char *const names[] = { "execute", "revert", "wait" };

  return names[kind];
}

static TimelineEnd
get_end (const Timeline *timeline, const ReportAttempt *attempt)
{
  if (attempt->failure != NULL || attempt->to == ATOM_STATE_FAILURE
      || attempt->to == ATOM_STATE_REVERT_FAILURE)
    return TIMELINE_FAILED;
  if (attempt->is_interrupted)
    return TIMELINE_INTERRUPTED;
  if (attempt->to == ATOM_STATE_RUNNING || attempt->to == ATOM_STATE_REVERTING)
    return report_is_driven (timeline->report) ? TIMELINE_GOES_ON : TIMELINE_INTERRUPTED;
  return TIMELINE_ENDED;
}

static void
add_attempt (const Timeline *timeline, TimelineRow *row, const ReportAttempt *attempt)
{
  TimelineBar bar
      = { .kind = attempt->action == ATOM_ACTION_REVERT ? TIMELINE_REVERT : TIMELINE_EXECUTE,
          .end = get_end (timeline, attempt),
          .from_us = attempt->started_us,
          .to_us = MAX (attempt->ended_us, attempt->started_us),
          .attempt = attempt };

  if (attempt->started_us == 0)
    return;
  if (attempt->resumed_us > attempt->started_us)
    {
      TimelineBar first = bar;

      /* It went on for a time that nobody knows. */
      first.end = TIMELINE_INTERRUPTED;
      first.to_us = CLAMP (attempt->progress_us, attempt->started_us, attempt->resumed_us);
      g_array_append_val (row->bars, first);
      bar.from_us = attempt->resumed_us;
      bar.to_us = MAX (bar.to_us, bar.from_us);
    }
  if (attempt->ended_us == 0)
    bar.to_us
        = bar.end == TIMELINE_GOES_ON ? timeline->to_us : MAX (attempt->progress_us, bar.from_us);
  g_array_append_val (row->bars, bar);
}

/* A wait is over when it is due, or when what it is for begins before: somebody may have said so.
 */
static void
add_wait (const Timeline *timeline, const ReportDecision *decision)
{
  TimelineRow *row = &timeline->rows[decision->controller];
  TimelineBar bar = { .kind = TIMELINE_WAIT,
                      .from_us = decision->until_us - decision->wait_us,
                      .to_us = decision->until_us };

  if (decision->wait_us <= 0 || decision->time_us == 0)
    return;
  bar.from_us = MAX (bar.from_us, decision->time_us);
  for (guint i = 0; i < row->atom->n_attempts; i++)
    if (row->atom->attempts[i].started_us > bar.from_us)
      {
        bar.to_us = MIN (bar.to_us, row->atom->attempts[i].started_us);
        break;
      }
  if (bar.to_us > timeline->to_us)
    {
      bar.to_us = timeline->to_us;
      bar.end = report_is_driven (timeline->report) ? TIMELINE_GOES_ON : TIMELINE_ENDED;
    }
  if (bar.to_us > bar.from_us)
    g_array_append_val (row->bars, bar);
}

static int
compare_bars (gconstpointer a, gconstpointer b)
{
  gint64 left = ((const TimelineBar *) a)->from_us;
  gint64 right = ((const TimelineBar *) b)->from_us;

  return left < right ? -1 : left > right;
}

static void
find_span (Timeline *timeline, gint64 now_us)
{
  const StorageRunInfo *run = report_get_run (timeline->report);

  timeline->from_us = run->created_us;
  timeline->to_us = report_is_driven (timeline->report) ? now_us : run->updated_us;
  for (guint i = 0; i < timeline->n_rows; i++)
    for (guint j = 0; j < timeline->rows[i].atom->n_attempts; j++)
      {
        const ReportAttempt *attempt = &timeline->rows[i].atom->attempts[j];

        if (attempt->started_us > 0
            && (timeline->from_us == 0 || attempt->started_us < timeline->from_us))
          timeline->from_us = attempt->started_us;
        timeline->to_us
            = MAX (timeline->to_us, MAX (MAX (attempt->ended_us, attempt->resumed_us),
                                         MAX (attempt->started_us, attempt->progress_us)));
      }
  timeline->to_us = MAX (timeline->to_us, timeline->from_us + 1);
}

static void
sum_up (TimelineRow *row)
{
  g_array_sort (row->bars, compare_bars);
  for (guint i = 0; i < row->bars->len; i++)
    {
      const TimelineBar *bar = &g_array_index (row->bars, TimelineBar, i);

      row->took_us[bar->kind] += bar->to_us - bar->from_us;
    }
}

Timeline *
timeline_new (const Report *report, gint64 now_us)
{
  Timeline *timeline = g_new0 (Timeline, 1);
  const ReportAtom *atoms = report_get_atoms (report, &timeline->n_rows);
  guint n_decisions;
  const ReportDecision *decisions = report_get_decisions (report, &n_decisions);

  timeline->report = report;
  timeline->rows = g_new0 (TimelineRow, timeline->n_rows);
  for (guint i = 0; i < timeline->n_rows; i++)
    timeline->rows[i] = (TimelineRow){ .atom = &atoms[i],
                                       .bars = g_array_new (FALSE, TRUE, sizeof (TimelineBar)) };
  find_span (timeline, now_us);
  for (guint i = 0; i < timeline->n_rows; i++)
    for (guint j = 0; j < atoms[i].n_attempts; j++)
      add_attempt (timeline, &timeline->rows[i], &atoms[i].attempts[j]);
  for (guint i = 0; i < n_decisions; i++)
    add_wait (timeline, &decisions[i]);
  for (guint i = 0; i < timeline->n_rows; i++)
    sum_up (&timeline->rows[i]);
  return timeline;
}

void
timeline_free (Timeline *timeline)
{
  if (timeline == NULL)
    return;
  for (guint i = 0; i < timeline->n_rows; i++)
    g_array_unref (timeline->rows[i].bars);
  g_free (timeline->rows);
  g_free (timeline);
}
