/* SPDX-License-Identifier: Apache-2.0 */

/* The built-in steps against the manual page: each is described there with just the options that it
 * has. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <backflow/atoms/step.h>

/* The section of the manual page, from one heading to the next. */
static char *
read_section (void)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "docs", "backflow-flow.5", NULL);
  g_autofree char *text = NULL;
  const char *start;

  assert_true (g_file_get_contents (path, &text, NULL, NULL));
  start = strstr (text, ".Sh BUILT-IN STEPS");
  assert_non_null (start);
  return g_strndup (start, (gsize) (strstr (start + 1, "\n.Sh ") - start));
}

/* What the section says of a step: from its name to the end of the list of its options. */
static char *
dup_entry (const char *section, const char *step)
{
  g_autofree char *heading = g_strdup_printf ("\n.It Cm %s\n", step);
  const char *start = strstr (section, heading);
  const char *end;

  if (start == NULL)
    return NULL;
  end = strstr (start, "\n.El\n");
  return g_strndup (start, end == NULL ? strlen (start) : (gsize) (end - start));
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *at = strstr (text, part); at != NULL; at = strstr (at + 1, part))
    n++;
  return n;
}

static void
the_manual_describes_every_step_and_no_other (void **state)
{
  g_autofree char *section = read_section ();
  guint n_steps;
  const StepInfo *steps = step_list (&n_steps);

  (void) state;
  assert_true (n_steps > 0);
  assert_int_equal (count (section, "\n.It Cm "), n_steps);
  for (guint i = 0; i < n_steps; i++)
    {
      g_autofree char *entry = dup_entry (section, steps[i].name);

      if (entry == NULL)
        fail_msg ("the manual does not describe %s", steps[i].name);
    }
}

static void
the_manual_describes_every_option_and_no_other (void **state)
{
  g_autofree char *section = read_section ();
  guint n_steps;
  const StepInfo *steps = step_list (&n_steps);

  (void) state;
  for (guint i = 0; i < n_steps; i++)
    {
      g_autofree char *entry = dup_entry (section, steps[i].name);
      const StepOption *option = steps[i].options;

      assert_non_null (entry);
      for (; option->name != NULL; option++)
        {
          g_autofree char *heading = g_strdup_printf ("\n.It Ar %s\n", option->name);

          if (strstr (entry, heading) == NULL)
            fail_msg ("the manual does not describe '%s' of %s", option->name, steps[i].name);
        }
      assert_int_equal (count (entry, "\n.It Ar "), option - steps[i].options);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_manual_describes_every_step_and_no_other),
    cmocka_unit_test (the_manual_describes_every_option_and_no_other),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}
