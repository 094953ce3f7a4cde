/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Screen: a few lines at the bottom of a terminal that are drawn again and again, and what scrolls
 * away above them. Each draw is one write, so that nothing flickers and no half of it can be seen.
 * The cursor is never hidden and the screen is never switched: whoever kills the program finds a
 * terminal that works. One thread at a time.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Screen Screen;

/* Makes a screen on a terminal. Returns: (transfer full). */
Screen *screen_new (int fd);

/* Frees it and leaves what is drawn; NULL is fine. */
void screen_free (Screen *screen);

/* The size of the terminal now, which may have been changed by the user. */
guint screen_get_columns (const Screen *screen);
guint screen_get_rows (const Screen *screen);

/* Writes the lines of `above` (each with its line end) where the drawn lines stood, and draws
 * `lines` (NULL-terminated) below them. What is wider than the terminal is cut, what is higher left
 * out. Escape sequences in the lines take no columns. */
void screen_draw (Screen *screen, const char *above, const char *const *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Screen, screen_free)

G_END_DECLS
