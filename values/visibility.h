/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Marks the functions that the shared library exports. Everything else is hidden. */
#define BACKFLOW_PUBLIC __attribute__ ((visibility ("default")))
