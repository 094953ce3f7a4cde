/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupts.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <backflow/engine/listener.h>

static _Atomic (Engine *) interrupted_engine;
static atomic_uint interrupts_count;
static atomic_bool handler_speaks;
static atomic_bool is_reverting; /* the last attempt that began is a revert */
static atomic_uint reverting;    /* a bit for each signal that came while reverts ran */
static char *ended_text;         /* made before the handlers are installed; (nullable) */

/* What the signals do in a rollback: what is cancelled already can't be cancelled again. */
static const char *
get_rollback_text (guint count)
{
  return count == 1
             ? "suspending the rollback after the reverts that run now; once more ends them as "
               "failed"
             : "ending the reverts that run now, as failed; once more ends the program at once";
}

const char *
interrupts_get_text (guint count)
{
  if (count <= 2 && (atomic_load (&reverting) & 1u << count) != 0)
    return get_rollback_text (count);
  if (count == 1)
    return "suspending after the steps that run now; once more cancels them and rolls back";
  if (count == 2)
    return "cancelling and rolling back; once more ends the program at once";
  return ended_text != NULL ? ended_text : "ended";
}

static const char hangup_text[] = "the terminal is gone: suspending after the steps that run now";

static void
say (const char *text)
{
  ssize_t ignored;

  ignored = write (STDERR_FILENO, "backflow: ", 10);
  ignored = write (STDERR_FILENO, text, strlen (text));
  ignored = write (STDERR_FILENO, "\n", 1);
  (void) ignored;
}

/* Ends the process as the signal would have done without a handler; process 1, which it would not
 * have ended, says how. */
static void
end_process (int signal_number)
{
  struct sigaction fallback = { .sa_handler = SIG_DFL };
  sigset_t only;

  sigaction (signal_number, &fallback, NULL);
  sigemptyset (&only);
  sigaddset (&only, signal_number);
  raise (signal_number);
  pthread_sigmask (SIG_UNBLOCK, &only, NULL);
  _exit (128 + signal_number);
}

/* A terminal that goes is no request of anybody, and may say so more than once. Returns: which
 * signal this is; 0 when it changes nothing. */
static guint
count_signal (int signal_number)
{
  guint none = 0;

  if (signal_number == SIGHUP)
    return atomic_compare_exchange_strong (&interrupts_count, &none, 1) ? 1 : 0;
  return atomic_fetch_add (&interrupts_count, 1) + 1;
}

/* Asks the engine for what the `count`-th signal means. FALSE: the process is to end. */
static gboolean
ask (Engine *engine, guint count)
{
  if (engine == NULL || count > 2)
    return FALSE;
  if (count == 1)
    engine_suspend (engine);
  else if (atomic_load (&is_reverting))
    engine_end_reverts (engine);
  else
    engine_cancel (engine);
  return TRUE;
}

/* Only what is async-signal-safe. */
static void
handle (int signal_number)
{
  int saved = errno;
  guint count = count_signal (signal_number);

  if (count == 0)
    return;
  if (atomic_load (&is_reverting) && count <= 2)
    atomic_fetch_or (&reverting, 1u << count);
  if (count >= 3 || atomic_load (&handler_speaks))
    say (signal_number == SIGHUP ? hangup_text : interrupts_get_text (count));
  if (!ask (atomic_load (&interrupted_engine), count))
    end_process (signal_number);
  errno = saved;
}

/* A signal that came before the run had begun found nothing to suspend. */
static void
repeat (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  guint count = atomic_load (&interrupts_count);

  (void) user_data;
  if (event->to != FLOW_STATE_RUNNING || count == 0)
    return;
  if (count == 1)
    engine_suspend (engine);
  else
    engine_cancel (engine);
}

/* Keeps what a second signal can end. */
static void
note_action (Engine *engine, const ListenerEvent *event, gpointer user_data)
{
  (void) engine;
  (void) user_data;
  if (event->to == ATOM_STATE_RUNNING || event->to == ATOM_STATE_REVERTING)
    atomic_store (&is_reverting, event->to == ATOM_STATE_REVERTING);
}

/* Under nohup it stays ignored. */
static void
handle_hangup (const struct sigaction *action)
{
  struct sigaction before;

  if (sigaction (SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction (SIGHUP, action, NULL);
}

/* Whoever started us may have blocked them, and shells ignore SIGINT for what they start in the
 * background: it is heard all the same, since it ends nothing. */
void
interrupts_install (Engine *engine, InterruptsVoice voice, const char *resume)
{
  struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };

  g_free (ended_text);
  ended_text = resume != NULL ? g_strdup_printf (
                   "ended; the store knows where the run stands, and goes on with it: %s", resume)
                              : NULL;
  sigemptyset (&action.sa_mask);
  sigaddset (&action.sa_mask, SIGINT);
  sigaddset (&action.sa_mask, SIGTERM);
  sigaddset (&action.sa_mask, SIGHUP);
  atomic_store (&interrupted_engine, engine);
  atomic_store (&interrupts_count, 0);
  atomic_store (&handler_speaks, voice == INTERRUPTS_SPEAK);
  atomic_store (&is_reverting, FALSE);
  atomic_store (&reverting, 0);
  engine_add_listener (engine, LISTENER_FLOW, repeat, NULL, NULL);
  engine_add_listener (engine, LISTENER_ATOM, note_action, NULL, NULL);
  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
  handle_hangup (&action);
  pthread_sigmask (SIG_UNBLOCK, &action.sa_mask, NULL);
}

void
interrupts_remove (void)
{
  struct sigaction fallback = { .sa_handler = SIG_DFL };

  sigaction (SIGINT, &fallback, NULL);
  sigaction (SIGTERM, &fallback, NULL);
  handle_hangup (&fallback);
  atomic_store (&interrupted_engine, NULL);
}

guint
interrupts_get_count (void)
{
  return atomic_load (&interrupts_count);
}
