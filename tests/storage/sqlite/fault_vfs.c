/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sqlite3.h>
#include <unistd.h>

#include "tests/storage/sqlite/fault_vfs.h"

struct FaultVfs
{
  sqlite3_vfs base;
  sqlite3_vfs *real;
  FaultKind kind;
  guint nth;   /* 0: not armed */
  guint count; /* changes since it was armed */
  guint faults;
};

/* An open file, followed in memory by the real one. */
typedef struct
{
  sqlite3_file base;
  FaultVfs *vfs;
} FaultFile;

static sqlite3_file *
get_real (sqlite3_file *file)
{
  return (sqlite3_file *) ((FaultFile *) file + 1);
}

static const sqlite3_io_methods *
get_methods (sqlite3_file *file)
{
  return get_real (file)->pMethods;
}

/* Whether this change goes wrong. */
static gboolean
is_fault (FaultVfs *vfs)
{
  gboolean is_once = vfs->kind == FAULT_FULL_ONCE || vfs->kind == FAULT_BROKEN_ONCE;

  if (vfs->nth == 0)
    return FALSE;
  vfs->count++;
  if (vfs->count < vfs->nth || (is_once && vfs->count > vfs->nth))
    return FALSE;
  vfs->faults++;
  return TRUE;
}

/* The result of a change that goes wrong; with FAULT_DEATH there is none. */
static int
get_fault (FaultVfs *vfs, int broken)
{
  if (vfs->kind == FAULT_DEATH)
    _exit (0);
  if (broken == SQLITE_IOERR_WRITE
      && (vfs->kind == FAULT_FULL_ONCE || vfs->kind == FAULT_FULL_FOR_EVER))
    return SQLITE_FULL;
  return broken;
}

/* -- Files ------------------------------------------------------------------------------------ */

static int
file_close (sqlite3_file *file)
{
  return get_methods (file)->xClose (get_real (file));
}

static int
file_read (sqlite3_file *file, void *bytes, int count, sqlite3_int64 at)
{
  return get_methods (file)->xRead (get_real (file), bytes, count, at);
}

static int
file_write (sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at)
{
  FaultVfs *vfs = ((FaultFile *) file)->vfs;

  if (!is_fault (vfs))
    return get_methods (file)->xWrite (get_real (file), bytes, count, at);
  get_methods (file)->xWrite (get_real (file), bytes, count / 2, at);
  return get_fault (vfs, SQLITE_IOERR_WRITE);
}

static int
file_truncate (sqlite3_file *file, sqlite3_int64 size)
{
  FaultVfs *vfs = ((FaultFile *) file)->vfs;

  if (is_fault (vfs))
    return get_fault (vfs, SQLITE_IOERR_TRUNCATE);
  return get_methods (file)->xTruncate (get_real (file), size);
}

static int
file_sync (sqlite3_file *file, int flags)
{
  FaultVfs *vfs = ((FaultFile *) file)->vfs;

  if (is_fault (vfs))
    return get_fault (vfs, SQLITE_IOERR_FSYNC);
  return get_methods (file)->xSync (get_real (file), flags);
}

static int
file_get_size (sqlite3_file *file, sqlite3_int64 *size)
{
  return get_methods (file)->xFileSize (get_real (file), size);
}

static int
file_lock (sqlite3_file *file, int lock)
{
  return get_methods (file)->xLock (get_real (file), lock);
}

static int
file_unlock (sqlite3_file *file, int lock)
{
  return get_methods (file)->xUnlock (get_real (file), lock);
}

static int
file_check_reserved_lock (sqlite3_file *file, int *result)
{
  return get_methods (file)->xCheckReservedLock (get_real (file), result);
}

static int
file_control (sqlite3_file *file, int what, void *argument)
{
  return get_methods (file)->xFileControl (get_real (file), what, argument);
}

static int
file_get_sector_size (sqlite3_file *file)
{
  return get_methods (file)->xSectorSize (get_real (file));
}

static int
file_get_characteristics (sqlite3_file *file)
{
  return get_methods (file)->xDeviceCharacteristics (get_real (file));
}

static int
file_map_memory (sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
  return get_methods (file)->xShmMap (get_real (file), page, size, extend, memory);
}

static int
file_lock_memory (sqlite3_file *file, int at, int count, int flags)
{
  return get_methods (file)->xShmLock (get_real (file), at, count, flags);
}

static void
file_bar_memory (sqlite3_file *file)
{
  get_methods (file)->xShmBarrier (get_real (file));
}

static int
file_unmap_memory (sqlite3_file *file, int remove)
{
  return get_methods (file)->xShmUnmap (get_real (file), remove);
}

static const sqlite3_io_methods file_methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_get_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_reserved_lock,
  .xFileControl = file_control,
  .xSectorSize = file_get_sector_size,
  .xDeviceCharacteristics = file_get_characteristics,
  .xShmMap = file_map_memory,
  .xShmLock = file_lock_memory,
  .xShmBarrier = file_bar_memory,
  .xShmUnmap = file_unmap_memory,
};

/* -- The layer -------------------------------------------------------------------------------- */

static int
vfs_open (sqlite3_vfs *base, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
  FaultVfs *vfs = (FaultVfs *) base;
  int result;

  file->pMethods = NULL;
  if ((flags & SQLITE_OPEN_CREATE) != 0 && is_fault (vfs))
    return get_fault (vfs, SQLITE_CANTOPEN);
  ((FaultFile *) file)->vfs = vfs;
  result = vfs->real->xOpen (vfs->real, name, get_real (file), flags, out_flags);
  if (get_real (file)->pMethods != NULL)
    file->pMethods = &file_methods;
  return result;
}

static int
vfs_delete (sqlite3_vfs *base, const char *name, int sync_folder)
{
  FaultVfs *vfs = (FaultVfs *) base;

  if (is_fault (vfs))
    return get_fault (vfs, SQLITE_IOERR_DELETE);
  return vfs->real->xDelete (vfs->real, name, sync_folder);
}

static int
vfs_access (sqlite3_vfs *base, const char *name, int flags, int *result)
{
  FaultVfs *vfs = (FaultVfs *) base;

  return vfs->real->xAccess (vfs->real, name, flags, result);
}

static int
vfs_get_full_path (sqlite3_vfs *base, const char *name, int size, char *path)
{
  FaultVfs *vfs = (FaultVfs *) base;

  return vfs->real->xFullPathname (vfs->real, name, size, path);
}

static int
vfs_get_random (sqlite3_vfs *base, int size, char *bytes)
{
  FaultVfs *vfs = (FaultVfs *) base;

  return vfs->real->xRandomness (vfs->real, size, bytes);
}

static int
vfs_sleep (sqlite3_vfs *base, int time_us)
{
  FaultVfs *vfs = (FaultVfs *) base;

  return vfs->real->xSleep (vfs->real, time_us);
}

static int
vfs_get_time (sqlite3_vfs *base, sqlite3_int64 *time)
{
  FaultVfs *vfs = (FaultVfs *) base;

  return vfs->real->xCurrentTimeInt64 (vfs->real, time);
}

/* The errno behind the last fault. */
static int
vfs_get_last_error (sqlite3_vfs *base, int size, char *text)
{
  FaultVfs *vfs = (FaultVfs *) base;

  (void) size;
  (void) text;
  return vfs->kind == FAULT_FULL_ONCE || vfs->kind == FAULT_FULL_FOR_EVER ? ENOSPC : EIO;
}

FaultVfs *
fault_vfs_new (void)
{
  FaultVfs *vfs = g_new0 (FaultVfs, 1);

  vfs->real = sqlite3_vfs_find (NULL);
  vfs->base = (sqlite3_vfs){
    .iVersion = 2,
    .szOsFile = (int) sizeof (FaultFile) + vfs->real->szOsFile,
    .mxPathname = vfs->real->mxPathname,
    .zName = "fault",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_get_full_path,
    .xRandomness = vfs_get_random,
    .xSleep = vfs_sleep,
    .xGetLastError = vfs_get_last_error,
    .xCurrentTimeInt64 = vfs_get_time,
  };
  sqlite3_vfs_register (&vfs->base, 0);
  return vfs;
}

void
fault_vfs_free (FaultVfs *vfs)
{
  if (vfs == NULL)
    return;
  sqlite3_vfs_unregister (&vfs->base);
  g_free (vfs);
}

const char *
fault_vfs_get_name (FaultVfs *vfs)
{
  return vfs->base.zName;
}

void
fault_vfs_arm (FaultVfs *vfs, FaultKind kind, guint nth)
{
  vfs->kind = kind;
  vfs->nth = nth;
  vfs->count = 0;
  vfs->faults = 0;
}

guint
fault_vfs_disarm (FaultVfs *vfs)
{
  vfs->nth = 0;
  return vfs->faults;
}
