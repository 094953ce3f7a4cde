/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Faults: makes the n-th change to the file system that this program asks for fail, or ends the
 * process just before it. A program that links faults.c has its own open() for writing, write(),
 * fsync(), fchmod(), fchown(), chmod(), link(), rename(), unlink(), mkdir() and rmdir(), which
 * count while they are armed.
 */

#include <glib.h>

/* The exit status of a process that was ended. */
#define FAULTS_CRASHED 99

/* From now on the n-th change (from 1) fails with EIO, or ends the process; 0: none. Counting
 * starts anew. */
void faults_fail_at (guint n);
void faults_crash_at (guint n);

/* No faults any more. */
void faults_disarm (void);

/* Whether the n-th change was asked for since. */
gboolean faults_is_reached (void);

/* Whether link() is allowed; it is until said otherwise. */
typedef enum
{
  FAULTS_LINKS_WORK,
  FAULTS_LINKS_REFUSED,
} FaultsLinks;

void faults_set_links (FaultsLinks links);

/* The next mkdir() comes too late: somebody else makes the directory just before. */
void faults_set_rival (void);
