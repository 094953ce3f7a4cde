/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/listeners/listener_times.h>

#include <backflow/engine/engine.h>

/* One atom: when the attempt under way began, and how long the last one of each action took (-1:
 * none), by the monotonic clock: the times of events follow the clock on the wall, which may be set
 * while an atom runs. */
typedef struct
{
  gint64 began_us;
  gint64 took_us[2]; /* by AtomAction */
} AtomTimes;

struct ListenerTimes
{
  GHashTable *atoms; /* of AtomTimes, by name */
  gint64 began_us;   /* when the run began or went on; 0: it does not run */
  gint64 before_us;  /* what it took before that */
};

static const char *const keys[]
    = { [ATOM_ACTION_EXECUTE] = "duration", [ATOM_ACTION_REVERT] = "revert-duration" };

static double
to_seconds (gint64 time_us)
{
  return (double) time_us / G_USEC_PER_SEC;
}

static AtomTimes *
need_atom (ListenerTimes *times, const char *name)
{
  AtomTimes *atom = (AtomTimes *) g_hash_table_lookup (times->atoms, name);

  if (atom != NULL)
    return atom;
  atom = g_new0 (AtomTimes, 1);
  atom->took_us[ATOM_ACTION_EXECUTE] = -1;
  atom->took_us[ATOM_ACTION_REVERT] = -1;
  g_hash_table_insert (times->atoms, g_strdup (name), atom);
  return atom;
}

/* Keeps a duration with the atom, or with the run (NULL). That fails with the store alone, and then
 * the engine says so itself. */
static void
keep (Engine *engine, const char *atom, const char *key, gint64 took_us)
{
  (void) engine_set_metadata (engine, atom, key, g_variant_new_double (to_seconds (took_us)), NULL);
}

static void
end_attempt (ListenerTimes *times, Engine *engine, const ListenerEvent *event, AtomAction action)
{
  AtomTimes *atom = need_atom (times, event->atom);

  /* Of an attempt of a former life nobody here saw the begin. */
  if (atom->began_us == 0)
    return;
  atom->took_us[action] = g_get_monotonic_time () - atom->began_us;
  atom->began_us = 0;
  keep (engine, event->atom, keys[action], atom->took_us[action]);
}

static void
time_atom (ListenerTimes *times, Engine *engine, const ListenerEvent *event)
{
  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    need_atom (times, event->atom)->began_us = g_get_monotonic_time ();
  else if (event->from == ATOM_STATE_RUNNING
           && (event->to == ATOM_STATE_SUCCESS || event->to == ATOM_STATE_FAILURE))
    end_attempt (times, engine, event, ATOM_ACTION_EXECUTE);
  else if (event->from == ATOM_STATE_REVERTING
           && (event->to == ATOM_STATE_REVERTED || event->to == ATOM_STATE_REVERT_FAILURE))
    end_attempt (times, engine, event, ATOM_ACTION_REVERT);
}

/* What the run has taken until it was suspended, or ended, before. */
static gint64
find_before (Engine *engine)
{
  g_autoptr (GVariant) kept = engine_dup_metadata (engine, NULL, keys[ATOM_ACTION_EXECUTE]);

  if (kept == NULL || !g_variant_is_of_type (kept, G_VARIANT_TYPE_DOUBLE))
    return 0;
  return (gint64) (g_variant_get_double (kept) * G_USEC_PER_SEC);
}

static void
time_flow (ListenerTimes *times, Engine *engine, const ListenerEvent *event)
{
  gint64 took_us;

  if (event->to == FLOW_STATE_RUNNING)
    {
      times->began_us = g_get_monotonic_time ();
      times->before_us = event->from != FLOW_STATE_PENDING ? find_before (engine) : 0;
    }
  if (!flow_state_is_rest ((FlowState) event->to) || times->began_us == 0)
    return;
  took_us = times->before_us + g_get_monotonic_time () - times->began_us;
  times->began_us = 0;
  times->before_us = took_us;
  keep (engine, NULL, keys[ATOM_ACTION_EXECUTE], took_us);
}

static void
time_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  ListenerTimes *times = (ListenerTimes *) user_data;

  if (event->kind == LISTENER_ATOM)
    time_atom (times, engine, event);
  else
    time_flow (times, engine, event);
}

ListenerTimes *
listener_add_timer (Engine *engine)
{
  ListenerTimes *times;

  g_return_val_if_fail (engine != NULL, NULL);
  times = g_new0 (ListenerTimes, 1);
  times->atoms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  engine_add_listener (engine, LISTENER_FLOW | LISTENER_ATOM, time_event, times, NULL);
  return times;
}

void
listener_times_free (ListenerTimes *times)
{
  if (times == NULL)
    return;
  g_hash_table_unref (times->atoms);
  g_free (times);
}

gint64
listener_times_get (const ListenerTimes *times, const char *atom, AtomAction action)
{
  const AtomTimes *found;

  g_return_val_if_fail (times != NULL, -1);
  g_return_val_if_fail (atom != NULL, -1);
  found = (const AtomTimes *) g_hash_table_lookup (times->atoms, atom);
  return found != NULL ? found->took_us[action] : -1;
}
