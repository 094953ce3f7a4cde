/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a list of findings, for the file that writes it as text. */

#include <backflow/diagnostics/diagnostic.h>

G_BEGIN_DECLS

/* A file that marks name, with its text when that is known (nullable). */
typedef struct
{
  char *name;
  GBytes *text;
} DiagnosticSource;

/* A finding with the index of its file among the sources; DIAGNOSTIC_NO_SOURCE when it has none. */
typedef struct
{
  Diagnostic diagnostic;
  guint source;
} DiagnosticEntry;

#define DIAGNOSTIC_NO_SOURCE G_MAXUINT

struct Diagnostics
{
  GArray *entries; /* of DiagnosticEntry */
  GArray *sources; /* of DiagnosticSource */
  GStringChunk *strings;
  guint n_errors;
  guint n_warnings;
};

/* The text of the entry's file, or NULL. */
GBytes *diagnostics_find_text (const Diagnostics *diagnostics, const DiagnosticEntry *entry);

G_END_DECLS
