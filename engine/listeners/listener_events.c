/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/listeners/listener_events.h>

#include <backflow/engine/engine.h>
#include <backflow/values/value.h>

/* The lines of one log are numbered from 1 without gaps, whatever else the engine did between them.
 */
typedef struct
{
  FILE *out;
  guint64 written;
} EventLog;

static void
append_member (GString *out, const char *key, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", key);
  value_append_json_string (out, text);
}

static void
append_time (GString *out, gint64 time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

  if (text != NULL)
    g_string_append_printf (out, ",\"time\":\"%s.%06dZ\"", text, (int) (time_us % G_USEC_PER_SEC));
}

static const char *
get_kind_name (ListenerMask kind)
{
  switch (kind)
    {
    case LISTENER_FLOW:
      return "flow";
    case LISTENER_ATOM:
      return "atom";
    case LISTENER_ENGINE:
      return "engine";
    case LISTENER_PROGRESS:
      return "progress";
    case LISTENER_DECISION:
      return "decision";
    case LISTENER_NOTE:
    default:
      return "note";
    }
}

static void
append_states (GString *out, const ListenerEvent *event)
{
  append_member (out, "from", listener_get_state_name (event->kind, event->from));
  append_member (out, "to", listener_get_state_name (event->kind, event->to));
}

static void
append_failure (GString *out, const ListenerEvent *event)
{
  g_autoptr (GVariant) failure = failure_to_variant (event->failure);

  g_string_append (out, ",\"failure\":");
  value_append_json (out, failure);
}

static void
append_subject (GString *out, const ListenerEvent *event)
{
  append_member (out, "atom", event->atom);
  append_member (out, "flow", event->flow);
  append_member (out, "kind", atom_kind_get_name (event->atom_kind));
}

static void
append_atom (GString *out, const ListenerEvent *event)
{
  append_subject (out, event);
  append_states (out, event);
  g_string_append_printf (out, ",\"attempt\":%u", event->attempt);
  if (event->failure != NULL)
    append_failure (out, event);
  else if (event->to == ATOM_STATE_SUCCESS || event->to == ATOM_STATE_REVERTED)
    {
      g_string_append (out, ",\"result\":");
      value_append_json (out, event->result);
    }
  if (event->log_path != NULL)
    append_member (out, "log", event->log_path);
}

static void
append_number (GString *out, const char *key, double number)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_double (number));

  g_string_append_printf (out, ",\"%s\":", key);
  value_append_json (out, value);
}

static void
append_decision (GString *out, const ListenerEvent *event)
{
  append_subject (out, event);
  append_member (out, "decision", listener_get_state_name (event->kind, event->to));
  append_member (out, "failed", event->text);
  append_number (out, "wait", (double) event->wait_us / G_USEC_PER_SEC);
}

static void
append_progress (GString *out, const ListenerEvent *event)
{
  append_subject (out, event);
  append_member (out, "action", event->to == ATOM_STATE_REVERTING ? "revert" : "execute");
  g_string_append_printf (out, ",\"attempt\":%u", event->attempt);
  append_number (out, "progress", event->progress);
  if (event->details == NULL)
    return;
  g_string_append (out, ",\"details\":");
  value_append_json (out, event->details);
}

static void
append_note (GString *out, const ListenerEvent *event)
{
  if (event->atom != NULL)
    append_member (out, "atom", event->atom);
  append_member (out, "text", event->text);
}

static void
append_transition (GString *out, const ListenerEvent *event)
{
  append_member (out, "flow", event->flow);
  append_states (out, event);
}

/* What an event says besides its number, its time and its run. */
static void
append_content (GString *out, const ListenerEvent *event)
{
  switch (event->kind)
    {
    case LISTENER_ATOM:
      append_atom (out, event);
      break;
    case LISTENER_DECISION:
      append_decision (out, event);
      break;
    case LISTENER_PROGRESS:
      append_progress (out, event);
      break;
    case LISTENER_FLOW:
    case LISTENER_ENGINE:
      append_transition (out, event);
      break;
    case LISTENER_NOTE:
    default:
      append_note (out, event);
      break;
    }
}

void
listener_append_event_json (GString *out, const ListenerEvent *event)
{
  g_return_if_fail (out != NULL);
  g_return_if_fail (event != NULL);

  g_string_append_printf (out, "{\"seq\":%" G_GUINT64_FORMAT, event->seq);
  append_time (out, event->time_us);
  append_member (out, "run", event->run);
  append_member (out, "event", get_kind_name (event->kind));
  append_content (out, event);
  g_string_append_c (out, '}');
}

static void
write_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  EventLog *log = (EventLog *) user_data;
  ListenerEvent numbered = *event;
  g_autoptr (GString) line = g_string_new (NULL);

  (void) engine;
  numbered.seq = ++log->written;
  listener_append_event_json (line, &numbered);
  g_string_append_c (line, '\n');
  fwrite (line->str, 1, line->len, log->out);
  fflush (log->out);
}

guint
listener_add_event_log (Engine *engine, ListenerMask mask, FILE *out)
{
  g_return_val_if_fail (engine != NULL, 0);
  g_return_val_if_fail (out != NULL, 0);

  EventLog *log = g_new0 (EventLog, 1);

  log->out = out;
  return engine_add_listener (engine, mask, write_event, log, g_free);
}
