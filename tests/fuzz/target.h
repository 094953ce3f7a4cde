/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a fuzz target is for libFuzzer and for replay.c. */

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* Tries one input; stops the process when something that must hold does not. Returns: 0. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
