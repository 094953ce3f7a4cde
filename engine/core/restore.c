/* SPDX-License-Identifier: Apache-2.0 */
/* A former life: the journal's records give the states again, and the states say what is ready,
 * what waits, and what was interrupted. And what people say of atoms that a run can't go on with.
 */
#include "engine/core/restore.h"

#include "engine/core/core_ends.h"
#include "engine/core/core_leftovers.h"
#include "engine/core/core_release.h"
#include "engine/core/core_sweep.h"
#include "engine/core/core_timers.h"
#include "engine/core/rollback.h"

#include <backflow/engine/core/verbs.h>

/* How often it was tried: an intent that was taken back was no attempt. */
static void
apply_attempt (Core *core, const StorageRecord *record)
{
  guint32 node = record->atom;

  if (record->to == ATOM_STATE_REVERTING)
    core->reverts[node] = record->attempt;
  else if (record->to == ATOM_STATE_RUNNING)
    core->attempts[node] = record->attempt;
  else if (record->from == ATOM_STATE_RUNNING
           && (record->to == ATOM_STATE_PENDING || record->to == ATOM_STATE_RETRYING))
    core->attempts[node]--;
  else if (record->from == ATOM_STATE_REVERTING
           && (record->to == ATOM_STATE_SUCCESS || record->to == ATOM_STATE_FAILURE))
    core->reverts[node] = record->attempt - 1;
}

static void
apply_atom (Core *core, const StorageRecord *record)
{
  guint32 node = record->atom;

  core->counts += core_weights[record->to] - core_weights[core->states[node]];
  core->states[node] = record->to;
  core->readiness.high = MAX (core->readiness.high, node);
  apply_attempt (core, record);
  if (record->to == ATOM_STATE_FAILURE)
    core->marks[node] |= CORE_MARK_FAILED;
  else if (record->to == ATOM_STATE_PENDING)
    core->marks[node] &= (guint8) ~CORE_MARK_FAILED;
  if (record->from == ATOM_STATE_REVERT_FAILURE || record->to == ATOM_STATE_RUNNING)
    core_forget_timer (core, node);
  core_forget_leftover (core, node);
}

/* A controller's flow is, or is no longer, being rolled back. */
static void
apply_intention (Core *core, const StorageRecord *record)
{
  guint32 node = record->atom;

  if (node == STORAGE_NO_ATOM)
    {
      if (!mode_is_rolling_back (&core->mode))
        mode_turn (&core->mode, DIRECTION_EVENT_ROLL_BACK);
    }
  else if (core->plan->kinds[node] != PLAN_NODE_RETRY)
    return;
  else if (record->intention == INTENTION_RETRY)
    core_mark_flow (core, node);
  else if (record->intention == INTENTION_EXECUTE && core_has_mark (core, node, CORE_MARK_RETRY))
    {
      guint32 end = core->plan->controllers[plan_find_controller (core->plan, node)].end;

      for (guint32 inner = node + 1; inner <= end; inner++)
        core->marks[inner] &= (guint8) ~CORE_MARK_UNDO;
      core->marks[node] &= (guint8) ~CORE_MARK_RETRY;
      core->mode.n_flows--;
    }
}

static void
apply_decision (Core *core, const StorageRecord *record)
{
  gint64 wait_us = 0;
  gint64 until_us = 0;

  core_forget_timer (core, record->atom);
  /* What is being reverted is never tried again instead, so it waits for nothing. */
  if (record->to != RETRY_DECISION_RETRY
      || (!storage_record_is_about_revert (record) && core_is_in_rollback (core, record->atom)))
    return;
  if (record->value != NULL)
    g_variant_get (record->value, "(xx)", &wait_us, &until_us);
  /* A failed revert that is tried again at once was not started yet: it waits for nothing. */
  if (wait_us > 0 || storage_record_is_about_revert (record))
    core_add_timer (core, record->atom, until_us);
}

/* The run is started. One that was interrupted while it was cancelled to be kept goes on to its end
 * as that; any other move to RUNNING begins from what was said. */
static void
apply_start (Core *core, FlowState from)
{
  core_empty_leftovers (core);
  if (from != FLOW_STATE_SUSPENDED)
    mode_move (&core->mode, MODE_EVENT_REOPEN);
  mode_move (&core->mode, MODE_EVENT_START);
  if (core->mode.direction == DIRECTION_STATE_UNDOING)
    mode_turn (&core->mode, DIRECTION_EVENT_START);
}

/* A life of the flow ends with its reset. */
static void
apply_reset (Core *core)
{
  mode_turn (&core->mode, DIRECTION_EVENT_RESET);
  mode_move (&core->mode, MODE_EVENT_RESET);
  core->mode.n_flows = 0;
  core_empty_timers (core);
  core->readiness.high = 0;
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    core->marks[node] = 0;
  core_empty_leftovers (core);
}

static void
apply_flow (Core *core, const StorageRecord *record)
{
  core->flow_state = (FlowState) record->to;
  if (record->to == FLOW_STATE_RUNNING)
    apply_start (core, (FlowState) record->from);
  else if (record->to == FLOW_STATE_PENDING)
    apply_reset (core);
}

static void
apply_resolution (Core *core, const StorageRecord *record)
{
  guint32 node = record->atom;

  mode_move (&core->mode, MODE_EVENT_REOPEN);
  core_forget_timer (core, node);
  if (core->states[node] != ATOM_STATE_RUNNING && record->to == STORAGE_RESOLUTION_SKIP)
    core->marks[node] |= CORE_MARK_SKIPPED;
  else if (core->states[node] == ATOM_STATE_REVERT_FAILURE
           && record->to == STORAGE_RESOLUTION_RETRY)
    core_add_timer (core, node, 0);
  /* Unlike an intent that is taken back, as the next record says, it was an attempt. */
  else if (core->states[node] == ATOM_STATE_RUNNING && record->to == STORAGE_RESOLUTION_REVERTED)
    core->attempts[node]++;
  else if (record->to == STORAGE_RESOLUTION_RETRY)
    {
      core_forget_leftover (core, node);
      core_set_leftover (core, node, LEFTOVER_REPEAT);
    }
}

static void
apply_request (Core *core, StorageRequest request)
{
  if (request == STORAGE_REQUEST_KEEP)
    mode_move (&core->mode, MODE_EVENT_STICK);
  if (request != STORAGE_REQUEST_UNDO)
    return;
  mode_move (&core->mode, MODE_EVENT_REOPEN);
  mode_turn (&core->mode, DIRECTION_EVENT_UNDO);
}

/* -- Whether a record fits ----------------------------------------------------------------------
 */

static gboolean
can_apply_atom (const Core *core, const StorageRecord *record, gboolean is_whole)
{
  AtomState from = (AtomState) record->from;
  AtomState to = (AtomState) record->to;

  if ((to == ATOM_STATE_RETRYING || from == ATOM_STATE_RETRYING)
      && core->plan->kinds[record->atom] != PLAN_NODE_RETRY)
    return FALSE;
  return atom_state_can_become (from, to) && (!is_whole || core->states[record->atom] == from);
}

static gboolean
can_apply_flow (const Core *core, const StorageRecord *record)
{
  return core->flow_state == record->from
         && flow_state_can_become ((FlowState) record->from, (FlowState) record->to);
}

/* A controller decides about another atom; a failed revert is tried again by its own policy. */
static gboolean
can_apply_decision (const Core *core, const StorageRecord *record, gboolean is_whole)
{
  guint32 failed = storage_record_get_failed_atom (record);

  if (failed != PLAN_NO_NODE && !plan_is_atom (core->plan, failed))
    return FALSE;
  if (!storage_record_is_about_revert (record))
    return core->plan->kinds[record->atom] == PLAN_NODE_RETRY;
  return !is_whole || core->states[record->atom] == ATOM_STATE_REVERT_FAILURE;
}

static gboolean
can_apply_resolution (const Core *core, const StorageRecord *record, gboolean is_whole)
{
  AtomState state = (AtomState) core->states[record->atom];

  return !is_whole || state == ATOM_STATE_REVERT_FAILURE || state == ATOM_STATE_RUNNING
         || state == ATOM_STATE_REVERTING;
}

gboolean
core_can_apply (const Core *core, const StorageRecord *record, gboolean is_whole)
{
  if (record->atom != STORAGE_NO_ATOM && !plan_is_atom (core->plan, record->atom))
    return FALSE;
  switch ((StorageRecordKind) record->kind)
    {
    case STORAGE_RECORD_ATOM:
      return can_apply_atom (core, record, is_whole);
    case STORAGE_RECORD_FLOW:
      return can_apply_flow (core, record);
    case STORAGE_RECORD_DECISION:
      return can_apply_decision (core, record, is_whole);
    case STORAGE_RECORD_RESOLUTION:
      return can_apply_resolution (core, record, is_whole);
    case STORAGE_RECORD_INTENTION:
    case STORAGE_RECORD_REQUEST:
    case STORAGE_RECORD_INPUT:
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_PROGRESS:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_META:
    case STORAGE_RECORD_COUNT:
    default:
      return TRUE;
    }
}

/* -- Applying it --------------------------------------------------------------------------------
 */

void
core_apply (Core *core, const StorageRecord *record)
{
  core_need_marks (core);
  switch ((StorageRecordKind) record->kind)
    {
    case STORAGE_RECORD_ATOM:
      apply_atom (core, record);
      break;
    case STORAGE_RECORD_FLOW:
      apply_flow (core, record);
      break;
    case STORAGE_RECORD_DECISION:
      apply_decision (core, record);
      break;
    case STORAGE_RECORD_INTENTION:
      apply_intention (core, record);
      break;
    case STORAGE_RECORD_RESOLUTION:
      apply_resolution (core, record);
      break;
    case STORAGE_RECORD_REQUEST:
      apply_request (core, (StorageRequest) record->to);
      break;
    case STORAGE_RECORD_INPUT:
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_PROGRESS:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_META:
    case STORAGE_RECORD_COUNT:
    default:
      break;
    }
}

/* A failed revert that nobody has skipped is tried again when the run is undone. */
static void
offer_failed_reverts (Core *core)
{
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    if (plan_is_atom (core->plan, node) && core->states[node] == ATOM_STATE_REVERT_FAILURE
        && core->readiness.hold[node] == 0 && !core_has_mark (core, node, CORE_MARK_SKIPPED))
      ready_insert (&core->readiness.undo, core_rank (core, node));
}

/* Whether something that has begun is held back by what it depends on. */
static gboolean
find_strays (const Core *core)
{
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    if (plan_is_atom (core->plan, node) && core->readiness.hold[node] > 0
        && core_is_loud ((AtomState) core->states[node]))
      return TRUE;
  return FALSE;
}

/* Whether a revert in the flow of a controller failed, and nothing was made of it. */
static gboolean
is_left_failed (const Core *core, guint32 node)
{
  return core->states[node] == ATOM_STATE_REVERT_FAILURE && !mode_is_rolling_back (&core->mode)
         && !core_has_mark (core, node, CORE_MARK_SKIPPED) && !core_has_timer (core, node)
         && !ready_has (&core->readiness.undo, core_rank (core, node));
}

/* Asks about what failed without that anybody was asked, as in a run that was to be kept as it is.
 */
static void
ask_failures (Core *core)
{
  for (guint32 node = 0; node < core->plan->n_nodes && !mode_is_stuck (&core->mode); node++)
    {
      if (!plan_is_atom (core->plan, node))
        continue;
      if (is_left_failed (core, node))
        core_roll_back (core);
      else if (core->states[node] != ATOM_STATE_FAILURE || core_is_in_rollback (core, node))
        continue;
      else if ((core->mode.flags & ENGINE_FLAGS_NEVER_RESOLVE) != 0)
        mode_move (&core->mode, MODE_EVENT_STICK);
      else
        core_ask_failure (core, node);
    }
}

static gboolean
is_asked (const Core *core, guint32 node)
{
  for (guint i = core->questions.n_asked; i < core->questions.length; i++)
    if (core->questions.items[i].kind == CORE_QUESTION_DECIDE
        && core->questions.items[i].node == node)
      return TRUE;
  return FALSE;
}

/* Asks deciders anew that were asked while the run was to be kept as it is: what they said did not
 * count. */
static void
ask_deciders (Core *core)
{
  guint count;

  for (guint32 node = 0; node < core->plan->n_nodes && !mode_is_rolling_back (&core->mode); node++)
    if (core->states[node] == ATOM_STATE_PENDING && core->readiness.hold[node] == 0
        && !core_is_in_rollback (core, node)
        && plan_find_deciders (core->plan, node, &count) != NULL && !is_asked (core, node)
        && !(plan_is_atom (core->plan, node)
             && ready_has (&core->readiness.ready, core_rank (core, node))))
      vector_push (&core->questions,
                   ((CoreQuestion){ CORE_QUESTION_DECIDE, node, PLAN_NO_NODE, FALSE }));
}

/* What was interrupted, and what failed without that anybody was asked. */
static void
find_unfinished (Core *core)
{
  for (guint32 node = 0; node < core->plan->n_nodes; node++)
    if (plan_is_atom (core->plan, node)
        && (core->states[node] == ATOM_STATE_RUNNING || core->states[node] == ATOM_STATE_REVERTING)
        && !core_is_left (core, node))
      core_set_leftover (core, node, LEFTOVER_NEW);
  ask_failures (core);
}

/* The end that the run stands at; UNDEFINED when it has not come to one, or goes on from it. */
static EngineState
find_end (const Core *core)
{
  switch (core->flow_state)
    {
    case FLOW_STATE_SUCCESS:
      /* The flow may have got more atoms since. */
      return core_get_n_settled (core) < core->plan->n_atoms ? ENGINE_STATE_UNDEFINED
                                                             : ENGINE_STATE_SUCCESS;
    case FLOW_STATE_FAILURE:
      return ENGINE_STATE_FAILURE;
    case FLOW_STATE_REVERTED:
      return ENGINE_STATE_REVERTED;
    case FLOW_STATE_PENDING:
    case FLOW_STATE_RUNNING:
    case FLOW_STATE_SUSPENDING:
    case FLOW_STATE_SUSPENDED:
    case FLOW_STATE_RESUMING:
    case FLOW_STATE_COUNT:
    default:
      return ENGINE_STATE_UNDEFINED;
    }
}

/* Whether some atom that `node` comes right after, through entries and ends of flows, is not done:
 * in a run of another structure. seen: by node, through which no such atom was found before. */
static gboolean
is_ahead (Core *core, guint32 node, guint8 *seen)
{
  const Plan *plan = core->plan;
  gboolean is_ahead = FALSE;

  vector_push (&core->readiness.stack, node);
  while (core->readiness.stack.length > 0)
    {
      guint32 at = vector_pop (&core->readiness.stack);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        {
          guint32 before = plan->predecessors[i];

          if (plan_is_atom (plan, before))
            is_ahead |= core->states[before] != ATOM_STATE_SUCCESS
                        && core->states[before] != ATOM_STATE_IGNORE;
          else if (!seen[before])
            {
              seen[before] = TRUE;
              vector_push (&core->readiness.stack, before);
            }
        }
    }
  return is_ahead;
}

/* Flows that are being rolled back to be tried again. One that can't be tried before what comes
 * before it now is done is undone with all the rest. */
static void
rebuild_retries (Core *core)
{
  const Plan *plan = core->plan;
  g_autofree guint8 *seen = core->mode.n_flows > 0 ? g_new0 (guint8, plan->n_nodes) : NULL;

  for (guint32 i = 0; i < plan->n_controllers; i++)
    {
      guint32 node = plan->controllers[i].node;

      if (!core_has_mark (core, node, CORE_MARK_RETRY))
        continue;
      if (is_ahead (core, node, seen))
        {
          core_roll_back (core);
          return;
        }
      core_hold_flow (core, node);
    }
}

/* Finds out what may execute, and where flows of controllers are being rolled back. */
static void
rebuild_execution (Core *core)
{
  const Plan *plan = core->plan;

  /* A controller that was about to try again does so. */
  for (guint32 i = 0; i < plan->n_controllers; i++)
    if (core->states[plan->controllers[i].node] == ATOM_STATE_RETRYING
        && !core_has_mark (core, plan->controllers[i].node, CORE_MARK_RETRY | CORE_MARK_UNDO))
      core_mark_flow (core, plan->controllers[i].node);
  core_pass_through (core, 0);
  core_release (core, 0);
  core->readiness.has_strays = core->mode.n_flows == 0 && find_strays (core);
  rebuild_retries (core);
}

void
core_rebuild (Core *core)
{
  core_need_marks (core);
  core->readiness.is_watchful = TRUE;
  if (core->plan->n_deciders > 0)
    core_find_swept (core);
  if (core->mode.state != MODE_STATE_REOPENED)
    core->state = find_end (core);
  if (core->flow_state == FLOW_STATE_PENDING || core->state == ENGINE_STATE_SUCCESS
      || core->state == ENGINE_STATE_REVERTED)
    return;
  if (mode_is_rolling_back (&core->mode))
    core_roll_back_again (core);
  else
    rebuild_execution (core);
  if (core->mode.direction == DIRECTION_STATE_UNDOING)
    offer_failed_reverts (core);
  find_unfinished (core);
}

/* -- Resolutions --------------------------------------------------------------------------------
 */

/* A skipped revert holds nothing back any more, and its predecessors may be reverted by now. */
static void
resolve_skipped (Core *core, guint32 node)
{
  core->marks[node] &= (guint8) ~CORE_MARK_SKIPPED;
  core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
}

static void
resolve_failed_revert (Core *core, guint32 node, StorageResolution resolution)
{
  core_forget_timer (core, node);
  /* A retry that was said before may not have begun. */
  ready_remove (&core->readiness.undo, core_rank (core, node));
  if (resolution == STORAGE_RESOLUTION_RETRY)
    ready_insert (&core->readiness.undo, core_rank (core, node));
  else if (resolution == STORAGE_RESOLUTION_REVERTED)
    {
      core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
      core_quiet (core, node);
    }
  else
    {
      core->marks[node] |= CORE_MARK_SKIPPED;
      /* A flow in which an effect is left can't be tried again. */
      if (mode_is_rolling_back (&core->mode))
        core_quiet (core, node);
      else
        core_roll_back (core);
    }
}

static void
resolve_execute (Core *core, guint32 node, StorageResolution resolution)
{
  core_forget_leftover (core, node);
  if (resolution == STORAGE_RESOLUTION_DONE)
    core_complete_execute (core, node, CORE_OUTCOME_SUCCESS);
  else if (resolution == STORAGE_RESOLUTION_SKIP)
    core_complete_execute (core, node, CORE_OUTCOME_FAILURE);
  /* The attempt stays counted, so that the next one has another idempotency key. */
  else if (resolution == STORAGE_RESOLUTION_REVERTED)
    core_withdraw_leftover (core, node);
  else
    core_set_leftover (core, node, LEFTOVER_REPEAT);
}

static void
resolve_revert (Core *core, guint32 node, StorageResolution resolution)
{
  core_forget_leftover (core, node);
  if (resolution == STORAGE_RESOLUTION_REVERTED)
    {
      core_move_atom (core, node, ATOM_EVENT_UNDONE, DUTY_MOVE);
      core_quiet (core, node);
    }
  else if (resolution == STORAGE_RESOLUTION_RETRY)
    core_set_leftover (core, node, LEFTOVER_REPEAT);
  else
    {
      core_move_atom (core, node, ATOM_EVENT_UNDO_FAILED, DUTY_MOVE);
      resolve_failed_revert (core, node, resolution);
    }
}

/* Why the run can't go on with an atom. */
static ResolveCase
find_case (const Core *core, guint32 node)
{
  if (core->states[node] == ATOM_STATE_REVERT_FAILURE)
    return core_has_mark (core, node, CORE_MARK_SKIPPED) ? RESOLVE_CASE_SKIPPED
                                                         : RESOLVE_CASE_FAILED_REVERT;
  if (!core_is_left (core, node))
    return RESOLVE_CASE_NOTHING;
  return core->states[node] == ATOM_STATE_RUNNING ? RESOLVE_CASE_EXECUTE : RESOLVE_CASE_REVERT;
}

gboolean
core_can_resolve (const Core *core, guint32 node, StorageResolution resolution)
{
  return verbs_can_resolve (find_case (core, node), resolution);
}

static void
resolve_atom (Core *core, guint32 node, StorageResolution resolution)
{
  switch (find_case (core, node))
    {
    case RESOLVE_CASE_FAILED_REVERT:
      resolve_failed_revert (core, node, resolution);
      break;
    case RESOLVE_CASE_SKIPPED:
      resolve_skipped (core, node);
      break;
    case RESOLVE_CASE_EXECUTE:
      resolve_execute (core, node, resolution);
      break;
    case RESOLVE_CASE_REVERT:
      resolve_revert (core, node, resolution);
      break;
    case RESOLVE_CASE_NOTHING:
    case RESOLVE_CASE_COUNT:
    default:
      g_assert_not_reached ();
    }
}

gboolean
core_resolve (Core *core, guint32 node, StorageResolution resolution)
{
  gboolean was_stuck = mode_is_stuck (&core->mode);

  if (!core_can_resolve (core, node, resolution))
    return FALSE;
  resolve_atom (core, node, resolution);
  mode_move (&core->mode, MODE_EVENT_REOPEN);
  if (was_stuck && (core->mode.flags & ENGINE_FLAGS_NEVER_RESOLVE) == 0)
    ask_failures (core);
  if (was_stuck)
    ask_deciders (core);
  core_enter (core, ENGINE_EVENT_REOPEN);
  return TRUE;
}

void
core_undo (Core *core)
{
  g_assert (verbs_can_ask (RUN_VERB_UNDO, core->flow_state));
  if (!mode_is_rolling_back (&core->mode))
    core_record_intention (core, STORAGE_NO_ATOM, INTENTION_REVERT);
  mode_move (&core->mode, MODE_EVENT_REOPEN);
  mode_turn (&core->mode, DIRECTION_EVENT_UNDO);
  core_roll_back_again (core);
  offer_failed_reverts (core);
  core_enter (core, ENGINE_EVENT_REOPEN);
}
