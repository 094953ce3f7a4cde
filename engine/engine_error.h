/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The errors of an engine. */

#include <backflow/values/visibility.h>

#include <glib.h>

G_BEGIN_DECLS

#define ENGINE_ERROR (engine_error_quark ())

/* COMPILE: the flow can't be compiled; engine_get_diagnostics() says all that is wrong, the message
 * the first of it. INPUT: symbols that atoms require are neither provided nor injected; same.
 * STATE: not possible in the state that the engine is in. BUSY: somebody else drives this engine.
 * DEFINITION: the flow does not fit the run that is to be resumed. Errors of the store and the
 * executor come through with their own domains. */
typedef enum
{
  ENGINE_ERROR_COMPILE,
  ENGINE_ERROR_INPUT,
  ENGINE_ERROR_STATE,
  ENGINE_ERROR_BUSY,
  ENGINE_ERROR_DEFINITION,
} EngineError;

BACKFLOW_PUBLIC GQuark engine_error_quark (void);

G_END_DECLS
