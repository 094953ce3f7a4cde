/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/progress.h"

#include <signal.h>
#include <unistd.h>

#include <backflow/atoms/retry.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>
#include <backflow/engine/listeners/listener_print.h>
#include <backflow/engine/recovery.h>

#include "cli/interrupts.h"
#include "cli/text.h"
#include "cli/views/follow.h"
#include "cli/views/plain.h"
#include "cli/views/screen.h"

/* How often the terminal is drawn at most, and at least. */
#define DRAW_EVERY_US (40 * G_TIME_SPAN_MILLISECOND)
#define TICK_US (250 * G_TIME_SPAN_MILLISECOND)

/* How many columns of a result are shown. */
#define RESULT_COLUMNS 60

/* A step that runs, or is being reverted. */
typedef struct
{
  char *name;
  gint64 began_us;
  gboolean is_reverting;
  double progress; /* -1: it says nothing */
} RunningStep;

/* What the steps that run or are reverted are good for. */
typedef enum
{
  PHASE_ON,
  PHASE_AGAIN,
  PHASE_BACK,
} Phase;

/* The engine's thread tells what happens, a thread of our own draws when nothing happens: `mutex`
 * guards all that follows it. Nothing is called while it is held but the screen. */
struct Progress
{
  const Style *style;
  char *flow;
  char *run;
  gint64 began_us;
  guint n_steps;
  Plain *plain; /* (nullable) in place of all that follows */
  GThread *ticker;

  GMutex mutex;
  GCond wake;
  Screen *screen;
  Follow *follow;    /* (nullable) what the steps write */
  GQueue running;    /* of RunningStep, in the order of starting */
  GHashTable *links; /* of links of `running`, by the step's name */
  GString *above;    /* lines that have not been drawn yet */
  guint n_above;
  guint n_skipped; /* lines that were too many to be drawn */
  guint n_done;
  guint n_interrupts; /* that have been spoken of */
  Phase phase;
  char *waits_for; /* (nullable) who tries again then */
  gint64 waits_until_us;
  gboolean is_over;
  gint64 drawn_us;
};

static void
running_step_free (gpointer data)
{
  RunningStep *step = (RunningStep *) data;

  g_free (step->name);
  g_free (step);
}

/* -- Drawing, with the mutex held ---------------------------------------------------------------
 */

static const char *const phases[] = { "", "trying again  ", "rolling back  " };

static char *
dup_header (const Progress *progress)
{
  g_autofree char *took = text_dup_duration (g_get_monotonic_time () - progress->began_us);

  return g_strdup_printf ("%s%s%s  run %s  %s%u of %u done  %s", progress->style->bold,
                          progress->flow, progress->style->off, progress->run,
                          phases[progress->phase], progress->n_done, progress->n_steps, took);
}

/* (nullable) when nobody waits. */
static char *
dup_waiting_line (const Progress *progress)
{
  gint64 left_us = progress->waits_until_us - g_get_monotonic_time ();
  g_autofree char *padded = NULL;
  g_autofree char *left = NULL;

  if (progress->waits_for == NULL || left_us <= 0)
    return NULL;
  padded = text_dup_padded (progress->waits_for, 24);
  left = text_dup_duration (left_us);
  return g_strdup_printf ("  %s↻%s %s  tries again in %s", progress->style->warn,
                          progress->style->off, padded, left);
}

static char *
dup_running_line (const Progress *progress, const RunningStep *step)
{
  g_autofree char *padded = text_dup_padded (step->name, 24);
  g_autofree char *took = text_dup_duration (g_get_monotonic_time () - step->began_us);
  g_autofree char *so_far
      = step->progress >= 0 ? g_strdup_printf ("  %.0f%%", step->progress * 100) : g_strdup ("");

  return g_strdup_printf ("  %s%s%s %s  %s%s", progress->style->warn,
                          step->is_reverting ? "↶" : "▶", progress->style->off, padded, took,
                          so_far);
}

static void
append_above (Progress *progress, const char *line)
{
  if (++progress->n_above > screen_get_rows (progress->screen) * 2)
    {
      progress->n_skipped++;
      return;
    }
  g_string_append_printf (progress->above, "%s\n", line);
}

/* Puts what the steps have written before the line of their end. ended: (nullable) the step whose
 * attempt is over. */
static void
append_written (Progress *progress, const char *ended)
{
  if (progress->follow == NULL)
    return;
  if (ended != NULL)
    follow_append_end (progress->follow, ended, progress->above);
  else
    follow_append (progress->follow, progress->above);
}

static void
append_interrupts (Progress *progress)
{
  guint count = interrupts_get_count ();

  while (progress->n_interrupts < count)
    g_string_append_printf (progress->above, "backflow: %s\n",
                            interrupts_get_text (++progress->n_interrupts));
}

/* The lines that fit: the header, and of the running steps as many as there are rows for. */
static GPtrArray *
new_lines (const Progress *progress)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  guint rows = MAX (screen_get_rows (progress->screen), 4) - 2;
  char *waiting = dup_waiting_line (progress);

  g_ptr_array_add (lines, dup_header (progress));
  if (waiting != NULL)
    g_ptr_array_add (lines, waiting);
  for (const GList *at = progress->running.head; at != NULL && lines->len < rows; at = at->next)
    g_ptr_array_add (lines, dup_running_line (progress, (const RunningStep *) at->data));
  if (lines->len == rows && progress->running.length >= rows)
    {
      g_ptr_array_remove_index (lines, rows - 1);
      g_ptr_array_add (lines,
                       g_strdup_printf ("  … and %u more", progress->running.length - (rows - 2)
                                                               + (waiting != NULL ? 1 : 0)));
    }
  g_ptr_array_add (lines, NULL);
  return lines;
}

static void
draw (Progress *progress)
{
  g_autoptr (GPtrArray) lines = NULL;

  append_interrupts (progress);
  append_written (progress, NULL);
  if (progress->n_skipped > 0)
    g_string_append_printf (progress->above, "  … %u lines more\n", progress->n_skipped);
  lines = new_lines (progress);
  screen_draw (progress->screen, progress->above->str,
               (const char *const *) (gconstpointer) lines->pdata);
  g_string_truncate (progress->above, 0);
  progress->n_above = 0;
  progress->n_skipped = 0;
  progress->drawn_us = g_get_monotonic_time ();
}

/* -- The thread that draws ----------------------------------------------------------------------
 */

static gpointer
tick (gpointer data)
{
  Progress *progress = (Progress *) data;

  g_mutex_lock (&progress->mutex);
  while (!progress->is_over)
    {
      gint64 wait_us = progress->above->len > 0 ? DRAW_EVERY_US : TICK_US;

      if (g_cond_wait_until (&progress->wake, &progress->mutex, progress->drawn_us + wait_us))
        continue;
      draw (progress);
    }
  g_mutex_unlock (&progress->mutex);
  return NULL;
}

/* Signals are for the thread of the engine. */
static GThread *
start_ticker (Progress *progress)
{
  sigset_t all;
  sigset_t old;
  GThread *thread;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  thread = g_thread_new ("progress", tick, progress);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return thread;
}

/* -- What the engine tells ----------------------------------------------------------------------
 */

static void
begin_step (Progress *progress, const char *name, gboolean is_reverting)
{
  RunningStep *step = g_new0 (RunningStep, 1);

  step->name = text_dup_visible (name);
  step->began_us = g_get_monotonic_time ();
  step->is_reverting = is_reverting;
  step->progress = -1;
  g_queue_push_tail (&progress->running, step);
  g_hash_table_insert (progress->links, g_strdup (name), progress->running.tail);
}

static gboolean
is_done (int state)
{
  return state == ATOM_STATE_SUCCESS || state == ATOM_STATE_IGNORE;
}

/* Retry controllers are no steps. */
static void
count_done (Progress *progress, const ListenerEvent *event)
{
  if (event->atom_kind == ATOM_KIND_RETRY)
    return;
  if (is_done (event->to) && !is_done (event->from))
    progress->n_done++;
  else if (is_done (event->from) && !is_done (event->to) && progress->n_done > 0)
    progress->n_done--;
}

/* Takes a step off the list. Returns: how long it ran, -1 when it is not known. */
static gint64
end_step (Progress *progress, const char *name)
{
  GList *link = (GList *) g_hash_table_lookup (progress->links, name);
  gint64 took_us;

  if (link == NULL)
    return -1;
  took_us = g_get_monotonic_time () - ((RunningStep *) link->data)->began_us;
  running_step_free (link->data);
  g_queue_delete_link (&progress->running, link);
  g_hash_table_remove (progress->links, name);
  return took_us;
}

/* The sign, its colour and the words for a step that has ended. */
typedef struct
{
  const char *sign;
  const char *style;
  char *words; /* owned */
} EndText;

static EndText
describe_end (const Progress *progress, const ListenerEvent *event)
{
  g_autofree char *message
      = event->failure != NULL ? text_dup_visible (failure_get_message (event->failure)) : NULL;

  gboolean is_kept = event->from == ATOM_STATE_REVERTING && event->to != ATOM_STATE_REVERTED
                     && event->to != ATOM_STATE_REVERT_FAILURE;

  if (is_kept)
    return (EndText){ NULL, NULL, NULL };
  switch ((AtomState) event->to)
    {
    case ATOM_STATE_SUCCESS:
      return (EndText){ "✔", progress->style->good,
                        text_dup_value (event->result, RESULT_COLUMNS) };
    case ATOM_STATE_FAILURE:
      return (EndText){ "✘", progress->style->bad, g_strdup (message) };
    case ATOM_STATE_REVERTED:
      return (EndText){ "↶", progress->style->good, g_strdup ("reverted") };
    case ATOM_STATE_REVERT_FAILURE:
      return (EndText){ "✘", progress->style->bad, g_strdup_printf ("REVERT FAILED: %s", message) };
    case ATOM_STATE_IGNORE:
      return (EndText){ "·", progress->style->dim, g_strdup ("ignored") };
    case ATOM_STATE_PENDING:
    case ATOM_STATE_RUNNING:
    case ATOM_STATE_REVERTING:
    case ATOM_STATE_RETRYING:
    case ATOM_STATE_COUNT:
    default:
      return (EndText){ NULL, NULL, NULL };
    }
}

static void
tell_end (Progress *progress, const ListenerEvent *event)
{
  EndText text = describe_end (progress, event);
  g_autofree char *words = text.words;
  g_autofree char *name = text_dup_visible (event->atom);
  g_autofree char *padded = text_dup_padded (name, 24);
  gint64 took_us = end_step (progress, event->atom);
  g_autofree char *took = took_us >= 0 ? text_dup_duration (took_us) : g_strdup ("");
  g_autofree char *took_padded = text_dup_padded (took, 7);
  g_autofree char *line = NULL;

  /* Of a controller people hear when it decides, or can't. */
  if (text.sign == NULL || (event->atom_kind == ATOM_KIND_RETRY && event->failure == NULL))
    return;
  line = g_strdup_printf ("  %s%s%s %s  %s  %s", text.style, text.sign, progress->style->off,
                          padded, took_padded, words != NULL ? words : "");
  append_above (progress, line);
}

static void
tell_note (Progress *progress, const ListenerEvent *event)
{
  g_autofree char *name = text_dup_visible (event->atom);
  g_autofree char *text = text_dup_visible (event->text);
  g_autofree char *line = g_strdup_printf ("    %s: note: %s", name, text);

  append_above (progress, line);
}

static void
tell_atom (Progress *progress, const ListenerEvent *event)
{
  count_done (progress, event);
  if (event->to == ATOM_STATE_FAILURE)
    progress->phase = PHASE_BACK;
  else if (event->to == ATOM_STATE_RUNNING)
    progress->phase = PHASE_ON;
  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    begin_step (progress, event->atom, event->to == ATOM_STATE_REVERTING);
  else
    {
      append_written (progress, event->atom);
      tell_end (progress, event);
    }
}

static void
tell_decision (Progress *progress, const ListenerEvent *event)
{
  g_autofree char *name = text_dup_visible (event->atom);
  g_autofree char *failed = text_dup_visible (event->text);
  g_autofree char *padded = text_dup_padded (name, 24);
  g_autofree char *wait = text_dup_duration (event->wait_us);
  g_autofree char *line = NULL;

  if (event->to != RETRY_DECISION_RETRY)
    return;
  if (event->atom_kind == ATOM_KIND_RETRY)
    progress->phase = PHASE_AGAIN;
  g_free (progress->waits_for);
  progress->waits_for = event->wait_us > 0 ? g_strdup (name) : NULL;
  progress->waits_until_us = g_get_monotonic_time () + event->wait_us;
  line = g_strdup_printf ("  %s↻%s %s           %s failed: tries again%s%s", progress->style->warn,
                          progress->style->off, padded,
                          event->atom_kind == ATOM_KIND_RETRY ? failed : "its revert",
                          event->wait_us > 0 ? " in " : "", event->wait_us > 0 ? wait : "");
  append_above (progress, line);
}

static void
tell_progress (Progress *progress, const ListenerEvent *event)
{
  GList *link = (GList *) g_hash_table_lookup (progress->links, event->atom);

  if (link != NULL)
    ((RunningStep *) link->data)->progress = event->progress;
}

static void
tell_event (Progress *progress, const ListenerEvent *event)
{
  switch (event->kind)
    {
    case LISTENER_NOTE:
      tell_note (progress, event);
      break;
    case LISTENER_DECISION:
      tell_decision (progress, event);
      break;
    case LISTENER_PROGRESS:
      tell_progress (progress, event);
      break;
    case LISTENER_ATOM:
    case LISTENER_FLOW:
    case LISTENER_ENGINE:
    default:
      tell_atom (progress, event);
      break;
    }
}

static void
tell (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  Progress *progress = (Progress *) user_data;

  (void) engine;
  g_mutex_lock (&progress->mutex);
  tell_event (progress, event);
  if (g_get_monotonic_time () >= progress->drawn_us + DRAW_EVERY_US)
    draw (progress);
  else
    g_cond_signal (&progress->wake);
  g_mutex_unlock (&progress->mutex);
}

/* -- Beginning and end --------------------------------------------------------------------------
 */

/* Takes in where the run stands: one that is gone on with has steps behind it, and some that were
 * interrupted. */
static void
take_stand (Progress *progress, Engine *engine)
{
  const Plan *plan = engine_get_plan (engine);
  guint32 n_nodes = plan_get_n_nodes (plan);

  for (guint32 node = 0; node < n_nodes; node++)
    {
      AtomState state = ATOM_STATE_PENDING;
      const char *name;

      if (plan_get_kind (plan, node) != PLAN_NODE_TASK)
        continue;
      name = atom_get_name (plan_get_atom (plan, node));
      progress->n_steps++;
      (void) engine_get_atom_state (engine, name, &state, NULL);
      progress->n_done += is_done ((int) state) ? 1 : 0;
      if (state == ATOM_STATE_RUNNING || state == ATOM_STATE_REVERTING)
        begin_step (progress, name, state == ATOM_STATE_REVERTING);
    }
}

/* Nobody hears again of the begin of what was interrupted. */
static void
print_interrupted (Engine *engine)
{
  g_auto (GStrv) names = engine_dup_unknown_atoms (engine);

  for (char **name = names; *name != NULL; name++)
    {
      AtomState state = ATOM_STATE_RUNNING;
      g_autofree char *visible = text_dup_visible (*name);

      (void) engine_get_atom_state (engine, *name, &state, NULL);
      fprintf (stderr, "%s: was interrupted in its %s\n", visible,
               state == ATOM_STATE_REVERTING ? "revert" : "execute");
    }
}

Progress *
progress_new (Engine *engine, const Console *console, ProgressDetail detail, const char *logs)
{
  Progress *progress = g_new0 (Progress, 1);
  Follow *follow = detail >= PROGRESS_OUTPUT && logs != NULL ? follow_new (logs, FOLLOW_NEW) : NULL;

  if (!console->is_live || detail == PROGRESS_TRANSITIONS)
    {
      print_interrupted (engine);
      progress->plain = plain_new (
          engine, follow, detail == PROGRESS_TRANSITIONS ? PLAIN_OUTPUT_ONLY : PLAIN_STEPS);
      /* After what a step has written comes its end. */
      if (detail == PROGRESS_TRANSITIONS)
        listener_add_printer (
            engine, LISTENER_FLOW | LISTENER_ATOM | LISTENER_NOTE | LISTENER_DECISION, stderr);
      return progress;
    }
  progress->follow = follow;
  progress->style = console->err;
  progress->flow = text_dup_visible (flow_get_name (plan_get_flow (engine_get_plan (engine), 0)));
  progress->run = text_dup_visible (engine_get_run_id (engine));
  progress->began_us = g_get_monotonic_time ();
  g_mutex_init (&progress->mutex);
  g_cond_init (&progress->wake);
  progress->screen = screen_new (STDERR_FILENO);
  g_queue_init (&progress->running);
  progress->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  progress->above = g_string_new (NULL);
  take_stand (progress, engine);
  engine_add_listener (engine,
                       LISTENER_ATOM | LISTENER_NOTE | LISTENER_DECISION | LISTENER_PROGRESS, tell,
                       progress, NULL);
  progress->ticker = start_ticker (progress);
  return progress;
}

void
progress_free (Progress *progress)
{
  const char *const nothing[] = { NULL };

  if (progress == NULL)
    return;
  plain_free (progress->plain);
  if (progress->ticker != NULL)
    {
      g_mutex_lock (&progress->mutex);
      progress->is_over = TRUE;
      g_cond_signal (&progress->wake);
      g_mutex_unlock (&progress->mutex);
      g_thread_join (progress->ticker);
      append_interrupts (progress);
      if (progress->follow != NULL)
        follow_append_rest (progress->follow, progress->above);
      screen_draw (progress->screen, progress->above->str, nothing);
      g_hash_table_unref (progress->links);
      g_queue_clear_full (&progress->running, running_step_free);
      g_string_free (progress->above, TRUE);
      screen_free (progress->screen);
      g_mutex_clear (&progress->mutex);
      g_cond_clear (&progress->wake);
      follow_free (progress->follow);
    }
  g_free (progress->waits_for);
  g_free (progress->flow);
  g_free (progress->run);
  g_free (progress);
}
