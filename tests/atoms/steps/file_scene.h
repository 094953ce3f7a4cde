/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* FileScene: a folder, and an attempt of a file.write that writes "listen {port};" into its
 * site.conf. The functions that assert are for the thread of the test.
 */

#include "tests/atoms/atom_fixture.h"

typedef struct
{
  char *folder;
  char *path;
  AtomFixture fixture;
} FileScene;

/* mode: (nullable) the option of the step. */
void file_scene_init (FileScene *scene, const char *mode);
void file_scene_clear (FileScene *scene);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FileScene, file_scene_clear)

/* Runs the attempt, or prepares and runs the next one as atom_fixture_next() and
 * atom_fixture_crash() do. */
void file_scene_run (FileScene *scene, AttemptOutcome expected);
void file_scene_run_next (FileScene *scene, AtomAction action, AttemptOutcome expected);
void file_scene_run_after_crash (FileScene *scene, AtomAction action, AttemptOutcome expected);

/* The path of what the step keeps, with that ending. Returns: (transfer full) (nullable). */
char *file_scene_dup_kept_path (const FileScene *scene, const char *ending);

/* Writes a file in its place; size: -1 for all of a text. */
void file_put (const char *path, const char *content, gssize size);

void assert_file_content (const char *path, const char *content, gsize size);
void assert_file_written (const FileScene *scene);
void assert_file_failed (const FileScene *scene, const char *message);
