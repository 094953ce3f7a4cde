/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/run_info.h"

/* The fencing token of the first owner. */
#define FIRST_TOKEN 1

static const char *
keep (GStringChunk *strings, const char *text)
{
  return text != NULL ? g_string_chunk_insert (strings, text) : NULL;
}

StorageRunInfo
run_info_copy (const StorageRunInfo *info, GStringChunk *strings)
{
  StorageRunInfo copy = *info;

  copy.id = keep (strings, info->id);
  copy.flow = keep (strings, info->flow);
  copy.definition = keep (strings, info->definition);
  copy.definition_path = keep (strings, info->definition_path);
  copy.owner = keep (strings, info->owner);
  return copy;
}

StorageRunInfo
run_info_copy_new (const StorageRunInfo *info, const char *owner, GStringChunk *strings)
{
  StorageRunInfo copy = *info;

  copy.owner = owner;
  copy.owner_life = owner != NULL ? STORAGE_OWNER_ALIVE : STORAGE_OWNER_DEAD;
  copy.token = FIRST_TOKEN;
  if (copy.created_us == 0)
    copy.created_us = g_get_real_time ();
  if (copy.updated_us == 0)
    copy.updated_us = copy.created_us;
  return run_info_copy (&copy, strings);
}

const StorageRecord *
run_info_find_flow (const StorageRecord *records, guint count)
{
  for (guint i = count; i > 0; i--)
    if (records[i - 1].kind == STORAGE_RECORD_FLOW)
      return &records[i - 1];
  return NULL;
}

void
run_info_apply_all (StorageRunInfo *info, const StorageRecord *records, guint count)
{
  const StorageRecord *flow = run_info_find_flow (records, count);

  if (flow != NULL)
    run_info_apply (info, flow);
}

void
run_info_apply (StorageRunInfo *info, const StorageRecord *record)
{
  info->state = (FlowState) record->to;
  if (record->time_us != 0)
    info->updated_us = record->time_us;
}
