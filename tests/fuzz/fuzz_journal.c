/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any bytes are changes to the journal of a run. What the rules of records let pass is
 * stored, and read by all that read a journal: the report, and an engine that resumes the run and
 * drives it to its end. An engine may refuse the journal; it must not crash, nor break an
 * invariant.
 *
 * Byte 0 chooses the journal, byte 1 what becomes of the resumed run. Each change has four bytes:
 * the number of a record, the field, and a value of two bytes.
 */

#include <backflow/atoms/retry.h>
#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/engine/recovery.h>
#include <backflow/engine/report/report.h>
#include <backflow/engine/resume.h>
#include <backflow/flows/flow.h>
#include <backflow/storage/storage.h>

#include "tests/fuzz/target.h"

#define CHANGE_BYTES 4
#define N_ATOMS_MAX 8

/* The journals: every step succeeds; `last` fails, and all is reverted; `last` fails, and the
 * revert of `b` fails too. */
typedef enum
{
  STORY_SUCCESS,
  STORY_REVERTED,
  STORY_FAILURE,
  STORY_COUNT,
} Story;

typedef struct
{
  GArray *records; /* of StorageRecord, with a reference to each value */
  StorageAtom atoms[N_ATOMS_MAX];
  guint n_atoms;
} Base;

typedef enum
{
  FIELD_KIND,
  FIELD_ATOM,
  FIELD_FROM,
  FIELD_TO,
  FIELD_INTENTION,
  FIELD_ATTEMPT,
  FIELD_ABSENT,
  FIELD_SWAPPED,
  FIELD_COUNT,
} Field;

/* -- The flow -----------------------------------------------------------------------------------
 */

static gboolean
succeed (AtomContext *context, gpointer user_data, GError **error)
{
  (void) user_data;
  (void) error;
  atom_context_set_result (context, g_variant_new_int64 (1));
  return TRUE;
}

static gboolean
fail (AtomContext *context, gpointer user_data, GError **error)
{
  (void) context;
  (void) user_data;
  g_set_error_literal (error, g_quark_from_static_string ("fuzz"), 1, "as told");
  return FALSE;
}

static Flow *
make_flow (Story story)
{
  Flow *flow = flow_new_linear ("f");
  Flow *inner = flow_new_linear ("inner");

  flow_add (flow, task_new ("a", succeed, succeed, NULL, NULL));
  flow_set_retry (inner, retry_new_times ("r", 2));
  flow_add (inner, task_new ("b", succeed, story == STORY_FAILURE ? fail : succeed, NULL, NULL));
  flow_add (inner, task_new ("c", story == STORY_SUCCESS ? succeed : fail, succeed, NULL, NULL));
  flow_add_flow (flow, inner);
  flow_add (flow, task_new ("last", succeed, NULL, NULL, NULL));
  return flow;
}

/* -- The journal --------------------------------------------------------------------------------
 */

static gboolean
copy_record (const StorageRecord *record, gpointer user_data)
{
  StorageRecord copy = *record;

  copy.seq = 0;
  if (copy.value != NULL)
    g_variant_ref (copy.value);
  g_array_append_val ((GArray *) user_data, copy);
  return TRUE;
}

static void
clear_record (gpointer record)
{
  g_clear_pointer (&((StorageRecord *) record)->value, g_variant_unref);
}

static void
run_to_end (Engine *engine)
{
  g_autoptr (GError) error = NULL;
  FlowState end = FLOW_STATE_COUNT;

  if (engine_run (engine, &end, &error))
    g_assert_cmpint (end, <, FLOW_STATE_COUNT);
  else
    g_assert_nonnull (error);
}

/* The records of a run of the story. The strings of the atoms belong to the store. */
static void
make_base (Story story, Storage *storage, Base *base)
{
  g_autoptr (Flow) flow = make_flow (story);
  EngineOptions options = { .run_id = "base", .storage = storage };
  g_autoptr (Engine) engine = engine_new (flow, &options);
  g_autoptr (StorageRun) run = NULL;
  const StorageAtom *atoms;

  run_to_end (engine);
  run = storage_open_run (storage, "base", NULL);
  g_assert_nonnull (run);
  base->records = g_array_new (FALSE, FALSE, sizeof (StorageRecord));
  g_array_set_clear_func (base->records, clear_record);
  g_assert_true (storage_run_foreach (run, copy_record, base->records, NULL));
  atoms = storage_run_get_atoms (run, &base->n_atoms);
  g_assert_cmpuint (base->n_atoms, <=, N_ATOMS_MAX);
  for (guint i = 0; i < base->n_atoms; i++)
    base->atoms[i] = atoms[i];
}

static void
swap (GArray *records, guint a, guint b)
{
  StorageRecord kept = g_array_index (records, StorageRecord, a);

  g_array_index (records, StorageRecord, a) = g_array_index (records, StorageRecord, b);
  g_array_index (records, StorageRecord, b) = kept;
}

static void
change (GArray *records, const uint8_t *bytes)
{
  guint index = bytes[0] % records->len;
  StorageRecord *record = &g_array_index (records, StorageRecord, index);
  guint wide = bytes[2] | (guint) bytes[3] << 8;

  switch ((Field) (bytes[1] % FIELD_COUNT))
    {
    case FIELD_KIND:
      record->kind = bytes[2] % (STORAGE_RECORD_COUNT + 1);
      break;
    case FIELD_ATOM:
      record->atom = bytes[3] > 240 ? STORAGE_NO_ATOM : bytes[2];
      break;
    case FIELD_FROM:
      record->from = bytes[2] % 12;
      break;
    case FIELD_TO:
      record->to = bytes[2] % 12;
      break;
    case FIELD_INTENTION:
      record->intention = bytes[2] % 6;
      break;
    case FIELD_ATTEMPT:
      record->attempt = bytes[3] > 240 ? G_MAXUINT32 - bytes[2] : bytes[3] > 120 ? bytes[2] : wide;
      break;
    case FIELD_ABSENT:
      g_array_remove_index (records, index);
      break;
    case FIELD_SWAPPED:
    case FIELD_COUNT:
    default:
      swap (records, index, bytes[2] % records->len);
      break;
    }
}

/* A store refuses to read a record that breaks the rules. */
static void
drop_invalid (const Base *base)
{
  for (guint i = base->records->len; i > 0; i--)
    if (!storage_record_is_valid (&g_array_index (base->records, StorageRecord, i - 1),
                                  base->n_atoms))
      g_array_remove_index (base->records, i - 1);
}

/* -- Its readers --------------------------------------------------------------------------------
 */

static void
read_report (Storage *storage)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Report) report = report_new (storage, "r", &error);

  if (report == NULL)
    g_assert_nonnull (error);
}

static void
resume (Story story, Storage *storage, guint what)
{
  g_autoptr (Flow) flow = make_flow (story);
  EngineOptions options = { .run_id = "r", .storage = storage };
  g_autoptr (GError) error = NULL;
  g_autoptr (Engine) engine = engine_new_resumed (flow, &options, &error);

  if (engine == NULL)
    {
      g_assert_nonnull (error);
      return;
    }
  if (what % 3 == 1)
    engine_cancel (engine);
  if (what % 3 == 2 && engine_get_state (engine) == FLOW_STATE_SUCCESS)
    (void) engine_undo (engine, NULL, NULL);
  run_to_end (engine);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (Storage) storage = storage_new_memory (STORAGE_MEMORY_JOURNAL);
  StorageRunInfo info = { .id = "r", .flow = "f" };
  StorageRunContent content;
  Story story;
  Base base = { 0 };

  if (size < 2)
    return 0;
  story = (Story) (data[0] % STORY_COUNT);
  make_base (story, storage, &base);
  for (size_t at = 2; at + CHANGE_BYTES <= size && base.records->len > 1; at += CHANGE_BYTES)
    change (base.records, data + at);
  drop_invalid (&base);
  content
      = (StorageRunContent){ .atoms = base.atoms,
                             .n_atoms = base.n_atoms,
                             .records = (const StorageRecord *) (gconstpointer) base.records->data,
                             .n_records = base.records->len };
  storage_run_close (storage_create_run (storage, &info, &content, NULL));
  read_report (storage);
  resume (story, storage, data[1]);
  read_report (storage);
  g_array_unref (base.records);
  return 0;
}
