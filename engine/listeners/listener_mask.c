/* SPDX-License-Identifier: Apache-2.0 */
/* Values without what is private. They are no deeper than VALUE_DEPTH_MAX. */
#include "engine/listeners/listener_mask.h"

static GVariant *
mask_object (GVariant *object, const char *const *keys, const char *mask)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *key;
  GVariant *child;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, object);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &child))
    {
      g_autoptr (GVariant) masked = g_strv_contains (keys, key)
                                        ? g_variant_ref_sink (g_variant_new_string (mask))
                                        : listener_mask_value (child, keys, mask);

      g_variant_builder_add (&builder, "{sv}", key, masked);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
mask_array (GVariant *array, const char *const *keys, const char *mask)
{
  GVariantBuilder builder;
  GVariantIter iter;
  GVariant *child;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  g_variant_iter_init (&iter, array);
  while (g_variant_iter_loop (&iter, "v", &child))
    {
      g_autoptr (GVariant) masked = listener_mask_value (child, keys, mask);

      g_variant_builder_add (&builder, "v", masked);
    }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
listener_mask_value (GVariant *value, const char *const *keys, const char *mask)
{
  if (keys != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    return mask_object (value, keys, mask);
  if (keys != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE ("av")))
    return mask_array (value, keys, mask);
  return g_variant_ref (value);
}
