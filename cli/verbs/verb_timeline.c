/* SPDX-License-Identifier: Apache-2.0 */
/* timeline: when the steps of a run were at it, as text, as a picture or as JSON. */
#include "cli/verbs/verb_timeline.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/runs/store.h"
#include "cli/text.h"
#include "cli/views/run_result.h"
#include "cli/views/screen.h"
#include "cli/views/timeline.h"
#include "cli/views/timeline_svg.h"
#include "cli/views/timeline_text.h"

/* Where there is no terminal to ask. */
#define COLUMNS 80

/* -- As JSON ------------------------------------------------------------------------------------
 */

static void
add_seconds (GVariantBuilder *object, const char *key, gint64 us)
{
  g_variant_builder_add (object, "{sv}", key, g_variant_new_double ((double) us / G_USEC_PER_SEC));
}

static GVariant *
bar_to_variant (const TimelineBar *bar)
{
  static const char *const ends[] = { "ended", "failed", "goes-on", "interrupted" };
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  json_add_text (&object, "kind", timeline_kind_get_name (bar->kind));
  if (bar->attempt != NULL)
    g_variant_builder_add (&object, "{sv}", "attempt", g_variant_new_int64 (bar->attempt->number));
  json_add_time (&object, "from", bar->from_us);
  json_add_time (&object, "to", bar->to_us);
  add_seconds (&object, "seconds", bar->to_us - bar->from_us);
  json_add_text (&object, "end", ends[bar->end]);
  if (bar->attempt != NULL && bar->attempt->failure != NULL)
    json_add_text (&object, "message", failure_get_message (bar->attempt->failure));
  return g_variant_builder_end (&object);
}

static GVariant *
row_to_variant (const TimelineRow *row)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) bars = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  json_add_text (&object, "atom", row->atom->name);
  json_add_text (&object, "flow", row->atom->flow);
  json_add_text (&object, "kind", atom_kind_get_name (row->atom->kind));
  json_add_text (&object, "state", atom_state_get_name (row->atom->state));
  for (guint i = 0; i < TIMELINE_COUNT; i++)
    add_seconds (&object, timeline_kind_get_name ((TimelineKind) i), row->took_us[i]);
  for (guint i = 0; i < row->bars->len; i++)
    g_variant_builder_add (&bars, "v", bar_to_variant (&g_array_index (row->bars, TimelineBar, i)));
  g_variant_builder_add (&object, "{sv}", "bars", g_variant_builder_end (&bars));
  return g_variant_builder_end (&object);
}

static GVariant *
pauses_to_variant (const Report *report)
{
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  guint count;
  const ReportPause *pauses = report_get_pauses (report, &count);

  for (guint i = 0; i < count; i++)
    {
      g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

      json_add_time (&object, "from", pauses[i].from_us);
      json_add_time (&object, "to", pauses[i].to_us);
      add_seconds (&object, "seconds", pauses[i].to_us - pauses[i].from_us);
      g_variant_builder_add (&list, "v", g_variant_builder_end (&object));
    }
  return g_variant_builder_end (&list);
}

static void
print_json (const Timeline *timeline)
{
  const StorageRunInfo *run = report_get_run (timeline->report);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_auto (GVariantBuilder) rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  json_add_text (&object, "run", run->id);
  json_add_text (&object, "flow", run->flow);
  json_add_text (&object, "state", flow_state_get_name (run->state));
  json_add_time (&object, "from", timeline->from_us);
  json_add_time (&object, "to", timeline->to_us);
  g_variant_builder_add (&object, "{sv}", "pauses", pauses_to_variant (timeline->report));
  for (guint i = 0; i < timeline->n_rows; i++)
    g_variant_builder_add (&rows, "v", row_to_variant (&timeline->rows[i]));
  g_variant_builder_add (&object, "{sv}", "rows", g_variant_builder_end (&rows));
  console_print_json (g_variant_builder_end (&object));
}

/* -- The verb -----------------------------------------------------------------------------------
 */

static guint
get_columns (const Console *console)
{
  g_autoptr (Screen) screen = console->out_is_terminal ? screen_new (STDOUT_FILENO) : NULL;

  return screen != NULL ? screen_get_columns (screen) : COLUMNS;
}

static void
print (const Timeline *timeline, const Arguments *arguments, const Console *console)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (arguments_has (arguments, "svg"))
    timeline_append_svg (out, timeline);
  else
    timeline_append_text (out, timeline, get_columns (console), console->out);
  fwrite (out->str, 1, out->len, stdout);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = store_read_report (arguments, console, NULL, &error);
  g_autoptr (Timeline) timeline = NULL;

  if (report == NULL)
    return run_result_refuse (arguments, console, error);
  timeline = timeline_new (report, g_get_real_time ());
  if (arguments_has (arguments, "json"))
    print_json (timeline);
  else
    print (timeline, arguments, console);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[] = {
  { "svg", 0, OPTION_FLAG, NULL, "print a picture that a browser shows" },
  OPTION_STORE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_timeline = {
  .syntax = { "timeline", "RUN", 1, 1, options },
  .summary = "Show when the steps of a run executed, were reverted and waited.",
  .notes = "RUN is the beginning of a run's id, or @last.",
  .run = run,
};
