/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/executors/progress_log.h"

#include <backflow/values/value.h>

static void
take_progress (gpointer data, Attempt *attempt, double fraction, GVariant *details)
{
  ProgressLog *log = data;

  g_assert (attempt != NULL && fraction >= 0 && fraction <= 1);
  g_string_append_printf (log->text, "%s%g", log->count++ > 0 ? "; " : "", fraction);
  if (details != NULL)
    {
      g_autofree char *json = value_to_json (details);

      g_string_append_printf (log->text, " %s", json);
    }
  if (log->act != NULL)
    log->act (log->data);
}

void
progress_log_init (ProgressLog *log, AttemptRun *run)
{
  *log = (ProgressLog){ .text = g_string_new (NULL) };
  run->progress = take_progress;
  run->progress_data = log;
}

void
progress_log_forget (ProgressLog *log)
{
  g_string_truncate (log->text, 0);
  log->count = 0;
}

void
progress_log_clear (ProgressLog *log)
{
  if (log->text != NULL)
    g_string_free (log->text, TRUE);
  log->text = NULL;
}
