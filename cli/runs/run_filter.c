/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/runs/run_filter.h"

#include <string.h>

#include <backflow/engine/report/report.h>
#include <backflow/values/duration.h>

const char *
run_filter_get_state (const StorageRunInfo *info)
{
  return flow_state_is_rest (info->state) || report_info_is_driven (info)
             ? flow_state_get_name (info->state)
             : "INTERRUPTED";
}

/* Reads "7d", which durations do not have, and all that duration_parse() reads. */
static gboolean
parse_age (const char *text, gint64 *us)
{
  gsize length = strlen (text);
  g_autofree char *number = length > 1 ? g_strndup (text, length - 1) : g_strdup ("");
  guint64 days = 0;

  if (length > 1 && text[length - 1] == 'd'
      && g_ascii_string_to_unsigned (number, 10, 0, 36500, &days, NULL))
    {
      *us = (gint64) days * 24 * 3600 * G_USEC_PER_SEC;
      return TRUE;
    }
  return duration_parse (text, us, NULL);
}

/* Reads an age, or a date with or without a time, as a point in time. FALSE with a USAGE_ERROR. */
static gboolean
read_time (const Arguments *arguments, const char *option, gint64 *time_us, GError **error)
{
  const char *text = arguments_find (arguments, option);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *whole = NULL;
  g_autoptr (GDateTime) date = NULL;
  gint64 age_us = 0;

  if (text == NULL)
    return TRUE;
  if (parse_age (text, &age_us))
    {
      *time_us = MAX (g_get_real_time () - age_us, 1);
      return TRUE;
    }
  whole = strchr (text, 'T') != NULL ? g_strdup (text) : g_strconcat (text, "T00:00:00", NULL);
  date = g_date_time_new_from_iso8601 (whole, zone);
  if (date != NULL)
    {
      *time_us = MAX (g_date_time_to_unix (date) * G_USEC_PER_SEC, 1);
      return TRUE;
    }
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
               "--%s is an age such as 90m, 12h or 7d, or a date such as 2026-01-31, not \"%s\"",
               option, text);
  return FALSE;
}

static gboolean
check_states (const char *const *states, GError **error)
{
  for (const char *const *at = states; *at != NULL; at++)
    {
      gboolean is_known = g_ascii_strcasecmp (*at, "INTERRUPTED") == 0;

      for (guint i = 0; i < FLOW_STATE_COUNT; i++)
        is_known = is_known || g_ascii_strcasecmp (*at, flow_state_get_name ((FlowState) i)) == 0;
      if (!is_known)
        {
          g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                       "--state is SUCCESS, FAILURE, REVERTED, SUSPENDED, RUNNING or another state "
                       "that list shows, not \"%s\"",
                       *at);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
run_filter_init (RunFilter *filter, const Arguments *arguments, GError **error)
{
  *filter = (RunFilter){ .states = arguments_get_all (arguments, "state"),
                         .flow = arguments_find (arguments, "flow") };
  return check_states (filter->states, error)
         && read_time (arguments, "since", &filter->since_us, error)
         && read_time (arguments, "older-than", &filter->before_us, error);
}

gboolean
run_filter_matches (const RunFilter *filter, const StorageRunInfo *info)
{
  gboolean is_in_state = *filter->states == NULL;

  for (const char *const *at = filter->states; *at != NULL; at++)
    is_in_state = is_in_state || g_ascii_strcasecmp (*at, run_filter_get_state (info)) == 0;
  return is_in_state && (filter->flow == NULL || strcmp (filter->flow, info->flow) == 0)
         && (filter->since_us == 0 || info->created_us >= filter->since_us)
         && (filter->before_us == 0 || info->updated_us < filter->before_us);
}

gboolean
run_filter_read_number (const Arguments *arguments, const char *option, guint *number,
                        GError **error)
{
  const char *text = arguments_find (arguments, option);
  guint64 value = 0;

  *number = 0;
  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT32, &value, NULL))
    {
      *number = (guint) value;
      return TRUE;
    }
  g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE, "--%s is a number from 1, not \"%s\"", option,
               text);
  return FALSE;
}
