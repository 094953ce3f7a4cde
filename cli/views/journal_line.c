/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/journal_line.h"

#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_events.h>
#include <backflow/engine/report/report_history.h>
#include <backflow/values/value.h>

#include "cli/text.h"

/* A line under way. */
typedef struct
{
  GString *out;
  const StorageRunInfo *run;
  const StorageAtom *atom; /* (nullable) that the record is about */
  const StorageAtom *atoms;
  guint n_atoms;
  const StorageRecord *record;
} Line;

static void
append_text (GString *out, const char *key, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_printf (out, ",\"%s\":", key);
  value_append_json_string (out, valid);
}

static void
append_time (GString *out, const char *key, gint64 time_us)
{
  g_autofree char *time = text_dup_timestamp (time_us);

  if (time_us > 0)
    append_text (out, key, time);
}

static void
append_value (GString *out, const char *key, GVariant *value)
{
  g_string_append_printf (out, ",\"%s\":", key);
  value_append_json (out, value);
}

/* -- As in the event log ------------------------------------------------------------------------
 */

static gboolean
is_of_type (const Line *line, const char *type)
{
  return line->record->value != NULL
         && g_variant_is_of_type (line->record->value, G_VARIANT_TYPE (type));
}

static ListenerEvent
begin_event (const Line *line, ListenerMask kind)
{
  ListenerEvent event = { .kind = kind,
                          .from = line->record->from,
                          .to = line->record->to,
                          .seq = line->record->seq,
                          .time_us = line->record->time_us,
                          .run = line->run->id,
                          .flow = line->run->flow,
                          .attempt = line->record->attempt };

  if (line->atom == NULL)
    return event;
  event.flow = line->atom->flow;
  event.atom = line->atom->name;
  event.atom_kind = line->atom->kind;
  return event;
}

/* The line of an event, but for its last brace. */
static void
append_event (const Line *line, const ListenerEvent *event)
{
  listener_append_event_json (line->out, event);
  g_string_truncate (line->out, line->out->len - 1);
}

static void
append_atom (const Line *line)
{
  ListenerEvent event = begin_event (line, LISTENER_ATOM);
  gboolean has_failed = event.to == ATOM_STATE_FAILURE || event.to == ATOM_STATE_REVERT_FAILURE;
  g_autoptr (Failure) failure = has_failed && line->record->value != NULL
                                    ? failure_new_from_variant (line->record->value)
                                    : NULL;

  event.failure = failure;
  event.result = has_failed ? NULL : line->record->value;
  append_event (line, &event);
  append_text (line->out, "intention", intention_get_name ((Intention) line->record->intention));
}

static void
append_flow (const Line *line)
{
  ListenerEvent event = begin_event (line, LISTENER_FLOW);

  append_event (line, &event);
}

static void
append_note (const Line *line)
{
  ListenerEvent event = begin_event (line, LISTENER_NOTE);

  event.text = is_of_type (line, "s") ? g_variant_get_string (line->record->value, NULL) : "";
  append_event (line, &event);
}

static void
append_decision (const Line *line)
{
  ListenerEvent event = begin_event (line, LISTENER_DECISION);
  guint32 failed = storage_record_get_failed_atom (line->record);
  gint64 until_us = 0;

  event.text = failed < line->n_atoms ? line->atoms[failed].name : "";
  if (is_of_type (line, "(xx)"))
    g_variant_get (line->record->value, "(xx)", &event.wait_us, &until_us);
  append_event (line, &event);
  append_time (line->out, "until", until_us);
}

static void
append_progress (const Line *line)
{
  ListenerEvent event = begin_event (line, LISTENER_PROGRESS);
  g_autoptr (GVariant) details = NULL;

  event.to = line->record->to == ATOM_ACTION_REVERT ? ATOM_STATE_REVERTING : ATOM_STATE_RUNNING;
  if (is_of_type (line, "(dmv)"))
    g_variant_get (line->record->value, "(dmv)", &event.progress, &details);
  event.details = details;
  append_event (line, &event);
}

/* -- What only the journal has ------------------------------------------------------------------
 */

static void
begin (const Line *line, const char *event)
{
  g_string_append_printf (line->out, "{\"seq\":%" G_GUINT64_FORMAT, line->record->seq);
  append_time (line->out, "time", line->record->time_us);
  append_text (line->out, "run", line->run->id);
  append_text (line->out, "event", event);
  if (line->atom == NULL)
    return;
  append_text (line->out, "atom", line->atom->name);
  append_text (line->out, "flow", line->atom->flow);
  append_text (line->out, "kind", atom_kind_get_name (line->atom->kind));
}

/* An event that is a name and its value. */
static void
append_named (const Line *line, const char *event)
{
  const char *name;
  g_autoptr (GVariant) value = NULL;

  begin (line, event);
  if (!is_of_type (line, "(sv)"))
    return;
  g_variant_get (line->record->value, "(&sv)", &name, &value);
  append_text (line->out, "name", name);
  append_value (line->out, "value", value);
}

static void
append_input (const Line *line)
{
  append_named (line, "input");
}

static void
append_meta (const Line *line)
{
  append_named (line, "meta");
}

/* The atom of a number, when there is one. */
static void
append_other (const Line *line, const char *key, guint32 number)
{
  if (number < line->n_atoms)
    append_text (line->out, key, line->atoms[number].name);
}

static void
append_intention (const Line *line)
{
  guint32 blocker = storage_record_get_blocker (line->record);

  begin (line, "intention");
  append_text (line->out, "intention", intention_get_name ((Intention) line->record->intention));
  if (blocker != STORAGE_NO_ATOM)
    append_other (line, "waits-behind", blocker);
}

static void
append_attempt (const Line *line)
{
  append_text (line->out, "action", atom_action_get_name ((AtomAction) line->record->to));
  g_string_append_printf (line->out, ",\"attempt\":%u", line->record->attempt);
}

static void
append_log (const Line *line)
{
  begin (line, "log");
  append_attempt (line);
  if (is_of_type (line, "s"))
    append_text (line->out, "path", g_variant_get_string (line->record->value, NULL));
}

static void
append_request (const Line *line)
{
  begin (line, "request");
  append_text (line->out, "request", report_request_get_name ((StorageRequest) line->record->to));
  if (is_of_type (line, "s"))
    append_text (line->out, "reason", g_variant_get_string (line->record->value, NULL));
}

static void
append_resolution (const Line *line)
{
  const char *reason;
  g_autoptr (GVariant) result = NULL;

  begin (line, "resolution");
  append_text (line->out, "resolution",
               report_resolution_get_name ((StorageResolution) line->record->to));
  if (!is_of_type (line, "(smv)"))
    return;
  g_variant_get (line->record->value, "(&smv)", &reason, &result);
  append_text (line->out, "reason", reason);
  if (line->record->to == STORAGE_RESOLUTION_DONE)
    append_value (line->out, "result", result);
}

static void
append_probe (const Line *line)
{
  begin (line, "probe");
  append_text (line->out, "action", atom_action_get_name ((AtomAction) line->record->from));
  g_string_append_printf (line->out, ",\"attempt\":%u", line->record->attempt);
  append_text (line->out, "answer", report_probe_get_name ((StorageProbe) line->record->to));
}

static void (*const appenders[STORAGE_RECORD_COUNT]) (const Line *) = {
  [STORAGE_RECORD_ATOM] = append_atom,
  [STORAGE_RECORD_FLOW] = append_flow,
  [STORAGE_RECORD_INPUT] = append_input,
  [STORAGE_RECORD_DECISION] = append_decision,
  [STORAGE_RECORD_INTENTION] = append_intention,
  [STORAGE_RECORD_LOG] = append_log,
  [STORAGE_RECORD_NOTE] = append_note,
  [STORAGE_RECORD_REQUEST] = append_request,
  [STORAGE_RECORD_RESOLUTION] = append_resolution,
  [STORAGE_RECORD_PROGRESS] = append_progress,
  [STORAGE_RECORD_META] = append_meta,
  [STORAGE_RECORD_PROBE] = append_probe,
};

void
journal_line_append (GString *out, const StorageRunInfo *run, const StorageAtom *atoms,
                     guint n_atoms, const StorageRecord *record)
{
  Line line = { .out = out, .run = run, .atoms = atoms, .n_atoms = n_atoms, .record = record };

  if (record->kind >= STORAGE_RECORD_COUNT
      || (record->atom >= n_atoms && record->atom != STORAGE_NO_ATOM))
    return;
  if (record->atom != STORAGE_NO_ATOM)
    line.atom = &atoms[record->atom];
  appenders[record->kind](&line);
  g_string_append (out, "}\n");
}

/* -- The first line -----------------------------------------------------------------------------
 */

static const char *
get_effects_name (const StorageAtom *atom)
{
  switch (atom->effects)
    {
    case ATOM_EFFECTS_IRREVERSIBLE:
      return "irreversible";
    case ATOM_EFFECTS_REVERSIBLE:
      return "reversible";
    case ATOM_EFFECTS_NONE:
      return "none";
    case ATOM_EFFECTS_DEFAULT:
    default:
      return atom->has_revert ? "reversible" : "none";
    }
}

void
journal_line_append_header (GString *out, const StorageRunInfo *run, const StorageAtom *atoms,
                            guint n_atoms)
{
  g_autofree char *version = g_strdup_printf ("%u.%u", run->version_major, run->version_minor);

  g_string_append (out, "{\"event\":\"run\"");
  append_text (out, "run", run->id);
  append_text (out, "flow", run->flow);
  append_text (out, "version", version);
  append_text (out, "state", flow_state_get_name (run->state));
  append_time (out, "created", run->created_us);
  append_time (out, "updated", run->updated_us);
  if (run->definition_path != NULL)
    append_text (out, "definition", run->definition_path);
  g_string_append (out, ",\"atoms\":[");
  for (guint i = 0; i < n_atoms; i++)
    {
      g_string_append (out, i > 0 ? ",{" : "{");
      g_string_append_printf (out, "\"number\":%u", i);
      append_text (out, "atom", atoms[i].name);
      append_text (out, "flow", atoms[i].flow);
      append_text (out, "kind", atom_kind_get_name (atoms[i].kind));
      append_text (out, "effects", get_effects_name (&atoms[i]));
      g_string_append_c (out, '}');
    }
  g_string_append (out, "]}\n");
}
