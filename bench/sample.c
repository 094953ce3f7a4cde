/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sample.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gint64
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

gint64
sample_cpu_ns (void)
{
  return read_clock (CLOCK_PROCESS_CPUTIME_ID);
}

gint64
sample_clock_ns (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

/* The value of a line of /proc/self/status, in bytes. */
static gsize
status_bytes (const char *key)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  line = strstr (status, key);
  return line != NULL ? (gsize) g_ascii_strtoull (line + strlen (key), NULL, 10) * 1024 : 0;
}

gsize
sample_reset_peak (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");

  if (file != NULL)
    {
      fputs ("5", file);
      fclose (file);
    }
  return status_bytes ("VmRSS:");
}

gsize
sample_peak_bytes (void)
{
  return status_bytes ("VmHWM:");
}

const char *
sample_build_kind (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "sanitizers";
#elif defined(BACKFLOW_DEBUG)
  return "debug";
#elif !defined(__OPTIMIZE__)
  return "not optimized";
#else
  return "release";
#endif
}

static void
run_child (SampleFunc func, gconstpointer user_data, guint n_values, int fd)
{
  double values[SAMPLE_MAX_VALUES] = { 0 };
  gsize size = n_values * sizeof values[0];

  func (user_data, values);
  if (write (fd, values, size) != (gssize) size)
    _exit (EXIT_FAILURE);
  _exit (EXIT_SUCCESS);
}

static void
take_one (SampleFunc func, gconstpointer user_data, double *values, guint n_values)
{
  gsize size = n_values * sizeof values[0];
  int fds[2];
  int status;
  pid_t pid;
  gssize got;

  fflush (NULL);
  if (pipe (fds) != 0 || (pid = fork ()) < 0)
    g_error ("a sample cannot start: %s", g_strerror (errno));
  if (pid == 0)
    run_child (func, user_data, n_values, fds[1]);
  close (fds[1]);
  got = read (fds[0], values, size);
  close (fds[0]);
  if (waitpid (pid, &status, 0) != pid || status != 0 || got != (gssize) size)
    {
      fprintf (stderr, "%s: a sample failed\n", g_get_prgname ());
      exit (EXIT_FAILURE);
    }
}

static int
compare_doubles (const void *a, const void *b)
{
  double left = *(const double *) a;
  double right = *(const double *) b;

  return (left > right) - (left < right);
}

/* samples: `repeat` rows of `n_values`. */
static void
find_medians (const double *samples, guint repeat, double *medians, guint n_values)
{
  g_autofree double *column = g_new (double, repeat);

  for (guint i = 0; i < n_values; i++)
    {
      for (guint k = 0; k < repeat; k++)
        column[k] = samples[(gsize) k * n_values + i];
      qsort (column, repeat, sizeof *column, compare_doubles);
      medians[i] = (column[(repeat - 1) / 2] + column[repeat / 2]) / 2;
    }
}

void
sample_take (SampleFunc func, gconstpointer user_data, guint repeat, double *medians,
             guint n_values)
{
  g_autofree double *samples = g_new (double, (gsize) repeat *n_values);

  g_assert (repeat > 0 && n_values <= SAMPLE_MAX_VALUES);
  for (guint k = 0; k < repeat; k++)
    take_one (func, user_data, samples + (gsize) k * n_values, n_values);
  find_medians (samples, repeat, medians, n_values);
}

void
sample_take_both (SampleFunc funcs[2], gconstpointer user_data, guint repeat, double *medians[2],
                  guint n_values)
{
  gsize n_samples = (gsize) repeat * n_values;
  g_autofree double *samples = g_new (double, 2 * n_samples);

  g_assert (repeat > 0 && n_values <= SAMPLE_MAX_VALUES);
  for (guint k = 0; k < repeat; k++)
    for (guint side = 0; side < 2; side++)
      take_one (funcs[side], user_data, samples + side * n_samples + (gsize) k * n_values,
                n_values);
  for (guint side = 0; side < 2; side++)
    find_medians (samples + side * n_samples, repeat, medians[side], n_values);
}
