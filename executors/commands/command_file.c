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

/* Reads one line of `size` bytes. Returns: FALSE when it is not of the form. */
static gboolean
read_line (Lines *lines, const char *line, gsize size)
{
  const char *equals = memchr (line, '=', size);
  gsize length = equals != NULL ? (gsize) (equals - line) : 0;

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (line[i]) && strchr ("_-.", line[i]) == NULL)
      return FALSE;
  if (length == 0)
    return FALSE;
  lines_set (lines, g_strndup (line, length), g_strndup (equals + 1, size - length - 1));
  return TRUE;
}

static gboolean
read_lines (Lines *lines, const char *text, GError **error)
{
  for (guint number = 1; *text != '\0'; number++)
    {
      gsize size = strcspn (text, "\n");

      if (strspn (text, " \t\r") < size && !read_line (lines, text, size))
        {
          g_set_error (error, COMMAND_FILE_ERROR, COMMAND_FILE_ERROR_SYNTAX,
                       "line %u of the file of BACKFLOW_OUTPUT is not of the form name=value",
                       number);
          return FALSE;
        }
      text += size + (text[size] == '\n' ? 1 : 0);
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
command_file_take (const char *path, gsize max_bytes, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GString) text = read_file (path, max_bytes, &problem);

  if (text == NULL && problem == NULL)
    return NULL;
  (void) unlink (path);
  if (text == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  return parse (text, error);
}
