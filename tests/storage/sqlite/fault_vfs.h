/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* FaultVfs: SQLite's file layer with a disk that goes wrong at a chosen change (a write, a sync, a
 * truncation, the making of a file). A write that goes wrong is half done. For one store at a time.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct FaultVfs FaultVfs;

/* What happens at the chosen change. */
typedef enum
{
  FAULT_FULL_ONCE, /* no space, but the next time there is */
  FAULT_FULL_FOR_EVER,
  FAULT_BROKEN_ONCE, /* an input/output error */
  FAULT_BROKEN_FOR_EVER,
  FAULT_DEATH, /* the process ends, with status 0 */
} FaultKind;

/* Registers a file layer. Returns: (transfer full). */
FaultVfs *fault_vfs_new (void);

/* Unregisters and frees it; NULL is fine. */
void fault_vfs_free (FaultVfs *vfs);

/* The name to open a database with, borrowed. */
const char *fault_vfs_get_name (FaultVfs *vfs);

/* Lets the change number `nth` from now on, from 1, go wrong. */
void fault_vfs_arm (FaultVfs *vfs, FaultKind kind, guint nth);

/* Nothing goes wrong any more. Returns: how often something did. */
guint fault_vfs_disarm (FaultVfs *vfs);

G_END_DECLS
