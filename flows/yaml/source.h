/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Source: the text of a file, checked to be UTF-8 without NUL, with the line and column of every
 * byte. What is wrong with the file as such (missing, a directory, too large, another encoding)
 * becomes a finding. A source belongs to one thread, because it remembers the last position that
 * was asked for: asking in ascending order costs one pass over the text.
 */

#include <backflow/diagnostics/diagnostic.h>

G_BEGIN_DECLS

typedef struct Source Source;

/* Reads the file at `path`, at most `size_max` bytes, which also works for pipes. The text is added
 * to `diagnostics` as a source. Returns: (transfer full); NULL with a finding. */
Source *source_new_from_file (const char *path, gsize size_max, Diagnostics *diagnostics);

/* As source_new_from_file() for a text in memory, which is kept; `name` is what marks call the
 * file. Returns: (transfer full); NULL with a finding. */
Source *source_new_from_bytes (const char *name, GBytes *bytes, gsize size_max,
                               Diagnostics *diagnostics);

/* Frees the source; NULL is fine. Marks made by it stay valid: the file name in them is an interned
 * string. */
void source_free (Source *source);

/* The name of the file as marks have it, interned. */
const char *source_get_name (const Source *source);

/* All bytes of the file, borrowed. */
GBytes *source_get_bytes (const Source *source);

/* The text and its size, borrowed; a byte order mark at the start is left out, but counts in
 * offsets of marks. */
const char *source_get_text (const Source *source, gsize *size);

/* Whether every character is one byte. */
gboolean source_is_ascii (const Source *source);

/* The offset in bytes of the character `index` of the text, or its size. One pass. */
gsize source_find_character (const Source *source, gsize index);

/* The mark of `length` bytes from `offset` on, both counted in the text of source_get_text(). */
SourceMark source_get_mark (Source *source, gsize offset, gsize length);

/* The mark of the file as a whole: line 0. */
SourceMark source_get_file_mark (const Source *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Source, source_free)

G_END_DECLS
