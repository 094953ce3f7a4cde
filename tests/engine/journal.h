/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Journals written by hand: a flow file gives the atoms, a line of words what happened to them. For
 * tests of what is concluded from a journal.
 */

#include <backflow/engine/plan/plan.h>
#include <backflow/engine/report/report_reason.h>
#include <backflow/flows/yaml/loader.h>

typedef struct
{
  Storage *storage;
  StorageRun *run;
  FlowFile *file;
  Plan *plan;
  AtomState states[16];
  guint attempts[16];
  gint64 time_us;
  Report *report; /* (nullable) */
} Journal;

/* A run "r1" of a flow file, in a store that keeps journals: the flow has begun. */
Journal *journal_new (const char *definition);

/* NULL is fine. */
void journal_free (Journal *journal);

/* Writes records: a word each, at a second of its own.
 *
 *   a>  starts to execute   a+  succeeds   a-  fails        a/  is ignored   a.  is to begin again
 *   a<  starts to revert    a0  is undone  a!  revert fails  a~  is being retried
 *   a^  fails because it is stopped
 *   c?a=RETRY  the controller c answers to the failure of a (c is a: its revert); a number after a
 *              comma is a wait in seconds
 *   a|b        waits behind b
 *   a:DONE     a resolution
 *   *CANCEL    a request
 *   =SUCCESS   state of the flow
 *
 * Failures are called "NAME broke", failed reverts "NAME is busy"; results of controllers are the
 * number of the attempt. */
void journal_write (Journal *journal, const char *words);

/* Appends any record. */
void journal_append (Journal *journal, const StorageRecord *record);

/* The number of an atom. */
guint32 journal_find (const Journal *journal, const char *name);

/* What a reader who comes when the engine is gone is told; borrowed until the next writing. */
const Report *journal_read (Journal *journal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Journal, journal_free)
