/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

/* One atom: when the attempt under way began, and how long the last one of each action took (-1: none), by the monotonic
 * clock: the times of events follow the clock on the wall, which may be set while an atom runs. */
typedef struct
{
  gint64 began_us;
  gint64 took_us[2]; /* by AtomAction */
} AtomTimes;

struct ListenerTimes
{
  GHashTable *atoms; /* of AtomTimes, by name */
};

static AtomTimes *
need_atom (ListenerTimes *times, const char *name)
{
  AtomTimes *atom = (AtomTimes *)g_hash_table_lookup (times->atoms, name);

  if (atom != NULL)
    return atom;
  atom = g_new0 (AtomTimes, 1);
  atom->took_us[ATOM_ACTION_EXECUTE] = -1;
  atom->took_us[ATOM_ACTION_REVERT] = -1;
  g_hash_table_insert (times->atoms, g_strdup (name), atom);
  return atom;
}

static void
end_attempt (ListenerTimes *times, const ListenerEvent *event, AtomAction action)
{
  AtomTimes *atom = need_atom (times, event->atom);

  atom->took_us[action] = g_get_monotonic_time () - atom->began_us;
}

static void
time_event (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  ListenerTimes *times = (ListenerTimes *)user_data;

  (void)engine;
  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    need_atom (times, event->atom)->began_us = g_get_monotonic_time ();
  else if (event->from == ATOM_STATE_RUNNING
           && (event->to == ATOM_STATE_SUCCESS || event->to == ATOM_STATE_FAILURE))
    end_attempt (times, event, ATOM_ACTION_EXECUTE);
  else if (event->from == ATOM_STATE_REVERTING
           && (event->to == ATOM_STATE_REVERTED || event->to == ATOM_STATE_REVERT_FAILURE))
    end_attempt (times, event, ATOM_ACTION_REVERT);
}

ListenerTimes *
listener_add_timer (Engine *engine)
{
  g_return_val_if_fail (engine != NULL, NULL);

  ListenerTimes *times = g_new0 (ListenerTimes, 1);

  times->atoms = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  engine_add_listener (engine, LISTENER_ATOM, time_event, times, NULL);
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
  found = (const AtomTimes *)g_hash_table_lookup (times->atoms, atom);
  return found != NULL ? found->took_us[action] : -1;
}
