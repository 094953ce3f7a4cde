/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/report/report_attempts.h"

ReportAttempt *
report_find_attempt (const AtomFacts *facts, AtomAction action, guint32 number)
{
  for (guint i = facts->attempts != NULL ? facts->attempts->len : 0; i > 0; i--)
    {
      ReportAttempt *attempt = &g_array_index (facts->attempts, ReportAttempt, i - 1);

      if (attempt->action == action && attempt->number == number)
        return attempt;
    }
  return NULL;
}

ReportAttempt *
report_get_last_attempt (const AtomFacts *facts)
{
  if (facts->attempts == NULL || facts->attempts->len == 0)
    return NULL;
  return &g_array_index (facts->attempts, ReportAttempt, facts->attempts->len - 1);
}

const Failure *
report_find_failure (const AtomFacts *facts)
{
  for (guint i = facts->attempts != NULL ? facts->attempts->len : 0; i > 0; i--)
    {
      const ReportAttempt *attempt = &g_array_index (facts->attempts, ReportAttempt, i - 1);

      if (attempt->failure != NULL)
        return attempt->failure;
    }
  return NULL;
}

const ReportAttempt *
report_find_last (const AtomFacts *facts, AtomAction action)
{
  for (guint i = facts->attempts != NULL ? facts->attempts->len : 0; i > 0; i--)
    {
      const ReportAttempt *attempt = &g_array_index (facts->attempts, ReportAttempt, i - 1);

      if (attempt->action == action)
        return attempt;
    }
  return NULL;
}

gboolean
report_was_stopped (const ReportAttempt *attempt)
{
  return attempt != NULL && attempt->failure != NULL
         && failure_get_origin (attempt->failure) == FAILURE_ORIGIN_CANCELLED;
}
