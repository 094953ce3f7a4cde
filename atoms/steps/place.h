/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Place: a path in the file system that a step changes, and the names beside it under which the
 * step keeps what it needs to undo the change. They are in the same directory, so that one rename
 * or link moves something there or back, and they are made of the run and the atom, so that an
 * attempt that repeats an interrupted one, or reverts it, in any process, finds them. A place
 * belongs to one call of a step function.
 */

#include <backflow/atoms/context.h>

G_BEGIN_DECLS

/* was: what was there before. absent: a marker that there was nothing. fresh: what is being
 * written. copy: a `was` that is being written. All absolute. */
typedef struct
{
  char *path;
  char *parent;
  char *was;
  char *absent;
  char *fresh;
  char *copy;
  char *note; /* what a marker says to people who find it */
} Place;

/* What is kept beside a place. */
typedef enum
{
  PLACE_KEPT_NOTHING,
  PLACE_KEPT_ABSENCE,
  PLACE_KEPT_FORMER,
} PlaceKept;

/* Finds the place that `path` names: relative to the working directory, symbolic links in its
 * directory resolved, in its last part not. Directories that do not exist yet are fine. Returns:
 * (transfer full) an absolute path; NULL with a G_FILE_ERROR. */
char *place_resolve (const char *path, GError **error);

/* The place at an absolute path. Returns: (transfer full). */
Place *place_new (const char *path, AtomContext *context);

/* Frees it; NULL is fine. */
void place_free (Place *place);

/* What is kept beside the place. */
PlaceKept place_get_kept (const Place *place);

/* Where it is, borrowed (nullable): NULL when nothing is kept. */
const char *place_get_kept_path (const Place *place);

/* Keeps the absence of the place, durably. FALSE with a G_FILE_ERROR. */
gboolean place_keep_absence (const Place *place, GError **error);

/* Forgets the absence of the place, durably. FALSE with a G_FILE_ERROR. */
gboolean place_forget_absence (const Place *place, GError **error);

/* Makes what was renamed, linked or removed in the directory of the place durable. FALSE with a
 * G_FILE_ERROR. */
gboolean place_sync (const Place *place, GError **error);

/* Removes the file when it is there. FALSE with a G_FILE_ERROR. */
gboolean place_remove (const char *path, GError **error);

/* Sets a G_FILE_ERROR for `saved_errno`, prefixed with the message. Returns: FALSE. */
gboolean place_fail (GError **error, int saved_errno, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Reads permissions such as "0644". FALSE when the text says none. */
gboolean place_parse_mode (const char *text, guint *mode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Place, place_free)

G_END_DECLS
