/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

/* Appends what people wrote, or a step printed, so that it stays on its line and says nothing to a terminal. */
static void
append_visible (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (g_unichar_iscntrl (character))
        g_string_append_c (out, ' ');
      else
        g_string_append_unichar (out, character);
    }
}

static void
append_time (GString *out, gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%H:%M:%S") : NULL;

  g_string_append_printf (out, "%s ", text != NULL ? text : "--:--:--");
}

static void
append_subject (GString *out, const ListenerEvent *event)
{
  switch (event->kind)
    {
    case LISTENER_FLOW:
      g_string_append (out, "flow ");
      append_visible (out, event->flow);
      break;
    case LISTENER_ENGINE:
      g_string_append (out, "engine");
      break;
    case LISTENER_ATOM:
    case LISTENER_NOTE:
    case LISTENER_PROGRESS:
    case LISTENER_DECISION:
    default:
      append_visible (out, event->atom != NULL ? event->atom : event->flow);
      break;
    }
}

static void
append_detail (GString *out, const ListenerEvent *event)
{
  if (event->kind == LISTENER_ATOM && event->attempt > 1)
    g_string_append_printf (out, " (attempt %u)", event->attempt);
  if (event->failure == NULL)
    return;
  g_string_append (out, ": ");
  append_visible (out, failure_get_message (event->failure));
}

static void
append_decision (GString *out, const ListenerEvent *event)
{
  g_string_append_printf (out, ": %s because '", listener_get_state_name (event->kind, event->to));
  append_visible (out, event->text);
  g_string_append (out, "' failed");
  if (event->wait_us > 0)
    g_string_append_printf (out, ", in %.1f s", (double) event->wait_us / G_USEC_PER_SEC);
}

static void
print_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  FILE *out = (FILE *)user_data;
  g_autoptr (GString) line = g_string_new (NULL);

  (void)engine;
  append_time (line, event->time_us);
  append_subject (line, event);
  if (event->kind == LISTENER_NOTE)
    {
      g_string_append (line, ": note: ");
      append_visible (line, event->text);
    }
  else if (event->kind == LISTENER_PROGRESS)
    g_string_append_printf (line, ": %.0f%%", event->progress * 100);
  else if (event->kind == LISTENER_DECISION)
    append_decision (line, event);
  else
    g_string_append_printf (line, ": %s -> %s", listener_get_state_name (event->kind, event->from),
                            listener_get_state_name (event->kind, event->to));
  append_detail (line, event);
  g_string_append_c (line, '\n');
  fwrite (line->str, 1, line->len, out);
  fflush (out);
}

guint
listener_add_printer (Engine *engine, ListenerMask mask, FILE *out)
{
  g_return_val_if_fail (engine != NULL, 0);
  g_return_val_if_fail (out != NULL, 0);
  return engine_add_listener (engine, mask, print_event, out, NULL);
}
