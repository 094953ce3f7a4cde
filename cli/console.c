/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <backflow/values/value.h>

#include "cli/arguments.h"
#include "cli/text.h"

static const Style plain = { "", "", "", "", "", "" };
static const Style colored
    = { "\033[1m", "\033[2m", "\033[32m", "\033[1;31m", "\033[33m", "\033[0m" };

void
console_init (Console *console)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *term = g_getenv ("TERM");
  gboolean is_dumb = term == NULL || *term == '\0' || strcmp (term, "dumb") == 0;
  gboolean wants_color = !is_dumb && (no_color == NULL || *no_color == '\0');
  gboolean err_is_terminal = isatty (STDERR_FILENO) == 1;

  console->out_is_terminal = isatty (STDOUT_FILENO) == 1;
  console->is_live = err_is_terminal && !is_dumb;
  console->out = wants_color && console->out_is_terminal ? &colored : &plain;
  console->err = wants_color && err_is_terminal ? &colored : &plain;
}

gboolean
console_set_color (Console *console, const char *when, GError **error)
{
  if (strcmp (when, "auto") == 0)
    return TRUE;
  if (strcmp (when, "always") != 0 && strcmp (when, "never") != 0)
    {
      g_set_error (error, USAGE_ERROR, USAGE_ERROR_VALUE,
                   "--color is auto, always or never, not \"%s\"", when);
      return FALSE;
    }
  console->out = strcmp (when, "always") == 0 ? &colored : &plain;
  console->err = console->out;
  return TRUE;
}

void
console_open_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    {
      int opened;

      if (fcntl (fd, F_GETFD) != -1 || errno != EBADF)
        continue;
      /* The lowest number that is free is this one. A standard output that can only be read fails
       * when it is written to. */
      opened = open ("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
      g_assert (opened == fd || opened == -1);
    }
}

gboolean
console_finish (const Console *console)
{
  errno = 0;
  if (fflush (stdout) == 0 && !ferror (stdout))
    return TRUE;
  if (errno != EPIPE)
    console_print_error (console, "standard output: %s",
                         errno != 0 ? g_strerror (errno) : "writing failed");
  return FALSE;
}

static void
print_message (const char *style, const char *off, const char *what, const char *message)
{
  g_autofree char *visible = text_dup_visible_lines (message);

  fprintf (stderr, "backflow: %s%s:%s %s\n", style, what, off, visible);
}

void
console_print_error (const Console *console, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  print_message (console->err->bad, console->err->off, "error", message);
}

void
console_print_warning (const Console *console, const char *format, ...)
{
  va_list arguments;
  g_autofree char *message = NULL;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  print_message (console->err->warn, console->err->off, "warning", message);
}

void
console_print_json (GVariant *value)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autofree char *text = value_to_json (sunk);

  fputs (text, stdout);
  fputc ('\n', stdout);
}
