/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/engine/story_resolve.h"

#include <backflow/engine/recovery.h>
#include <backflow/engine/resume.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void
story_say (Story *story, const char *atom, StorageResolution resolution)
{
  g_autoptr (GError) error = NULL;

  if (!engine_resolve (story->engine, atom, resolution, NULL, "because", &error))
    fail_msg ("engine_resolve: %s", error->message);
}

void
story_say_in_vain (Story *story, const char *atom, StorageResolution resolution)
{
  g_autoptr (GError) error = NULL;

  assert_false (engine_resolve (story->engine, atom, resolution, NULL, "because", &error));
  assert_true (g_error_matches (error, ENGINE_ERROR, ENGINE_ERROR_STATE));
  assert_non_null (strstr (error->message, atom));
}

void
story_expect_refusal (const Story *story, const char *text, GQuark domain, int code,
                      const char *part)
{
  g_autoptr (Flow) flow = story_build (text);
  g_autoptr (GError) error = NULL;

  assert_null (engine_new_resumed (flow, &story->options, &error));
  assert_true (g_error_matches (error, domain, code));
  if (part != NULL && strstr (error->message, part) == NULL)
    fail_msg ("no '%s' in: %s", part, error->message);
}
