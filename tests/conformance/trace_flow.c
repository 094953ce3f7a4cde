/* SPDX-License-Identifier: Apache-2.0 */
/* Runs flows that others describe, and says what happened: `tests/conformance/compare.py` reads it.
 *
 * A line of standard input is the inputs, a tab, and a story (tests/engine/story.h). Each is
 * answered by lines: `trace` the transitions, separated by "; ", `end` the state of the flow,
 * `states` each atom and its state, `symbols` what engine_fetch_all() says, and an empty one. An
 * engine that could not do its job is answered by `error` and the reason, instead of `end`.
 */
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
print_states (const Story *story)
{
  const Plan *plan = engine_get_plan (story->engine);

  printf ("states");
  for (guint32 node = 0; node < plan_get_n_nodes (plan); node++)
    {
      const Atom *atom = plan_get_atom (plan, node);
      AtomState state;

      if (atom == NULL)
        continue;
      assert_true (engine_get_atom_state (story->engine, atom_get_name (atom), &state, NULL));
      printf (" %s %s", atom_get_name (atom), atom_state_get_name (state));
    }
  printf ("\n");
}

static void
trace (const char *text, const char *inputs)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *symbols = NULL;
  FlowState end;
  Story story;

  story_init (&story, text, inputs, NULL);
  if (engine_run (story.engine, &end, &error))
    {
      printf ("trace %s\nend %s\n", story.trace->str, flow_state_get_name (end));
      print_states (&story);
      symbols = story_dup_symbols (&story);
      printf ("symbols %s\n\n", symbols);
    }
  else
    {
      g_strdelimit (error->message, "\n", ' ');
      printf ("trace %s\nerror %s\n\n", story.trace->str, error->message);
    }
  story_clear (&story);
}

int
main (void)
{
  char *line = NULL;
  size_t size = 0;

  while (getline (&line, &size, stdin) > 0)
    {
      g_auto (GStrv) parts = g_strsplit (g_strchomp (line), "\t", 2);

      if (g_strv_length (parts) != 2)
        {
          fprintf (stderr, "no tab in: %s\n", line);
          return EXIT_FAILURE;
        }
      trace (parts[1], parts[0]);
      /* Should the next one end the program, so much is known. */
      (void) fflush (stdout);
    }
  free (line);
  return ferror (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
