/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include <string.h>

#include <backflow/values/value.h>

/* Whether a character could move the cursor, change colours or the direction of writing. */
static gboolean
is_harmful (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR || (character >= 0x202a && character <= 0x202e)
         || (character >= 0x2066 && character <= 0x2069);
}

static char *
dup_without (const char *text, const char *kept)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *out = g_string_sized_new (strlen (valid));

  for (char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);
      gboolean is_kept = character < 0x80 && strchr (kept, (int) character) != NULL;

      if (is_harmful (character) && !is_kept)
        g_string_append_c (out, ' ');
      else
        g_string_append_unichar (out, character);
    }
  return g_string_free (out, FALSE);
}

char *
text_dup_visible (const char *text)
{
  return dup_without (text, "");
}

char *
text_dup_visible_lines (const char *text)
{
  return dup_without (text, "\n\t");
}

char *
text_dup_indented (const char *text, guint indent)
{
  g_autofree char *visible = text_dup_visible_lines (text);
  g_auto (GStrv) lines = g_strsplit (visible, "\n", -1);
  GString *out = g_string_new (NULL);
  guint count = g_strv_length (lines);

  while (count > 0 && *lines[count - 1] == '\0')
    count--;
  for (guint i = 0; i < count; i++)
    g_string_append_printf (out, "%s%*s%s", i > 0 ? "\n" : "", (int) indent, "", lines[i]);
  return g_string_free (out, FALSE);
}

const char *
text_find_last_lines (const char *text, guint count)
{
  const char *at = text + strlen (text);

  if (at > text && at[-1] == '\n')
    at--;
  while (at > text)
    {
      if (at[-1] == '\n' && --count == 0)
        break;
      at--;
    }
  return at;
}

char *
text_dup_value (GVariant *value, guint max)
{
  g_autofree char *word = value != NULL ? value_to_word (value) : g_strdup ("");
  g_autofree char *visible = text_dup_visible (word);

  return text_dup_cut (visible, max);
}

char *
text_dup_duration (gint64 us)
{
  gint64 seconds = us / G_USEC_PER_SEC;

  if (us < 0)
    return g_strdup ("-");
  if (us < G_USEC_PER_SEC)
    return g_strdup_printf ("%d ms", (int) (us / 1000));
  if (seconds < 10)
    return g_strdup_printf ("%.1f s", (double) us / G_USEC_PER_SEC);
  if (seconds < 60)
    return g_strdup_printf ("%d s", (int) seconds);
  if (seconds < 3600)
    return g_strdup_printf ("%d:%02d", (int) (seconds / 60), (int) (seconds % 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600,
                          (int) (seconds / 60 % 60), (int) (seconds % 60));
}

char *
text_dup_age (gint64 us)
{
  gint64 seconds = us / G_USEC_PER_SEC;

  if (us < 0)
    return g_strdup ("in the future");
  if (seconds == 0)
    return g_strdup ("now");
  if (seconds < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT " s ago", seconds);
  if (seconds < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT " min ago", seconds / 60);
  if (seconds < 2 * 86400)
    return g_strdup_printf ("%" G_GINT64_FORMAT " h ago", seconds / 3600);
  return g_strdup_printf ("%" G_GINT64_FORMAT " days ago", seconds / 86400);
}

char *
text_dup_time (gint64 time_us)
{
  g_autoptr (GDateTime) time
      = time_us > 0 ? g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC) : NULL;

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("-");
}

char *
text_dup_timestamp (gint64 time_us)
{
  g_autoptr (GDateTime) time
      = time_us > 0 ? g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC) : NULL;
  g_autofree char *seconds = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

  if (seconds == NULL)
    return g_strdup ("");
  return g_strdup_printf ("%s.%06dZ", seconds, (int) (time_us % G_USEC_PER_SEC));
}

static guint
get_character_width (gunichar character)
{
  if (g_unichar_iszerowidth (character))
    return 0;
  return g_unichar_iswide (character) ? 2 : 1;
}

guint
text_get_width (const char *text)
{
  guint width = 0;

  for (const char *at = text; *at != '\0'; at += g_utf8_skip[*(const guchar *) at])
    width += get_character_width (g_utf8_get_char (at));
  return width;
}

char *
text_dup_cut (const char *text, guint width)
{
  const char *at = text;
  guint used = 0;

  if (text_get_width (text) <= width)
    return g_strdup (text);
  if (width == 0)
    return g_strdup ("");
  while (used + get_character_width (g_utf8_get_char (at)) < width)
    {
      used += get_character_width (g_utf8_get_char (at));
      at += g_utf8_skip[*(const guchar *) at];
    }
  return g_strdup_printf ("%.*s…", (int) (at - text), text);
}

char *
text_dup_padded (const char *text, guint width)
{
  guint used = text_get_width (text);

  return g_strdup_printf ("%s%*s", text, used < width ? (int) (width - used) : 0, "");
}

char *
text_dup_count (guint count, const char *noun)
{
  return g_strdup_printf ("%u %s%s", count, noun, count == 1 ? "" : "s");
}
