/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/steps/wait_port.h"

#include <unistd.h>

#include "atoms/steps/connection.h"

/* How long one try may take, so that a host that was not there when it began is asked again. */
#define TRY_US (5 * G_USEC_PER_SEC)
#define TIMEOUT_US (30 * G_USEC_PER_SEC)
#define INTERVAL_US (G_USEC_PER_SEC / 10)

enum
{
  OPTION_HOST,
  OPTION_PORT,
  OPTION_TIMEOUT,
  OPTION_INTERVAL,
};

const StepOption wait_port_options[] = {
  { "host", "string", FALSE, "a name or an address; 127.0.0.1 when not given" },
  { "port", "integer", TRUE, "the TCP port" },
  { "timeout", "duration", FALSE, "how long to wait in all; 30s when not given" },
  { "interval", "duration", FALSE, "how long to wait between tries; 100ms when not given" },
  { NULL, NULL, FALSE, NULL },
};

static gboolean
check_option (guint option, GVariant *value, GError **error)
{
  gint64 port;

  if (option == OPTION_INTERVAL)
    return waiting_check_interval (g_variant_get_int64 (value), error);
  port = option == OPTION_PORT ? g_variant_get_int64 (value) : 1;
  if (port >= 1 && port <= G_MAXUINT16)
    return TRUE;
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "%" G_GINT64_FORMAT " is no TCP port", port);
  return FALSE;
}

static gboolean
try_port (const Waiting *waiting, const char *host, guint16 port, char **why)
{
  int fd = connection_open (waiting, host, port, g_get_monotonic_time () + TRY_US, why);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

static gboolean
execute (AtomContext *context, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autofree char *what = NULL;
  g_autofree char *why = NULL;
  gint64 timeout_us, interval_us;
  const char *host;
  guint16 port;
  Waiting waiting;

  if (values == NULL)
    return FALSE;
  host = step_values_has (values, OPTION_HOST) ? step_values_get_string (values, OPTION_HOST)
                                               : "127.0.0.1";
  port = (guint16) step_values_get_integer (values, OPTION_PORT, 0);
  timeout_us = step_values_get_integer (values, OPTION_TIMEOUT, TIMEOUT_US);
  interval_us = step_values_get_integer (values, OPTION_INTERVAL, INTERVAL_US);
  waiting_init (&waiting, context, timeout_us);
  do
    if (try_port (&waiting, host, port, &why))
      return TRUE;
  while (waiting_poll (&waiting, -1, 0, g_get_monotonic_time () + interval_us) != WAITING_CANCELLED
         && !waiting_is_over (&waiting));
  what = g_strdup_printf ("port %u of %s accepts connections", port, host);
  return waiting_fail (&waiting, what, why);
}

const StepFunctions wait_port_functions = { execute, NULL, check_option, NULL };
