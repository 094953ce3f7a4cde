/* SPDX-License-Identifier: Apache-2.0 */
/* What the tasks of stories do. */
#include "tests/engine/story_private.h"

#include <backflow/atoms/atom_options.h>
#include <backflow/values/value.h>

#include <string.h>

/* -- Without memory -----------------------------------------------------------------------------
 */

static gboolean
give_five (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_int64 (5));
  return TRUE;
}

static gboolean
give_nothing (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
              GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
fail_woot (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 1, "Woot!");
  return FALSE;
}

static gboolean
fail_gotcha (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 2, "Gotcha!");
  return FALSE;
}

static gboolean
never (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  g_error ("'%s' must never be called", atom_context_get_name (context));
  return FALSE;
}

static gboolean
give_one (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_int64 (1));
  return TRUE;
}

static gboolean
give_three (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_parsed ("[<@x 1>, <@x 3>, <@x 5>]"));
  return TRUE;
}

static gboolean
give_map (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (
      context, g_variant_new_parsed ("{'badger': <@x 0>, 'mushroom': <@x 1>, 'snake': <@x 2>}"));
  return TRUE;
}

static gboolean
give_hello (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_string ("hello"));
  return TRUE;
}

static gboolean
add_three (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context,
                           g_variant_new_int64 (atom_context_get_int64 (context, "x", -1000)
                                                + atom_context_get_int64 (context, "y", -1000)
                                                + atom_context_get_int64 (context, "z", -1000)));
  return TRUE;
}

static gboolean
increment (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (
      context, g_variant_new_int64 (atom_context_get_int64 (context, "value", -1000) + 1));
  return TRUE;
}

static gboolean
give_back (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (
      context, g_variant_new_int64 (g_variant_get_int64 (atom_context_get_result (context)) + 1));
  return TRUE;
}

static gboolean
multiply (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context,
                           g_variant_new_int64 (atom_context_get_int64 (context, "a", -1000)
                                                * atom_context_get_int64 (context, "b", 5)));
  return TRUE;
}

static gboolean
fail_unless_equal (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error)
{
  if (atom_context_get_int64 (context, "x", -1) == atom_context_get_int64 (context, "y", -2))
    return TRUE;
  g_set_error_literal (error, STORY_ERROR, 1, "Woot!");
  return FALSE;
}

/* Its revert returns the names of the failed atoms, and whether it got its own result. */
static gboolean
tell_failures (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < atom_context_get_n_failures (context); i++)
    {
      const char *name;
      const Failure *failure = atom_context_get_nth_failure (context, i, &name);

      g_string_append_printf (text, "%s:%s;", name, failure_get_message (failure));
    }
  g_string_append (text, atom_context_get_result (context) != NULL ? "result" : "no result");
  atom_context_set_result (context, g_variant_new_take_string (g_string_free (text, FALSE)));
  return TRUE;
}

/* Fails with what x is. */
static gboolean
fail_with_x (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error (error, STORY_ERROR, 1, "Woot with %" G_GINT64_FORMAT,
               atom_context_get_int64 (context, "x", -1));
  return FALSE;
}

/* Reports each of its progress_chunks. */
static gboolean
report_chunks (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  GVariantIter iter;
  GVariant *chunk;

  g_variant_iter_init (&iter, atom_context_get_argument (context, "progress_chunks"));
  while (g_variant_iter_next (&iter, "v", &chunk))
    {
      atom_context_report_progress (context, g_variant_get_double (chunk), NULL);
      g_variant_unref (chunk);
    }
  return TRUE;
}

static gboolean
fail_pre (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 1, "PRE");
  return FALSE;
}

static gboolean
fail_post (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 1, "POST");
  return FALSE;
}

/* -- With a number ------------------------------------------------------------------------------
 */

/* Fails the first times, with its name. By the number of the attempt: one that is repeated after a
 * crash fails again. */
static gboolean
fail_first (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;

  if (part->number >= 0 && atom_context_get_attempt (context) > (guint) part->number)
    return TRUE;
  g_set_error (error, STORY_ERROR, 1, "%s!", part->name);
  return FALSE;
}

static gboolean
give_number (AtomContext *context, gpointer data, GError **error G_GNUC_UNUSED)
{
  StoryPart *part = data;

  atom_context_set_result (context, g_variant_new_int64 (part->number));
  return TRUE;
}

static char *
name_taken_away (const StoryPart *part)
{
  return g_strdup_printf ("%s is taken away", part->name);
}

static gboolean
is_taken_away (const StoryPart *part)
{
  g_autofree char *name = name_taken_away (part);

  return g_hash_table_contains (part->world->counts, name);
}

static gboolean
put_there (AtomContext *context, gpointer data, GError **error)
{
  const StoryPart *part = data;
  g_autofree char *name = name_taken_away (part);

  g_hash_table_remove (part->world->counts, name);
  return give_number (context, data, error);
}

static gboolean
take_away (AtomContext *context G_GNUC_UNUSED, gpointer data, GError **error G_GNUC_UNUSED)
{
  const StoryPart *part = data;

  g_hash_table_add (part->world->counts, name_taken_away (part));
  return TRUE;
}

/* Fails unless x is the number. */
static gboolean
want_number (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;
  gint64 x = atom_context_get_int64 (context, "x", -1);

  if (x == part->number)
    return TRUE;
  g_set_error (error, STORY_ERROR, 1, "bad %" G_GINT64_FORMAT, x);
  return FALSE;
}

/* Fails the first times, half of its work being done. */
static gboolean
do_effect (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;

  story_part_effect (part, FALSE);
  return part->number < 0 || fail_first (context, data, error);
}

static gboolean
undo_effect (AtomContext *context G_GNUC_UNUSED, gpointer data, GError **error G_GNUC_UNUSED)
{
  story_part_effect (data, TRUE);
  return TRUE;
}

/* Writes down the argument `value`, or that there is none. */
static gboolean
show_value (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;
  GVariant *value = atom_context_get_argument (context, "value");
  g_autofree char *json = value_to_json (value);

  story_part_call (part, "%s %s", part->name, value != NULL ? json : "absent");
  return value == NULL || increment (context, data, error);
}

/* -- Codes --------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *code;
  AtomFunc execute;
  AtomFunc revert;
} Behaviour;

/* clang-format off */
/* The codes of stories: what an atom does. A revert of NULL does nothing. */
static const Behaviour behaviours[] = {
  { "P", give_five, NULL },             /* returns 5 */
  { "N", give_nothing, NULL },          /* returns nothing */
  { "F", fail_woot, NULL },             /* fails with Woot! */
  { "NR", give_nothing, fail_gotcha },  /* its revert fails with Gotcha! */
  { "NF", fail_woot, fail_gotcha },     /* both */
  { "NEVER", never, never },            /* must not be called */
  { "NV", give_nothing, give_nothing }, /* returns nothing; reverts by a function */
  { "NX", never, NULL },                /* must not be executed */
  { "R1", give_one, NULL },             /* returns 1 */
  { "R3", give_three, NULL },           /* returns [1,3,5] */
  { "RM", give_map, NULL },             /* returns {badger: 0, mushroom: 1, snake: 2} */
  { "RH", give_hello, NULL },           /* returns "hello" */
  { "A3", add_three, NULL },            /* x + y + z */
  { "INC", increment, NULL },           /* value + 1 */
  { "GB", increment, give_back },       /* value + 1; revert returns result + 1 */
  { "OPT", multiply, NULL },            /* a * b, b being 5 when absent */
  { "C", fail_unless_equal, NULL },     /* fails unless x equals y */
  { "TELL", give_five, tell_failures }, /* its revert says what failed */
  { "F1", fail_with_x, NULL },          /* fails with Woot with X */
  { "MP", report_chunks, NULL },        /* reports its progress_chunks */
  { "Fail", fail_first, NULL },         /* fails N times, or always, with NAME! */
  { "RFail", NULL, fail_first },        /* its revert does */
  { "RTries", NULL, fail_first },       /* the same, and is tried three times */
  { "Eff", do_effect, undo_effect },    /* leaves an effect in the world; fails N times with NAME! */
  { "Give", give_number, NULL },        /* returns N */
  { "Only", want_number, NULL },        /* fails with bad X unless x is N */
  { "Show", show_value, NULL },         /* writes down value; returns value + 1 */
  { "Ask", give_number, give_nothing }, /* returns N; when it is interrupted somebody has to say what became of it */
  { "There", put_there, take_away }, /* returns N; its probe finds it in the world, until it is reverted */
  { "Gone", give_number, give_nothing }, /* returns N; its probe finds that it is not */
  { "Stays", give_number, give_nothing }, /* returns N; its probe finds it whatever its revert says */
  { "Lost", give_number, give_nothing }, /* returns N; its probe can't tell */
  { "LostAsk", give_number, give_nothing }, /* the same, and somebody has to say */
  { "IRR", give_five, NULL },           /* returns 5; can't be taken back */
  { "PRE", never, NULL },               /* its hook before execute fails with PRE */
  { "POST", give_five, NULL },          /* its hook after execute fails with POST */
  { "PRER", give_five, never },         /* its hook before revert fails with PRE */
  { "POSTR", give_five, give_nothing },        /* its hook after revert fails with POST */
};
/* clang-format on */

static TaskProbe
probe (AtomContext *context, gpointer data, GError **error G_GNUC_UNUSED)
{
  StoryPart *part = data;

  story_part_call (part, "probe %s", part->name);
  if (strcmp (part->code, "Gone") == 0 || is_taken_away (part))
    return TASK_PROBE_ABSENT;
  if (strcmp (part->code, "There") != 0 && strcmp (part->code, "Stays") != 0)
    return TASK_PROBE_UNKNOWN;
  atom_context_set_result (context, g_variant_new_int64 (part->number));
  return TASK_PROBE_PRESENT;
}

/* What becomes of an interrupted execute. */
static void
set_unknown (Atom *atom, StoryPart *part)
{
  const char *const probed[] = { "There", "Gone", "Stays", "Lost", "LostAsk", NULL };

  if (g_strv_contains (probed, part->code))
    task_set_probe (atom, probe);
  if (g_str_has_suffix (part->code, "Ask"))
    atom_set_unknown (atom, ATOM_UNKNOWN_ASK);
}

static void
set_policies (Atom *atom, const char *code)
{
  const AtomBackoff three_times = { .times = 3 };

  if (strcmp (code, "IRR") == 0)
    atom_set_effects (atom, ATOM_EFFECTS_IRREVERSIBLE);
  if (strcmp (code, "RTries") == 0)
    atom_set_revert_backoff (atom, &three_times);
}

static void
set_hooks (Atom *atom, const char *code)
{
  const TaskHooks hooks = { .pre_execute = strcmp (code, "PRE") == 0 ? fail_pre : NULL,
                            .post_execute = strcmp (code, "POST") == 0 ? fail_post : NULL,
                            .pre_revert = strcmp (code, "PRER") == 0 ? fail_pre : NULL,
                            .post_revert = strcmp (code, "POSTR") == 0 ? fail_post : NULL };

  if (g_str_has_prefix (code, "PRE") || g_str_has_prefix (code, "POST"))
    task_set_hooks (atom, &hooks);
}

Atom *
story_task_new (const char *code, StoryPart *part)
{
  for (guint i = 0; i < G_N_ELEMENTS (behaviours); i++)
    if (strcmp (behaviours[i].code, code) == 0)
      {
        Atom *atom;

        part->code = g_strdup (code);
        atom = task_new (part->name, behaviours[i].execute, behaviours[i].revert, part,
                         story_part_free);

        set_policies (atom, code);
        set_hooks (atom, code);
        set_unknown (atom, part);
        return atom;
      }
  return NULL;
}
