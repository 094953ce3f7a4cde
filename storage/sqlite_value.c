/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/value.h>
#include <backflow/storage/storage.h>

#include "storage/sqlite_value.h"

static void
bind_text (sqlite3_stmt *statement, int column, const GString *text)
{
  sqlite3_bind_text64 (statement, column, text->str, text->len, SQLITE_STATIC, SQLITE_UTF8);
}

static void
bind_input (sqlite3_stmt *statement, int name, int value, GVariant *input, GString *text)
{
  const char *symbol;
  g_autoptr (GVariant) inner = NULL;

  g_variant_get (input, "(&sv)", &symbol, &inner);
  value_append_json (text, inner);
  sqlite3_bind_text (statement, name, symbol, -1, SQLITE_STATIC);
  bind_text (statement, value, text);
}

/* A pair of integers, of a DECISION, is written as an array. */
static void
append_pair (GString *text, GVariant *pair)
{
  gint64 first, second;

  g_variant_get (pair, "(xx)", &first, &second);
  g_string_append_printf (text, "[%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "]", first, second);
}

void
sqlite_value_bind (sqlite3_stmt *statement, int name, int value, const StorageRecord *record,
                   GString *text)
{
  sqlite3_bind_null (statement, name);
  sqlite3_bind_null (statement, value);
  if (record->value == NULL)
    return;
  g_string_truncate (text, 0);
  if (record->kind == STORAGE_RECORD_INPUT)
    {
      bind_input (statement, name, value, record->value, text);
      return;
    }
  if (record->kind == STORAGE_RECORD_DECISION)
    append_pair (text, record->value);
  else
    value_append_json (text, record->value);
  bind_text (statement, value, text);
}

/* What append_pair() wrote (nullable). */
static GVariant *
find_pair (GVariant *json)
{
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;

  if (!g_variant_is_of_type (json, G_VARIANT_TYPE ("av")) || g_variant_n_children (json) != 2)
    return NULL;
  first = value_find_index (json, 0);
  second = value_find_index (json, 1);
  if (!g_variant_is_of_type (first, G_VARIANT_TYPE_INT64)
      || !g_variant_is_of_type (second, G_VARIANT_TYPE_INT64))
    return NULL;
  return g_variant_new ("(xx)", g_variant_get_int64 (first), g_variant_get_int64 (second));
}

/* The value of a record of `kind` (nullable): NULL when `json` is none. */
static GVariant *
find_shape (StorageRecordKind kind, const char *name, GVariant *json)
{
  GVariant *shaped = json;

  if (kind == STORAGE_RECORD_INPUT)
    shaped = name != NULL ? g_variant_new ("(sv)", name, json) : NULL;
  else if (kind == STORAGE_RECORD_DECISION)
    shaped = find_pair (json);
  return shaped != NULL ? g_variant_ref_sink (shaped) : NULL;
}

gboolean
sqlite_value_read (sqlite3_stmt *statement, int name, int value, StorageRecordKind kind,
                   GVariant **read, GError **error)
{
  const char *text = (const char *) sqlite3_column_text (statement, value);
  g_autoptr (GVariant) json = NULL;
  GVariant *shaped;

  if (text == NULL)
    {
      *read = NULL;
      return TRUE;
    }
  json = value_new_from_json (text, sqlite3_column_bytes (statement, value), error);
  if (json == NULL)
    return FALSE;
  shaped = find_shape (kind, (const char *) sqlite3_column_text (statement, name), json);
  if (shaped == NULL)
    {
      g_set_error_literal (error, STORAGE_ERROR, STORAGE_ERROR_CORRUPT,
                           "the value is not one of its kind");
      return FALSE;
    }
  *read = shaped;
  return TRUE;
}
