/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/report/report_history.h>

#include "engine/report/report_facts.h"

static const char *const request_names[] = { "suspend", "cancel", "keep", "undo" };
static const char *const resolution_names[] = { "retry", "reverted", "skip", "done" };

G_STATIC_ASSERT (G_N_ELEMENTS (request_names) == STORAGE_REQUEST_COUNT);
G_STATIC_ASSERT (G_N_ELEMENTS (resolution_names) == STORAGE_RESOLUTION_COUNT);

const char *
report_request_get_name (StorageRequest request)
{
  g_return_val_if_fail (request < STORAGE_REQUEST_COUNT, NULL);
  return request_names[request];
}

const char *
report_resolution_get_name (StorageResolution resolution)
{
  g_return_val_if_fail (resolution < STORAGE_RESOLUTION_COUNT, NULL);
  return resolution_names[resolution];
}

const char *
report_probe_get_name (StorageProbe probe)
{
  static const char *const names[STORAGE_PROBE_COUNT] = { "present", "absent", "unknown" };

  g_return_val_if_fail (probe < STORAGE_PROBE_COUNT, NULL);
  return names[probe];
}

static gconstpointer
get_items (const GArray *array, guint *count)
{
  *count = array->len;
  return array->data;
}

const ReportDecision *
report_get_decisions (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return (const ReportDecision *) get_items (report->decisions, count);
}

const ReportRequest *
report_get_requests (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return (const ReportRequest *) get_items (report->asked, count);
}

const ReportPause *
report_get_pauses (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return (const ReportPause *) get_items (report->pauses, count);
}

const ReportResolution *
report_get_resolutions (const Report *report, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (count != NULL, NULL);
  return (const ReportResolution *) get_items (report->resolutions, count);
}

const ReportTry *
report_get_tries (const Report *report, guint atom, guint *count)
{
  g_return_val_if_fail (report != NULL, NULL);
  g_return_val_if_fail (atom < report->n_atoms, NULL);
  g_return_val_if_fail (count != NULL, NULL);

  *count = 0;
  if (report->facts[atom].tries == NULL)
    return NULL;
  return (const ReportTry *) get_items (report->facts[atom].tries, count);
}
