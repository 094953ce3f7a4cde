/* SPDX-License-Identifier: Apache-2.0 */

#include <backflow/diagnostics/diagnostic_text.h>

#include <string.h>

#include "diagnostics/diagnostic_private.h"

/* Columns of a source line that are shown, and where the caret is put when the line must be cut on
 * the left. */
#define SHOWN_COLUMNS 96u
#define CARET_COLUMN 40u
/* How far, in bytes, the ends of a line are looked for around the mark. */
#define REACH 600u
#define TAB_COLUMNS 4u

static const char COLOR_BOLD[] = "\033[1m";
static const char COLOR_ERROR[] = "\033[1;31m";
static const char COLOR_WARNING[] = "\033[1;35m";
static const char COLOR_CARET[] = "\033[1;32m";
static const char COLOR_OFF[] = "\033[0m";

/* The part of a source line around a mark. All are positions in `text`. */
typedef struct
{
  const char *text;
  gsize start;
  gsize end;
  gsize mark_start;
  gsize mark_end;
  gboolean is_cut_left;
  gboolean is_cut_right;
} Line;

/* Columns of the line as it is shown, tabs expanded. */
typedef struct
{
  guint first;      /* columns before it are cut off */
  guint mark_start; /* of the caret */
  guint mark_end;
} Columns;

static gboolean
is_line_end (char c)
{
  return c == '\n' || c == '\r';
}

static gboolean
is_inside_character (char c)
{
  return ((guchar) c & 0xc0) == 0x80;
}

static void
find_line_start (Line *line)
{
  gsize at = line->mark_start;

  while (at > 0 && line->mark_start - at < REACH && !is_line_end (line->text[at - 1]))
    at--;
  line->is_cut_left = at > 0 && !is_line_end (line->text[at - 1]);
  while (line->is_cut_left && at < line->mark_start && is_inside_character (line->text[at]))
    at++;
  line->start = at;
}

static void
find_line_end (Line *line, gsize size)
{
  gsize at = line->mark_start;

  while (at < size && at - line->mark_start < REACH && !is_line_end (line->text[at]))
    at++;
  line->is_cut_right = at < size && !is_line_end (line->text[at]);
  while (line->is_cut_right && at > line->mark_start && is_inside_character (line->text[at]))
    at--;
  line->end = at;
}

static Line
find_line (GBytes *source, const SourceMark *mark)
{
  Line line = { 0 };
  gsize size;

  line.text = g_bytes_get_data (source, &size);
  line.mark_start = MIN (mark->offset, size);
  find_line_start (&line);
  find_line_end (&line, size);
  line.mark_end = CLAMP ((gsize) mark->offset + mark->length, line.mark_start, line.end);
  return line;
}

/* Takes one character at `at`: appends it to `out` (nullable) as it is shown; returns its width in
 * columns. A tab is blanks, and what cannot or should not be written to a terminal is U+FFFD. */
static guint
take_character (const Line *line, gsize *at, guint column, GString *out)
{
  const char *p = line->text + *at;
  gunichar c = g_utf8_get_char_validated (p, (gssize) (line->end - *at));
  guint width = 1;

  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      c = 0xfffd;
      *at += 1;
    }
  else
    *at += (gsize) g_utf8_skip[(guchar) *p];
  if (c == '\t')
    {
      width = TAB_COLUMNS - column % TAB_COLUMNS;
      c = ' ';
    }
  else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
    c = 0xfffd;
  else
    width = g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
  for (guint i = 0; out != NULL && i < (c == ' ' ? width : 1); i++)
    g_string_append_unichar (out, c);
  return width;
}

static Columns
measure (const Line *line)
{
  Columns columns = { 0, 0, 0 };
  guint column = 0;

  for (gsize at = line->start; at < line->end && at < line->mark_end;)
    {
      gboolean is_before = at < line->mark_start;

      column += take_character (line, &at, column, NULL);
      if (is_before)
        columns.mark_start = column;
    }
  columns.mark_end = MAX (column, columns.mark_start + 1);
  if (columns.mark_start + MIN (columns.mark_end - columns.mark_start, SHOWN_COLUMNS - CARET_COLUMN)
      > SHOWN_COLUMNS)
    columns.first = columns.mark_start - CARET_COLUMN;
  columns.mark_end = MIN (columns.mark_end, columns.first + SHOWN_COLUMNS + 1);
  return columns;
}

static void
append_source (GString *out, const Line *line, const Columns *columns)
{
  guint column = 0;
  gsize at = line->start;

  if (line->is_cut_left || columns->first > 0)
    g_string_append (out, "…");
  while (at < line->end && column < columns->first + SHOWN_COLUMNS)
    column += take_character (line, &at, column, column < columns->first ? NULL : out);
  if (at < line->end || line->is_cut_right)
    g_string_append (out, "…");
  g_string_append_c (out, '\n');
}

/* A colour, or its end, when colours are wanted. */
static const char *
color (DiagnosticsFormat format, const char *sequence)
{
  return (format & DIAGNOSTICS_FORMAT_COLOR) != 0 ? sequence : "";
}

static void
append_carets (GString *out, const Line *line, const Columns *columns, const char *help,
               DiagnosticsFormat format)
{
  guint indent = columns->mark_start - columns->first + (line->is_cut_left || columns->first > 0);

  g_string_append_printf (out, "      | %*s%s", (int) indent, "", color (format, COLOR_CARET));
  for (guint i = columns->mark_start; i < columns->mark_end; i++)
    g_string_append_c (out, '^');
  if (help != NULL)
    g_string_append_printf (out, " %s", help);
  g_string_append_printf (out, "%s\n", color (format, COLOR_OFF));
}

static void
append_place (GString *out, const SourceMark *mark)
{
  if (mark->file != NULL)
    {
      g_autofree char *name = g_filename_display_name (mark->file);

      g_string_append (out, name);
      if (mark->line > 0)
        g_string_append_printf (out, ":%u:%u", mark->line, mark->column);
      g_string_append (out, ": ");
    }
}

static void
append_headline (GString *out, const Diagnostic *diagnostic, DiagnosticsFormat format)
{
  gboolean is_error = diagnostic->severity == DIAGNOSTIC_ERROR;

  g_string_append (out, color (format, COLOR_BOLD));
  append_place (out, &diagnostic->mark);
  g_string_append (out, color (format, is_error ? COLOR_ERROR : COLOR_WARNING));
  g_string_append (out, is_error ? "error:" : "warning:");
  g_string_append (out, color (format, COLOR_OFF));
  g_string_append_printf (out, " %s", diagnostic->message);
}

static void
append_entry (GString *out, const Diagnostics *diagnostics, const DiagnosticEntry *entry,
              DiagnosticsFormat format)
{
  const Diagnostic *diagnostic = &entry->diagnostic;
  GBytes *source = diagnostics_find_text (diagnostics, entry);
  Columns columns;
  Line line;

  append_headline (out, diagnostic, format);
  if (source == NULL || diagnostic->mark.line == 0 || (format & DIAGNOSTICS_FORMAT_NO_LINES) != 0)
    {
      if (diagnostic->help != NULL)
        g_string_append_printf (out, "; %s", diagnostic->help);
      g_string_append_c (out, '\n');
      return;
    }
  line = find_line (source, &diagnostic->mark);
  columns = measure (&line);
  g_string_append_printf (out, "\n%5u | ", diagnostic->mark.line);
  append_source (out, &line, &columns);
  append_carets (out, &line, &columns, diagnostic->help, format);
}

char *
diagnostics_format_text (const Diagnostics *diagnostics, guint limit, DiagnosticsFormat format)
{
  GString *out = g_string_new (NULL);
  guint shown = limit == 0 ? diagnostics->entries->len : MIN (limit, diagnostics->entries->len);
  guint all = diagnostics->n_errors + diagnostics->n_warnings;

  for (guint i = 0; i < shown; i++)
    append_entry (out, diagnostics, &g_array_index (diagnostics->entries, DiagnosticEntry, i),
                  format);
  if (all > shown)
    g_string_append_printf (out, "and %u more\n", all - shown);
  return g_string_free (out, FALSE);
}

/* Adds where the mark ends, which takes the text. */
static void
add_end (GVariantDict *dict, GBytes *source, const SourceMark *mark)
{
  gsize size;
  const char *text = g_bytes_get_data (source, &size);
  gsize start = MIN (mark->offset, size);
  gsize end = MIN (start + mark->length, size);
  guint line = mark->line;
  guint column = mark->column;

  for (gsize at = start; at < end; at++)
    if (text[at] == '\n')
      {
        line++;
        column = 1;
      }
    else
      column += !is_inside_character (text[at]);
  g_variant_dict_insert (dict, "end-line", "x", (gint64) line);
  g_variant_dict_insert (dict, "end-column", "x", (gint64) column);
}

static void
add_place (GVariantDict *dict, GBytes *source, const SourceMark *mark)
{
  g_autofree char *name = NULL;

  if (mark->file == NULL)
    return;
  name = g_filename_display_name (mark->file);
  g_variant_dict_insert (dict, "file", "s", name);
  if (mark->line == 0)
    return;
  g_variant_dict_insert (dict, "line", "x", (gint64) mark->line);
  g_variant_dict_insert (dict, "column", "x", (gint64) mark->column);
  g_variant_dict_insert (dict, "offset", "x", (gint64) mark->offset);
  g_variant_dict_insert (dict, "length", "x", (gint64) mark->length);
  if (source != NULL)
    add_end (dict, source, mark);
}

GVariant *
diagnostics_to_variant (const Diagnostics *diagnostics)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < diagnostics->entries->len; i++)
    {
      const DiagnosticEntry *entry = &g_array_index (diagnostics->entries, DiagnosticEntry, i);
      const Diagnostic *diagnostic = &entry->diagnostic;
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      g_variant_dict_insert (&dict, "severity", "s",
                             diagnostic->severity == DIAGNOSTIC_ERROR ? "error" : "warning");
      g_variant_dict_insert (&dict, "code", "s", diagnostic->code);
      g_variant_dict_insert (&dict, "message", "s", diagnostic->message);
      if (diagnostic->help != NULL)
        g_variant_dict_insert (&dict, "help", "s", diagnostic->help);
      add_place (&dict, diagnostics_find_text (diagnostics, entry), &diagnostic->mark);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* The first error of the list. */
static const Diagnostic *
find_first_error (const Diagnostics *diagnostics)
{
  for (guint i = 0; i < diagnostics->entries->len; i++)
    {
      const Diagnostic *diagnostic = diagnostics_get (diagnostics, i);

      if (diagnostic->severity == DIAGNOSTIC_ERROR)
        return diagnostic;
    }
  return NULL;
}

GError *
diagnostics_to_error (const Diagnostics *diagnostics, GQuark domain, int code)
{
  const Diagnostic *first;
  g_autoptr (GString) message = g_string_new (NULL);

  g_return_val_if_fail (diagnostics->n_errors > 0, NULL);

  first = find_first_error (diagnostics);
  if (first == NULL) /* only warnings were kept */
    return g_error_new (domain, code, "%u errors", diagnostics->n_errors);
  append_place (message, &first->mark);
  g_string_append (message, first->message);
  if (first->help != NULL)
    g_string_append_printf (message, "; %s", first->help);
  if (diagnostics->n_errors > 1)
    g_string_append_printf (message, " (and %u more error%s)", diagnostics->n_errors - 1,
                            diagnostics->n_errors > 2 ? "s" : "");
  return g_error_new_literal (domain, code, message->str);
}
