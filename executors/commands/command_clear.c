/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_clear.h"

#include "atoms/command_private.h"
#include "executors/commands/command_lock.h"

/* How long processes of an earlier attempt have between TERM and KILL at most: the attempt is over,
 * so a longer time of grace of the step would only delay the run. */
#define CLEAR_GRACE_MAX_US (5 * G_USEC_PER_SEC)

struct CommandClear
{
  CommandHost *host;
  Attempt *attempt;
  ChildClear *clear;
  char *marker;
};

static CommandRole
get_role (const Attempt *attempt)
{
  switch (attempt->cleared)
    {
    case ATTEMPT_REVERT:
      return COMMAND_REVERT;
    case ATTEMPT_PROBE:
      return COMMAND_PROBE;
    case ATTEMPT_EXECUTE:
    case ATTEMPT_CLEAR:
    default:
      return COMMAND_EXECUTE;
    }
}

static void
fail (Attempt *attempt, const GError *error)
{
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.message = error->message;
  fields.domain = "containment";
  fields.code = error->code;
  fields.attempt = attempt->number;
  attempt_fail (attempt, failure_new (&fields));
}

static void
dispose (CommandClear *self)
{
  child_clear_free (self->clear);
  g_free (self->marker);
  g_free (self);
}

CommandClear *
command_clear_start (CommandHost *host, Attempt *attempt)
{
  CommandRole role = get_role (attempt);
  g_autofree char *path = command_lock_dup_path (attempt, role);
  g_autofree char *marker = command_lock_dup_marker (attempt, role);
  g_autoptr (GError) error = NULL;
  ChildLock *lock = command_host_steal_lock (host, marker);
  CommandClear *self;

  if (lock == NULL && path != NULL)
    lock = child_lock_open (path, &error);
  if (error != NULL)
    {
      fail (attempt, error);
      return NULL;
    }
  self = g_new0 (CommandClear, 1);
  self->host = host;
  self->attempt = attempt;
  self->marker = g_steal_pointer (&marker);
  self->clear
      = child_clear_new (lock, self->marker,
                         MIN (command_get_spec (attempt->atom)->kill_after_us, CLEAR_GRACE_MAX_US));
  return self;
}

ChildClear *
command_clear_get_child (CommandClear *self)
{
  return self->clear;
}

void
command_clear_finish (CommandClear *self)
{
  g_autoptr (GError) error = NULL;

  if (child_clear_finish (self->clear, &error))
    attempt_succeed (self->attempt, NULL);
  else
    {
      fail (self->attempt, error);
      command_host_keep_lock (self->host, self->marker, child_clear_steal_lock (self->clear));
    }
  dispose (self);
}

void
command_clear_abandon (CommandClear *self)
{
  if (self == NULL)
    return;
  self->attempt->outcome = ATTEMPT_OUTCOME_NOT_STARTED;
  command_host_keep_lock (self->host, self->marker, child_clear_steal_lock (self->clear));
  dispose (self);
}
