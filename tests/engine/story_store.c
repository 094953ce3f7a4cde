/* SPDX-License-Identifier: Apache-2.0 */
/* Stories that are resumed: by a new engine, after records that a test makes up, or from the
 * beginning of a journal. */
#include "tests/engine/story_private.h"

#include <backflow/atoms/retry.h>
#include <backflow/engine/resume.h>
#include <backflow/values/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RUN_ID "story"

void
story_init_stored (Story *story, const char *text, const char *inputs, Executor *executor)
{
  EngineOptions options = { .run_id = RUN_ID,
                            .executor = executor,
                            .storage = storage_new_memory (STORAGE_MEMORY_JOURNAL) };

  story_init (story, text, inputs, &options);
  story->owns_storage = TRUE;
  story->world->storage = options.storage;
}

static void
leave (Story *story)
{
  g_clear_pointer (&story->engine, engine_free);
  g_clear_pointer (&story->flow, flow_unref);
  g_string_truncate (story->trace, 0);
}

static void
take_over (Story *story, const char *text)
{
  g_autoptr (GError) error = NULL;

  story->flow = story_build_in (text != NULL ? text : story->text, story->world);
  story->engine = engine_new_resumed (story->flow, &story->options, &error);
  if (story->engine == NULL)
    fail_msg ("engine_new_resumed: %s", error->message);
  story_listen (story);
}

void
story_resume (Story *story, const char *text)
{
  leave (story);
  take_over (story, text);
}

/* -- Made-up records ----------------------------------------------------------------------------
 */

typedef struct
{
  StorageRun *run;
  const StorageAtom *atoms;
  guint n_atoms;
  guint8 *states;
  guint32 *attempts;
  guint8 flow_state;
} Scribe;

static guint32
find_atom (const Scribe *scribe, const char *name)
{
  for (guint i = 0; i < scribe->n_atoms; i++)
    if (strcmp (scribe->atoms[i].name, name) == 0)
      return i;
  fail_msg ("no atom '%s' in the store", name);
  return 0;
}

static Intention
find_intention (const char *name)
{
  for (guint i = 0; i < INTENTION_COUNT; i++)
    if (strcmp (intention_get_name ((Intention) i), name) == 0)
      return (Intention) i;
  fail_msg ("no intention '%s'", name);
  return INTENTION_EXECUTE;
}

static void
append (Scribe *scribe, StorageRecord record)
{
  g_autoptr (GError) error = NULL;

  if (record.value != NULL)
    g_variant_take_ref (record.value);
  if (!storage_run_append (scribe->run, &record, 1, &error))
    fail_msg ("append: %s", error->message);
  g_clear_pointer (&record.value, g_variant_unref);
}

/* What is in parentheses behind a state, which is cut off: a result or a failure. Returns:
 * (transfer full) (nullable). */
static GVariant *
cut_value (char *state)
{
  char *open = strchr (state, '(');
  GVariant *value;

  if (open == NULL)
    return NULL;
  *open = '\0';
  open[strlen (open + 1)] = '\0';
  if (strcmp (state, "FAILURE") == 0 || strcmp (state, "REVERT_FAILURE") == 0)
    {
      g_autoptr (Failure) failure = failure_new_printf ("story", "%s", open + 1);

      return failure_to_variant (failure);
    }
  value = value_new_from_json (open + 1, -1, NULL);
  assert_non_null (value);
  return value;
}

static void
append_move (Scribe *scribe, guint32 atom, char *word)
{
  GVariant *value = cut_value (word);
  AtomState to = atom_state_find (word);
  gboolean reverts
      = to == ATOM_STATE_REVERTING || to == ATOM_STATE_REVERTED || to == ATOM_STATE_REVERT_FAILURE;

  if (to == ATOM_STATE_COUNT)
    fail_msg ("no state '%s'", word);
  if (to == ATOM_STATE_RUNNING)
    scribe->attempts[atom]++;
  append (scribe, (StorageRecord){ .kind = STORAGE_RECORD_ATOM,
                                   .atom = atom,
                                   .from = scribe->states[atom],
                                   .to = (guint8) to,
                                   .intention = reverts ? INTENTION_REVERT : INTENTION_EXECUTE,
                                   .attempt = MAX (scribe->attempts[atom], 1),
                                   .value = value });
  scribe->states[atom] = (guint8) to;
}

static void
append_line (Scribe *scribe, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint32 atom = STORAGE_NO_ATOM;

  if (strcmp (words[0], "flow") == 0)
    {
      FlowState to = flow_state_find (words[1]);

      append (scribe, (StorageRecord){ .kind = STORAGE_RECORD_FLOW,
                                       .atom = STORAGE_NO_ATOM,
                                       .from = scribe->flow_state,
                                       .to = (guint8) to });
      scribe->flow_state = (guint8) to;
      return;
    }
  if (strcmp (words[0], "run") != 0)
    atom = find_atom (scribe, words[0]);
  if (strcmp (words[1], "intends") == 0)
    append (scribe, (StorageRecord){ .kind = STORAGE_RECORD_INTENTION,
                                     .atom = atom,
                                     .intention = (guint8) find_intention (words[2]) });
  else if (strcmp (words[1], "decides") == 0)
    append (scribe, (StorageRecord){ .kind = STORAGE_RECORD_DECISION,
                                     .atom = atom,
                                     .to = strcmp (words[2], "RETRY") == 0 ? RETRY_DECISION_RETRY
                                                                           : RETRY_DECISION_REVERT,
                                     .attempt = find_atom (scribe, words[4]) });
  else if (g_str_has_prefix (words[1], "PROGRESS("))
    append (scribe,
            (StorageRecord){
                .kind = STORAGE_RECORD_PROGRESS,
                .atom = atom,
                .attempt = scribe->attempts[atom],
                .value = g_variant_new (
                    "(dmv)", g_ascii_strtod (words[1] + strlen ("PROGRESS("), NULL), NULL) });
  else
    append_move (scribe, atom, words[1]);
}

/* The run is made, with its atoms and inputs, by an engine that is suspended before anything
 * starts. */
void
story_preset (Story *story, const char *lines)
{
  g_auto (GStrv) each = g_strsplit (lines, ";", -1);
  Scribe scribe = { .flow_state = FLOW_STATE_SUSPENDED };

  engine_suspend (story->engine);
  assert_int_equal (story_run (story), FLOW_STATE_SUSPENDED);
  leave (story);
  scribe.run = storage_take_run (story->options.storage, RUN_ID, NULL);
  assert_non_null (scribe.run);
  scribe.atoms = storage_run_get_atoms (scribe.run, &scribe.n_atoms);
  scribe.states = g_new0 (guint8, scribe.n_atoms);
  scribe.attempts = g_new0 (guint32, scribe.n_atoms);
  for (guint i = 0; each[i] != NULL; i++)
    append_line (&scribe, g_strstrip (each[i]));
  storage_run_close (scribe.run);
  g_free (scribe.states);
  g_free (scribe.attempts);
  take_over (story, NULL);
}

/* -- Beginnings of journals ---------------------------------------------------------------------
 */

typedef struct
{
  GArray *records;
  const StorageAtom *atoms;
  guint n_atoms;
  const char *line; /* (nullable) */
  guint max;
  gboolean is_found;
} Cut;

static gboolean
is_line (const StorageRecord *record, const Cut *cut)
{
  g_autofree char *line = NULL;

  if (cut->line == NULL
      || (record->kind != STORAGE_RECORD_ATOM && record->kind != STORAGE_RECORD_FLOW))
    return FALSE;
  if (record->kind == STORAGE_RECORD_FLOW)
    line = g_strdup_printf ("flow %s", flow_state_get_name ((FlowState) record->to));
  else
    line = g_strdup_printf ("%s %s", cut->atoms[record->atom].name,
                            atom_state_get_name ((AtomState) record->to));
  return strcmp (line, cut->line) == 0;
}

static gboolean
copy_record (const StorageRecord *record, gpointer data)
{
  Cut *cut = data;
  StorageRecord copy = *record;

  if (cut->line == NULL && cut->records->len == cut->max)
    {
      cut->is_found = TRUE;
      return FALSE;
    }
  if (copy.value != NULL)
    g_variant_ref (copy.value);
  g_array_append_val (cut->records, copy);
  if (is_line (record, cut))
    cut->is_found = TRUE;
  return !cut->is_found;
}

static void
write_run (Story *story, Storage *storage, StorageRun *old, const Cut *cut)
{
  StorageRun *run = storage_create_run (
      storage, storage_run_get_info (old),
      &(StorageRunContent){ .atoms = cut->atoms, .n_atoms = cut->n_atoms }, NULL);

  assert_non_null (run);
  for (guint i = 0; i < cut->records->len; i++)
    {
      StorageRecord record = g_array_index (cut->records, StorageRecord, i);

      record.seq = 0;
      assert_true (storage_run_append (run, &record, 1, NULL));
    }
  storage_run_close (run);
  storage_run_close (old);
  storage_unref (story->options.storage);
  story->options.storage = story->world->storage = storage;
}

static gboolean
cut_journal (Story *story, Cut *cut)
{
  StorageRun *old = storage_open_run (story->options.storage, RUN_ID, NULL);

  assert_non_null (old);
  cut->records = g_array_new (FALSE, FALSE, sizeof (StorageRecord));
  cut->atoms = storage_run_get_atoms (old, &cut->n_atoms);
  assert_true (storage_run_foreach (old, copy_record, cut, NULL));
  if (cut->is_found)
    {
      leave (story);
      write_run (story, storage_new_memory (STORAGE_MEMORY_JOURNAL), old, cut);
      take_over (story, NULL);
    }
  else
    storage_run_close (old);
  for (guint i = 0; i < cut->records->len; i++)
    g_clear_pointer (&g_array_index (cut->records, StorageRecord, i).value, g_variant_unref);
  g_array_unref (cut->records);
  return cut->is_found;
}

gboolean
story_cut (Story *story, const char *line)
{
  Cut cut = { .line = line };

  return cut_journal (story, &cut);
}

gboolean
story_cut_at (Story *story, guint n_records)
{
  Cut cut = { .max = n_records };

  return cut_journal (story, &cut);
}

/* -- Deaths -------------------------------------------------------------------------------------
 */

guint
story_find_commit (const Story *story, guint n_records)
{
  GHashTableIter iter;
  gpointer key;
  guint found = G_MAXUINT;

  g_hash_table_iter_init (&iter, story->world->commits);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (GPOINTER_TO_UINT (key) >= n_records)
      found = MIN (found, GPOINTER_TO_UINT (key));
  return found;
}

gboolean
story_die_at (Story *story, guint n_records, StoryDeath death)
{
  GArray *effects = story->world->effects;
  guint first = n_records + (death == STORY_DIED_BEHIND ? 1 : 0);

  if (!story_cut_at (story, n_records))
    return FALSE;
  g_hash_table_remove_all (story->world->commits);
  for (guint i = effects->len; i > 0; i--)
    if (g_array_index (effects, StoryEffect, i - 1).n_records >= first)
      g_array_remove_index (effects, i - 1);
  return TRUE;
}

/* Whether the atom has an effect in the world, as far as its last call tells. */
static gboolean
has_effect (const Story *story, const char *atom)
{
  const GArray *effects = story->world->effects;

  for (guint i = effects->len; i > 0; i--)
    if (strcmp (g_array_index (effects, StoryEffect, i - 1).atom, atom) == 0)
      return !g_array_index (effects, StoryEffect, i - 1).is_revert;
  return FALSE;
}

void
story_expect_world (const Story *story)
{
  const GArray *effects = story->world->effects;

  for (guint i = 0; i < effects->len; i++)
    {
      const char *atom = g_array_index (effects, StoryEffect, i).atom;
      AtomState state;

      assert_true (engine_get_atom_state (story->engine, atom, &state, NULL));
      if (has_effect (story, atom) != (state == ATOM_STATE_SUCCESS))
        fail_msg ("%s is %s, and its effect is %s: %s", atom, atom_state_get_name (state),
                  has_effect (story, atom) ? "there" : "not there", story->trace->str);
    }
}
