/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/memory/memory_requests.h"

static void
free_request (gpointer data)
{
  MemoryRequest *request = (MemoryRequest *) data;

  g_free (request->reason);
  g_free (request);
}

GPtrArray *
memory_requests_new (void)
{
  return g_ptr_array_new_with_free_func (free_request);
}

void
memory_requests_add (MemoryLog *log, StorageRequest request, const char *reason)
{
  MemoryRequest *added = g_new0 (MemoryRequest, 1);

  added->no = ++log->n_requests;
  added->request = request;
  added->reason = g_strdup (reason);
  g_ptr_array_add (log->requests, added);
}

/* `func` may give the run up, which drops the list of requests: hence the reference. */
void
memory_requests_poll (const MemoryLog *log, guint64 *seen, StorageRequestFunc func,
                      gpointer user_data)
{
  g_autoptr (GPtrArray) requests = NULL;
  guint count = log->requests->len;

  if (count == 0)
    return;
  requests = g_ptr_array_ref (log->requests);
  for (guint i = 0; i < count; i++)
    {
      const MemoryRequest *request = (const MemoryRequest *) g_ptr_array_index (requests, i);

      if (request->no <= *seen)
        continue;
      *seen = request->no;
      func (request->request, request->reason, user_data);
    }
}
