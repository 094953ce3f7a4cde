/* SPDX-License-Identifier: Apache-2.0 */
/* A timeline as a picture: a document without scripts that shows what a bar is when one points at
 * it. */
#include "cli/views/timeline_svg.h"

#include "cli/text.h"

/* Sizes in pixels. */
#define WIDTH 1200
#define NAME_WIDTH 220
#define STATE_WIDTH 130
#define MARGIN 12
#define HEAD_HEIGHT 76
#define BAR_WIDTH (WIDTH - NAME_WIDTH - STATE_WIDTH - 2 * MARGIN)
#define BAR_WIDTH_MIN 2.0
#define NAME_COLUMNS 32

/* Few steps get high rows. In a long picture the scale is repeated, so that it is in sight. */
#define ROWS_HIGH 100
#define ROW_HEIGHT_HIGH 22
#define ROW_HEIGHT_LOW 14
#define ROWS_PER_SCALE 40
#define SCALE_HEIGHT 20
#define N_TICKS 6

/* clang-format off */
static const char style[] =
  "<style>\n"
  "svg { color-scheme: light dark; font-family: system-ui, sans-serif; }\n"
  ".paper { fill: #ffffff } text { fill: #1c2126 } .faint { fill: #66707a } .grid { stroke: #d8dde2 }\n"
  ".execute { fill: #2f7fd1 } .revert { fill: url(#hatch); stroke: #b35a00 } .hatch { stroke: #b35a00 }\n"
  ".wait { stroke: #66707a; stroke-width: 2; stroke-dasharray: 2 3 }\n"
  ".pause { fill: #8a949e; fill-opacity: 0.18 }\n"
  ".end { fill: #c62828; font-weight: bold; stroke: #ffffff; stroke-width: 3; paint-order: stroke }\n"
  ".bad { fill: #c62828 } .good { fill: #1b7f3b }\n"
  "@media (prefers-color-scheme: dark) {\n"
  ".paper { fill: #14181c } text { fill: #e6eaee } .faint { fill: #98a2ac } .grid { stroke: #333b43 }\n"
  ".execute { fill: #5aa5ee } .revert { stroke: #f0a04b } .hatch { stroke: #f0a04b } .wait { stroke: #98a2ac }\n"
  ".end, .bad { fill: #ff7b72 } .end { stroke: #14181c } .good { fill: #56d179 }\n"
  "}\n"
  "</style>\n"
  "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
  "<path d=\"M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2\" class=\"hatch\" stroke-width=\"1.5\"/></pattern></defs>\n";
/* clang-format on */

typedef struct
{
  GString *out;
  const Timeline *timeline;
  int row_height;
} Picture;

/* -- Text in XML --------------------------------------------------------------------------------
 */

/* What XML has no words for becomes a blank: text_dup_visible() leaves only two such characters. */
static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *visible = text_dup_visible (text);

  for (const char *at = visible; *at != '\0'; at += g_utf8_skip[*(const guchar *) at])
    {
      gunichar character = g_utf8_get_char (at);
      g_autofree char *escaped = NULL;

      if (character == 0xfffe || character == 0xffff)
        continue;
      escaped = g_markup_escape_text (at, g_utf8_skip[*(const guchar *) at]);
      g_string_append (out, escaped);
    }
}

/* A number as XML has it, whatever the locale. */
static void
append_number (GString *out, const char *attribute, double number)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, " %s=\"%s\"", attribute,
                          g_ascii_formatd (text, sizeof text, "%.2f", number));
}

static void
append_text (const Picture *picture, double x, double y, const char *attributes, const char *text)
{
  g_string_append (picture->out, "<text");
  append_number (picture->out, "x", x);
  append_number (picture->out, "y", y);
  g_string_append_printf (picture->out, " %s>", attributes);
  append_escaped (picture->out, text);
  g_string_append (picture->out, "</text>\n");
}

/* -- Bars ---------------------------------------------------------------------------------------
 */

static double
get_x (const Picture *picture, gint64 time_us)
{
  const Timeline *timeline = picture->timeline;

  return MARGIN + NAME_WIDTH
         + BAR_WIDTH * (double) (time_us - timeline->from_us)
               / (double) (timeline->to_us - timeline->from_us);
}

static const char *
get_end_text (TimelineEnd end)
{
  static const char *const texts[]
      = { "ended", "failed", "goes on", "interrupted: what became of it is unknown" };

  return texts[end];
}

/* What is shown when one points at a bar. */
static void
append_title (const Picture *picture, const TimelineRow *row, const TimelineBar *bar)
{
  g_autofree char *took = text_dup_duration (bar->to_us - bar->from_us);
  g_autofree char *time = text_dup_time (bar->from_us);
  g_autoptr (GString) title = g_string_new (row->atom->name);

  g_string_append_printf (title, ", %s", timeline_kind_get_name (bar->kind));
  if (bar->attempt != NULL && bar->attempt->number > 1)
    g_string_append_printf (title, ", attempt %u", bar->attempt->number);
  g_string_append_printf (title, ": %s, %s, %s", time, took, get_end_text (bar->end));
  if (bar->attempt != NULL && bar->attempt->failure != NULL)
    g_string_append_printf (title, ": %s", failure_get_message (bar->attempt->failure));
  g_string_append (picture->out, "<title>");
  append_escaped (picture->out, title->str);
  g_string_append (picture->out, "</title>");
}

static void
append_wait (const Picture *picture, double x, double width, double middle)
{
  g_string_append (picture->out, "<line class=\"wait\"");
  append_number (picture->out, "x1", x);
  append_number (picture->out, "x2", x + width);
  append_number (picture->out, "y1", middle);
  append_number (picture->out, "y2", middle);
  g_string_append (picture->out, "/>");
}

static void
append_box (const Picture *picture, const TimelineBar *bar, double x, double width, double top)
{
  g_string_append_printf (picture->out, "<rect class=\"%s\"", timeline_kind_get_name (bar->kind));
  append_number (picture->out, "x", x);
  append_number (picture->out, "y", top + 3);
  append_number (picture->out, "width", width);
  append_number (picture->out, "height", picture->row_height - 6);
  g_string_append (picture->out, " rx=\"1.5\"/>");
}

static double
get_width (const Picture *picture, const TimelineBar *bar)
{
  return MAX (get_x (picture, bar->to_us) - get_x (picture, bar->from_us), BAR_WIDTH_MIN);
}

static void
append_bar (const Picture *picture, const TimelineRow *row, const TimelineBar *bar, double top)
{
  double x = get_x (picture, bar->from_us);
  double width = get_width (picture, bar);

  g_string_append (picture->out, "<g>");
  append_title (picture, row, bar);
  if (bar->kind == TIMELINE_WAIT)
    append_wait (picture, x, width, top + picture->row_height / 2.0);
  else
    append_box (picture, bar, x, width, top);
  g_string_append (picture->out, "</g>\n");
}

/* How a bar ended, when that is worth a mark: above all bars, for the next one may begin right
 * there. */
static void
append_mark (const Picture *picture, const TimelineRow *row, const TimelineBar *bar,
             double baseline)
{
  static const char *const marks[] = { NULL, "✗", "›", "?" };

  if (marks[bar->end] == NULL)
    return;
  g_string_append (picture->out, "<g>");
  append_title (picture, row, bar);
  append_text (picture, get_x (picture, bar->from_us) + get_width (picture, bar) - 2, baseline,
               "class=\"end\" font-size=\"12\"", marks[bar->end]);
  g_string_append (picture->out, "</g>\n");
}

static void
append_name (const Picture *picture, const ReportAtom *atom, double baseline)
{
  g_autofree char *visible = text_dup_visible (atom->name);
  g_autofree char *cut = text_dup_cut (visible, NAME_COLUMNS);
  g_autofree char *whole = g_strdup_printf ("%s, in the flow %s", atom->name, atom->flow);

  g_string_append (picture->out, "<g><title>");
  append_escaped (picture->out, whole);
  g_string_append (picture->out, "</title>");
  append_text (picture, MARGIN, baseline, "font-size=\"12\"", cut);
  g_string_append (picture->out, "</g>\n");
}

/* Where a row begins: each scale but the first takes room of its own. */
static double
get_top (const Picture *picture, guint index)
{
  return HEAD_HEIGHT + (double) index * picture->row_height
         + (double) (index / ROWS_PER_SCALE) * SCALE_HEIGHT;
}

static const char *
get_state_attributes (AtomState state)
{
  if (state == ATOM_STATE_FAILURE || state == ATOM_STATE_REVERT_FAILURE)
    return "font-size=\"11\" class=\"bad\"";
  return state == ATOM_STATE_SUCCESS ? "font-size=\"11\" class=\"good\""
                                     : "font-size=\"11\" class=\"faint\"";
}

static void
append_row (const Picture *picture, guint index)
{
  const TimelineRow *row = &picture->timeline->rows[index];
  double top = get_top (picture, index);
  double baseline = top + picture->row_height - (picture->row_height == ROW_HEIGHT_HIGH ? 7 : 3);

  append_name (picture, row->atom, baseline);
  for (guint i = 0; i < row->bars->len; i++)
    append_bar (picture, row, &g_array_index (row->bars, TimelineBar, i), top);
  for (guint i = 0; i < row->bars->len; i++)
    append_mark (picture, row, &g_array_index (row->bars, TimelineBar, i), baseline);
  append_text (picture, MARGIN + NAME_WIDTH + BAR_WIDTH + 16, baseline,
               get_state_attributes (row->atom->state), atom_state_get_name (row->atom->state));
}

/* -- The page -----------------------------------------------------------------------------------
 */

static void
append_grid (const Picture *picture, double height)
{
  for (int i = 0; i <= N_TICKS; i++)
    {
      double x = MARGIN + NAME_WIDTH + (double) BAR_WIDTH * i / N_TICKS;

      g_string_append (picture->out, "<line class=\"grid\"");
      append_number (picture->out, "x1", x);
      append_number (picture->out, "x2", x);
      append_number (picture->out, "y1", HEAD_HEIGHT - 4);
      append_number (picture->out, "y2", height - MARGIN);
      g_string_append (picture->out, "/>\n");
    }
}

/* In which the run stood still. */
static void
append_pauses (const Picture *picture, double height)
{
  guint count;
  const ReportPause *pauses = report_get_pauses (picture->timeline->report, &count);

  for (guint i = 0; i < count; i++)
    {
      double x = get_x (picture, MAX (pauses[i].from_us, picture->timeline->from_us));
      g_autofree char *took = text_dup_duration (pauses[i].to_us - pauses[i].from_us);
      g_autofree char *time = text_dup_time (pauses[i].from_us);
      g_autofree char *title = g_strdup_printf ("the run stood still: %s, %s", time, took);

      g_string_append (picture->out, "<g><title>");
      append_escaped (picture->out, title);
      g_string_append (picture->out, "</title><rect class=\"pause\"");
      append_number (picture->out, "x", x);
      append_number (picture->out, "width",
                     MAX (get_x (picture, MIN (pauses[i].to_us, picture->timeline->to_us)) - x,
                          BAR_WIDTH_MIN));
      append_number (picture->out, "y", HEAD_HEIGHT - 4);
      append_number (picture->out, "height", height - MARGIN - HEAD_HEIGHT + 4);
      g_string_append (picture->out, "/></g>\n");
    }
}

static void
append_scale (const Picture *picture, double y)
{
  gint64 span_us = picture->timeline->to_us - picture->timeline->from_us;

  for (int i = 0; i <= N_TICKS; i++)
    {
      g_autofree char *text = text_dup_duration (span_us * i / N_TICKS);

      append_text (picture, MARGIN + NAME_WIDTH + (double) BAR_WIDTH * i / N_TICKS, y,
                   "font-size=\"10\" class=\"faint\" text-anchor=\"middle\"", text);
    }
}

static void
append_head (const Picture *picture)
{
  const StorageRunInfo *run = report_get_run (picture->timeline->report);
  g_autofree char *time = text_dup_time (picture->timeline->from_us);
  g_autofree char *title = g_strdup_printf ("%s — run %s, %s, from %s", run->flow, run->id,
                                            flow_state_get_name (run->state), time);

  append_text (picture, MARGIN, 24, "font-size=\"15\" font-weight=\"bold\"", title);
  g_string_append (picture->out,
                   "<rect class=\"execute\" x=\"12\" y=\"36\" width=\"22\" height=\"11\"/>"
                   "<rect class=\"revert\" x=\"100\" y=\"36\" width=\"22\" height=\"11\"/>"
                   "<line class=\"wait\" x1=\"184\" x2=\"206\" y1=\"42\" y2=\"42\"/>"
                   "<rect class=\"pause\" x=\"620\" y=\"36\" width=\"22\" height=\"11\"/>\n");
  append_text (picture, 40, 46, "font-size=\"11\"", "execute");
  append_text (picture, 128, 46, "font-size=\"11\"", "revert");
  append_text (picture, 648, 46, "font-size=\"11\"", "the run stood still");
  append_text (picture, 212, 46, "font-size=\"11\"",
               "waits to be tried again   ✗ failed   › goes on   ? interrupted");
}

void
timeline_append_svg (GString *out, const Timeline *timeline)
{
  Picture picture
      = { out, timeline, timeline->n_rows > ROWS_HIGH ? ROW_HEIGHT_LOW : ROW_HEIGHT_HIGH };
  double height = get_top (&picture, timeline->n_rows) + 2 * MARGIN;

  g_string_append (
      out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"");
  append_number (out, "width", WIDTH);
  append_number (out, "height", height);
  g_string_append_printf (out, " viewBox=\"0 0 %d %d\">\n%s", WIDTH, (int) height, style);
  g_string_append (out, "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n");
  append_head (&picture);
  append_pauses (&picture, height);
  append_grid (&picture, height);
  for (guint i = 0; i < timeline->n_rows; i++)
    {
      if (i % ROWS_PER_SCALE == 0)
        append_scale (&picture, get_top (&picture, i) - 8);
      append_row (&picture, i);
    }
  g_string_append (out, "</svg>\n");
}
