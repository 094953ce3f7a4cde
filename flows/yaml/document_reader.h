/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reads a source into a document, bounded by limits and without recursion. Private to the loader.
 */

#include "flows/yaml/document.h"

G_BEGIN_DECLS

/* Bounds on what is read. expansion_max: how many nodes aliases may stand for altogether. */
typedef struct
{
  guint depth_max;
  guint nodes_max;
  guint expansion_max;
} DocumentLimits;

#define DOCUMENT_DEPTH_MAX 1000u
#define DOCUMENT_NODES_MAX 10000000u
#define DOCUMENT_EXPANSION_MAX 1000000u

/* Reads the source, which must outlive the document. limits: (nullable) the numbers above.
 * Returns: (transfer full); NULL with an error in `diagnostics`, with which a tree makes no sense.
 * Errors that leave a tree, such as duplicate keys, are only added. */
Document *document_reader_read (Source *source, const DocumentLimits *limits,
                                Diagnostics *diagnostics);

G_END_DECLS
