/* SPDX-License-Identifier: Apache-2.0 */
/* Running stories, and comparing what happened. */
#include "tests/engine/story_private.h"

#include <backflow/values/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* -- The world ----------------------------------------------------------------------------------
 */

static void
clear_world (gpointer data)
{
  StoryWorld *world = data;

  g_hash_table_unref (world->counts);
  g_string_free (world->calls, TRUE);
  g_array_unref (world->effects);
  g_hash_table_unref (world->commits);
}

static void
clear_effect (gpointer data)
{
  g_free (((StoryEffect *) data)->atom);
}

StoryWorld *
story_world_new (void)
{
  StoryWorld *world = g_rc_box_new0 (StoryWorld);

  world->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  world->calls = g_string_new (NULL);
  world->effects = g_array_new (FALSE, FALSE, sizeof (StoryEffect));
  g_array_set_clear_func (world->effects, clear_effect);
  world->commits = g_hash_table_new (NULL, NULL);
  return world;
}

void
story_world_unref (StoryWorld *world)
{
  g_rc_box_release_full (world, clear_world);
}

StoryPart *
story_part_new (StoryWorld *world, const char *name, const char *code, gint64 number)
{
  StoryPart *part = g_new0 (StoryPart, 1);

  part->world = g_rc_box_acquire (world);
  part->name = g_strdup (name);
  part->code = g_strdup (code);
  part->number = number;
  return part;
}

void
story_part_free (gpointer data)
{
  StoryPart *part = data;

  story_world_unref (part->world);
  g_free (part->name);
  g_free (part->code);
  g_free (part);
}

guint
story_part_count (StoryPart *part)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (part->world->counts, part->name)) + 1;

  g_hash_table_replace (part->world->counts, g_strdup (part->name), GUINT_TO_POINTER (count));
  return count;
}

void
story_part_call (StoryPart *part, const char *format, ...)
{
  GString *calls = part->world->calls;
  va_list arguments;

  if (calls->len > 0)
    g_string_append (calls, "; ");
  va_start (arguments, format);
  g_string_append_vprintf (calls, format, arguments);
  va_end (arguments);
}

static gboolean
count_record (const StorageRecord *record G_GNUC_UNUSED, gpointer data)
{
  (*(guint *) data)++;
  return TRUE;
}

guint
story_world_count_records (StoryWorld *world)
{
  g_autoptr (StorageRun) run = NULL;
  guint count = 0;

  if (world->storage == NULL)
    return 0;
  run = storage_open_run (world->storage, "story", NULL);
  assert_non_null (run);
  assert_true (storage_run_foreach (run, count_record, &count, NULL));
  g_hash_table_add (world->commits, GUINT_TO_POINTER (count));
  return count;
}

void
story_part_effect (StoryPart *part, gboolean is_revert)
{
  StoryEffect effect
      = { story_world_count_records (part->world), is_revert, g_strdup (part->name) };

  g_array_append_val (part->world->effects, effect);
}

/* -- Running ------------------------------------------------------------------------------------
 */

static void
describe (GString *line, const ListenerEvent *event)
{
  if (event->kind == LISTENER_FLOW)
    {
      g_string_printf (line, "flow %s %s", event->flow,
                       flow_state_get_name ((FlowState) event->to));
      return;
    }
  g_string_printf (line, "%s %s", event->atom, atom_state_get_name ((AtomState) event->to));
  if (event->failure != NULL)
    g_string_append_printf (line, "(%s)", failure_get_message (event->failure));
  else if (event->result != NULL)
    {
      g_autofree char *json = value_to_json (event->result);

      g_string_append_printf (line, "(%s)", json);
    }
}

static void
on_event (Engine *engine, const ListenerEvent *event, gpointer data)
{
  Story *story = data;
  g_autoptr (GString) line = g_string_new (NULL);

  describe (line, event);
  if (event->kind == LISTENER_ATOM || story->has_flow_lines)
    g_string_append_printf (story->trace, "%s%s", story->trace->len > 0 ? "; " : "", line->str);
  story->n_lines++;
  (void) story_world_count_records (story->world);
  if (g_strcmp0 (story->suspend_at, line->str) == 0 || story->suspend_at_line == story->n_lines)
    engine_suspend (engine);
  if (g_strcmp0 (story->cancel_at, line->str) == 0 || story->cancel_at_line == story->n_lines)
    engine_cancel (engine);
  if (g_strcmp0 (story->keep_at, line->str) == 0)
    engine_cancel_and_keep (engine);
}

static void
inject (Story *story, const char *inputs)
{
  g_auto (GStrv) words = g_strsplit (inputs, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i], "=", 2);
      g_autoptr (GVariant) value = value_new_from_json (parts[1], -1, NULL);

      assert_non_null (value);
      assert_true (engine_inject (story->engine, parts[0], value, NULL));
    }
}

void
story_listen (Story *story)
{
  engine_add_listener (story->engine, LISTENER_FLOW | LISTENER_ATOM, on_event, story, NULL);
}

void
story_init (Story *story, const char *text, const char *inputs, const EngineOptions *options)
{
  memset (story, 0, sizeof *story);
  story->world = story_world_new ();
  story->text = g_strdup (text);
  story->flow = story_build_in (text, story->world);
  if (options != NULL)
    story->options = *options;
  story->engine = engine_new (story->flow, options);
  story->trace = g_string_new (NULL);
  story->has_flow_lines = TRUE;
  story_listen (story);
  if (inputs != NULL && *inputs != '\0')
    inject (story, inputs);
}

static gboolean
step_to_end (Engine *engine, FlowState *end, GError **error)
{
  EngineState entered = ENGINE_STATE_UNDEFINED;

  while (entered != ENGINE_STATE_SUCCESS && entered != ENGINE_STATE_FAILURE
         && entered != ENGINE_STATE_REVERTED && entered != ENGINE_STATE_SUSPENDED)
    if (!engine_step (engine, &entered, error))
      return FALSE;
  *end = engine_get_state (engine);
  assert_string_equal (engine_state_get_name (entered), flow_state_get_name (*end));
  return TRUE;
}

FlowState
story_run (Story *story)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_PENDING;
  gboolean is_fine;

  g_string_truncate (story->trace, 0);
  story->n_lines = 0;
  is_fine = story->is_stepped ? step_to_end (story->engine, &end, &error)
                              : engine_run (story->engine, &end, &error);
  if (!is_fine)
    fail_msg ("engine_run: %s", error->message);
  return end;
}

void
story_clear (Story *story)
{
  engine_free (story->engine);
  flow_unref (story->flow);
  g_string_free (story->trace, TRUE);
  story_world_unref (story->world);
  g_free (story->text);
  executor_unref (story->executor);
  if (story->owns_storage)
    storage_unref (story->options.storage);
}

/* -- Comparing ----------------------------------------------------------------------------------
 */

static char **
split_lines (const char *text)
{
  char **lines = g_strsplit (text, ";", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  return lines;
}

void
story_expect (const Story *story, const char *expected)
{
  g_auto (GStrv) lines = split_lines (expected);
  g_autofree char *joined = g_strjoinv ("; ", lines);

  assert_string_equal (story->trace->str, joined);
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static char *
sort_lines (const char *text)
{
  g_auto (GStrv) lines = split_lines (text);

  qsort (lines, g_strv_length (lines), sizeof *lines, compare_lines);
  return g_strjoinv ("; ", lines);
}

void
story_expect_set (const Story *story, const char *expected)
{
  g_autofree char *have = sort_lines (story->trace->str);
  g_autofree char *want = sort_lines (expected);

  assert_string_equal (have, want);
}

void
story_expect_within (const Story *story, const char *expected)
{
  g_auto (GStrv) have = split_lines (story->trace->str);
  g_auto (GStrv) want = split_lines (expected);
  guint at = 0;

  for (guint i = 0; have[i] != NULL && want[at] != NULL; i++)
    if (strcmp (have[i], want[at]) == 0)
      at++;
  if (want[at] != NULL)
    fail_msg ("'%s' does not come where it should in: %s", want[at], story->trace->str);
}

void
story_expect_states (const Story *story, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit_set (g_strstrip (parts[i]), " /", 3);
      AtomState state;
      Intention intention;

      if (!engine_get_atom_state (story->engine, words[0], &state, &intention))
        fail_msg ("no atom '%s'", words[0]);
      if (strcmp (atom_state_get_name (state), words[1]) != 0)
        fail_msg ("%s is %s, not %s", words[0], atom_state_get_name (state), words[1]);
      if (words[2] != NULL)
        assert_string_equal (intention_get_name (intention), words[2]);
    }
}

static gboolean
fits (AtomState state, FlowState end)
{
  if (end == FLOW_STATE_SUCCESS)
    return state == ATOM_STATE_SUCCESS || state == ATOM_STATE_IGNORE;
  if (end == FLOW_STATE_REVERTED)
    return state == ATOM_STATE_PENDING || state == ATOM_STATE_REVERTED
           || state == ATOM_STATE_IGNORE;
  return TRUE;
}

void
story_expect_settled (const Story *story, FlowState end)
{
  const Plan *plan = engine_get_plan (story->engine);

  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      const Atom *atom = plan_get_atom (plan, node);
      AtomState state;

      if (atom == NULL)
        continue;
      assert_true (engine_get_atom_state (story->engine, atom_get_name (atom), &state, NULL));
      if (!fits (state, end))
        fail_msg ("%s is %s at the end: %s", atom_get_name (atom), atom_state_get_name (state),
                  story->trace->str);
    }
}

void
story_expect_calls (Story *story, const char *expected)
{
  g_auto (GStrv) lines = split_lines (expected);
  g_autofree char *joined = g_strjoinv ("; ", lines);

  assert_string_equal (story->world->calls->str, joined);
  g_string_truncate (story->world->calls, 0);
}

char *
story_dup_symbols (const Story *story)
{
  g_autoptr (GVariant) all = engine_fetch_all (story->engine);

  return value_to_json (all);
}

void
story_expect_symbols (const Story *story, const char *expected)
{
  g_autofree char *json = story_dup_symbols (story);
  g_autoptr (GVariant) all = value_new_from_json (json, -1, NULL);
  g_autoptr (GVariant) wanted = value_new_from_json (expected, -1, NULL);

  assert_non_null (wanted);
  if (!g_variant_equal (all, wanted))
    assert_string_equal (json, expected);
}
