/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan/block.h"

#include <sys/mman.h>

#define BLOCK_LARGE ((gsize) 1 << 20)

gpointer
block_new (gsize size)
{
  gpointer block;

  if (size < BLOCK_LARGE)
    return g_malloc0 (size);
  block = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED)
    g_error ("out of memory: %" G_GSIZE_FORMAT " bytes for a plan", size);
  /* Advice only: where it is refused the block works all the same. */
  (void) madvise (block, size, MADV_HUGEPAGE);
  return block;
}

void
block_free (gpointer block, gsize size)
{
  if (block == NULL)
    return;
  if (size < BLOCK_LARGE)
    g_free (block);
  else
    munmap (block, size);
}
