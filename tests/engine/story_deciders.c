/* SPDX-License-Identifier: Apache-2.0 */
/* The deciders of stories: what they say, each after having written down what it was told. */
#include "tests/engine/story_private.h"

#include <backflow/values/value.h>

#include <string.h>

static gint64
sum_of (GVariant *history)
{
  GVariantIter iter;
  GVariant *value;
  gint64 sum = 0;

  g_variant_iter_init (&iter, history);
  while (g_variant_iter_next (&iter, "{sv}", NULL, &value))
    {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
        sum += g_variant_get_int64 (value);
      g_variant_unref (value);
    }
  return sum;
}

static gboolean
decide (GVariant *history, gpointer data, GError **error)
{
  StoryPart *part = data;
  g_autofree char *json = value_to_json (history);

  story_part_call (part, "%s %s", part->name, json);
  if (strcmp (part->code, "raise") == 0)
    {
      g_set_error_literal (error, STORY_ERROR, 1, "DECBOOM");
      return FALSE;
    }
  if (strcmp (part->code, "second") == 0)
    return story_part_count (part) > 1;
  if (strcmp (part->code, "flag") == 0)
    return part->world->flag;
  if (strcmp (part->code, "sum") == 0)
    return sum_of (history) == part->number;
  return strcmp (part->code, "yes") == 0;
}

/* yes, no; raise: fails with DECBOOM; second: no the first time, yes then; flag: what the world
 * says; sum(N): whether the results that it is told add up to N. */
gboolean
story_decider_init (FlowDecider *decider, StoryPart *part)
{
  const char *const codes[] = { "yes", "no", "raise", "second", "flag", "sum", NULL };

  decider->func = decide;
  decider->user_data = part;
  decider->destroy = story_part_free;
  return g_strv_contains (codes, part->code);
}
