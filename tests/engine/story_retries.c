/* SPDX-License-Identifier: Apache-2.0 */
/* The retry controllers of stories: the built-in ones, and custom ones that do what controllers
 * should not, or write down what they are told.
 */
#include "tests/engine/story_private.h"

#include <backflow/atoms/retry.h>
#include <backflow/values/value.h>

#include <string.h>

/* -- What they provide --------------------------------------------------------------------------
 */

static guint
count_tries (AtomContext *context)
{
  const RetryHistory *history = atom_context_get_history (context);

  return history != NULL ? retry_history_get_length (history) : 0;
}

static gboolean
give_number (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_int64 ((gint64) count_tries (context) + 1));
  return TRUE;
}

static gboolean
give_one (AtomContext *context, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  atom_context_set_result (context, g_variant_new_int64 (1));
  return TRUE;
}

/* Fails the first times; then its value is the number of the attempt. */
static gboolean
fail_first (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;
  guint attempt = atom_context_get_attempt (context);

  if (part->number < 0 || attempt <= (guint) part->number)
    {
      g_set_error_literal (error, STORY_ERROR, 1, "OMG I FAILED");
      return FALSE;
    }
  atom_context_set_result (context, g_variant_new_int64 (attempt));
  return TRUE;
}

static gboolean
fail_woot (AtomContext *context G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 1, "WOOT!");
  return FALSE;
}

/* -- What they answer ---------------------------------------------------------------------------
 */

static RetryDecision
answer_revert (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history G_GNUC_UNUSED,
               const char *failed G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
               GError **error G_GNUC_UNUSED)
{
  return RETRY_DECISION_REVERT;
}

static RetryDecision
answer_retry (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history G_GNUC_UNUSED,
              const char *failed G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
              GError **error G_GNUC_UNUSED)
{
  return RETRY_DECISION_RETRY;
}

static RetryDecision
answer_five_times (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history,
                   const char *failed G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
                   GError **error G_GNUC_UNUSED)
{
  return retry_history_get_length (history) < 5 ? RETRY_DECISION_RETRY : RETRY_DECISION_REVERT_ALL;
}

static RetryDecision
answer_error (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history G_GNUC_UNUSED,
              const char *failed G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GError **error)
{
  g_set_error_literal (error, STORY_ERROR, 3, "ONFAIL");
  return RETRY_DECISION_RETRY;
}

static RetryDecision
answer_garbage (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history G_GNUC_UNUSED,
                const char *failed G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED,
                GError **error G_GNUC_UNUSED)
{
  return (RetryDecision) 42;
}

/* -- A spy --------------------------------------------------------------------------------------
 */

/* " (1 x y)(2)": what was provided for each try, and what failed in it. */
static char *
describe_history (const RetryHistory *history)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; history != NULL && i < retry_history_get_length (history); i++)
    {
      g_autofree char *json = value_to_json (retry_history_get_provided (history, i));

      g_string_append_printf (text, "%s(%s", i == 0 ? " " : "", json);
      for (guint k = 0; k < retry_history_get_n_failures (history, i); k++)
        {
          const char *atom;

          (void) retry_history_get_failure (history, i, k, &atom);
          g_string_append_printf (text, " %s", atom);
        }
      g_string_append_c (text, ')');
    }
  return g_string_free (text, FALSE);
}

static gboolean
spy_execute (AtomContext *context, gpointer data, GError **error)
{
  StoryPart *part = data;
  g_autofree char *history = describe_history (atom_context_get_history (context));

  story_part_call (part, "%s execute%s", part->name, history);
  return give_number (context, data, error);
}

static gboolean
spy_revert (AtomContext *context, gpointer data, GError **error G_GNUC_UNUSED)
{
  StoryPart *part = data;
  g_autofree char *history = describe_history (atom_context_get_history (context));
  g_autoptr (GString) failures = g_string_new (NULL);

  for (guint i = 0; i < atom_context_get_n_failures (context); i++)
    {
      const char *name;

      (void) atom_context_get_nth_failure (context, i, &name);
      g_string_append_printf (failures, " %s", name);
    }
  story_part_call (part, "%s revert%s failed:%s", part->name, history, failures->str);
  return TRUE;
}

static RetryDecision
spy_answer (AtomContext *context G_GNUC_UNUSED, const RetryHistory *history, const char *failed,
            gpointer data, GError **error G_GNUC_UNUSED)
{
  StoryPart *part = data;
  g_autofree char *text = describe_history (history);

  story_part_call (part, "%s asked of %s%s", part->name, failed, text);
  return retry_history_get_length (history) < (guint) MAX (part->number, 0) ? RETRY_DECISION_RETRY
                                                                            : RETRY_DECISION_REVERT;
}

/* Fails always; its revert writes down what it is told, and whether the cause is in the history. */
static gboolean
tell_history (AtomContext *context, gpointer data, GError **error G_GNUC_UNUSED)
{
  StoryPart *part = data;
  const RetryHistory *history = atom_context_get_history (context);
  const Failure *failure = atom_context_get_failure (context);

  story_part_call (part, "%s revert of %u tries: %s", part->name,
                   history != NULL ? retry_history_get_length (history) : 0,
                   failure != NULL ? failure_get_message (failure) : "no failure");
  return TRUE;
}

/* -- Codes --------------------------------------------------------------------------------------
 */

typedef struct
{
  const char *code;
  AtomFunc execute;
  AtomFunc revert;
  RetryDecideFunc decide;
} Controller;

/* clang-format off */
/* The custom ones. */
static const Controller controllers[] = {
  { "One", give_one, NULL, answer_revert },               /* gives 1, gives up at once */
  { "Fives", give_number, NULL, answer_five_times },      /* the fifth failure reverts all */
  { "Forever", give_number, NULL, answer_retry },         /* never gives up */
  { "OnFailure", NULL, NULL, answer_error },              /* asking it fails with ONFAIL */
  { "Garbage", NULL, NULL, answer_garbage },              /* answers no decision */
  { "Broken", fail_first, NULL, answer_retry },           /* its execute fails N times, or always, with OMG I FAILED */
  { "BrokenTeller", fail_first, tell_history, answer_revert },
  { "BrokenTwice", fail_first, fail_woot, answer_revert },  /* its execute and its revert fail, with OMG I FAILED and WOOT! */
  { "BrokenRevert", give_number, fail_woot, answer_revert }, /* its revert fails with WOOT! */
  { "Spy", spy_execute, spy_revert, spy_answer },         /* as Times(N), and writes down what it is told */
};
/* clang-format on */

static gint64
nth_number (const StoryArguments *arguments, guint nth)
{
  return nth < arguments->numbers->len ? g_array_index (arguments->numbers, gint64, nth) : -1;
}

static GVariant *
make_array (const StoryArguments *arguments)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (guint i = 0; i < arguments->numbers->len; i++)
    g_variant_builder_add (&builder, "v", g_variant_new_int64 (nth_number (arguments, i)));
  return g_variant_builder_end (&builder);
}

static Atom *
new_built_in (const char *code, const char *name, const StoryArguments *arguments)
{
  Atom *retry;

  if (strcmp (code, "AlwaysRevert") == 0)
    return retry_new_always_revert (name);
  if (strcmp (code, "AlwaysRevertAll") == 0)
    return retry_new_always_revert_all (name);
  if (g_str_has_prefix (code, "Times"))
    retry = retry_new_times (name, (guint) nth_number (arguments, 0));
  else if (g_str_has_prefix (code, "ForEachOf"))
    retry = retry_new_for_each_of (name, arguments->symbol);
  else if (g_str_has_prefix (code, "ForEach"))
    retry = retry_new_for_each (name, make_array (arguments));
  else
    return NULL;
  if (g_str_has_suffix (code, "All"))
    retry_set_give_up (retry, RETRY_DECISION_REVERT_ALL);
  return retry;
}

/* AlwaysRevert, AlwaysRevertAll, Times(N), ForEach(N,N,...), ForEachOf(symbol); the last three with
 * All: give up with REVERT_ALL. */
Atom *
story_retry_new (const char *code, const char *name, const StoryArguments *arguments,
                 StoryWorld *world)
{
  for (guint i = 0; i < G_N_ELEMENTS (controllers); i++)
    if (strcmp (controllers[i].code, code) == 0)
      return retry_new (name, controllers[i].execute, controllers[i].revert, controllers[i].decide,
                        story_part_new (world, name, NULL, nth_number (arguments, 0)),
                        story_part_free);
  return new_built_in (code, name, arguments);
}
