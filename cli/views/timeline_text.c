/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline as text: a line a step, in as many columns as there are. */
#include "cli/views/timeline_text.h"

#include <string.h>

#include "cli/text.h"
#include "cli/views/step.h"

/* Columns of what stands beside the bars, and the fewest that the bars take. */
#define NAME_COLUMNS_MAX 24
#define DURATION_COLUMNS 8
#define STATE_COLUMNS 14
#define BAR_COLUMNS_MIN 16

/* How the bars are drawn: kinds, and the last column of a bar that did not just end. */
static const char *const fills[TIMELINE_COUNT] = { "█", "▒", "·" };
static const char *const ends[] = { [TIMELINE_ENDED] = NULL,
                                    [TIMELINE_FAILED] = "✗",
                                    [TIMELINE_GOES_ON] = "›",
                                    [TIMELINE_INTERRUPTED] = "?" };

typedef struct
{
  const Timeline *timeline;
  guint name_columns;
  guint columns; /* of the bars */
  const char **cells;
} Drawing;

static guint
get_column (const Drawing *drawing, gint64 time_us)
{
  double share = (double) (time_us - drawing->timeline->from_us)
                 / (double) (drawing->timeline->to_us - drawing->timeline->from_us);

  return MIN ((guint) (CLAMP (share, 0, 1) * drawing->columns), drawing->columns - 1);
}

static gboolean
is_end (const char *cell)
{
  return cell == ends[TIMELINE_FAILED] || cell == ends[TIMELINE_INTERRUPTED];
}

static void
draw_bar (const Drawing *drawing, const TimelineBar *bar)
{
  guint first = get_column (drawing, bar->from_us);
  guint last = MAX (get_column (drawing, MAX (bar->to_us - 1, bar->from_us)), first);

  /* How the one before it ended stays to be seen. */
  if (is_end (drawing->cells[first]) && first + 1 < drawing->columns)
    first++;
  last = MAX (first, last);
  for (guint i = first; i <= last; i++)
    drawing->cells[i] = fills[bar->kind];
  if (ends[bar->end] != NULL)
    drawing->cells[last] = ends[bar->end];
}

static void
append_duration (GString *out, gint64 took_us)
{
  g_autofree char *took = took_us > 0 ? text_dup_duration (took_us) : g_strdup ("");

  g_string_append_printf (out, " %*s", DURATION_COLUMNS, took);
}

static void
append_row (GString *out, const Drawing *drawing, const TimelineRow *row, const Style *style)
{
  g_autofree char *visible = text_dup_visible (row->atom->name);
  g_autofree char *cut = text_dup_cut (visible, drawing->name_columns);
  g_autofree char *name = text_dup_padded (cut, drawing->name_columns);
  const char *state_style = step_get_state_style (style, row->atom->state);

  for (guint i = 0; i < drawing->columns; i++)
    drawing->cells[i] = " ";
  for (guint i = 0; i < row->bars->len; i++)
    draw_bar (drawing, &g_array_index (row->bars, TimelineBar, i));
  g_string_append_printf (out, "%s │", name);
  for (guint i = 0; i < drawing->columns; i++)
    g_string_append (out, drawing->cells[i]);
  g_string_append (out, "│");
  append_duration (out, row->took_us[TIMELINE_EXECUTE]);
  append_duration (out, row->took_us[TIMELINE_REVERT]);
  g_string_append_printf (out, " %s%s%s\n", state_style, atom_state_get_name (row->atom->state),
                          *state_style != '\0' ? style->off : "");
}

/* The beginning and the end of the time that is drawn. */
static void
append_axis (GString *out, const Drawing *drawing, const Style *style)
{
  g_autofree char *begin = text_dup_time (drawing->timeline->from_us);
  g_autofree char *took = text_dup_duration (drawing->timeline->to_us - drawing->timeline->from_us);
  guint used = text_get_width (begin) + text_get_width (took) + 1;
  g_autofree char *start = text_dup_cut (begin, drawing->columns > used ? drawing->columns : 0);
  g_autofree char *padded = text_dup_padded (
      start, drawing->columns - MIN (text_get_width (took) + 1, drawing->columns));

  g_string_append_printf (out, "%s%*s  %s+%s  %*s %*s STATE%s\n", style->bold,
                          (int) drawing->name_columns, "", padded, took, DURATION_COLUMNS,
                          "EXECUTE", DURATION_COLUMNS, "REVERT", style->off);
}

/* When the run stood still: what is empty in all rows. */
static void
append_pauses (GString *out, const Timeline *timeline)
{
  guint count;
  const ReportPause *pauses = report_get_pauses (timeline->report, &count);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *from = text_dup_time (pauses[i].from_us);
      g_autofree char *took = text_dup_duration (pauses[i].to_us - pauses[i].from_us);

      g_string_append_printf (out, "stood still from %s for %s\n", from, took);
    }
}

static void
append_legend (GString *out, const Style *style)
{
  g_string_append_printf (out,
                          "%s█ execute  ▒ revert  · wait  ✗ failed  › goes on  ? interrupted%s\n",
                          style->dim, style->off);
}

static guint
get_name_columns (const Timeline *timeline)
{
  guint width = 4;

  for (guint i = 0; i < timeline->n_rows; i++)
    width = MAX (width, text_get_width (timeline->rows[i].atom->name));
  return MIN (width, NAME_COLUMNS_MAX);
}

void
timeline_append_text (GString *out, const Timeline *timeline, guint columns, const Style *style)
{
  Drawing drawing = { .timeline = timeline, .name_columns = get_name_columns (timeline) };
  guint beside = drawing.name_columns + 2 + 1 + 2 * (DURATION_COLUMNS + 1) + 1 + STATE_COLUMNS;
  g_autofree const char **cells = NULL;

  drawing.columns = columns > beside + BAR_COLUMNS_MIN ? columns - beside : BAR_COLUMNS_MIN;
  cells = g_new0 (const char *, drawing.columns);
  drawing.cells = cells;
  append_axis (out, &drawing, style);
  for (guint i = 0; i < timeline->n_rows; i++)
    append_row (out, &drawing, &timeline->rows[i], style);
  append_pauses (out, timeline);
  append_legend (out, style);
}
