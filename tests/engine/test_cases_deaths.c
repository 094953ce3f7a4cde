/* SPDX-License-Identifier: Apache-2.0 */
/* Deaths, in the manner of R28 and R29, but anywhere: a process dies behind any commit to its
 * journal, before or behind what it was about to do; its successor, which may die too, ends as it
 * would have, and the world is as the journal says.
 */
#include "tests/engine/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct
{
  const char *flow;
  guint capacity; /* of attempts side by side; 0: the serial executor */
  StoryTurns turns;
} Life;

/* clang-format off */
static const Life lives[] = {
  { "linear f [Eff a, Eff b, Eff c]", 0, 0 },
  { "linear f [Eff a, Eff b, Eff(9) c, Eff d]", 0, 0 },
  { "unordered f <Times(3) -> x> [Eff(1) a]", 0, 0 },
  { "linear f [Eff a, linear s <Times(2) r -> x> [Eff b, Eff(1) c, Eff d], Give(7) e]", 0, 0 },
  { "linear f [Eff a, linear s <Times(2) r -> x> [Eff b, Eff(9) c], Eff e]", 0, 0 },
  { "linear f <Times(2) ro> [Eff a, unordered s <ForEach(4,6) r -> x> [Only(6) b(x), Eff d], Eff(1) c]", 0, 0 },
  { "linear f <Times(2) ro> [Eff a, linear s <AlwaysRevert ri> [Eff(1) b]]", 0, 0 },
  { "linear f <Times(3) ro> [Eff a, linear s <AlwaysRevertAll ri> [Eff(9) b]]", 0, 0 },
  { "unordered f [linear s <Times(2) r> [Eff(9) b, Eff c], Eff d]", 0, 0 },
  { "graph f <Times(2) r> [Eff a, Eff b, Eff(1) c, a -> b ?no(atom), b -> c]", 0, 0 },
  { "graph f [Eff a, linear s <Times(2) r -> x> [Eff b, Eff c], Eff d, a -> s ?no, s -> d]", 0, 0 },
  { "graph f <Times(2) r> [Eff a, Eff b, Eff c, a -> b ?raise, a -> c]", 0, 0 },
  { "linear f [Eff a, linear s <Broken(1) r> [Eff b], Eff c]", 0, 0 },
  { "linear f <Times(2) ro> [Eff a, linear s <Broken(1) r> [Eff b], Eff c]", 0, 0 },
  { "linear f <Times(2) ro> [Eff a, linear s <OnFailure r> [Eff(1) b], Eff c]", 0, 0 },
  { "unordered f [linear s <Times(3) ra -> x> [Eff a, Eff(2) b], linear t <Times(2) rb -> y> [Eff c, Eff(1) d]]", 2, STORY_ONE_BY_ONE },
  { "unordered f [linear s <Times(3) ra -> x> [Eff a, Eff(2) b], linear t <Times(2) rb -> y> [Eff c, Eff(1) d]]", 3, STORY_BACKWARDS },
  { "linear f <Times(2) r -> x> [Eff p, unordered u [Eff(1) a, Eff b, Eff(1) c], Eff q]", 2, STORY_TOGETHER },
  { "linear f [Eff p, unordered u [Eff(9) a, Eff b, Eff(9) c], Eff q]", 3, STORY_BACKWARDS },
  { "linear f [Eff a, RFail b, Eff c, Fail d]", 0, 0 },
  { "unordered f [linear s <Times(2) r> [Eff a, RFail b, Fail c], Eff d]", 0, 0 },
  { "linear f [Eff a, There(7) b, Gone(7) c, Lost(7) d, Fail e]", 0, 0 },
  { "linear f <Times(2) r> [Eff a, There(7) b, Gone(7) c, Lost(7) d, Fail(1) e]", 0, 0 },
  { "linear f [Eff a, Stays(7) b, Eff c, Fail d]", 0, 0 },
  { "linear f <Times(2) r> [Eff p, unordered u [There(1) a, Eff b, There(3) c], Fail(1) d]", 3, STORY_BACKWARDS },
  { "linear f [Eff p, unordered u [There(1) a, Stays(2) b, Lost(3) c], Fail d]", 3, STORY_TOGETHER },
  { "linear f [Eff a, PRE b, Eff c]", 0, 0 },
  { "linear f [Eff a, RTries(2) b, Fail c]", 0, 0 },
  { "linear f <Times(2) r> [Eff a, RTries(2) b, Eff(1) c]", 0, 0 },
  { "linear f <Times(2) r> [Eff a, POST b, Eff c]", 0, 0 },
  { "unordered f [linear s <BrokenRevert r> [Eff a, Fail b], linear t [Eff c, Eff d]]", 2, STORY_ONE_BY_ONE },
};
/* clang-format on */

/* How a life ends when nobody dies. */
typedef struct
{
  const Life *life;
  StoryDeath death;
  FlowState end;
  char *symbols;
} Fate;

static void
begin (Story *story, const Life *life, Executor **executor)
{
  *executor
      = life->capacity > 0 ? story_executor_new (story, life->capacity, life->turns, NULL) : NULL;
  story_init_stored (story, life->flow, NULL, *executor);
}

static void
expect_end (Story *story, const Fate *fate, guint first, guint second)
{
  g_autofree char *symbols = NULL;
  FlowState end = story_run (story);

  symbols = story_dup_symbols (story);
  if (end != fate->end || strcmp (symbols, fate->symbols) != 0)
    fail_msg ("%s, dead at %u and %u: %s %s, not %s %s: %s", fate->life->flow, first, second,
              flow_state_get_name (end), symbols, flow_state_get_name (fate->end), fate->symbols,
              story->trace->str);
  story_expect_settled (story, end);
  story_expect_world (story);
}

/* Dies at the first commit of at least *at records, which *at becomes. Returns: whether there is
 * such a commit with records behind it. */
static gboolean
live_and_die (Story *story, guint *at, StoryDeath death)
{
  (void) story_run (story);
  *at = story_find_commit (story, *at);
  return *at != G_MAXUINT && story_die_at (story, *at, death);
}

/* Dies at `first`, and its successor at `second` unless that is NULL; both become what there was.
 * Returns: whether they could. */
static gboolean
die_twice (const Fate *fate, guint *first, guint *second)
{
  Executor *executor;
  gboolean has_died;
  Story story;

  begin (&story, fate->life, &executor);
  has_died = live_and_die (&story, first, fate->death)
             && (second == NULL || live_and_die (&story, second, fate->death));
  if (has_died)
    expect_end (&story, fate, *first, second != NULL ? *second : 0);
  story_clear (&story);
  executor_unref (executor);
  return has_died;
}

static Fate
foresee (const Life *life, StoryDeath death)
{
  Fate fate = { .life = life, .death = death };
  Executor *executor;
  Story story;

  begin (&story, life, &executor);
  fate.end = story_run (&story);
  fate.symbols = story_dup_symbols (&story);
  story_expect_world (&story);
  story_clear (&story);
  executor_unref (executor);
  return fate;
}

static void
die_everywhere (StoryDeath death)
{
  guint n_deaths = 0;

  for (guint i = 0; i < G_N_ELEMENTS (lives); i++)
    {
      Fate fate = foresee (&lives[i], death);

      for (guint at = 0; die_twice (&fate, &at, NULL); n_deaths++)
        at++;
      g_free (fate.symbols);
    }
  print_message ("%u deaths\n", n_deaths);
  assert_true (n_deaths >= 8 * G_N_ELEMENTS (lives));
}

static void
dying_before_what_was_about_to_be_done_ends_the_same (void **unused)
{
  (void) unused;
  die_everywhere (STORY_DIED_BEFORE);
}

static void
dying_behind_what_was_about_to_be_done_ends_the_same (void **unused)
{
  (void) unused;
  die_everywhere (STORY_DIED_BEHIND);
}

static void
dying_twice_ends_the_same (void **unused)
{
  guint n_deaths = 0;

  (void) unused;
  for (guint i = 1; i < G_N_ELEMENTS (lives); i += 2)
    {
      Fate fate = foresee (&lives[i], STORY_DIED_BEHIND);

      for (guint first = 0; die_twice (&fate, &first, NULL); first++)
        for (guint second = first + 1; die_twice (&fate, &first, &second); n_deaths += 2)
          second++;
      g_free (fate.symbols);
    }
  print_message ("%u deaths\n", n_deaths);
}

/* Cancels at `line`, dies at the first commit of at least *at records, and goes on. A request that
 * was not durable may be forgotten; what is left in the world is as the journal says. Returns:
 * whether it could die there. */
static gboolean
cancel_and_die (const Life *life, guint line, guint *at, gboolean *has_line)
{
  Executor *executor;
  gboolean has_died;
  Story story;

  begin (&story, life, &executor);
  story.cancel_at_line = line;
  has_died = live_and_die (&story, at, STORY_DIED_BEHIND);
  *has_line = line <= story.n_lines;
  if (has_died)
    {
      story.cancel_at_line = 0;
      story_expect_settled (&story, story_run (&story));
      story_expect_world (&story);
    }
  story_clear (&story);
  executor_unref (executor);
  return has_died;
}

static void
dying_while_cancelling_leaves_nothing_unsaid (void **unused)
{
  guint n_deaths = 0;

  (void) unused;
  for (guint i = 1; i < G_N_ELEMENTS (lives); i += 3)
    {
      gboolean has_line = TRUE;

      for (guint line = 1; has_line; line++)
        for (guint at = 0; cancel_and_die (&lives[i], line, &at, &has_line) && has_line; n_deaths++)
          at++;
    }
  print_message ("%u deaths\n", n_deaths);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (dying_before_what_was_about_to_be_done_ends_the_same),
    cmocka_unit_test (dying_behind_what_was_about_to_be_done_ends_the_same),
    cmocka_unit_test (dying_twice_ends_the_same),
    cmocka_unit_test (dying_while_cancelling_leaves_nothing_unsaid),
  };

  return cmocka_run_group_tests_name ("deaths", tests, NULL, NULL);
}
