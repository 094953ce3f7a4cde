/* SPDX-License-Identifier: Apache-2.0 */
/* wait.http speaks as much HTTP/1.1 as it takes to get a status line: no library of the reference
 * system does that without bringing a main loop or global state of its own. There is no TLS here; a
 * command step with curl has it.
 */
#include "atoms/steps/wait_http.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atoms/steps/connection.h"

/* How long one try may take: a server that accepts and then hangs is asked again. */
#define TRY_US (10 * G_USEC_PER_SEC)
#define TIMEOUT_US (30 * G_USEC_PER_SEC)
#define INTERVAL_US (G_USEC_PER_SEC / 10)
#define STATUS_OK 200
#define PORT_HTTP 80

enum
{
  OPTION_URL,
  OPTION_STATUS,
  OPTION_TIMEOUT,
  OPTION_INTERVAL,
};

const StepOption wait_http_options[] = {
  { "url", "string", TRUE, "an http:// URL" },
  { "status", "integer", FALSE, "the status to wait for; 200 when not given" },
  { "timeout", "duration", FALSE, "how long to wait in all; 30s when not given" },
  { "interval", "duration", FALSE, "how long to wait between tries; 100ms when not given" },
  { NULL, NULL, FALSE, NULL },
};

/* -- URLs ------------------------------------------------------------------------------------- */

static gboolean
fail_url (const char *text, const char *what, GError **error)
{
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "'%s': %s", text, what);
  return FALSE;
}

/* Whether the text can stand in a request as it is. */
static gboolean
is_printable (const char *text)
{
  while (g_ascii_isgraph (*text))
    text++;
  return *text == '\0';
}

static gboolean
check_url (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);

  if (uri == NULL || !is_printable (text) || g_uri_get_host (uri) == NULL
      || g_uri_get_host (uri)[0] == '\0')
    return fail_url (text, "this is no URL such as http://127.0.0.1:8080/", error);
  if (strcmp (g_uri_get_scheme (uri), "https") == 0)
    return fail_url (text, "https is not spoken here: use a command, such as curl", error);
  if (strcmp (g_uri_get_scheme (uri), "http") != 0)
    return fail_url (text, "the URL is to begin with http://", error);
  return g_uri_get_userinfo (uri) == NULL || fail_url (text, "the URL is to have no user", error);
}

static gboolean
check_option (guint option, GVariant *value, GError **error)
{
  gint64 status;

  if (option == OPTION_URL)
    return check_url (g_variant_get_string (value, NULL), error);
  if (option == OPTION_INTERVAL)
    return waiting_check_interval (g_variant_get_int64 (value), error);
  status = option == OPTION_STATUS ? g_variant_get_int64 (value) : STATUS_OK;
  if (status >= 100 && status <= 599)
    return TRUE;
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "%" G_GINT64_FORMAT " is no HTTP status",
               status);
  return FALSE;
}

/* What asks for the URL. */
static char *
new_request (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  const char *query = g_uri_get_query (uri);
  gboolean is_ipv6 = strchr (g_uri_get_host (uri), ':') != NULL;
  g_autofree char *port
      = g_uri_get_port (uri) > 0 ? g_strdup_printf (":%d", g_uri_get_port (uri)) : g_strdup ("");

  return g_strdup_printf ("GET %s%s%s HTTP/1.1\r\nHost: %s%s%s%s\r\nUser-Agent: "
                          "backflow\r\nAccept: */*\r\nConnection: close\r\n\r\n",
                          path[0] != '\0' ? path : "/", query != NULL ? "?" : "",
                          query != NULL ? query : "", is_ipv6 ? "[" : "", g_uri_get_host (uri),
                          is_ipv6 ? "]" : "", port);
}

/* -- Trying ----------------------------------------------------------------------------------- */

/* The status in `HTTP/1.1 200 OK`; 0 when the line is none. */
static int
parse_status (const char *line)
{
  if (!g_str_has_prefix (line, "HTTP/1.") || !g_ascii_isdigit (line[7]) || line[8] != ' ')
    return 0;
  line += 9;
  if (!g_ascii_isdigit (line[0]) || !g_ascii_isdigit (line[1]) || !g_ascii_isdigit (line[2])
      || g_ascii_isdigit (line[3]))
    return 0;
  return atoi (line);
}

/* Asks once. Returns: the status, 0 with `why` when there was none. */
static int
ask (const Waiting *waiting, GUri *uri, const char *request, char **why)
{
  gint64 until_us = g_get_monotonic_time () + TRY_US;
  guint16 port = (guint16) (g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : PORT_HTTP);
  int fd = connection_open (waiting, g_uri_get_host (uri), port, until_us, why);
  g_autofree char *line = NULL;
  int status = 0;

  if (fd < 0)
    return 0;
  if (connection_send (waiting, fd, request, until_us, why))
    line = connection_receive_line (waiting, fd, until_us, why);
  close (fd);
  if (line != NULL)
    {
      status = parse_status (line);
      g_free (*why);
      *why = status != 0 ? g_strdup_printf ("the status is %d", status)
                         : g_strdup ("the answer is no HTTP");
    }
  return status;
}

/* Asks again and again. TRUE when the status came. */
static gboolean
ask_until (const Waiting *waiting, GUri *uri, int status, gint64 interval_us, char **why)
{
  g_autofree char *request = new_request (uri);

  do
    if (ask (waiting, uri, request, why) == status)
      return TRUE;
  while (waiting_poll (waiting, -1, 0, g_get_monotonic_time () + interval_us) != WAITING_CANCELLED
         && !waiting_is_over (waiting));
  return FALSE;
}

static gboolean
execute (AtomContext *context, gpointer user_data, GError **error)
{
  g_autoptr (StepValues) values = step_values_new (user_data, context);
  g_autoptr (GUri) uri = NULL;
  g_autofree char *what = NULL;
  g_autofree char *why = NULL;
  gint64 timeout_us;
  Waiting waiting;
  int status;

  if (values == NULL)
    return FALSE;
  uri = g_uri_parse (step_values_get_string (values, OPTION_URL), G_URI_FLAGS_ENCODED, error);
  if (uri == NULL)
    return FALSE;
  status = (int) step_values_get_integer (values, OPTION_STATUS, STATUS_OK);
  timeout_us = step_values_get_integer (values, OPTION_TIMEOUT, TIMEOUT_US);
  waiting_init (&waiting, context, timeout_us);
  if (ask_until (&waiting, uri, status,
                 step_values_get_integer (values, OPTION_INTERVAL, INTERVAL_US), &why))
    {
      atom_context_set_result (context, g_variant_new_int64 (status));
      return TRUE;
    }
  what
      = g_strdup_printf ("%s answers with %d", step_values_get_string (values, OPTION_URL), status);
  return waiting_fail (&waiting, what, why);
}

const StepFunctions wait_http_functions = { execute, NULL, check_option, NULL };
