/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Dispatch: the program around a measurement of the shapes (bench/graph.h): options, repetitions in
 * fresh processes, memory, and a table on standard output, a line a shape, with tabs between the
 * columns. A program gives it the function that builds, compiles, runs and frees one graph of
 * no-ops, and says how long each took.
 */

#include "bench/graph.h"

G_BEGIN_DECLS

/* Nanoseconds of processor time for the whole graph. name_bytes: what the names of all nodes need,
 * with their NULs; 0 without names. */
typedef struct
{
  double build_ns;
  double compile_ns;
  double run_ns;
  double free_ns;
  double name_bytes;
} DispatchTimes;

/* Measures one graph once. Ends the process with g_error() when not every node ran once. */
typedef void (*DispatchFunc) (const Graph *graph, DispatchTimes *times);

/* The main function of such a program. Returns: its exit status. */
int dispatch_main (int argc, char **argv, DispatchFunc func);

G_END_DECLS
