/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/listeners/listener_text.h"

#include <backflow/atoms/retry.h>

/* Whether a character could move a cursor or change the direction of writing. */
static gboolean
is_harmful (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR
         || type == G_UNICODE_PARAGRAPH_SEPARATOR || (character >= 0x202a && character <= 0x202e)
         || (character >= 0x2066 && character <= 0x2069);
}

void
listener_append_visible (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (is_harmful (character))
        g_string_append_c (out, ' ');
      else
        g_string_append_unichar (out, character);
    }
}

void
listener_append_clock (GString *out, gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%H:%M:%S") : NULL;

  g_string_append_printf (out, "%s ", text != NULL ? text : "--:--:--");
}

static void
append_decision (GString *out, const ListenerEvent *event)
{
  if (event->atom_kind != ATOM_KIND_RETRY && event->to == RETRY_DECISION_RETRY)
    g_string_append (out, "its revert failed, and is tried again");
  else
    {
      g_string_append_printf (out, "%s because '",
                              listener_get_state_name (event->kind, event->to));
      listener_append_visible (out, event->text);
      g_string_append (out, "' failed");
    }
  if (event->wait_us > 0)
    g_string_append_printf (out, ", in %.1f s", (double) event->wait_us / G_USEC_PER_SEC);
}

void
listener_append_change (GString *out, const ListenerEvent *event)
{
  if (event->kind == LISTENER_DECISION)
    append_decision (out, event);
  else if (event->kind == LISTENER_PROGRESS)
    g_string_append_printf (out, "%.0f%%", event->progress * 100);
  else
    g_string_append_printf (out, "%s -> %s", listener_get_state_name (event->kind, event->from),
                            listener_get_state_name (event->kind, event->to));
}
