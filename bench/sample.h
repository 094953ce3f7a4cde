/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sample: one repetition of a measurement, in a child process of its own, so that page faults, the
 * heap and peak memory are those of a process that did nothing else; and what the measured code
 * asks in there: the clock and the memory. Programs that use it start no thread of their own
 * outside a sample.
 */

#include <glib.h>

G_BEGIN_DECLS

/* The most values that a sample can have. */
#define SAMPLE_MAX_VALUES 16

/* Measures once and fills in the values. Runs in a child process; whatever goes wrong ends that
 * process with g_error(). */
typedef void (*SampleFunc) (gconstpointer user_data, double *values);

/* Takes `repeat` samples and gives the median of each value. Ends the program when one of them
 * fails. */
void sample_take (SampleFunc func, gconstpointer user_data, guint repeat, double *medians,
                  guint n_values);

/* As sample_take() for two things to be compared: samples of the one and the other take turns. */
void sample_take_both (SampleFunc funcs[2], gconstpointer user_data, guint repeat,
                       double *medians[2], guint n_values);

/* Nanoseconds of processor time that this process has used, all its threads together: for what
 * never waits. Other work on the machine counts in it as little as can be. */
gint64 sample_cpu_ns (void);

/* The monotonic clock in nanoseconds: for what waits for others. */
gint64 sample_clock_ns (void);

/* Bytes of memory that are resident now. The peak starts again from here. */
gsize sample_reset_peak (void);

/* The most bytes of memory that were resident since sample_reset_peak(). */
gsize sample_peak_bytes (void);

/* What is measured: "release", or what makes its figures worthless ("debug", "sanitizers", "not
 * optimized"); static. */
const char *sample_build_kind (void);

G_END_DECLS
