/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Former: the file that a step overwrites. It is kept beside its place as a second link to it, so
 * that putting it back is one rename and brings back everything of it: content, owner, permissions,
 * times, attributes, and its other links. Where there can be no second link it is a copy with the
 * same content, owner, permissions and times; where even that cannot be, nothing is changed at all.
 * Functions work on a Place of the calling thread.
 */

#include "atoms/steps/place.h"

G_BEGIN_DECLS

/* What stands at a place now. */
typedef enum
{
  FORMER_TARGET_ABSENT,
  FORMER_TARGET_KEPT,    /* the file that is kept */
  FORMER_TARGET_OURS,    /* what the step wrote */
  FORMER_TARGET_FOREIGN, /* something else */
} FormerTarget;

/* Keeps what stands at the place, durably, or that there is nothing; what is kept already stays.
 * FALSE with a G_FILE_ERROR, also when it is something else than a file. */
gboolean former_keep (const Place *place, GError **error);

/* Finds out what stands at the place; `digest` is that of what the step wrote. FALSE with a
 * G_FILE_ERROR. */
gboolean former_look (const Place *place, const char *digest, FormerTarget *target, GError **error);

/* Writes `content` as the file at the place, in one move, durably. mode: -1 for that of the former
 * file, or of a new one. FALSE with a G_FILE_ERROR, and nothing changed. */
gboolean former_replace (const Place *place, const char *content, gsize size, int mode,
                         GError **error);

/* Puts back what is kept, durably, and forgets it; without anything kept it removes leftovers. When
 * something else than what the step wrote stands there, it is left alone. FALSE with a
 * G_FILE_ERROR. */
gboolean former_restore (const Place *place, const char *digest, GError **error);

/* Sets the error of a revert that finds something else at the place than what the step wrote; kept:
 * (nullable) where the former file is. Another run that wrote there is named. Returns: FALSE. */
gboolean former_refuse (const Place *place, const char *kept, GError **error);

/* Forgets what is kept. FALSE with a G_FILE_ERROR. */
gboolean former_forget (const Place *place, GError **error);

/* The number of the kept file in its file system, which it has wherever it is moved; 0 when no file
 * is kept. */
guint64 former_get_inode (const Place *place);

/* The number of the file at the place; 0 when there is none. */
guint64 former_get_target_inode (const Place *place);

G_END_DECLS
