/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE

#include "executors/commands/command_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <backflow/values/value.h>

GQuark
command_file_error_quark (void)
{
  return g_quark_from_static_string ("backflow-command-file-error-quark");
}

/* An object that is being read; the last value of a name counts, in the place of the first. */
typedef struct
{
  GPtrArray *names;  /* of char */
  GPtrArray *values; /* of char */
  GHashTable *places;
} Lines;

/* -- Bytes --------------------------------------------------------------------------------------
 */

static gboolean
fail_unreadable (const char *reason, GError **error)
{
  g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_UNREADABLE,
               "the file of BACKFLOW_OUTPUT cannot be read: %s", reason);
  return FALSE;
}

static gboolean
read_bytes (int fd, gsize max_bytes, GString *text, GError **error)
{
  gssize size;

  do
    {
      char buffer[16 * 1024];

      size = read (fd, buffer, sizeof buffer);
      if (size < 0 && errno != EINTR)
        return fail_unreadable (g_strerror (errno), error);
      if (size > 0)
        g_string_append_len (text, buffer, size);
    }
  while (size != 0 && text->len <= max_bytes);

  if (text->len <= max_bytes)
    return TRUE;
  g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_TOO_LARGE,
               "the file of BACKFLOW_OUTPUT is longer than %zu bytes", max_bytes);
  return FALSE;
}

static gboolean
read_open_file (int fd, gsize max_bytes, GString *text, GError **error)
{
  struct stat about;

  if (fstat (fd, &about) < 0)
    return fail_unreadable (g_strerror (errno), error);
  if (!S_ISREG (about.st_mode))
    return fail_unreadable ("it is no regular file", error);
  return read_bytes (fd, max_bytes, text, error);
}

/* The bytes of the file. Returns: NULL without an error when there is none. */
static GString *
read_file (const char *path, gsize max_bytes, GError **error)
{
  GString *text;
  gboolean ok;
  int fd;

  do
    fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  while (fd < 0 && errno == EINTR);
  if (fd < 0)
    {
      if (errno != ENOENT)
        (void) fail_unreadable (g_strerror (errno), error);
      return NULL;
    }
  text = g_string_new (NULL);
  ok = read_open_file (fd, max_bytes, text, error);
  close (fd);
  if (ok)
    return text;
  g_string_free (text, TRUE);
  return NULL;
}

/* -- Lines --------------------------------------------------------------------------------------
 */

static void
lines_set (Lines *lines, char *name, char *value)
{
  gpointer place;

  if (g_hash_table_lookup_extended (lines->places, name, NULL, &place))
    {
      g_free (lines->values->pdata[GPOINTER_TO_UINT (place)]);
      lines->values->pdata[GPOINTER_TO_UINT (place)] = value;
      g_free (name);
      return;
    }
  g_hash_table_insert (lines->places, name, GUINT_TO_POINTER (lines->names->len));
  g_ptr_array_add (lines->names, name);
  g_ptr_array_add (lines->values, value);
}

/* The length of the name that the line begins with; 0 when there is none. */
static gsize
measure_name (const char *line, gsize size)
{
  gsize length = 0;

  while (length < size && (g_ascii_isalnum (line[length]) || strchr ("_-.", line[length]) != NULL))
    length++;
  return length;
}

/* Reads one line of `size` bytes. Returns: FALSE when it is not of the form. */
static gboolean
read_line (Lines *lines, const char *line, gsize size)
{
  gsize length = measure_name (line, size);

  if (length == 0 || length == size || line[length] != '=')
    return FALSE;
  lines_set (lines, g_strndup (line, length), g_strndup (line + length + 1, size - length - 1));
  return TRUE;
}

/* Takes the lines after `name<<WORD` up to one that is WORD alone as the value of `name`. Returns:
 * what follows; NULL when there is no such line. */
static const char *
read_block (Lines *lines, const char *line, gsize size)
{
  const char *mark = g_strstr_len (line, (gssize) size, "<<");
  g_autofree char *end = g_strdup_printf ("\n%.*s\n", (int) (line + size - mark - 2), mark + 2);
  const char *found = strstr (line + size, end);
  const char *text = line + size + 1;

  if (found == NULL)
    return NULL;
  lines_set (lines, g_strndup (line, (gsize) (mark - line)),
             g_strndup (text, found >= text ? (gsize) (found - text) : 0));
  return found + strlen (end);
}

/* Whether the line is of the form `name<<WORD`. */
static gboolean
begins_block (const char *line, gsize size)
{
  gsize length = measure_name (line, size);

  return length > 0 && size > length + 2 && line[length] == '<' && line[length + 1] == '<';
}

/* Reads the line at `text`, and what belongs to it. Returns: what follows; NULL when it is
 * malformed. */
static const char *
read_next (Lines *lines, const char *text)
{
  gsize size = strcspn (text, "\n");

  if (begins_block (text, size))
    return read_block (lines, text, size);
  if (strspn (text, " \t\r") < size && !read_line (lines, text, size))
    return NULL;
  return text + size + (text[size] == '\n' ? 1 : 0);
}

static guint
count_lines (const char *text, const char *end)
{
  guint count = 1;

  for (; text < end; text++)
    count += *text == '\n';
  return count;
}

static gboolean
read_lines (Lines *lines, const char *text, GError **error)
{
  const char *begin = text;

  while (*text != '\0')
    {
      const char *next = read_next (lines, text);

      if (next == NULL)
        {
          g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_SYNTAX,
                       "line %u of the file of BACKFLOW_OUTPUT is not of the form name=value, nor "
                       "name<<WORD with a line WORD after it",
                       count_lines (begin, text));
          return FALSE;
        }
      text = next;
    }
  return TRUE;
}

static GVariant *
lines_to_value (const Lines *lines)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < lines->names->len; i++)
    g_variant_builder_add (&builder, "{sv}", lines->names->pdata[i],
                           g_variant_new_string (lines->values->pdata[i]));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
parse_lines (const char *text, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  Lines lines = { names, values, places };

  return read_lines (&lines, text, error) ? lines_to_value (&lines) : NULL;
}

/* The object of the lines up to the first that is malformed. */
static GVariant *
parse_part (const char *text)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  Lines lines = { names, values, places };

  (void) read_lines (&lines, text, NULL);
  return names->len > 0 ? lines_to_value (&lines) : NULL;
}

/* -- Both forms ---------------------------------------------------------------------------------
 */

static GVariant *
parse_json (const GString *text, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GVariant) value = value_new_from_json (text->str, (gssize) text->len, &problem);

  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return g_steal_pointer (&value);
  g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_SYNTAX,
               "the file of BACKFLOW_OUTPUT is no JSON object: %s",
               problem != NULL ? problem->message : "it holds something else");
  return NULL;
}

static GVariant *
parse (const GString *text, GError **error)
{
  const char *invalid;

  if (!g_utf8_validate_len (text->str, text->len, &invalid))
    {
      g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_SYNTAX,
                   "the file of BACKFLOW_OUTPUT is no UTF-8 text at byte %td",
                   invalid - text->str + 1);
      return NULL;
    }
  if (text->str[strspn (text->str, " \t\r\n")] == '{')
    return parse_json (text, error);
  return parse_lines (text->str, error);
}

GVariant *
command_file_read (const char *path, gsize max_bytes, GError **error)
{
  g_autoptr (GString) text = read_file (path, max_bytes, error);

  return text != NULL ? parse (text, error) : NULL;
}

GVariant *
command_file_read_part (const char *path, gsize max_bytes)
{
  g_autoptr (GString) text = read_file (path, max_bytes, NULL);
  const char *end = text != NULL ? strrchr (text->str, '\n') : NULL;

  if (text == NULL || !g_utf8_validate_len (text->str, text->len, NULL))
    return NULL;
  if (text->str[strspn (text->str, " \t\r\n")] == '{')
    return parse_json (text, NULL);
  g_string_truncate (text, end != NULL ? (gsize) (end + 1 - text->str) : 0);
  return parse_part (text->str);
}
