/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/storage/storage.h>
#include <backflow/values/value.h>

#include "storage/sqlite/sqlite_value.h"

/* How a kind uses the two columns. */
typedef enum
{
  SHAPE_VALUE,    /* value: all there is */
  SHAPE_NAMED,    /* (sv): the name, the value */
  SHAPE_REASONED, /* (smv): the reason as name, the value if any */
  SHAPE_PAIR,     /* (xx): value: an array of two integers */
  SHAPE_PROGRESS, /* (dmv): the number as name, the value if any */
} Shape;

static Shape
get_shape (StorageRecordKind kind)
{
  switch (kind)
    {
    case STORAGE_RECORD_INPUT:
    case STORAGE_RECORD_META:
      return SHAPE_NAMED;
    case STORAGE_RECORD_RESOLUTION:
      return SHAPE_REASONED;
    case STORAGE_RECORD_DECISION:
      return SHAPE_PAIR;
    case STORAGE_RECORD_PROGRESS:
      return SHAPE_PROGRESS;
    case STORAGE_RECORD_ATOM:
    case STORAGE_RECORD_FLOW:
    case STORAGE_RECORD_INTENTION:
    case STORAGE_RECORD_LOG:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_REQUEST:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_COUNT:
    default:
      return SHAPE_VALUE;
    }
}

/* -- Writing ------------------------------------------------------------------------------------
 */

/* The name of a value (transfer full, nullable); what is inside of it goes to `inner` (transfer
 * full, nullable). */
static char *
take_apart (Shape shape, GVariant *value, GVariant **inner)
{
  g_autoptr (GVariant) number = NULL;
  char *name = NULL;

  switch (shape)
    {
    case SHAPE_NAMED:
      g_variant_get (value, "(sv)", &name, inner);
      return name;
    case SHAPE_REASONED:
      g_variant_get (value, "(smv)", &name, inner);
      return name;
    case SHAPE_PROGRESS:
      g_variant_get (value, "(@dmv)", &number, inner);
      return value_to_word (number);
    case SHAPE_VALUE:
    case SHAPE_PAIR:
    default:
      *inner = g_variant_ref (value);
      return NULL;
    }
}

/* A pair of integers is written as an array. */
static void
append_pair (GString *text, GVariant *pair)
{
  gint64 first, second;

  g_variant_get (pair, "(xx)", &first, &second);
  g_string_append_printf (text, "[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]", first, second);
}

void
sqlite_value_bind (SqliteConnection *connection, SqliteStatement which, int name,
                   const StorageRecord *record)
{
  Shape shape = get_shape ((StorageRecordKind) record->kind);
  GString *text = connection->text;
  g_autoptr (GVariant) inner = NULL;
  g_autofree char *called = NULL;

  if (record->value != NULL)
    called = take_apart (shape, record->value, &inner);
  sqlite_bind_copy (connection, which, name, called);
  g_string_truncate (text, 0);
  if (shape == SHAPE_PAIR && inner != NULL)
    append_pair (text, inner);
  else if (inner != NULL)
    value_append_json (text, inner);
  sqlite_bind_text (connection, which, name + 1, inner != NULL ? text->str : NULL);
}

/* -- Reading ------------------------------------------------------------------------------------
 */

/* What append_pair() wrote (nullable). */
static GVariant *
find_pair (GVariant *json)
{
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;

  if (json == NULL || !g_variant_is_of_type (json, G_VARIANT_TYPE ("av"))
      || g_variant_n_children (json) != 2)
    return NULL;
  first = value_find_index (json, 0);
  second = value_find_index (json, 1);
  if (!g_variant_is_of_type (first, G_VARIANT_TYPE_INT64)
      || !g_variant_is_of_type (second, G_VARIANT_TYPE_INT64))
    return NULL;
  return g_variant_new ("(xx)", g_variant_get_int64 (first), g_variant_get_int64 (second));
}

/* A number with details, if any (nullable): NULL when `name` is no number. */
static GVariant *
find_progress (const char *name, GVariant *json)
{
  char *end = NULL;
  double number = g_ascii_strtod (name, &end);

  return end != name && *end == '\0' ? g_variant_new ("(dmv)", number, json) : NULL;
}

/* The value of a record (nullable): NULL when the columns hold none of its kind. */
static GVariant *
put_together (Shape shape, const char *name, GVariant *json)
{
  if (shape == SHAPE_PAIR)
    return find_pair (json);
  if (shape == SHAPE_VALUE)
    return json;
  if (name == NULL || !g_utf8_validate (name, -1, NULL))
    return NULL;
  if (shape == SHAPE_REASONED)
    return g_variant_new ("(smv)", name, json);
  if (shape == SHAPE_PROGRESS)
    return find_progress (name, json);
  return json != NULL ? g_variant_new ("(sv)", name, json) : NULL;
}

/* SQLite gives NULL for a text too when there is no memory for it: NULL is no value. */
static gboolean
is_text_or_null (sqlite3_stmt *statement, int column, const char *text)
{
  return text != NULL || sqlite3_column_type (statement, column) == SQLITE_NULL;
}

gboolean
sqlite_value_read (sqlite3_stmt *statement, int name, int value, StorageRecordKind kind,
                   GVariant **read, GError **error)
{
  const char *text = (const char *) sqlite3_column_text (statement, value);
  const char *called = (const char *) sqlite3_column_text (statement, name);
  g_autoptr (GVariant) json = NULL;
  GVariant *made;

  *read = NULL;
  if (!is_text_or_null (statement, value, text) || !is_text_or_null (statement, name, called))
    {
      g_set_error_literal (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT, "its value is no text");
      return FALSE;
    }
  if (text == NULL && called == NULL)
    return TRUE;
  if (text != NULL)
    json = value_new_from_json (text, sqlite3_column_bytes (statement, value), error);
  if (text != NULL && json == NULL)
    return FALSE;
  made = put_together (get_shape (kind), called, json);
  if (made == NULL)
    {
      g_set_error_literal (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                           "the value is not one of its kind");
      return FALSE;
    }
  *read = g_variant_ref_sink (made);
  return TRUE;
}
