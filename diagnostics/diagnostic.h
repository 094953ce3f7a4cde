/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Diagnostics: what is wrong (errors) or doubtful (warnings) in something that a user wrote, each
 * with its place. Whoever checks adds to a list that it is given; whoever talks to the user sorts
 * and shows it, with the source line and a caret. The list copies everything that it is given, and
 * belongs to one thread at a time. Text that came from a file is shown with control characters made
 * visible, so that a file cannot write to the terminal.
 */

#include <glib.h>

#include <backflow/values/visibility.h>

G_BEGIN_DECLS

/* A place in a source. A mark does not own `file`: loaders give an interned string, so that marks
 * may be copied freely. */
typedef struct
{
  const char *file; /* as it is shown; NULL when there is none */
  guint32 line;     /* from 1; 0: the place is not known, or it is the file as a whole */
  guint32 column;   /* from 1, in characters */
  guint32 offset;   /* from the start of the source, in bytes */
  guint32 length;   /* of what is marked, in bytes; 0 for a point */
} SourceMark;

typedef enum
{
  DIAGNOSTIC_ERROR,
  DIAGNOSTIC_WARNING,
} DiagnosticSeverity;

/* One finding. code: a short stable word such as "unknown-key". help: what was expected or probably
 * meant. */
typedef struct
{
  DiagnosticSeverity severity;
  const char *code;
  SourceMark mark;
  const char *message;
  const char *help; /* (nullable) */
} Diagnostic;

typedef struct Diagnostics Diagnostics;

/* How many findings a list keeps; what comes after is only counted. */
#define DIAGNOSTICS_KEPT 10000u

/* Makes an empty list. Returns: (transfer full). */
BACKFLOW_PUBLIC Diagnostics *diagnostics_new (void);

/* Frees the list; NULL is fine. */
BACKFLOW_PUBLIC void diagnostics_free (Diagnostics *diagnostics);

/* Tells the text that marks with this `file` point into, so that lines can be shown. Keeps a
 * reference to `text`. */
BACKFLOW_PUBLIC void diagnostics_add_source (Diagnostics *diagnostics, const char *file,
                                             GBytes *text);

/* Adds a finding. mark: (nullable) for one without a place. */
BACKFLOW_PUBLIC void diagnostics_add (Diagnostics *diagnostics, DiagnosticSeverity severity,
                                      const char *code, const SourceMark *mark, const char *format,
                                      ...) G_GNUC_PRINTF (5, 6);

/* Gives the finding that was added last its help. */
BACKFLOW_PUBLIC void diagnostics_add_help (Diagnostics *diagnostics, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Adds the findings and the sources of `other` to the list. */
BACKFLOW_PUBLIC void diagnostics_append (Diagnostics *diagnostics, const Diagnostics *other);

/* How many errors and warnings were added, kept or not. */
BACKFLOW_PUBLIC guint diagnostics_get_n_errors (const Diagnostics *diagnostics);
BACKFLOW_PUBLIC guint diagnostics_get_n_warnings (const Diagnostics *diagnostics);

/* How many findings are kept, and the one at `index`, borrowed until the next change. */
BACKFLOW_PUBLIC guint diagnostics_get_length (const Diagnostics *diagnostics);
BACKFLOW_PUBLIC const Diagnostic *diagnostics_get (const Diagnostics *diagnostics, guint index);

/* Orders the findings by file (in the order in which files were first named), then by place;
 * stable. Those without a place come first. */
BACKFLOW_PUBLIC void diagnostics_sort (Diagnostics *diagnostics);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Diagnostics, diagnostics_free)

G_END_DECLS
