/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "diagnostics/diagnostic_private.h"

/* What a message may be long, in bytes; names that users wrote can be of any length. */
#define MESSAGE_MAX 1000u

static void
source_clear (gpointer data)
{
  DiagnosticSource *source = data;

  g_free (source->name);
  g_clear_pointer (&source->text, g_bytes_unref);
}

Diagnostics *
diagnostics_new (void)
{
  Diagnostics *diagnostics = g_new0 (Diagnostics, 1);

  diagnostics->entries = g_array_new (FALSE, FALSE, sizeof (DiagnosticEntry));
  diagnostics->sources = g_array_new (FALSE, FALSE, sizeof (DiagnosticSource));
  g_array_set_clear_func (diagnostics->sources, source_clear);
  diagnostics->strings = g_string_chunk_new (256);
  return diagnostics;
}

void
diagnostics_free (Diagnostics *diagnostics)
{
  if (diagnostics == NULL)
    return;
  g_array_unref (diagnostics->entries);
  g_array_unref (diagnostics->sources);
  g_string_chunk_free (diagnostics->strings);
  g_free (diagnostics);
}

/* The index of the file among the sources; it is added when it is new. */
static guint
need_source (Diagnostics *diagnostics, const char *file)
{
  DiagnosticSource added = { NULL, NULL };

  for (guint i = 0; i < diagnostics->sources->len; i++)
    if (strcmp (g_array_index (diagnostics->sources, DiagnosticSource, i).name, file) == 0)
      return i;
  added.name = g_strdup (file);
  g_array_append_val (diagnostics->sources, added);
  return diagnostics->sources->len - 1;
}

void
diagnostics_add_source (Diagnostics *diagnostics, const char *file, GBytes *text)
{
  DiagnosticSource *source;
  guint index;

  g_return_if_fail (diagnostics != NULL && file != NULL && text != NULL);

  index = need_source (diagnostics, file);
  source = &g_array_index (diagnostics->sources, DiagnosticSource, index);
  g_bytes_ref (text);
  g_clear_pointer (&source->text, g_bytes_unref);
  source->text = text;
}

GBytes *
diagnostics_find_text (const Diagnostics *diagnostics, const DiagnosticEntry *entry)
{
  if (entry->source == DIAGNOSTIC_NO_SOURCE)
    return NULL;
  return g_array_index (diagnostics->sources, DiagnosticSource, entry->source).text;
}

/* Controls, and what reorders text on a terminal. */
static gboolean
is_visible (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR
         && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void
append_escaped (GString *out, gunichar c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\t')
    g_string_append (out, "\\t");
  else
    g_string_append_printf (out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
}

/* One line of printable UTF-8 of bounded length, kept by the list. */
static const char *G_GNUC_PRINTF (2, 0)
    keep_visible (Diagnostics *diagnostics, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p += g_utf8_skip[(guchar) *p])
    {
      gunichar c = g_utf8_get_char (p);

      if (out->len >= MESSAGE_MAX)
        {
          g_string_append (out, "…");
          break;
        }
      if (is_visible (c))
        g_string_append_unichar (out, c);
      else
        append_escaped (out, c);
    }
  return g_string_chunk_insert (diagnostics->strings, out->str);
}

static void
count (Diagnostics *diagnostics, DiagnosticSeverity severity)
{
  if (severity == DIAGNOSTIC_ERROR)
    diagnostics->n_errors++;
  else
    diagnostics->n_warnings++;
}

/* Copies the mark so that its file is a name of the list's own. */
static void
keep_mark (Diagnostics *diagnostics, DiagnosticEntry *entry, const SourceMark *mark)
{
  entry->source = DIAGNOSTIC_NO_SOURCE;
  if (mark == NULL)
    return;
  entry->diagnostic.mark = *mark;
  if (mark->file == NULL)
    return;
  entry->source = need_source (diagnostics, mark->file);
  entry->diagnostic.mark.file
      = g_array_index (diagnostics->sources, DiagnosticSource, entry->source).name;
}

void
diagnostics_add (Diagnostics *diagnostics, DiagnosticSeverity severity, const char *code,
                 const SourceMark *mark, const char *format, ...)
{
  DiagnosticEntry entry = { .diagnostic = { .severity = severity } };
  va_list args;

  g_return_if_fail (diagnostics != NULL && code != NULL && format != NULL);

  count (diagnostics, severity);
  if (diagnostics->n_errors + diagnostics->n_warnings > DIAGNOSTICS_KEPT)
    return;
  entry.diagnostic.code = g_string_chunk_insert_const (diagnostics->strings, code);
  va_start (args, format);
  entry.diagnostic.message = keep_visible (diagnostics, format, args);
  va_end (args);
  keep_mark (diagnostics, &entry, mark);
  g_array_append_val (diagnostics->entries, entry);
}

void
diagnostics_add_help (Diagnostics *diagnostics, const char *format, ...)
{
  DiagnosticEntry *last;
  va_list args;

  g_return_if_fail (diagnostics != NULL && format != NULL);
  g_return_if_fail (diagnostics->entries->len > 0);

  if (diagnostics->n_errors + diagnostics->n_warnings > diagnostics->entries->len)
    return; /* the one added last was not kept */
  last = &g_array_index (diagnostics->entries, DiagnosticEntry, diagnostics->entries->len - 1);
  va_start (args, format);
  last->diagnostic.help = keep_visible (diagnostics, format, args);
  va_end (args);
}

void
diagnostics_append (Diagnostics *diagnostics, const Diagnostics *other)
{
  guint unkept = other->n_errors + other->n_warnings - other->entries->len;

  for (guint i = 0; i < other->sources->len; i++)
    {
      const DiagnosticSource *source = &g_array_index (other->sources, DiagnosticSource, i);

      if (source->text != NULL)
        diagnostics_add_source (diagnostics, source->name, source->text);
    }
  for (guint i = 0; i < other->entries->len; i++)
    {
      const Diagnostic *from = &g_array_index (other->entries, DiagnosticEntry, i).diagnostic;

      diagnostics_add (diagnostics, from->severity, from->code, &from->mark, "%s", from->message);
      if (from->help != NULL)
        diagnostics_add_help (diagnostics, "%s", from->help);
    }
  diagnostics->n_errors += MIN (unkept, other->n_errors);
}

guint
diagnostics_get_n_errors (const Diagnostics *diagnostics)
{
  return diagnostics->n_errors;
}

guint
diagnostics_get_n_warnings (const Diagnostics *diagnostics)
{
  return diagnostics->n_warnings;
}

guint
diagnostics_get_length (const Diagnostics *diagnostics)
{
  return diagnostics->entries->len;
}

const Diagnostic *
diagnostics_get (const Diagnostics *diagnostics, guint index)
{
  g_return_val_if_fail (index < diagnostics->entries->len, NULL);

  return &g_array_index (diagnostics->entries, DiagnosticEntry, index).diagnostic;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const DiagnosticEntry *left = a;
  const DiagnosticEntry *right = b;
  /* no source is the largest number: adding one makes it the least */
  guint left_source = left->source + 1u;
  guint right_source = right->source + 1u;

  if (left_source != right_source)
    return left_source < right_source ? -1 : 1;
  if (left->diagnostic.mark.line != right->diagnostic.mark.line)
    return left->diagnostic.mark.line < right->diagnostic.mark.line ? -1 : 1;
  if (left->diagnostic.mark.column != right->diagnostic.mark.column)
    return left->diagnostic.mark.column < right->diagnostic.mark.column ? -1 : 1;
  return 0;
}

void
diagnostics_sort (Diagnostics *diagnostics)
{
  g_array_sort (diagnostics->entries, compare_entries);
}
