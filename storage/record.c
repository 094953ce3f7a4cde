/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/retry.h>
#include <backflow/storage/record.h>

/* What a record of a kind may say. states, to: how many numbers `from` and `to` may be taken from;
 * 0: it is not looked at. value: its type; NULL: none. */
typedef struct
{
  const char *name;
  guint8 from_count;
  guint8 to_count;
  gboolean needs_atom;
  gboolean needs_value;
  const char *value;
} RecordRule;

#define ANY_VALUE "*"

/* clang-format off */
static const RecordRule rules[] = {
  [STORAGE_RECORD_ATOM]      = { "ATOM",      ATOM_STATE_COUNT, ATOM_STATE_COUNT,               TRUE,  FALSE, ANY_VALUE },
  [STORAGE_RECORD_FLOW]      = { "FLOW",      FLOW_STATE_COUNT, FLOW_STATE_COUNT,               FALSE, FALSE, NULL },
  [STORAGE_RECORD_INPUT]     = { "INPUT",     0,                0,                              FALSE, TRUE,  "(sv)" },
  [STORAGE_RECORD_DECISION]  = { "DECISION",  0,                RETRY_DECISION_REVERT_ALL + 1,  TRUE,  FALSE, "(xx)" },
  [STORAGE_RECORD_INTENTION] = { "INTENTION", 0,                0,                              FALSE, FALSE, NULL },
  [STORAGE_RECORD_LOG]       = { "LOG",       0,                ATOM_ACTION_REVERT + 1,         TRUE,  TRUE,  "s" },
  [STORAGE_RECORD_NOTE]      = { "NOTE",      0,                0,                              FALSE, TRUE,  "s" },
  [STORAGE_RECORD_REQUEST]   = { "REQUEST",   0,                STORAGE_REQUEST_COUNT,          FALSE, FALSE, "s" },
  [STORAGE_RECORD_RESOLUTION] = { "RESOLUTION", 0,              STORAGE_RESOLUTION_COUNT,       TRUE,  TRUE,  "(smv)" },
  [STORAGE_RECORD_PROGRESS]  = { "PROGRESS",  0,                ATOM_ACTION_REVERT + 1,         TRUE,  TRUE,  "(dmv)" },
  [STORAGE_RECORD_META]      = { "META",      0,                0,                              FALSE, TRUE,  "(sv)" },
  [STORAGE_RECORD_PROBE]     = { "PROBE",     ATOM_ACTION_REVERT + 1, STORAGE_PROBE_COUNT,      TRUE,  FALSE, NULL },
};
/* clang-format on */

G_STATIC_ASSERT (G_N_ELEMENTS (rules) == STORAGE_RECORD_COUNT);

const char *
storage_record_kind_get_name (StorageRecordKind kind)
{
  g_return_val_if_fail (kind < STORAGE_RECORD_COUNT, NULL);
  return rules[kind].name;
}

static gboolean
is_value_valid (const RecordRule *rule, GVariant *value)
{
  if (value == NULL)
    return !rule->needs_value;
  if (rule->value == NULL || g_variant_is_floating (value))
    return FALSE;
  return g_variant_is_of_type (value, G_VARIANT_TYPE (rule->value));
}

/* How far an attempt is: from 0 to 1, and so neither infinite nor NaN. */
static gboolean
is_progress_valid (GVariant *value)
{
  double done;

  g_variant_get_child (value, 0, "d", &done);
  return done >= 0 && done <= 1;
}

/* How long a controller waits, and until when. */
static gboolean
is_wait_valid (GVariant *value)
{
  gint64 wait_us, until_us;

  g_variant_get (value, "(xx)", &wait_us, &until_us);
  return wait_us >= 0 && until_us >= 0;
}

/* A path in the log folder that leads nowhere else. */
static gboolean
is_log_path (GVariant *value)
{
  const char *path = g_variant_get_string (value, NULL);
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  return *path != '\0' && !g_path_is_absolute (path)
         && !g_strv_contains ((const char *const *) parts, "..");
}

/* Whether the content of the value and `attempt` are what the kind says, once all else is. */
static gboolean
is_content_valid (const StorageRecord *record, guint n_atoms)
{
  switch ((StorageRecordKind) record->kind)
    {
    case STORAGE_RECORD_DECISION:
      return record->attempt < n_atoms && (record->value == NULL || is_wait_valid (record->value));
    case STORAGE_RECORD_INTENTION:
      return record->attempt <= n_atoms;
    case STORAGE_RECORD_PROGRESS:
      return is_progress_valid (record->value);
    case STORAGE_RECORD_LOG:
      return is_log_path (record->value);
    case STORAGE_RECORD_ATOM:
    case STORAGE_RECORD_FLOW:
    case STORAGE_RECORD_INPUT:
    case STORAGE_RECORD_NOTE:
    case STORAGE_RECORD_REQUEST:
    case STORAGE_RECORD_RESOLUTION:
    case STORAGE_RECORD_META:
    case STORAGE_RECORD_PROBE:
    case STORAGE_RECORD_COUNT:
    default:
      return TRUE;
    }
}

static gboolean
is_number_valid (guint8 number, guint8 count)
{
  return count == 0 || number < count;
}

gboolean
storage_record_is_valid (const StorageRecord *record, guint n_atoms)
{
  const RecordRule *rule;

  if (record->kind >= STORAGE_RECORD_COUNT || record->intention >= INTENTION_COUNT)
    return FALSE;
  rule = &rules[record->kind];
  if (record->atom >= n_atoms && (rule->needs_atom || record->atom != STORAGE_NO_ATOM))
    return FALSE;
  return is_number_valid (record->from, rule->from_count)
         && is_number_valid (record->to, rule->to_count) && is_value_valid (rule, record->value)
         && is_content_valid (record, n_atoms);
}
