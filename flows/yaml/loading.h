/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the loader share while a file is read. Errors never end the reading: they are
 * added to the findings, and what can be made of the rest is made, so that all errors come at once.
 */

#include <backflow/atoms/registry.h>
#include <backflow/diagnostics/spelling.h>

#include "flows/yaml/document.h"
#include "flows/yaml/flow_file_private.h"

G_BEGIN_DECLS

/* A variable of a script that no argument of its task sets. */
typedef struct
{
  char *name;
  SourceMark mark;
} UnsetVariable;

/* How many of them are looked at. */
#define UNSET_MAX 10000u

typedef struct
{
  FlowFile *file;
  Document *document;
  Diagnostics *diagnostics;
  Registry *registry;
  const char *base_directory; /* (nullable) */
  gboolean skips_modules;
  GArray *output_marks;   /* of SourceMark, for the outputs of the file */
  GHashTable *conditions; /* texts of `when` that were found to be good: files repeat them */
  GArray *unset;          /* of UnsetVariable: variables that a script reads and its task lacks */
  GHashTable *meant_keys; /* what unknown keys were probably meant to be: files repeat them */
  SpellingBudget budget;  /* for likely spellings */
} Loader;

/* Adds an error, or a warning, at a node. */
void loader_report (Loader *loader, const Node *node, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void loader_warn (Loader *loader, const Node *node, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* Gives the finding that was added last its help: the candidate that `name` was probably meant to
 * be, if there is one. Returns: whether there is. */
gboolean loader_suggest (Loader *loader, const char *name, const char *const *candidates,
                         gsize count);

/* Reports that `name` is no registered function, or no registered retry controller
 * (ATOM_KIND_RETRY), and what was probably meant. */
void loader_report_unregistered (Loader *loader, const Node *node, AtomKind kind, const char *name);

/* The place of a node. */
SourceMark loader_get_mark (const Loader *loader, const Node *node);

/* Notes a variable that a script reads and its task lacks. name: (transfer none). */
void loader_note_unset (Loader *loader, const char *name, const SourceMark *mark);

/* Says that the file's flow lacks something that others may need. */
void loader_note_hole (Loader *loader);

G_END_DECLS
