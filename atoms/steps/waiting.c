/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/steps/waiting.h"

#include <errno.h>
#include <poll.h>

#include <backflow/values/duration.h>

#include "atoms/step_options.h"

/* How often the cancellation is asked for where no descriptor tells it, and where one does: it may
 * be that of the run, while this attempt alone is to stop. */
#define SLICE_US (50 * G_GINT64_CONSTANT (1000))
#define LONG_SLICE_US (500 * G_GINT64_CONSTANT (1000))

/* From here on a length is told to this much. */
#define ROUND_FROM_US G_USEC_PER_SEC
#define ROUND_US (G_USEC_PER_SEC / 10)

void
waiting_init (Waiting *waiting, AtomContext *context, gint64 timeout_us)
{
  gint64 deadline = atom_context_get_deadline (context);

  waiting->context = context;
  waiting->since_us = g_get_monotonic_time ();
  waiting->until_us = waiting->since_us + timeout_us;
  if (deadline != 0)
    waiting->until_us = MIN (waiting->until_us, deadline);
}

gboolean
waiting_is_over (const Waiting *waiting)
{
  return atom_context_is_cancelled (waiting->context)
         || g_get_monotonic_time () >= waiting->until_us;
}

/* Polls once. is_deaf: do not listen to the descriptor of the cancellation. */
static void
poll_once (const Waiting *waiting, struct pollfd fds[2], gboolean is_deaf, gint64 left_us)
{
  fds[1].fd = is_deaf ? -1 : atom_context_get_cancel_fd (waiting->context);
  fds[0].revents = fds[1].revents = 0;
  left_us = MIN (left_us, fds[1].fd < 0 ? SLICE_US : LONG_SLICE_US);
  /* Rounded up, so that the last wait is not a row of polls of no time; EINTR is a poll that found
   * nothing. */
  if (poll (fds, 2, (int) ((left_us + 999) / 1000)) < 0)
    fds[0].revents = fds[1].revents = 0;
}

WaitingEnd
waiting_poll (const Waiting *waiting, int fd, short events, gint64 until_us)
{
  struct pollfd fds[2] = { { fd, events, 0 }, { -1, POLLIN, 0 } };
  gboolean is_deaf = FALSE;

  until_us = MIN (until_us, waiting->until_us);
  for (;;)
    {
      gint64 left_us = until_us - g_get_monotonic_time ();

      if (atom_context_is_cancelled (waiting->context))
        return WAITING_CANCELLED;
      poll_once (waiting, fds, is_deaf, MAX (left_us, 0));
      if (fds[0].revents != 0)
        return WAITING_READY;
      if (left_us <= 0)
        return WAITING_TIMEOUT;
      /* The descriptor may be readable for another attempt's sake: then it says nothing more to
       * this one. */
      is_deaf = is_deaf || (fds[1].revents != 0 && !atom_context_is_cancelled (waiting->context));
    }
}

gboolean
waiting_check_interval (gint64 interval_us, GError **error)
{
  if (interval_us >= WAITING_INTERVAL_MIN_US)
    return TRUE;
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "it is to be 1ms or more");
  return FALSE;
}

/* How long the waiting was to be, rounded for people: a deadline of the attempt is rarely a round
 * number away. */
static char *
dup_length (const Waiting *waiting)
{
  gint64 length_us = MAX (waiting->until_us - waiting->since_us, 0);

  if (length_us >= ROUND_FROM_US)
    length_us = (length_us + ROUND_US / 2) / ROUND_US * ROUND_US;
  return duration_to_text (length_us);
}

gboolean
waiting_fail (const Waiting *waiting, const char *what, const char *why)
{
  g_autofree char *length = NULL;

  if (atom_context_is_cancelled (waiting->context))
    return step_fail (waiting->context, "cancelled", "cancelled before %s", what);
  length = dup_length (waiting);
  if (why == NULL)
    return step_fail (waiting->context, "timeout", "after %s, not yet: %s", length, what);
  return step_fail (waiting->context, "timeout", "after %s, not yet: %s (%s)", length, what, why);
}
