/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connection: a TCP connection of a step that waits, made, written and read without blocking for
 * longer than the waiting allows. Belongs to one call of a step function.
 */

#include "atoms/steps/waiting.h"

G_BEGIN_DECLS

/* Connects to a port of a host, a name or an address; of several addresses the first that accepts.
 * Returns: a descriptor to close; -1 when none did until `until_us`, with what the last one said in
 * `why` (transfer full). */
int connection_open (const Waiting *waiting, const char *host, guint16 port, gint64 until_us,
                     char **why);

/* Sends all of `text`. FALSE with `why` (transfer full). */
gboolean connection_send (const Waiting *waiting, int fd, const char *text, gint64 until_us,
                          char **why);

/* Receives until the first line is complete. Returns: (transfer full) the line without its end;
 * NULL with `why` (transfer full). */
char *connection_receive_line (const Waiting *waiting, int fd, gint64 until_us, char **why);

G_END_DECLS
