/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of verbs and resolutions: each pair has one row, and the manual page has them all. */
#include <backflow/engine/core/verbs.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What the manual page calls verbs, cases and resolutions; NULL for what the command does not have.
 */
static const char *const commands[RUN_VERB_COUNT]
    = { "resume", "suspend", "cancel", "revert", "resolve", NULL };
static const char *const cases[RESOLVE_CASE_COUNT]
    = { NULL, "revert failed", "revert skipped", "execute interrupted", "revert interrupted" };
static const char *const options[STORAGE_RESOLUTION_COUNT]
    = { "retry", "reverted", "skip", "done" };

static char *
read_manual (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "docs", "backflow.1", NULL);
  char *page;

  assert_true (g_file_get_contents (path, &page, NULL, NULL));
  return page;
}

static guint
count_lines (const char *page, const char *beginning)
{
  guint count = 0;

  for (const char *at = strstr (page, beginning); at != NULL; at = strstr (at + 1, beginning))
    count++;
  return count;
}

static void
check_line (const char *page, const char *line)
{
  if (strstr (page, line) == NULL)
    fail_msg ("docs/backflow.1 lacks the line %s", line);
}

static void
the_manual_lists_the_verbs_that_are_legal (void **unused)
{
  g_autofree char *page = read_manual ();
  guint count;
  guint n_listed = 0;
  const RunVerbRow *rows = verbs_list_runs (&count);

  (void) unused;
  for (guint i = 0; i < count; i++)
    if (commands[rows[i].verb] != NULL)
      {
        g_autofree char *line
            = g_strdup_printf (".It Cm %s Ta Dv %s Ta %s\n", commands[rows[i].verb],
                               flow_state_get_name (rows[i].state), rows[i].effect);

        check_line (page, line);
        n_listed++;
      }
  for (guint verb = 0; verb < RUN_VERB_COUNT; verb++)
    {
      g_autofree char *beginning
          = g_strdup_printf (".It Cm %s Ta Dv ", commands[verb] != NULL ? commands[verb] : "reset");

      n_listed -= count_lines (page, beginning);
    }
  assert_int_equal (n_listed, 0);
}

static void
the_manual_lists_the_resolutions_that_are_legal (void **unused)
{
  g_autofree char *page = read_manual ();
  guint count;
  guint n_lines = 0;
  const ResolveRow *rows = verbs_list_resolutions (&count);

  (void) unused;
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *line = g_strdup_printf (".It %s Ta Fl -%s Ta %s\n", cases[rows[i].of],
                                               options[rows[i].resolution], rows[i].meaning);

      check_line (page, line);
    }
  for (guint of = 1; of < RESOLVE_CASE_COUNT; of++)
    {
      g_autofree char *beginning = g_strdup_printf (".It %s Ta Fl -", cases[of]);

      n_lines += count_lines (page, beginning);
    }
  assert_int_equal (n_lines, count);
}

static void
a_pair_without_a_row_is_refused (void **unused)
{
  guint n_verbs;
  guint n_resolutions;

  (void) unused;
  (void) verbs_list_runs (&n_verbs);
  (void) verbs_list_resolutions (&n_resolutions);
  for (guint verb = 0; verb < RUN_VERB_COUNT; verb++)
    for (guint state = 0; state < FLOW_STATE_COUNT; state++)
      n_verbs -= verbs_can_ask ((RunVerb) verb, (FlowState) state) ? 1 : 0;
  for (guint of = 0; of < RESOLVE_CASE_COUNT; of++)
    for (guint i = 0; i < STORAGE_RESOLUTION_COUNT; i++)
      n_resolutions -= verbs_can_resolve ((ResolveCase) of, (StorageResolution) i) ? 1 : 0;
  assert_int_equal (n_verbs, 0);
  assert_int_equal (n_resolutions, 0);
  assert_false (verbs_can_resolve (RESOLVE_CASE_SKIPPED, STORAGE_RESOLUTION_RETRY));
  assert_false (verbs_can_resolve (RESOLVE_CASE_REVERT, STORAGE_RESOLUTION_DONE));
  assert_false (verbs_can_ask (RUN_VERB_RESET, FLOW_STATE_FAILURE));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_manual_lists_the_verbs_that_are_legal),
    cmocka_unit_test (the_manual_lists_the_resolutions_that_are_legal),
    cmocka_unit_test (a_pair_without_a_row_is_refused),
  };

  return cmocka_run_group_tests_name ("verbs", tests, NULL, NULL);
}
