/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Masking: hides secrets in texts that are stored or shown: each place where one stands becomes
 * `***`. A secret shorter than MASKING_MIN_BYTES stays, because its text stands anywhere. Built by
 * one thread; read by any afterwards. Private to the library.
 */

#include <backflow/atoms/failure.h>

G_BEGIN_DECLS

#define MASKING_MIN_BYTES 4

typedef struct Masking Masking;

/* Makes one that hides nothing yet. Returns: (transfer full). */
Masking *masking_new (void);

/* Frees it; NULL is fine. */
void masking_free (Masking *masking);

/* Hides a value: a text as it stands and as JSON writes it, of an array or object every text and
 * number in it. */
void masking_add (Masking *masking, GVariant *secret);

/* The text without the secrets. Returns: (transfer full) (nullable): NULL when none is in it. */
char *masking_hide (const Masking *masking, const char *text);

/* The failure, and its causes, without the secrets in its texts. Returns: (transfer full): another
 * reference when none is in it. */
Failure *masking_hide_failure (const Masking *masking, Failure *failure);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Masking, masking_free)

G_END_DECLS
