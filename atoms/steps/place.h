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

/* was: what was there before. absent: a marker that there was nothing. made: says which files the
 * step has put at the path. fresh: what is being written. copy: a `was` that is being written. All
 * absolute. */
typedef struct
{
  char *path;
  char *parent;
  char *was;
  char *absent;
  char *made;
  char *fresh;
  char *copy;
  char *note;  /* what a marker says to people who find it */
  char *owner; /* the run and the step, for people */
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

/* What tells the file or directory at `path` from all others that have stood or will stand there:
 * its number in the file system and, where that is known, the time when it was made. Returns:
 * (transfer full) (nullable): NULL when there is none. */
char *place_dup_identity (const char *path);

/* The same of an open file. */
char *place_dup_identity_of (int fd);

/* Notes, durably, that the step is about to put the file of that identity at the path. FALSE with a
 * G_FILE_ERROR. */
gboolean place_note_made (const Place *place, const char *identity, GError **error);

/* Whether the step has put what stands at the path there, as far as notes tell: without any the
 * answer is yes. */
gboolean place_has_made (const Place *place);

/* The run and the step, other than this one, that changed what stands at the path: the one that has
 * put the file there, or that keeps the absence of the directory. Returns: (transfer full)
 * (nullable). */
char *place_find_other (const Place *place);

/* Removes the file when it is there. FALSE with a G_FILE_ERROR. */
gboolean place_remove (const char *path, GError **error);

/* Sets a G_FILE_ERROR for `saved_errno`, prefixed with the message. Returns: FALSE. */
gboolean place_fail (GError **error, int saved_errno, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Reads permissions such as "0644". FALSE when the text says none. */
gboolean place_parse_mode (const char *text, guint *mode);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Place, place_free)

G_END_DECLS
