/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scalars: what the text of an unquoted scalar means by the core schema of YAML 1.2, and versions.
 * Pure functions; any thread. Private to the loader.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SCALAR_NULL,
  SCALAR_BOOLEAN,
  SCALAR_INTEGER,
  SCALAR_FLOAT,
  SCALAR_STRING,
  SCALAR_TOO_LARGE,  /* an integer outside of int64, or a number that is no finite double */
  SCALAR_NOT_FINITE, /* .inf or .nan, for which JSON has no words */
} ScalarType;

/* A typed scalar; only the member of its type is set. */
typedef struct
{
  ScalarType type;
  gboolean boolean;
  gint64 integer;
  double number;
} Scalar;

/* What an unquoted text means. */
Scalar scalar_resolve (const char *text);

/* What YAML 1.1 read as a boolean and 1.2 reads as a string (yes, no, on, off in their three
 * spellings). */
gboolean scalar_is_former_boolean (const char *text);

/* A decimal integer with a leading zero, which C, shells and YAML 1.1 read as octal. */
gboolean scalar_has_leading_zero (const char *text);

/* Reads a version `major.minor`, each up to 65535, or `major` alone. FALSE when it is none. */
gboolean scalar_parse_version (const char *text, guint16 *major, guint16 *minor);

G_END_DECLS
