/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/exit_status.h"

#include <backflow/engine/engine.h>
#include <backflow/storage/storage.h>
#include <backflow/values/value.h>

#include "cli/arguments.h"

static ExitStatus
get_storage_status (StorageError code)
{
  switch (code)
    {
    case STORAGE_ERROR_URI:
    case STORAGE_ERROR_NOT_FOUND:
    case STORAGE_ERROR_AMBIGUOUS:
    case STORAGE_ERROR_EXISTS:
      return EXIT_STATUS_USAGE;
    case STORAGE_ERROR_OWNED:
    case STORAGE_ERROR_FENCED:
      return EXIT_STATUS_OWNED;
    case STORAGE_ERROR_NEWER:
    case STORAGE_ERROR_CORRUPT:
    case STORAGE_ERROR_FULL:
    case STORAGE_ERROR_TOO_LARGE:
    case STORAGE_ERROR_PERMISSION:
    case STORAGE_ERROR_BUSY:
    case STORAGE_ERROR_IO:
    case STORAGE_ERROR_UNOWNED:
    default:
      return EXIT_STATUS_ENVIRONMENT;
    }
}

ExitStatus
exit_status_of_error (const GError *error)
{
  if (error->domain == STORAGE_ERROR)
    return get_storage_status ((StorageError) error->code);
  if (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_DEFINITION))
    return EXIT_STATUS_UNFIT;
  if (error->domain == USAGE_ERROR || error->domain == VALUE_ERROR
      || g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_COMPILE)
      || g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_INPUT))
    return EXIT_STATUS_USAGE;
  return EXIT_STATUS_ENVIRONMENT;
}
