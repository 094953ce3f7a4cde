/* SPDX-License-Identifier: Apache-2.0 */

/* What a run keeps of its records. With STORAGE_MEMORY_JOURNAL all of them; with _CURRENT a word
 * an atom for as long as that says everything:
 *
 *   bit 0      HAS_STATE: an ATOM record came, and from, to, intention, attempt are its
 *   bit 1      IS_KEPT: the records of this atom are in the list from here on; the rest is 0
 *   bits 2-5   to
 *   bits 6-9   from
 *   bits 10-12 intention
 *   bits 13-31 attempt; an atom with a larger number is kept
 *
 * A later plain record makes an earlier one irrelevant. One with a value does not, because the
 * value outlives the state (the result of an atom is an argument of its revert), and what becomes
 * of it depends on the states that follow (PENDING forgets it); so does a decision, which counts
 * the attempts before it, and an intention, which says more than an ATOM record that has it. Hence
 * the list for those.
 */
#include "storage/memory/memory_log.h"
#include "storage/run_info.h"

#include <string.h>

enum
{
  HAS_STATE = 1 << 0,
  IS_KEPT = 1 << 1,
};

#define TO_SHIFT 2
#define FROM_SHIFT 6
#define INTENTION_SHIFT 10
#define ATTEMPT_SHIFT 13
#define STATE_MASK 15u
#define INTENTION_MASK 7u
#define ATTEMPT_MAX (G_MAXUINT32 >> ATTEMPT_SHIFT)

G_STATIC_ASSERT (ATOM_STATE_COUNT <= STATE_MASK + 1);
G_STATIC_ASSERT (INTENTION_COUNT <= INTENTION_MASK + 1);

MemoryLog *
memory_log_new (const StorageRunInfo *info, const StorageRunContent *content, StorageMemory keeps,
                GPtrArray *requests)
{
  guint n_atoms = content->n_atoms;
  MemoryLog *log = g_new0 (MemoryLog, 1);

  log->ref_count = 1;
  log->strings = g_string_chunk_new (256);
  log->info = run_info_copy_new (info, NULL, log->strings);
  log->records = g_array_new (FALSE, FALSE, sizeof (StorageRecord));
  log->requests = requests;
  log->n_atoms = n_atoms;
  if (keeps == STORAGE_MEMORY_CURRENT)
    {
      /* Not NULL for none: atoms may be added. */
      log->current = g_new0 (guint32, MAX (n_atoms, 1));
      return log;
    }
  log->atoms = atom_list_new (n_atoms);
  for (guint i = 0; i < n_atoms; i++)
    atom_list_add (log->atoms, &content->atoms[i]);
  return log;
}

MemoryLog *
memory_log_ref (MemoryLog *log)
{
  log->ref_count++;
  return log;
}

void
memory_log_unref (MemoryLog *log)
{
  if (--log->ref_count > 0)
    return;
  for (guint i = 0; i < log->records->len; i++)
    g_clear_pointer (&g_array_index (log->records, StorageRecord, i).value, g_variant_unref);
  g_array_unref (log->records);
  g_ptr_array_unref (log->requests);
  g_clear_pointer (&log->progress, g_hash_table_unref);
  g_string_chunk_free (log->strings);
  atom_list_free (log->atoms);
  g_free (log->current);
  g_free (log);
}

gboolean
memory_log_add_atoms (StorageRun *run, const StorageAtom *atoms, guint count, GError **error)
{
  MemoryLog *log = ((MemoryRun *) run)->log;

  (void) error;
  if (log->current != NULL)
    {
      log->current = g_renew (guint32, log->current, log->n_atoms + count);
      memset (log->current + log->n_atoms, 0, count * sizeof *log->current);
    }
  for (guint i = 0; log->atoms != NULL && i < count; i++)
    atom_list_add (log->atoms, &atoms[i]);
  run->n_atoms = log->n_atoms += count;
  return TRUE;
}

static void
keep (MemoryLog *log, const StorageRecord *record)
{
  StorageRecord copy = *record;

  if (copy.value != NULL)
    g_variant_ref (copy.value);
  g_array_append_val (log->records, copy);
  if (copy.kind == STORAGE_RECORD_FLOW)
    run_info_apply (&log->info, &copy);
}

static guint32
pack (const StorageRecord *record)
{
  return HAS_STATE | (guint32) record->to << TO_SHIFT | (guint32) record->from << FROM_SHIFT
         | (guint32) record->intention << INTENTION_SHIFT | record->attempt << ATTEMPT_SHIFT;
}

/* The record that stands for a word that has a state. */
static StorageRecord
unpack (guint32 atom, guint32 word)
{
  return (StorageRecord){ .atom = atom,
                          .kind = STORAGE_RECORD_ATOM,
                          .to = (guint8) (word >> TO_SHIFT & STATE_MASK),
                          .from = (guint8) (word >> FROM_SHIFT & STATE_MASK),
                          .intention = (guint8) (word >> INTENTION_SHIFT & INTENTION_MASK),
                          .attempt = word >> ATTEMPT_SHIFT };
}

/* From here on the records of `atom` are kept; the latest too, unless `record` takes its place. */
static void
keep_atom (MemoryLog *log, const StorageRecord *record)
{
  guint32 word = log->current[record->atom];
  StorageRecord latest;

  if ((word & HAS_STATE) != 0 && record->kind != STORAGE_RECORD_ATOM)
    {
      latest = unpack (record->atom, word);
      keep (log, &latest);
    }
  log->current[record->atom] = IS_KEPT;
}

/* Any other record of its atom has to come after the last PROGRESS, so that the next can't replace
 * that one. */
static void
forget_progress (MemoryLog *log, guint32 atom)
{
  if (log->progress != NULL)
    g_hash_table_remove (log->progress, GUINT_TO_POINTER (atom));
}

/* Lets a PROGRESS record take the place of the one before it, of the same attempt. FALSE when there
 * is none. */
static gboolean
replace_progress (MemoryLog *log, const StorageRecord *record)
{
  gpointer atom = GUINT_TO_POINTER (record->atom);
  guint place;
  StorageRecord *former;

  if (log->progress == NULL)
    log->progress = g_hash_table_new (NULL, NULL);
  place = GPOINTER_TO_UINT (g_hash_table_lookup (log->progress, atom));
  former = place > 0 ? &g_array_index (log->records, StorageRecord, place - 1) : NULL;
  if (former == NULL || former->attempt != record->attempt || former->to != record->to)
    {
      g_hash_table_insert (log->progress, atom, GUINT_TO_POINTER (log->records->len + 1));
      return FALSE;
    }
  g_variant_unref (former->value);
  *former = *record;
  g_variant_ref (former->value);
  return TRUE;
}

/* A record that is not just the next state of an atom whose word says everything. */
static void
append_other (MemoryLog *log, const StorageRecord *record)
{
  if (record->atom != STORAGE_NO_ATOM && (log->current[record->atom] & IS_KEPT) == 0)
    keep_atom (log, record);
  if (record->kind != STORAGE_RECORD_PROGRESS)
    forget_progress (log, record->atom);
  else if (replace_progress (log, record))
    return;
  keep (log, record);
}

/* Whether the word of its atom can say what the record says. */
static inline gboolean
fits (const StorageRecord *record, const guint32 *current)
{
  return storage_record_is_plain (record) && record->attempt <= ATTEMPT_MAX
         && (current[record->atom] & IS_KEPT) == 0;
}

static G_NO_INLINE gboolean
append_rest (StorageRun *run, const StorageRecord *records, guint count)
{
  MemoryLog *log = ((MemoryRun *) run)->log;

  for (guint i = 0; i < count; i++)
    if (fits (&records[i], log->current))
      log->current[records[i].atom] = pack (&records[i]);
    else
      append_other (log, &records[i]);
  run->info.state = log->info.state;
  run->info.updated_us = log->info.updated_us;
  return TRUE;
}

/* The hot path is kept free of calls, so that it needs no stack. */
gboolean
memory_log_append_current (StorageRun *run, const StorageRecord *records, guint count,
                           GError **error)
{
  guint32 *current = ((MemoryRun *) run)->log->current;

  (void) error;
  for (guint i = 0; i < count; i++)
    {
      if (!fits (&records[i], current))
        return append_rest (run, records + i, count - i);
      current[records[i].atom] = pack (&records[i]);
    }
  return TRUE;
}

gboolean
memory_log_append_journal (StorageRun *run, const StorageRecord *records, guint count,
                           GError **error)
{
  MemoryLog *log = ((MemoryRun *) run)->log;

  (void) error;
  for (guint i = 0; i < count; i++)
    keep (log, &records[i]);
  run->info.state = log->info.state;
  run->info.updated_us = log->info.updated_us;
  return TRUE;
}

/* The words that stand for records, after `seq` others. */
static void
foreach_current (MemoryLog *log, guint64 seq, guint64 first, StorageRecordFunc func,
                 gpointer user_data)
{
  for (guint32 atom = 0; atom < log->n_atoms; atom++)
    {
      StorageRecord record;

      if ((log->current[atom] & HAS_STATE) == 0 || ++seq < first)
        continue;
      record = unpack (atom, log->current[atom]);
      record.seq = seq;
      if (!func (&record, user_data))
        return;
    }
}

gboolean
memory_log_foreach (StorageRun *run, guint64 first, StorageRecordFunc func, gpointer user_data,
                    GError **error)
{
  MemoryLog *log = ((MemoryRun *) run)->log;
  guint count = log->records->len;

  (void) error;
  for (guint64 i = first - 1; i < count; i++)
    {
      StorageRecord record = g_array_index (log->records, StorageRecord, i);

      record.seq = i + 1;
      if (!func (&record, user_data))
        return TRUE;
    }
  if (log->current != NULL)
    foreach_current (log, count, first, func, user_data);
  return TRUE;
}
