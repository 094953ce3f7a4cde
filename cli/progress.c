/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <signal.h>
#include <unistd.h>

#include <backflow/engine/engine.h>
#include <backflow/engine/listener.h>

#include "cli/interrupts.h"
#include "cli/screen.h"
#include "cli/text.h"

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
} RunningStep;

/* The engine's thread tells what happens, a thread of our own draws when nothing happens: `mutex` guards all that follows it.
 * Nothing is called while it is held but the screen. */
struct Progress
{
  const Style *style;
  char *flow;
  char *run;
  gint64 began_us;
  guint n_steps;
  GThread *ticker;

  GMutex mutex;
  GCond wake;
  Screen *screen;
  GQueue running;    /* of RunningStep, in the order of starting */
  GHashTable *links; /* of links of `running`, by the step's name */
  GString *above;    /* lines that have not been drawn yet */
  guint n_above;
  guint n_skipped; /* lines that were too many to be drawn */
  guint n_done;
  guint n_interrupts; /* that have been spoken of */
  gboolean is_rolling_back;
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

/* -- Drawing, with the mutex held --------------------------------------------------------------- */

static char *
dup_header (const Progress *progress)
{
  g_autofree char *took = text_dup_duration (g_get_monotonic_time () - progress->began_us);

  return g_strdup_printf ("%s%s%s  run %s  %s%u of %u done  %s", progress->style->bold,
                          progress->flow, progress->style->off, progress->run,
                          progress->is_rolling_back ? "rolling back  " : "", progress->n_done,
                          progress->n_steps, took);
}

static char *
dup_running_line (const Progress *progress, const RunningStep *step)
{
  g_autofree char *padded = text_dup_padded (step->name, 24);
  g_autofree char *took = text_dup_duration (g_get_monotonic_time () - step->began_us);

  return g_strdup_printf ("  %s%s%s %s  %s", progress->style->warn, step->is_reverting ? "↶" : "▶",
                          progress->style->off, padded, took);
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

  g_ptr_array_add (lines, dup_header (progress));
  for (const GList *at = progress->running.head; at != NULL && lines->len < rows; at = at->next)
    g_ptr_array_add (lines, dup_running_line (progress, (const RunningStep *) at->data));
  if (lines->len == rows && progress->running.length >= rows)
    {
      g_ptr_array_remove_index (lines, rows - 1);
      g_ptr_array_add (lines,
                       g_strdup_printf ("  … and %u more", progress->running.length - (rows - 2)));
    }
  g_ptr_array_add (lines, NULL);
  return lines;
}

static void
draw (Progress *progress)
{
  g_autoptr (GPtrArray) lines = NULL;

  append_interrupts (progress);
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

/* -- The thread that draws ---------------------------------------------------------------------- */

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

/* -- What the engine tells ---------------------------------------------------------------------- */

static void
begin_step (Progress *progress, const ListenerEvent *event)
{
  RunningStep *step = g_new0 (RunningStep, 1);

  step->name = text_dup_visible (event->atom);
  step->began_us = g_get_monotonic_time ();
  step->is_reverting = event->to == ATOM_STATE_REVERTING;
  g_queue_push_tail (&progress->running, step);
  g_hash_table_insert (progress->links, g_strdup (event->atom), progress->running.tail);
  progress->n_done -= event->from == ATOM_STATE_SUCCESS && progress->n_done > 0 ? 1 : 0;
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

  progress->n_done += event->to == ATOM_STATE_SUCCESS || event->to == ATOM_STATE_IGNORE ? 1 : 0;
  if (text.sign == NULL)
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
  progress->is_rolling_back = progress->is_rolling_back || event->to == ATOM_STATE_FAILURE;
  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    begin_step (progress, event);
  else
    tell_end (progress, event);
}

static void
tell (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  Progress *progress = (Progress *) user_data;

  (void) engine;
  g_mutex_lock (&progress->mutex);
  if (event->kind == LISTENER_NOTE)
    tell_note (progress, event);
  else
    tell_atom (progress, event);
  if (g_get_monotonic_time () >= progress->drawn_us + DRAW_EVERY_US)
    draw (progress);
  else
    g_cond_signal (&progress->wake);
  g_mutex_unlock (&progress->mutex);
}

static guint
count_steps (const Plan *plan)
{
  guint32 n_nodes = plan_get_n_nodes (plan);
  guint found = 0;

  for (guint32 node = 0; node < n_nodes; node++)
    found += plan_get_kind (plan, node) == PLAN_NODE_TASK ? 1 : 0;
  return found;
}

Progress *
progress_new (Engine *engine, const Console *console)
{
  Progress *progress = g_new0 (Progress, 1);

  if (!console->is_live)
    {
      listener_add_printer (engine, LISTENER_FLOW | LISTENER_ATOM | LISTENER_NOTE, stderr);
      return progress;
    }
  progress->style = console->err;
  progress->flow = text_dup_visible (flow_get_name (plan_get_flow (engine_get_plan (engine), 0)));
  progress->run = text_dup_visible (engine_get_run_id (engine));
  progress->began_us = g_get_monotonic_time ();
  progress->n_steps = count_steps (engine_get_plan (engine));
  g_mutex_init (&progress->mutex);
  g_cond_init (&progress->wake);
  progress->screen = screen_new (STDERR_FILENO);
  g_queue_init (&progress->running);
  progress->links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  progress->above = g_string_new (NULL);
  engine_add_listener (engine, LISTENER_ATOM | LISTENER_NOTE, tell, progress, NULL);
  progress->ticker = start_ticker (progress);
  return progress;
}

void
progress_free (Progress *progress)
{
  const char *const nothing[] = { NULL };

  if (progress == NULL)
    return;
  if (progress->ticker != NULL)
    {
      g_mutex_lock (&progress->mutex);
      progress->is_over = TRUE;
      g_cond_signal (&progress->wake);
      g_mutex_unlock (&progress->mutex);
      g_thread_join (progress->ticker);
      append_interrupts (progress);
      screen_draw (progress->screen, progress->above->str, nothing);
      g_hash_table_unref (progress->links);
      g_queue_clear_full (&progress->running, running_step_free);
      g_string_free (progress->above, TRUE);
      screen_free (progress->screen);
      g_mutex_clear (&progress->mutex);
      g_cond_clear (&progress->wake);
    }
  g_free (progress->flow);
  g_free (progress->run);
  g_free (progress);
}
