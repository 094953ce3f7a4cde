/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps copies of events, and puts them into words that tests compare. */
#include <backflow/engine/listeners/listener_capture.h>

#include <backflow/engine/engine.h>
#include <backflow/values/value.h>

struct ListenerCapture
{
  ListenerFilterFunc filter; /* (nullable) */
  gpointer user_data;
  GArray *events; /* of ListenerEvent, each with copies of its own */
};

/* A copy that holds what the event borrows. */
static ListenerEvent
copy_event (const ListenerEvent *event)
{
  ListenerEvent copy = *event;

  copy.run = g_strdup (event->run);
  copy.flow = g_strdup (event->flow);
  copy.atom = g_strdup (event->atom);
  copy.text = g_strdup (event->text);
  copy.log_path = g_strdup (event->log_path);
  copy.result = event->result != NULL ? g_variant_ref (event->result) : NULL;
  copy.details = event->details != NULL ? g_variant_ref (event->details) : NULL;
  copy.failure = event->failure != NULL ? failure_ref (event->failure) : NULL;
  return copy;
}

static void
clear_event (gpointer data)
{
  ListenerEvent *event = (ListenerEvent *) data;
  const char *const texts[]
      = { event->run, event->flow, event->atom, event->text, event->log_path };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free ((char *) (guintptr) texts[i]);
  g_clear_pointer (&event->result, g_variant_unref);
  g_clear_pointer (&event->details, g_variant_unref);
  failure_unref (event->failure);
}

static void
capture_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  ListenerCapture *capture = (ListenerCapture *) user_data;
  ListenerEvent copy;

  (void) engine;
  if (capture->filter != NULL && !capture->filter (event, capture->user_data))
    return;
  copy = copy_event (event);
  g_array_append_val (capture->events, copy);
}

ListenerCapture *
listener_add_capture (Engine *engine, ListenerMask mask, ListenerFilterFunc filter,
                      gpointer user_data)
{
  ListenerCapture *capture;

  g_return_val_if_fail (engine != NULL, NULL);
  capture = g_new (ListenerCapture, 1);
  *capture
      = (ListenerCapture){ filter, user_data, g_array_new (FALSE, FALSE, sizeof (ListenerEvent)) };
  g_array_set_clear_func (capture->events, clear_event);
  engine_add_listener (engine, mask, capture_event, capture, NULL);
  return capture;
}

void
listener_capture_free (ListenerCapture *capture)
{
  if (capture == NULL)
    return;
  g_array_unref (capture->events);
  g_free (capture);
}

void
listener_capture_clear (ListenerCapture *capture)
{
  g_return_if_fail (capture != NULL);
  g_array_set_size (capture->events, 0);
}

guint
listener_capture_get_length (const ListenerCapture *capture)
{
  g_return_val_if_fail (capture != NULL, 0);
  return capture->events->len;
}

const ListenerEvent *
listener_capture_get (const ListenerCapture *capture, guint index)
{
  g_return_val_if_fail (capture != NULL, NULL);
  g_return_val_if_fail (index < capture->events->len, NULL);
  return &g_array_index (capture->events, ListenerEvent, index);
}

/* -- As text ------------------------------------------------------------------------------------
 */

static void
append_subject (GString *out, const ListenerEvent *event)
{
  if (event->kind == LISTENER_ENGINE)
    g_string_append (out, "engine");
  else if (event->kind == LISTENER_FLOW || event->atom == NULL)
    g_string_append_printf (out, "flow %s", event->flow);
  else
    g_string_append (out, event->atom);
}

static void
append_state (GString *out, const ListenerEvent *event)
{
  g_string_append (out, listener_get_state_name (event->kind, event->to));
  if (event->failure != NULL)
    g_string_append_printf (out, "(%s)", failure_get_message (event->failure));
  if (event->result == NULL)
    return;
  g_string_append_c (out, '(');
  value_append_json (out, event->result);
  g_string_append_c (out, ')');
}

static void
append_event (GString *out, const ListenerEvent *event)
{
  append_subject (out, event);
  g_string_append_c (out, ' ');
  if (event->kind == LISTENER_DECISION)
    g_string_append_printf (out, "%s because %s", listener_get_state_name (event->kind, event->to),
                            event->text);
  else if (event->kind == LISTENER_PROGRESS)
    g_string_append_printf (out, "%.0f%%", event->progress * 100);
  else if (event->kind == LISTENER_NOTE)
    g_string_append_printf (out, "note: %s", event->text);
  else
    append_state (out, event);
}

char *
listener_capture_dup_text (const ListenerCapture *capture)
{
  GString *out;

  g_return_val_if_fail (capture != NULL, NULL);
  out = g_string_new (NULL);
  for (guint i = 0; i < capture->events->len; i++)
    {
      if (i > 0)
        g_string_append (out, "; ");
      append_event (out, &g_array_index (capture->events, ListenerEvent, i));
    }
  return g_string_free (out, FALSE);
}
