/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Timeline: when the steps of a run were executed and reverted, and when they waited: a row a step,
 * in the order of definition, with its bars in the order of time. Made from a report, which has to
 * outlive it, and drawn as text or as a picture.
 */

#include <backflow/engine/report/report.h>
#include <backflow/engine/report/report_history.h>

G_BEGIN_DECLS

typedef enum
{
  TIMELINE_EXECUTE,
  TIMELINE_REVERT,
  TIMELINE_WAIT, /* until it is tried again */
  TIMELINE_COUNT
} TimelineKind;

/* How a bar ends. */
typedef enum
{
  TIMELINE_ENDED,
  TIMELINE_FAILED,
  TIMELINE_GOES_ON,
  TIMELINE_INTERRUPTED, /* when is not known */
} TimelineEnd;

/* attempt: (nullable) NULL of a wait. */
typedef struct
{
  TimelineKind kind;
  TimelineEnd end;
  gint64 from_us;
  gint64 to_us;
  const ReportAttempt *attempt;
} TimelineBar;

/* took_us: by kind, all bars together. */
typedef struct
{
  const ReportAtom *atom;
  GArray *bars; /* of TimelineBar */
  gint64 took_us[TIMELINE_COUNT];
} TimelineRow;

typedef struct
{
  const Report *report;
  gint64 from_us;
  gint64 to_us; /* after from_us */
  TimelineRow *rows;
  guint n_rows;
} Timeline;

/* Makes the timeline of a run; what goes on does so until `now_us`. Returns: (transfer full). */
Timeline *timeline_new (const Report *report, gint64 now_us);

/* NULL is fine. */
void timeline_free (Timeline *timeline);

/* What a kind is called: "execute", "revert", "wait"; static. */
const char *timeline_kind_get_name (TimelineKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Timeline, timeline_free)

G_END_DECLS
