/* SPDX-License-Identifier: Apache-2.0 */

/* A life of a store is gone through again and again, with the first, the second, the third… change
 * of the disk going wrong, until nothing does. Each time the store must hold what it said it holds:
 * nothing less, nothing more, nothing by halves. */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/sqlite/fault_vfs.h"
#include "tests/storage/sqlite/sqlite_fixture.h"

#define BATCHES 9
#define BATCH_MAX 3
#define N_ATOMS 2

/* How a child ends that did not die at the chosen change. */
#define FINISHED 70
#define UNFINISHED 71

/* What a life has got done. In shared memory, so that it is known of one that ended. */
typedef struct
{
  gboolean is_made;     /* the run */
  guint acknowledged;   /* records */
  guint tried;          /* records of the batch that was under way, or that failed for ever */
  guint asked;          /* requests */
  guint n_added;        /* atoms */
  guint n_adding;       /* atoms of the addition that was under way, or that failed for ever */
  gboolean is_finished; /* nothing failed for ever */
} Life;

typedef struct
{
  char *folder;
  FaultVfs *vfs;
  Life *life;
} State;

static int
set_up (void **state)
{
  State *fresh = g_new0 (State, 1);

  fresh->folder = fixture_make_folder ();
  fresh->vfs = fault_vfs_new ();
  fresh->life = (Life *) mmap (NULL, sizeof (Life), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *state = fresh;
  return 0;
}

static int
tear_down (void **state)
{
  State *used = (State *) *state;

  munmap (used->life, sizeof (Life));
  fault_vfs_free (used->vfs);
  fixture_remove_folder (used->folder);
  fixture_forget_values ();
  g_free (used);
  return 0;
}

/* -- A life ----------------------------------------------------------------------------------- */

static void
assert_fault (GError **error)
{
  assert_non_null (*error);
  if ((*error)->domain != STORAGE_ERROR
      || ((*error)->code != STORAGE_ERROR_FULL && (*error)->code != STORAGE_ERROR_IO))
    fail_msg ("code %d: %s", (*error)->code, (*error)->message);
  g_clear_error (error);
}

/* Fills a batch with the records that follow `done` others; each says in `attempt` which it is. */
static guint
make_batch (StorageRecord *batch, guint done, guint index)
{
  guint count = 1 + index % BATCH_MAX;

  for (guint i = 0; i < count; i++)
    batch[i] = fixture_atom (0, ATOM_STATE_PENDING, ATOM_STATE_RUNNING, done + i + 1, NULL);
  if (index % 4 == 2)
    {
      batch[count - 1] = fixture_flow (FLOW_STATE_PENDING, FLOW_STATE_RUNNING);
      batch[count - 1].attempt = done + count;
    }
  return count;
}

/* Appends a batch; when that fails, nothing of it is there, and it is tried once more. */
static gboolean
append_batch (StorageRun *run, Life *life, guint index)
{
  StorageRecord batch[BATCH_MAX];
  g_autoptr (GError) error = NULL;

  life->tried = make_batch (batch, life->acknowledged, index);
  if (!storage_run_append (run, batch, life->tried, &error))
    {
      assert_fault (&error);
      assert_int_equal (fixture_count (run), life->acknowledged);
      if (!storage_run_append (run, batch, life->tried, &error))
        {
          assert_fault (&error);
          return FALSE;
        }
    }
  life->acknowledged += life->tried;
  life->tried = 0;
  assert_int_equal (fixture_count (run), life->acknowledged);
  return TRUE;
}

/* Makes a run; tried once more. */
static StorageRun *
create_run (Storage *storage)
{
  static const StorageAtom atoms[N_ATOMS]
      = { { .name = "a", .flow = "f" }, { .name = "b", .flow = "f" } };
  StorageRunInfo info = { .id = "r", .flow = "f", .definition = "flow: f" };
  g_autoptr (GError) error = NULL;
  StorageRun *run = storage_create_run (
      storage, &info, &(StorageRunContent){ .atoms = atoms, .n_atoms = N_ATOMS }, &error);

  if (run != NULL)
    return run;
  assert_fault (&error);
  run = storage_create_run (storage, &info,
                            &(StorageRunContent){ .atoms = atoms, .n_atoms = N_ATOMS }, &error);
  if (run == NULL)
    assert_fault (&error);
  return run;
}

/* Opens the store; tried once more. */
static Storage *
open_store (const char *folder, const char *vfs)
{
  g_autoptr (GError) error = NULL;
  Storage *storage = sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, vfs, &error);

  if (storage != NULL)
    return storage;
  assert_fault (&error);
  storage = sqlite_fixture_try_open (folder, STORAGE_OPEN_CREATE, vfs, &error);
  if (storage == NULL)
    assert_fault (&error);
  return storage;
}

/* Gives the run up, if that can be done, and takes it again; tried once more. */
static StorageRun *
retake_run (Storage *storage, StorageRun *run, Life *life)
{
  g_autoptr (GError) error = NULL;

  storage_run_close (run);
  life->asked = 0;
  run = storage_take_run (storage, "r", &error);
  if (run != NULL)
    return run;
  assert_fault (&error);
  run = storage_take_run (storage, "r", &error);
  if (run == NULL)
    assert_fault (&error);
  return run;
}

/* Adds atoms to the run; when that fails, nothing of it is there, and it is tried once more. */
static gboolean
add_atoms (StorageRun *run, Life *life)
{
  static const StorageAtom atoms[] = { { .name = "c", .flow = "f" }, { .name = "d", .flow = "f" } };
  g_autoptr (GError) error = NULL;
  guint before = storage_run_get_n_atoms (run);

  life->n_adding = G_N_ELEMENTS (atoms);
  if (!storage_run_add_atoms (run, atoms, life->n_adding, &error))
    {
      assert_fault (&error);
      assert_int_equal (storage_run_get_n_atoms (run), before);
      if (!storage_run_add_atoms (run, atoms, life->n_adding, &error))
        {
          assert_fault (&error);
          return FALSE;
        }
    }
  assert_int_equal (storage_run_get_n_atoms (run), before + life->n_adding);
  life->n_added += life->n_adding;
  life->n_adding = 0;
  return TRUE;
}

static void
count_request (StorageRequest request, const char *reason, gpointer user_data)
{
  assert_int_equal (request, STORAGE_REQUEST_CANCEL);
  assert_string_equal (reason, "enough");
  ++*(guint *) user_data;
}

/* What is asked of the owner is there once it was accepted, and not before; tried once more. */
static gboolean
ask (Storage *storage, Life *life)
{
  g_autoptr (GError) error = NULL;
  guint64 seen = 0;
  guint count = 0;

  if (!storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, "enough", &error))
    {
      assert_fault (&error);
      if (!storage_leave_request (storage, "r", STORAGE_REQUEST_CANCEL, "enough", &error))
        {
          assert_fault (&error);
          return FALSE;
        }
    }
  life->asked++;
  assert_true (fixture_poll_requests (storage, "r", &seen, count_request, &count, NULL));
  assert_int_equal (count, life->asked);
  return TRUE;
}

static void
live (const char *folder, const char *vfs, Life *life)
{
  g_autoptr (Storage) storage = open_store (folder, vfs);
  g_autoptr (StorageRun) run = storage != NULL ? create_run (storage) : NULL;

  life->is_made = run != NULL;
  for (guint i = 0; i < BATCHES; i++)
    {
      if (run != NULL && i % 4 == 3)
        run = retake_run (storage, g_steal_pointer (&run), life);
      if (run == NULL || (i % 4 == 3 && !add_atoms (run, life)) || !append_batch (run, life, i)
          || !ask (storage, life))
        return;
    }
  life->is_finished = TRUE;
}

/* -- What is left ----------------------------------------------------------------------------- */

static gboolean
assert_in_order (const StorageRecord *record, gpointer user_data)
{
  guint *count = (guint *) user_data;

  assert_int_equal (record->seq, ++*count);
  assert_int_equal (record->attempt, *count);
  return TRUE;
}

/* Whoever is next gets the run, and nothing that was asked of those before; not from this process,
 * when what went wrong for ever was to give the run up. */
static void
assert_taken (Storage *storage, gboolean is_given_up)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (StorageRun) run = storage_take_run (storage, "r", &error);
  guint64 seen = 0;
  guint count = 0;

  if (run == NULL)
    {
      fixture_assert_error (&error, STORAGE_ERROR_OWNED, "is owned by process");
      assert_false (is_given_up);
      return;
    }
  assert_true (fixture_poll_requests (storage, "r", &seen, count_request, &count, NULL));
  assert_int_equal (count, 0);
}

/* The store can be used again, and has all that was acknowledged; a batch of which that was not
 * known is there as a whole or not at all. */
static void
assert_left (const char *folder, const Life *life, gboolean is_given_up)
{
  g_autoptr (Storage) storage = sqlite_fixture_open (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (StorageRun) run = storage_open_run (storage, "r", &error);
  guint count = 0;

  if (run == NULL)
    {
      fixture_assert_error (&error, STORAGE_ERROR_NOT_FOUND, "\"r\"");
      assert_false (life->is_made);
      storage_run_close (fixture_create_run (storage, "r", 1));
      return;
    }
  assert_true (storage_run_foreach (run, assert_in_order, &count, &error));
  if (count != life->acknowledged && count != life->acknowledged + life->tried)
    fail_msg ("%u records are there, %u and perhaps %u were appended", count, life->acknowledged,
              life->tried);
  count = storage_run_get_n_atoms (run) - N_ATOMS;
  if (count != life->n_added && count != life->n_added + life->n_adding)
    fail_msg ("%u atoms are there, %u and perhaps %u were added", count, life->n_added,
              life->n_adding);
  assert_taken (storage, is_given_up);
  storage_run_close (fixture_create_run (storage, "another", 1));
}

static char *
make_inner (const State *my, guint nth)
{
  return g_strdup_printf ("%s/%u", my->folder, nth);
}

/* -- Tests ------------------------------------------------------------------------------------ */

static void
assert_all_faults (State *my, FaultKind kind, gboolean is_once)
{
  guint faults = 1;

  for (guint nth = 1; faults > 0; nth++)
    {
      g_autofree char *inner = make_inner (my, nth);

      *my->life = (Life){ 0 };
      fault_vfs_arm (my->vfs, kind, nth);
      live (inner, fault_vfs_get_name (my->vfs), my->life);
      faults = fault_vfs_disarm (my->vfs);
      if (is_once || faults == 0)
        assert_true (my->life->is_finished);
      assert_left (inner, my->life, is_once || faults == 0);
      /* Making the tables alone takes this many. */
      assert_true (faults > 0 || nth > 30);
    }
}

static void
a_disk_that_is_full_once_loses_nothing (void **state)
{
  assert_all_faults ((State *) *state, FAULT_FULL_ONCE, TRUE);
}

static void
a_disk_that_stays_full_keeps_what_was_acknowledged (void **state)
{
  assert_all_faults ((State *) *state, FAULT_FULL_FOR_EVER, FALSE);
}

static void
an_error_of_the_disk_loses_nothing (void **state)
{
  assert_all_faults ((State *) *state, FAULT_BROKEN_ONCE, TRUE);
}

static void
a_broken_disk_keeps_what_was_acknowledged (void **state)
{
  assert_all_faults ((State *) *state, FAULT_BROKEN_FOR_EVER, FALSE);
}

/* Lives in a child, which ends at the chosen change. FALSE when it came to its end. */
static gboolean
live_and_die (State *my, const char *folder, guint nth)
{
  pid_t child = fork ();
  int status = 0;

  assert_true (child >= 0);
  if (child == 0)
    {
      fault_vfs_arm (my->vfs, FAULT_DEATH, nth);
      live (folder, fault_vfs_get_name (my->vfs), my->life);
      _exit (my->life->is_finished ? FINISHED : UNFINISHED);
    }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status));
  assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == FINISHED);
  return WEXITSTATUS (status) == 0;
}

static void
a_process_that_dies_at_any_write_leaves_what_was_acknowledged (void **state)
{
  State *my = (State *) *state;
  gboolean is_dead = TRUE;

  for (guint nth = 1; is_dead; nth++)
    {
      g_autofree char *inner = make_inner (my, nth);

      *my->life = (Life){ 0 };
      is_dead = live_and_die (my, inner, nth);
      assert_left (inner, my->life, TRUE);
      assert_true (is_dead || nth > 30);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, set_up, tear_down)

int
main (void)
{
  static const struct CMUnitTest tests[] = {
    TEST (a_disk_that_is_full_once_loses_nothing),
    TEST (a_disk_that_stays_full_keeps_what_was_acknowledged),
    TEST (an_error_of_the_disk_loses_nothing),
    TEST (a_broken_disk_keeps_what_was_acknowledged),
    TEST (a_process_that_dies_at_any_write_leaves_what_was_acknowledged),
  };

  return cmocka_run_group_tests_name ("storage/sqlite_faults", tests, NULL, NULL);
}
