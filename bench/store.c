/* SPDX-License-Identifier: Apache-2.0 */

/* What a durable step costs beside its commit: a linear flow of no-op atoms on an SQLite store with
 * full durability, against a loop of transactions that update one row each in a file with the same
 * pragmas. Samples take turns, each in a new folder. Prints microseconds a step of either and their
 * ratio.
 */

#include "bench/graph.h"
#include "bench/sample.h"

#include <backflow/atoms/task.h>
#include <backflow/engine/engine.h>
#include <backflow/flows/flow.h>
#include <backflow/storage/storage.h>

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct
{
  guint n_steps;
  const char *folder; /* where the folders of the samples are made */
} Measurement;

static gboolean
noop (AtomContext *context G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED,
      GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static char *
make_folder (const Measurement *measurement)
{
  char *folder = g_build_filename (measurement->folder, "backflow-bench-XXXXXX", NULL);

  if (g_mkdtemp (folder) == NULL)
    g_error ("%s: %s", folder, g_strerror (errno));
  return folder;
}

/* Removes a folder that has only files. */
static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

/* Returns: microseconds a step, without making the store and building the flow. */
static double
run_flow (const char *path, guint n_steps)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Storage) storage
      = storage_open_sqlite (path, STORAGE_OPEN_CREATE, STORAGE_DURABILITY_FULL, &error);
  const EngineOptions options = { .storage = storage };
  g_autoptr (Flow) flow = flow_new_linear ("store");
  g_autoptr (Engine) engine = NULL;
  FlowState end = FLOW_STATE_PENDING;
  GraphName name = GRAPH_NAME_FIRST;
  gint64 start;

  if (storage == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < n_steps; i++)
    {
      flow_add (flow, task_new (name.text, noop, NULL, NULL, NULL));
      graph_name_next (&name);
    }
  engine = engine_new (flow, &options);
  start = sample_clock_ns ();
  if (!engine_run (engine, &end, &error))
    g_error ("%s", error->message);
  if (end != FLOW_STATE_SUCCESS)
    g_error ("the flow ended in state %d", (int) end);
  return (double) (sample_clock_ns () - start) / 1e3 / n_steps;
}

static void
measure_flow (gconstpointer user_data, double *values)
{
  const Measurement *measurement = user_data;
  g_autofree char *folder = make_folder (measurement);
  g_autofree char *path = g_build_filename (folder, "runs.db", NULL);

  values[0] = run_flow (path, measurement->n_steps);
  remove_folder (folder);
}

static void
run_sql (sqlite3 *database, const char *sql)
{
  if (sqlite3_exec (database, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (database));
}

static double
run_updates (const char *path, guint n_steps)
{
  sqlite3 *database;
  sqlite3_stmt *update;
  gint64 start;
  double us;

  if (sqlite3_open (path, &database) != SQLITE_OK)
    g_error ("%s: %s", path, sqlite3_errmsg (database));
  run_sql (database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE atoms (id INTEGER PRIMARY KEY, state INTEGER NOT NULL) STRICT;"
                     "INSERT INTO atoms VALUES (1, 0);");
  if (sqlite3_prepare_v2 (database, "UPDATE atoms SET state = state + 1 WHERE id = 1", -1, &update,
                          NULL)
      != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (database));
  start = sample_clock_ns ();
  for (guint i = 0; i < n_steps; i++)
    if (sqlite3_step (update) != SQLITE_DONE || sqlite3_reset (update) != SQLITE_OK)
      g_error ("%s", sqlite3_errmsg (database));
  us = (double) (sample_clock_ns () - start) / 1e3 / n_steps;
  sqlite3_finalize (update);
  sqlite3_close (database);
  return us;
}

static void
measure_updates (gconstpointer user_data, double *values)
{
  const Measurement *measurement = user_data;
  g_autofree char *folder = make_folder (measurement);
  g_autofree char *path = g_build_filename (folder, "rows.db", NULL);

  values[0] = run_updates (path, measurement->n_steps);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  SampleFunc funcs[2] = { measure_flow, measure_updates };
  int n_steps = 2000;
  int repeat = 1;
  g_autofree char *folder = NULL;
  const GOptionEntry entries[] = {
    { "steps", 'n', 0, G_OPTION_ARG_INT, &n_steps, "how many steps a sample (2000)", "N" },
    { "repeat", 'r', 0, G_OPTION_ARG_INT, &repeat, "print medians of so many samples (1)",
      "COUNT" },
    { "folder", 'd', 0, G_OPTION_ARG_FILENAME, &folder, "where the stores are made (.)", "PATH" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- durable steps against one-row transactions");
  g_autoptr (GError) error = NULL;
  Measurement measurement;
  double flow;
  double updates;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || n_steps < 1 || repeat < 1)
    {
      fprintf (stderr, "%s: %s\n", g_get_prgname (),
               error != NULL ? error->message : "a number is too small");
      return 2;
    }
  measurement = (Measurement){ (guint) n_steps, folder != NULL ? folder : "." };
  sample_take_both (funcs, &measurement, (guint) repeat, (double *[]){ &flow, &updates }, 1);
  printf ("steps\tflow-us\tupdates-us\tratio\n%d\t%.1f\t%.1f\t%.3f\n", n_steps, flow, updates,
          flow / updates);
  return EXIT_SUCCESS;
}
