/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flows/yaml/source.h"

/* Offsets of marks and of the texts of a document have 32 bits. */
#define SIZE_MAX_BYTES (1024u * 1024 * 1024)
#define READ_BYTES (256u * 1024u)

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

struct Source
{
  const char *name;
  GBytes *bytes;
  const char *text; /* behind the byte order mark */
  gsize size;
  gsize skipped; /* bytes of the byte order mark */
  gboolean is_ascii;
  GArray *lines; /* of guint32: where each line starts; made with the first mark */
  guint line;    /* where the last mark was: its line, offset and column, from 0 */
  gsize offset;
  guint column;
};

const char *
source_get_name (const Source *source)
{
  return source->name;
}

GBytes *
source_get_bytes (const Source *source)
{
  return source->bytes;
}

const char *
source_get_text (const Source *source, gsize *size)
{
  *size = source->size;
  return source->text;
}

gboolean
source_is_ascii (const Source *source)
{
  return source->is_ascii;
}

SourceMark
source_get_file_mark (const Source *source)
{
  return (SourceMark){ .file = source->name };
}

void
source_free (Source *source)
{
  if (source == NULL)
    return;
  g_bytes_unref (source->bytes);
  if (source->lines != NULL)
    g_array_unref (source->lines);
  g_free (source);
}

/* -- Positions -------------------------------------------------------------------------------- */

static void
find_lines (Source *source)
{
  const char *end = source->text + source->size;
  const char *at = source->text;
  guint32 start = 0;

  source->lines = g_array_sized_new (FALSE, FALSE, sizeof start, (guint) (source->size / 32 + 2));
  g_array_append_val (source->lines, start);
  for (;;)
    {
      at = memchr (at, '\n', (gsize) (end - at));
      if (at == NULL)
        return;
      at++;
      start = (guint32) (at - source->text);
      g_array_append_val (source->lines, start);
    }
}

static guint32
line_start (const Source *source, guint line)
{
  return g_array_index (source->lines, guint32, line);
}

/* The last line that starts at or before `offset`. Most often it is the remembered one, or one soon
 * after it. */
static guint
find_line (const Source *source, gsize offset)
{
  guint low = source->line;
  guint high = source->lines->len; /* the first line that is known to start after `offset` */

  if (line_start (source, low) > offset)
    {
      high = low;
      low = 0;
    }
  for (guint step = 1; low + step < high; step *= 2)
    {
      if (line_start (source, low + step) > offset)
        {
          high = low + step;
          break;
        }
      low += step;
    }
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (line_start (source, middle) > offset)
        high = middle;
      else
        low = middle;
    }
  return low;
}

static guint
count_characters (const char *text, gsize size)
{
  guint n = 0;

  for (gsize i = 0; i < size; i++)
    n += ((guchar) text[i] & 0xc0) != 0x80;
  return n;
}

/* The column of `offset`, from 0; remembered, so that a line of any length is counted once. */
static guint
find_column (Source *source, guint line, gsize offset)
{
  gsize start = line_start (source, line);

  if (source->is_ascii)
    return (guint) (offset - start);
  if (line != source->line || offset < source->offset)
    {
      source->offset = start;
      source->column = 0;
    }
  source->column += count_characters (source->text + source->offset, offset - source->offset);
  source->offset = offset;
  return source->column;
}

gsize
source_find_character (const Source *source, gsize index)
{
  gsize at = 0;

  if (source->is_ascii)
    return MIN (index, source->size);
  for (; index > 0 && at < source->size; index--)
    at += (gsize) g_utf8_skip[(guchar) source->text[at]];
  return at;
}

SourceMark
source_get_mark (Source *source, gsize offset, gsize length)
{
  SourceMark mark = { .file = source->name };
  guint line;

  offset = MIN (offset, source->size);
  length = MIN (length, source->size - offset);
  if (source->lines == NULL)
    find_lines (source);
  line = find_line (source, offset);
  mark.column = find_column (source, line, offset) + 1;
  mark.line = line + 1;
  mark.offset = (guint32) (offset + source->skipped);
  mark.length = (guint32) length;
  source->line = line;
  return mark;
}

/* -- What the bytes are ------------------------------------------------------------------------ */

/* Whether all bytes are below 0x80, a word at a time. */
static gboolean
is_ascii (const char *text, gsize size)
{
  const guint64 high_bits = G_GUINT64_CONSTANT (0x8080808080808080);
  guint64 seen = 0;
  gsize at = 0;

  for (; at + sizeof seen <= size; at += sizeof seen)
    {
      guint64 word;

      memcpy (&word, text + at, sizeof word);
      seen |= word;
    }
  for (; at < size; at++)
    seen |= (guchar) text[at];
  return (seen & high_bits) == 0;
}

/* The name of the encoding when the first bytes say that it is not UTF-8, else NULL. */
static const char *
find_other_encoding (const char *text, gsize size)
{
  if (size >= 2 && (memcmp (text, "\xff\xfe", 2) == 0 || memcmp (text, "\xfe\xff", 2) == 0))
    return "UTF-16 or UTF-32";
  if (size >= 4 && text[0] == '\0' && text[1] == '\0' && text[2] == '\0')
    return "UTF-32";
  if (size >= 2 && (text[0] == '\0') != (text[1] == '\0'))
    return "UTF-16";
  return NULL;
}

static void
report_bad_byte (Source *source, gsize offset, Diagnostics *diagnostics)
{
  SourceMark mark;
  guchar byte = (guchar) source->text[offset];

  /* columns before the byte are counted in whatever it is that the line has */
  mark = source_get_mark (source, offset, 1);
  if (byte == 0)
    diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "encoding", &mark,
                     "a NUL byte: a flow file is text");
  else
    diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "encoding", &mark,
                     "the byte 0x%02x is not UTF-8 here", byte);
  diagnostics_add_help (diagnostics, "save the file as UTF-8");
}

/* Whether the text is UTF-8 without NUL; otherwise there is a finding. */
static gboolean
check_encoding (Source *source, Diagnostics *diagnostics)
{
  const char *other = find_other_encoding (source->text, source->size);
  const char *end;

  if (other != NULL)
    {
      SourceMark mark = source_get_file_mark (source);

      diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "encoding", &mark,
                       "the file is %s, or not text at all", other);
      diagnostics_add_help (diagnostics, "save the file as UTF-8");
      return FALSE;
    }
  source->is_ascii = is_ascii (source->text, source->size);
  if (source->is_ascii)
    end = memchr (source->text, '\0', source->size);
  else
    end = g_utf8_validate_len (source->text, source->size, &end) ? NULL : end;
  if (end == NULL)
    return TRUE;
  report_bad_byte (source, (gsize) (end - source->text), diagnostics);
  return FALSE;
}

static void
report_size (const SourceMark *mark, gsize size_max, Diagnostics *diagnostics)
{
  g_autofree char *limit = g_format_size_full (size_max, G_FORMAT_SIZE_IEC_UNITS);

  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "file-size", mark,
                   "the file is larger than %s, which is the limit", limit);
}

Source *
source_new_from_bytes (const char *name, GBytes *bytes, gsize size_max, Diagnostics *diagnostics)
{
  g_autoptr (Source) source = g_new0 (Source, 1);

  source->name = g_intern_string (name);
  source->bytes = g_bytes_ref (bytes);
  source->text = g_bytes_get_data (bytes, &source->size);
  if (source->size == 0)
    source->text = "";
  diagnostics_add_source (diagnostics, source->name, bytes);
  if (source->size > MIN (size_max, SIZE_MAX_BYTES))
    {
      SourceMark mark = source_get_file_mark (source);

      report_size (&mark, size_max, diagnostics);
      return NULL;
    }
  if (source->size >= 3 && memcmp (source->text, BYTE_ORDER_MARK, 3) == 0)
    {
      source->skipped = 3;
      source->text += 3;
      source->size -= 3;
    }
  if (!check_encoding (source, diagnostics))
    return NULL;
  return g_steal_pointer (&source);
}

/* -- Files ------------------------------------------------------------------------------------- */

/* Reads up to `size_max` + 1 bytes; NULL with errno set. */
static GByteArray *
read_all (int fd, gsize size_max)
{
  struct stat status;
  gsize expected = fstat (fd, &status) == 0 ? (gsize) MAX (status.st_size, 0) : 0;
  g_autoptr (GByteArray) bytes
      = g_byte_array_sized_new ((guint) MIN (expected, size_max) + READ_BYTES);

  while (bytes->len <= size_max)
    {
      guint length = bytes->len;
      ssize_t n;

      g_byte_array_set_size (bytes, length + READ_BYTES);
      n = read (fd, bytes->data + length, READ_BYTES);
      g_byte_array_set_size (bytes, length + (n > 0 ? (guint) n : 0));
      if (n == 0)
        break;
      if (n < 0 && errno != EINTR)
        return NULL;
    }
  return g_steal_pointer (&bytes);
}

static GByteArray *
read_file (const char *path, gsize size_max, Diagnostics *diagnostics)
{
  SourceMark mark = { .file = g_intern_string (path) };
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  GByteArray *bytes = fd < 0 ? NULL : read_all (fd, size_max);
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  if (bytes == NULL)
    diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "unreadable", &mark, "cannot read the file: %s",
                     g_strerror (saved_errno));
  return bytes;
}

Source *
source_new_from_file (const char *path, gsize size_max, Diagnostics *diagnostics)
{
  GByteArray *read = read_file (path, MIN (size_max, SIZE_MAX_BYTES), diagnostics);
  g_autoptr (GBytes) bytes = NULL;

  if (read == NULL)
    return NULL;
  bytes = g_byte_array_free_to_bytes (read);
  return source_new_from_bytes (path, bytes, size_max, diagnostics);
}
