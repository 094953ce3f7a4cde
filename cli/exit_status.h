/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The exit statuses of the command: a contract with scripts, see backflow(1). The exit status of a
 * step is data in the report, never one of these.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  EXIT_STATUS_SUCCESS = 0,
  EXIT_STATUS_ENVIRONMENT
  = 1,                   /* the store, the executor, a permission; what was done is in the store */
  EXIT_STATUS_USAGE = 2, /* the command line, the flow file or an input is wrong: nothing was run */
  EXIT_STATUS_REVERTED = 10,  /* it failed or was cancelled, and everything was rolled back */
  EXIT_STATUS_FAILURE = 11,   /* it failed, and something is left in the world */
  EXIT_STATUS_SUSPENDED = 12, /* it stopped on request */
  EXIT_STATUS_OWNED = 16,     /* a live engine elsewhere owns the run */
  EXIT_STATUS_UNFIT = 17,     /* the definition does not fit the stored run */
} ExitStatus;

/* The exit status for an error of a store, an engine, a file or the command line. */
ExitStatus exit_status_of_error (const GError *error);

G_END_DECLS
