/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/storage/replay.h"

typedef struct
{
  StorageRecord latest; /* the last ATOM record */
  GString *values;
  GString *intentions; /* since it was PENDING */
  char *progress;      /* (nullable) of the attempt under way */
} ReplayAtom;

struct Replay
{
  GArray *atoms; /* of ReplayAtom */
  FlowState flow;
  GString *others;
};

Replay *
replay_new (guint n_atoms)
{
  Replay *replay = g_new0 (Replay, 1);

  replay->atoms = g_array_sized_new (FALSE, TRUE, sizeof (ReplayAtom), n_atoms);
  g_array_set_size (replay->atoms, n_atoms);
  for (guint i = 0; i < n_atoms; i++)
    {
      g_array_index (replay->atoms, ReplayAtom, i).values = g_string_new (NULL);
      g_array_index (replay->atoms, ReplayAtom, i).intentions = g_string_new (NULL);
    }
  replay->others = g_string_new (NULL);
  return replay;
}

void
replay_free (Replay *replay)
{
  if (replay == NULL)
    return;
  for (guint i = 0; i < replay->atoms->len; i++)
    {
      ReplayAtom *atom = &g_array_index (replay->atoms, ReplayAtom, i);

      g_string_free (atom->values, TRUE);
      g_string_free (atom->intentions, TRUE);
      g_free (atom->progress);
    }
  g_array_unref (replay->atoms);
  g_string_free (replay->others, TRUE);
  g_free (replay);
}

static void
append_value (GString *text, GVariant *value)
{
  g_autofree char *printed = value != NULL ? g_variant_print (value, TRUE) : NULL;

  g_string_append_printf (text, " %s", printed != NULL ? printed : "-");
}

static void
apply_atom (ReplayAtom *atom, const StorageRecord *record)
{
  atom->latest = *record;
  atom->latest.value = NULL;
  g_clear_pointer (&atom->progress, g_free);
  if (record->to == ATOM_STATE_PENDING)
    {
      g_string_truncate (atom->values, 0);
      g_string_truncate (atom->intentions, 0);
    }
  if (record->value == NULL)
    return;
  g_string_append_printf (atom->values, " %s", atom_state_get_name (record->to));
  append_value (atom->values, record->value);
}

static void
apply_progress (ReplayAtom *atom, const StorageRecord *record)
{
  g_autofree char *printed = g_variant_print (record->value, TRUE);

  g_free (atom->progress);
  atom->progress = g_strdup_printf (" %u #%u %s", record->to, record->attempt, printed);
}

static void
apply_other (Replay *replay, const StorageRecord *record)
{
  g_string_append_printf (replay->others, "%s %u %u #%u",
                          storage_record_kind_get_name (record->kind), record->atom, record->to,
                          record->attempt);
  append_value (replay->others, record->value);
  g_string_append_c (replay->others, '\n');
}

void
replay_apply (Replay *replay, const StorageRecord *record)
{
  ReplayAtom *atom = record->atom < replay->atoms->len
                         ? &g_array_index (replay->atoms, ReplayAtom, record->atom)
                         : NULL;

  if (record->kind == STORAGE_RECORD_ATOM)
    apply_atom (atom, record);
  else if (record->kind == STORAGE_RECORD_INTENTION)
    g_string_append_printf (atom != NULL ? atom->intentions : replay->others, "%s #%u\n",
                            intention_get_name (record->intention), record->attempt);
  else if (record->kind == STORAGE_RECORD_PROGRESS)
    apply_progress (atom, record);
  else if (record->kind == STORAGE_RECORD_FLOW)
    replay->flow = (FlowState) record->to;
  else
    apply_other (replay, record);
}

char *
replay_describe (const Replay *replay)
{
  GString *text = g_string_new (flow_state_get_name (replay->flow));

  g_string_append_c (text, '\n');
  for (guint i = 0; i < replay->atoms->len; i++)
    {
      const ReplayAtom *atom = &g_array_index (replay->atoms, ReplayAtom, i);

      g_string_append_printf (
          text, "%u %s>%s %s #%u%s%s\n%s", i, atom_state_get_name (atom->latest.from),
          atom_state_get_name (atom->latest.to), intention_get_name (atom->latest.intention),
          atom->latest.attempt, atom->values->str, atom->progress != NULL ? atom->progress : "",
          atom->intentions->str);
    }
  g_string_append (text, replay->others->str);
  return g_string_free (text, FALSE);
}
