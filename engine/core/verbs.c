/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core/verbs.h"

#define X(verb, state, effect) { RUN_VERB_##verb, FLOW_STATE_##state, effect },
static const RunVerbRow run_rows[] = { RUN_VERB_ROWS (X) };
#undef X

#define X(of, resolution, meaning) { RESOLVE_CASE_##of, STORAGE_RESOLUTION_##resolution, meaning },
static const ResolveRow resolve_rows[] = { RESOLVE_ROWS (X) };
#undef X

const RunVerbRow *
verbs_list_runs (guint *count)
{
  *count = G_N_ELEMENTS (run_rows);
  return run_rows;
}

const ResolveRow *
verbs_list_resolutions (guint *count)
{
  *count = G_N_ELEMENTS (resolve_rows);
  return resolve_rows;
}

gboolean
verbs_can_ask (RunVerb verb, FlowState state)
{
  for (guint i = 0; i < G_N_ELEMENTS (run_rows); i++)
    if (run_rows[i].verb == verb && run_rows[i].state == state)
      return TRUE;
  return FALSE;
}

gboolean
verbs_can_resolve (ResolveCase of, StorageResolution resolution)
{
  for (guint i = 0; i < G_N_ELEMENTS (resolve_rows); i++)
    if (resolve_rows[i].of == of && resolve_rows[i].resolution == resolution)
      return TRUE;
  return FALSE;
}
