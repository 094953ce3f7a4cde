/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/screen.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/text.h"

struct Screen
{
  int fd;
  GArray *widths; /* of guint: the columns of each line that is drawn */
};

Screen *
screen_new (int fd)
{
  Screen *screen = g_new0 (Screen, 1);

  screen->fd = fd;
  screen->widths = g_array_new (FALSE, FALSE, sizeof (guint));
  return screen;
}

void
screen_free (Screen *screen)
{
  if (screen == NULL)
    return;
  g_array_unref (screen->widths);
  g_free (screen);
}

static struct winsize
get_size (const Screen *screen)
{
  struct winsize size = { .ws_row = 24, .ws_col = 80 };
  struct winsize asked = { .ws_row = 0, .ws_col = 0 };

  if (ioctl (screen->fd, TIOCGWINSZ, &asked) == 0 && asked.ws_row > 0 && asked.ws_col > 0)
    size = asked;
  return size;
}

guint
screen_get_columns (const Screen *screen)
{
  return get_size (screen).ws_col;
}

guint
screen_get_rows (const Screen *screen)
{
  return get_size (screen).ws_row;
}

/* Up to where the first drawn line begins. A line that is now wider than the terminal was wrapped
 * by it. */
static void
append_erase (GString *out, const Screen *screen, guint columns)
{
  guint rows = 0;

  for (guint i = 0; i < screen->widths->len; i++)
    rows += MAX (1, (g_array_index (screen->widths, guint, i) + columns - 1) / columns);
  if (rows > 0)
    g_string_append_printf (out, "\033[%uA", rows);
  g_string_append (out, "\r\033[J");
}

static const char *
skip_escape (const char *at)
{
  at++;
  if (*at == '[')
    at++;
  while (*at != '\0' && !g_ascii_isalpha (*at))
    at++;
  return *at != '\0' ? at + 1 : at;
}

/* Appends as much of a line as fits, and all its escape sequences. Returns: the columns that it
 * takes. */
static guint
append_cut (GString *out, const char *line, gsize length, guint columns)
{
  const char *end = line + length;
  guint used = 0;

  for (const char *at = line; at < end;)
    {
      const char *next = *at == '\033' ? skip_escape (at) : at + g_utf8_skip[*(const guchar *) at];
      g_autofree char *piece = g_strndup (at, (gsize) (next - at));
      guint width = *at == '\033' ? 0 : text_get_width (piece);

      at = next;
      if (used + width > columns)
        {
          columns = used;
          continue;
        }
      used += width;
      g_string_append (out, piece);
    }
  return used;
}

static void
append_above (GString *out, const char *above, guint columns)
{
  while (*above != '\0')
    {
      gsize length = strcspn (above, "\n");

      append_cut (out, above, length, columns);
      g_string_append (out, "\r\n");
      above += length + (above[length] == '\n' ? 1 : 0);
    }
}

static void
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      ssize_t written = write (fd, data, size);

      if (written < 0 && errno != EINTR)
        return;
      if (written > 0)
        {
          data += written;
          size -= (gsize) written;
        }
    }
}

void
screen_draw (Screen *screen, const char *above, const char *const *lines)
{
  struct winsize size = get_size (screen);
  guint columns = MAX (size.ws_col, 2) - 1;
  guint rows = MAX (size.ws_row, 2) - 1;
  g_autoptr (GString) out = g_string_new (NULL);

  append_erase (out, screen, size.ws_col);
  append_above (out, above, columns);
  g_array_set_size (screen->widths, 0);
  for (guint i = 0; lines[i] != NULL && i < rows; i++)
    {
      guint width = append_cut (out, lines[i], strlen (lines[i]), columns);

      g_string_append (out, "\r\n");
      g_array_append_val (screen->widths, width);
    }
  write_all (screen->fd, out->str, out->len);
}
