/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/listeners/listener_print.h>

#include "engine/listeners/listener_text.h"

#include <backflow/engine/engine.h>

static void
append_subject (GString *out, const ListenerEvent *event)
{
  switch (event->kind)
    {
    case LISTENER_FLOW:
      g_string_append (out, "flow ");
      listener_append_visible (out, event->flow);
      break;
    case LISTENER_ENGINE:
      g_string_append (out, "engine");
      break;
    case LISTENER_ATOM:
    case LISTENER_NOTE:
    case LISTENER_PROGRESS:
    case LISTENER_DECISION:
    default:
      listener_append_visible (out, event->atom != NULL ? event->atom : event->flow);
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
  listener_append_visible (out, failure_get_message (event->failure));
}

static void
append_content (GString *out, const ListenerEvent *event)
{
  if (event->kind != LISTENER_NOTE)
    {
      listener_append_change (out, event);
      return;
    }
  g_string_append (out, "note: ");
  listener_append_visible (out, event->text);
}

static void
print_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  FILE *out = (FILE *) user_data;
  g_autoptr (GString) line = g_string_new (NULL);

  (void) engine;
  listener_append_clock (line, event->time_us);
  append_subject (line, event);
  g_string_append (line, ": ");
  append_content (line, event);
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
