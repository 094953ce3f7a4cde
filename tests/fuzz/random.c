/* SPDX-License-Identifier: Apache-2.0 */

/* Runs a fuzz target over inputs made of random bytes, without libFuzzer. BACKFLOW_FUZZ_SEED
 * chooses them, BACKFLOW_FUZZ_COUNT says how many there are. Writes TAP; the seed is in the last
 * line, and the number of the input in hand goes to standard error before it is tried, where a
 * crash leaves it as the last one.
 */

#include <stdio.h>

#include "tests/fuzz/target.h"

#define SEED 20240607
#define COUNT 2000
#define BYTES_MAX 42

static guint
get_number (const char *name, guint otherwise)
{
  const char *text = g_getenv (name);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
    return otherwise;
  return (guint) number;
}

int
main (void)
{
  guint seed = get_number ("BACKFLOW_FUZZ_SEED", SEED);
  guint count = get_number ("BACKFLOW_FUZZ_COUNT", COUNT);

  printf ("1..1\n");
  fflush (stdout);
  for (guint i = 0; i < count; i++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed + i);
      guint8 bytes[BYTES_MAX];
      gsize size = (gsize) g_rand_int_range (random, 2, BYTES_MAX + 1);

      for (gsize k = 0; k < size; k++)
        bytes[k] = (guint8) g_rand_int_range (random, 0, 256);
      fprintf (stderr, "\rseed %u ", seed + i);
      LLVMFuzzerTestOneInput (bytes, size);
    }
  printf ("ok 1 - %u inputs from seed %u\n", count, seed);
  return 0;
}
