/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/listeners/listener_log.h>

#include "engine/listeners/listener_mask.h"
#include "engine/listeners/listener_text.h"

#include <backflow/engine/engine.h>
#include <backflow/values/value.h>

/* has_values: results and details are logged, without what `hidden` and `masked` say. */
typedef struct
{
  GLogLevelFlags level;
  GLogLevelFlags failure_level;
  gboolean has_values;
  char **hidden;
  char **masked;
} Logger;

#define FIELDS_MAX 16
#define TEXTS_MAX 8

/* The fields of one message: `n` of them, and the texts that were made for them. */
typedef struct
{
  GLogField fields[FIELDS_MAX];
  gsize n;
  char *texts[TEXTS_MAX];
  gsize n_texts;
} LogFields;

static void
add_field (LogFields *fields, const char *key, const char *value)
{
  g_assert (fields->n < FIELDS_MAX);
  if (value != NULL)
    fields->fields[fields->n++] = (GLogField){ key, value, -1 };
}

/* text: (transfer full). */
static void
add_text (LogFields *fields, const char *key, char *text)
{
  g_assert (fields->n_texts < TEXTS_MAX);
  fields->texts[fields->n_texts++] = text;
  add_field (fields, key, text);
}

static void
clear_fields (LogFields *fields)
{
  while (fields->n_texts > 0)
    g_free (fields->texts[--fields->n_texts]);
}

static const char *
get_priority (GLogLevelFlags level)
{
  switch ((int) (level & G_LOG_LEVEL_MASK))
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

/* -- What may be seen ---------------------------------------------------------------------------
 */

static gboolean
is_hidden (const Logger *logger, const ListenerEvent *event)
{
  return logger->hidden != NULL && event->atom != NULL
         && g_strv_contains ((const char *const *) logger->hidden, event->atom);
}

/* A value as JSON, without what is not to be seen. Returns: (transfer full). */
static char *
dup_visible (const Logger *logger, const ListenerEvent *event, GVariant *value)
{
  g_autoptr (GVariant) masked = NULL;

  if (is_hidden (logger, event))
    return g_strdup (LISTENER_MASKED);
  masked = listener_mask_value (value, (const char *const *) logger->masked, LISTENER_MASKED);
  return value_to_json (masked);
}

/* The message of the failure; the message is a key of a failure like others. Borrowed (nullable).
 */
static const char *
get_failure_message (const Logger *logger, const ListenerEvent *event)
{
  if (event->failure == NULL)
    return NULL;
  if (logger->masked != NULL && g_strv_contains ((const char *const *) logger->masked, "message"))
    return LISTENER_MASKED;
  return failure_get_message (event->failure);
}

static void
add_values (LogFields *fields, const Logger *logger, const ListenerEvent *event)
{
  if (!logger->has_values)
    return;
  if (event->result != NULL)
    add_text (fields, "BACKFLOW_RESULT", dup_visible (logger, event, event->result));
  if (event->details != NULL)
    add_text (fields, "BACKFLOW_DETAILS", dup_visible (logger, event, event->details));
  if (event->failure != NULL)
    {
      g_autoptr (GVariant) failure = failure_to_variant (event->failure);

      add_text (fields, "BACKFLOW_FAILURE_FIELDS", dup_visible (logger, event, failure));
    }
}

/* -- The message --------------------------------------------------------------------------------
 */

static gboolean
is_transition (const ListenerEvent *event)
{
  return event->kind == LISTENER_FLOW || event->kind == LISTENER_ATOM
         || event->kind == LISTENER_ENGINE;
}

static char *
dup_message (const Logger *logger, const ListenerEvent *event)
{
  GString *message = g_string_new (event->atom != NULL ? event->atom : event->flow);
  const char *failure = get_failure_message (logger, event);

  g_string_append (message, ": ");
  if (event->kind == LISTENER_NOTE)
    g_string_append (message, event->text);
  else
    listener_append_change (message, event);
  if (failure != NULL)
    g_string_append_printf (message, ": %s", failure);
  return g_string_free (message, FALSE);
}

static gboolean
is_atom_failure (AtomState to)
{
  return to == ATOM_STATE_FAILURE || to == ATOM_STATE_REVERTED || to == ATOM_STATE_REVERT_FAILURE
         || to == ATOM_STATE_RETRYING;
}

/* Whether it would not have happened if nothing had gone wrong. */
static gboolean
is_failure (const ListenerEvent *event)
{
  if (event->kind == LISTENER_ATOM)
    return is_atom_failure ((AtomState) event->to);
  if (event->kind == LISTENER_FLOW)
    return event->to == FLOW_STATE_FAILURE || event->to == FLOW_STATE_REVERTED;
  return event->kind == LISTENER_DECISION;
}

static void
add_subject (LogFields *fields, const ListenerEvent *event)
{
  add_field (fields, "BACKFLOW_RUN", event->run);
  add_field (fields, "BACKFLOW_FLOW", event->flow);
  add_field (fields, "BACKFLOW_ATOM", event->atom);
  if (is_transition (event))
    {
      add_field (fields, "BACKFLOW_FROM", listener_get_state_name (event->kind, event->from));
      add_field (fields, "BACKFLOW_STATE", listener_get_state_name (event->kind, event->to));
    }
  else if (event->kind == LISTENER_DECISION)
    {
      add_field (fields, "BACKFLOW_DECISION", listener_get_state_name (event->kind, event->to));
      add_field (fields, "BACKFLOW_FAILED", event->text);
    }
  else if (event->kind == LISTENER_PROGRESS)
    add_text (fields, "BACKFLOW_PROGRESS", g_strdup_printf ("%.0f%%", event->progress * 100));
  if (event->kind == LISTENER_ATOM || event->kind == LISTENER_PROGRESS)
    add_text (fields, "BACKFLOW_ATTEMPT", g_strdup_printf ("%u", event->attempt));
}

static void
log_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  const Logger *logger = (const Logger *) user_data;
  GLogLevelFlags level = is_failure (event) ? logger->failure_level : logger->level;
  LogFields fields = { .n = 0 };

  (void) engine;
  add_field (&fields, "PRIORITY", get_priority (level));
  add_field (&fields, "GLIB_DOMAIN", "backflow");
  add_text (&fields, "MESSAGE", dup_message (logger, event));
  add_subject (&fields, event);
  add_field (&fields, "BACKFLOW_FAILURE", get_failure_message (logger, event));
  add_values (&fields, logger, event);
  add_field (&fields, "BACKFLOW_LOG", event->log_path);
  g_log_structured_array (level, fields.fields, fields.n);
  clear_fields (&fields);
}

/* -- Making them --------------------------------------------------------------------------------
 */

static void
logger_free (gpointer data)
{
  Logger *logger = (Logger *) data;

  g_strfreev (logger->hidden);
  g_strfreev (logger->masked);
  g_free (logger);
}

static guint
add_logger (Engine *engine, const ListenerLogOptions *options, gboolean has_values)
{
  Logger *logger = g_new0 (Logger, 1);

  logger->level = options->level;
  logger->failure_level = options->failure_level;
  logger->has_values = has_values;
  logger->hidden = g_strdupv ((char **) (guintptr) options->hidden);
  logger->masked = g_strdupv ((char **) (guintptr) options->masked);
  return engine_add_listener (engine, options->mask, log_event, logger, logger_free);
}

guint
listener_add_logger (Engine *engine, ListenerMask mask, GLogLevelFlags level,
                     GLogLevelFlags failure_level)
{
  const ListenerLogOptions options
      = { .mask = mask, .level = level, .failure_level = failure_level };

  g_return_val_if_fail (engine != NULL, 0);
  return add_logger (engine, &options, FALSE);
}

guint
listener_add_value_logger (Engine *engine, const ListenerLogOptions *options)
{
  g_return_val_if_fail (engine != NULL, 0);
  g_return_val_if_fail (options != NULL, 0);
  return add_logger (engine, options, TRUE);
}
