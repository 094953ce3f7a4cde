/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CommandFiles: the files through which an attempt and its command talk: what BACKFLOW_OUTPUT and
 * BACKFLOW_PROGRESS name, values that are too long for a variable, a script that is too long for an
 * argument. Their names are made by rule of the atom, the command and the number of the attempt:
 * where the run keeps logs they stand beside the log, so that who goes on with an interrupted run
 * finds them; otherwise in a folder of the host under TMPDIR, or /tmp, which only its owner can
 * enter and which goes with the host. Files belong to one attempt and are used on one thread.
 */

#include <backflow/atoms/attempt.h>
#include <backflow/atoms/command.h>

G_BEGIN_DECLS

/* The folder of a host for runs that keep no logs. */
typedef struct CommandFolder CommandFolder;

/* Makes one; nothing happens on the disk yet. Returns: (transfer full). */
CommandFolder *command_folder_new (void);

/* Removes the folder with the files in it; NULL is fine. */
void command_folder_free (CommandFolder *folder);

typedef struct CommandFiles CommandFiles;

/* Makes the folder of the files when it is not there. Removes what an interrupted attempt of the
 * same number has left of them. `folder` outlives the files. Returns: (transfer full); NULL with a
 * G_FILE_ERROR when there is no place for them. */
CommandFiles *command_files_new (CommandFolder *folder, const Attempt *attempt, CommandRole role,
                                 GError **error);

/* Removes the files, but for that of BACKFLOW_OUTPUT, and frees; NULL is fine. */
void command_files_free (CommandFiles *files);

/* The paths of the files of BACKFLOW_OUTPUT and BACKFLOW_PROGRESS, absolute, borrowed. */
const char *command_files_get_output_path (const CommandFiles *files);
const char *command_files_get_progress_path (const CommandFiles *files);

/* Of a revert: the path of the file of BACKFLOW_OUTPUT of the execute that it undoes, borrowed;
 * NULL for other commands. */
const char *command_files_get_former_path (const CommandFiles *files);

/* Writes a file that only its owner can read. Returns: its absolute path, borrowed; NULL with a
 * G_FILE_ERROR. */
const char *command_files_write (CommandFiles *files, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandFolder, command_folder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandFiles, command_files_free)

G_END_DECLS
