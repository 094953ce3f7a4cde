/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_list.h"

#include <stdio.h>

#include "cli/runs/run_filter.h"
#include "cli/runs/store.h"
#include "cli/text.h"
#include "cli/views/run_result.h"

/* What a listing is printed with; JSON is gathered. */
typedef struct
{
  const Console *console;
  GVariantBuilder *json; /* (nullable) */
  RunFilter filter;
  guint limit; /* 0 for none */
  guint count;
} Listing;

static const char *
get_state_style (const Console *console, const StorageRunInfo *info)
{
  if (info->state == FLOW_STATE_SUCCESS)
    return console->out->good;
  return info->state == FLOW_STATE_FAILURE ? console->out->bad : console->out->warn;
}

/* When a run that was interrupted did something last is not in its header. A clock that was set
 * back says nothing of a duration. */
static char *
dup_took (const StorageRunInfo *info)
{
  gboolean is_driven = report_info_is_driven (info);
  gint64 until_us = is_driven ? g_get_real_time () : info->updated_us;

  if ((!is_driven && !flow_state_is_rest (info->state)) || info->created_us <= 0
      || until_us < info->created_us)
    return g_strdup ("?");
  return text_dup_duration (until_us - info->created_us);
}

static void
print_run (const Listing *listing, const StorageRunInfo *info)
{
  const Style *style = listing->console->out;
  g_autofree char *id = text_dup_visible (info->id);
  g_autofree char *padded = text_dup_padded (id, 16);
  g_autofree char *started = text_dup_time (info->created_us);
  g_autofree char *took = dup_took (info);
  g_autofree char *flow = text_dup_visible (info->flow);

  if (listing->count == 0)
    printf ("%s%-16s  %-11s  %-19s  %-8s  %s%s\n", style->bold, "RUN", "STATE", "STARTED", "TOOK",
            "FLOW", style->off);
  printf ("%s  %s%-11s%s  %-19s  %-8s  %s\n", padded, get_state_style (listing->console, info),
          run_filter_get_state (info), style->off, started, took, flow);
}

static GVariant *
run_to_variant (const StorageRunInfo *info)
{
  g_auto (GVariantBuilder) run = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree char *id = g_utf8_make_valid (info->id, -1);
  g_autofree char *flow = g_utf8_make_valid (info->flow, -1);
  g_autofree char *started = text_dup_timestamp (info->created_us);
  g_autofree char *updated = text_dup_timestamp (info->updated_us);

  g_variant_builder_add (&run, "{sv}", "run", g_variant_new_string (id));
  g_variant_builder_add (&run, "{sv}", "flow", g_variant_new_string (flow));
  g_variant_builder_add (&run, "{sv}", "state",
                         g_variant_new_string (flow_state_get_name (info->state)));
  g_variant_builder_add (&run, "{sv}", "driven",
                         g_variant_new_boolean (report_info_is_driven (info)));
  g_variant_builder_add (&run, "{sv}", "created", g_variant_new_string (started));
  g_variant_builder_add (&run, "{sv}", "updated", g_variant_new_string (updated));
  return g_variant_builder_end (&run);
}

static gboolean
list_run (const StorageRunInfo *info, gpointer user_data)
{
  Listing *listing = (Listing *) user_data;

  if (!run_filter_matches (&listing->filter, info))
    return TRUE;
  if (listing->json != NULL)
    g_variant_builder_add (listing->json, "v", run_to_variant (info));
  else
    print_run (listing, info);
  listing->count++;
  return listing->count != listing->limit;
}

/* A default store that nobody has used yet is an empty one. */
static gboolean
is_unused (const Arguments *arguments, const GError *error)
{
  return g_error_matches (error, STORAGE_ERROR, STORAGE_ERROR_NOT_FOUND)
         && store_is_default (arguments);
}

static void
print_end (const Listing *listing, GVariantBuilder *runs)
{
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (listing->json == NULL)
    {
      if (listing->count == 0)
        fprintf (stderr, "There are no such runs.\n");
      return;
    }
  g_variant_builder_add (&object, "{sv}", "runs", g_variant_builder_end (runs));
  console_print_json (g_variant_builder_end (&object));
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_auto (GVariantBuilder) runs = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  Listing listing
      = { .console = console, .json = arguments_has (arguments, "json") ? &runs : NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage = NULL;
  gboolean is_listed = FALSE;

  if (!run_filter_init (&listing.filter, arguments, &error)
      || !run_filter_read_number (arguments, "limit", &listing.limit, &error))
    return run_result_refuse (arguments, console, error);
  storage = store_open_for_reading (arguments, console, &error);
  is_listed = storage != NULL && storage_list_runs (storage, list_run, &listing, &error);
  if (!is_listed && !is_unused (arguments, error))
    return run_result_refuse (arguments, console, error);
  print_end (&listing, &runs);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[] = {
  { "limit", 'n', OPTION_VALUE, "NUMBER", "no more than that many" },
  { "state", 0, OPTION_REPEATED, "STATE", "only runs in that state; may be repeated" },
  { "flow", 0, OPTION_VALUE, "NAME", "only runs of that flow" },
  { "since", 0, OPTION_VALUE, "TIME", "only runs begun since then: 12h, 7d or a date" },
  OPTION_STORE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_list = {
  .syntax = { "list", "", 0, 0, options },
  .summary = "List the runs of a store, newest first.",
  .notes = "INTERRUPTED is a run that has not ended and that no live process drives.",
  .run = run,
};
