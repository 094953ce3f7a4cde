/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ChildPipe: the reading end of the pipe on which a child writes one of its streams. Reading never
 * blocks, and one call takes a bounded amount, so that a child that writes without end can't hold a
 * loop that serves others. It is embedded in its owner and used on one thread.
 */

#include <glib.h>

#include "executors/children/output.h"

G_BEGIN_DECLS

typedef struct
{
  gint fd; /* -1: closed */
  OutputStream stream;
  gboolean is_large;
} ChildPipe;

/* Opens a pipe and gives its writing end, which is close-on-exec and above standard error, to the
 * caller. Returns: FALSE with CHILD_ERROR_RESOURCES, and the pipe closed. */
gboolean child_pipe_open (ChildPipe *self, OutputStream stream, gint *writing_end, GError **error);

/* Hands what there is to `output`, some hundred kilobytes at most; closes at the end of the stream.
 */
void child_pipe_read (ChildPipe *self, Output *output);

/* The same without the bound, for what was in the pipe when the call began; who writes on is not
 * waited for. */
void child_pipe_drain (ChildPipe *self, Output *output);

/* Closes the pipe, if it is open. */
void child_pipe_close (ChildPipe *self);

G_END_DECLS
