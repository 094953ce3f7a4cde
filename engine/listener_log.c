/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

typedef struct
{
  GLogLevelFlags level;
  GLogLevelFlags failure_level;
} LogLevels;

#define FIELDS_MAX 12

/* The fields of one message: `n` of them, with texts that live elsewhere. */
typedef struct
{
  GLogField fields[FIELDS_MAX];
  gsize n;
} LogFields;

static void
add_field (LogFields *fields, const char *key, const char *value)
{
  g_assert (fields->n < FIELDS_MAX);
  if (value != NULL)
    fields->fields[fields->n++] = (GLogField){ key, value, -1 };
}

static const char *
get_priority (GLogLevelFlags level)
{
  switch ((int)(level & G_LOG_LEVEL_MASK))
    {
    case G_LOG_LEVEL_ERROR:
      return "3";
    case G_LOG_LEVEL_CRITICAL:
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

static char *
dup_message (const ListenerEvent *event)
{
  const char *subject = event->atom != NULL ? event->atom : event->flow;
  const char *from;
  const char *to;

  if (event->kind == LISTENER_NOTE)
    return g_strdup_printf ("%s: %s", subject, event->text);
  from = listener_get_state_name (event->kind, event->from);
  to = listener_get_state_name (event->kind, event->to);
  if (event->failure != NULL)
    return g_strdup_printf ("%s: %s -> %s: %s", subject, from, to,
                            failure_get_message (event->failure));
  return g_strdup_printf ("%s: %s -> %s", subject, from, to);
}

static gboolean
is_failure (const ListenerEvent *event)
{
  return event->failure != NULL
         || (event->kind == LISTENER_FLOW && event->to == FLOW_STATE_FAILURE);
}

static void
log_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  const LogLevels *levels = (const LogLevels *)user_data;
  GLogLevelFlags level = is_failure (event) ? levels->failure_level : levels->level;
  g_autofree char *message = dup_message (event);
  char attempt[16];
  LogFields fields = { .n = 0 };

  (void)engine;
  g_snprintf (attempt, sizeof attempt, "%u", event->attempt);
  add_field (&fields, "PRIORITY", get_priority (level));
  add_field (&fields, "GLIB_DOMAIN", "backflow");
  add_field (&fields, "MESSAGE", message);
  add_field (&fields, "BACKFLOW_RUN", event->run);
  add_field (&fields, "BACKFLOW_FLOW", event->flow);
  add_field (&fields, "BACKFLOW_ATOM", event->atom);
  if (event->kind != LISTENER_NOTE)
    {
      add_field (&fields, "BACKFLOW_FROM", listener_get_state_name (event->kind, event->from));
      add_field (&fields, "BACKFLOW_STATE", listener_get_state_name (event->kind, event->to));
    }
  if (event->kind == LISTENER_ATOM)
    add_field (&fields, "BACKFLOW_ATTEMPT", attempt);
  if (event->failure != NULL)
    add_field (&fields, "BACKFLOW_FAILURE", failure_get_message (event->failure));
  add_field (&fields, "BACKFLOW_LOG", event->log_path);
  g_log_structured_array (level, fields.fields, fields.n);
}

guint
listener_add_logger (Engine *engine,
                     ListenerMask mask,
                     GLogLevelFlags level,
                     GLogLevelFlags failure_level)
{
  g_return_val_if_fail (engine != NULL, 0);

  LogLevels *levels = g_new (LogLevels, 1);

  levels->level = level;
  levels->failure_level = failure_level;
  return engine_add_listener (engine, mask, log_event, levels, g_free);
}
