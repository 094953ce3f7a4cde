/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AtomicInt: an integer that several threads may touch, under the name that C and C++ headers can
 * share. C code uses it with the functions of <stdatomic.h>.
 */

#ifdef __cplusplus
#include <atomic>
typedef std::atomic<int> AtomicInt;
#else
#include <stdatomic.h>
typedef atomic_int AtomicInt;
#endif
