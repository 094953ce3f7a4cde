/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include "cli/text.h"

void
json_add_text (GVariantBuilder *object, const char *key, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    g_variant_builder_add (object, "{sv}", key, g_variant_new_string (valid));
}

void
json_add_time (GVariantBuilder *object, const char *key, gint64 time_us)
{
  g_autofree char *time = text_dup_timestamp (time_us);

  if (time_us > 0)
    json_add_text (object, key, time);
}
