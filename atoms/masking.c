/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/masking.h"

#include <string.h>

#include <backflow/values/value.h>

#define MASK "***"

struct Masking
{
  GPtrArray *texts; /* of char; one that contains another comes before it */
};

Masking *
masking_new (void)
{
  Masking *masking = g_new (Masking, 1);

  masking->texts = g_ptr_array_new_with_free_func (g_free);
  return masking;
}

void
masking_free (Masking *masking)
{
  if (masking == NULL)
    return;
  g_ptr_array_unref (masking->texts);
  g_free (masking);
}

/* -- Secrets ---------------------------------------------------------------------------------- */

/* Takes `text`. Longer ones come first, so that a part of a secret is not hidden alone. */
static void
add_text (Masking *masking, char *text)
{
  gsize length = strlen (text);
  guint at = 0;

  if (length < MASKING_MIN_BYTES)
    {
      g_free (text);
      return;
    }
  while (at < masking->texts->len && strlen (masking->texts->pdata[at]) >= length)
    at++;
  g_ptr_array_insert (masking->texts, (gint) at, text);
}

static void
add_string (Masking *masking, GVariant *string)
{
  g_autofree char *json = value_to_json (string);
  gsize length = strlen (json);

  add_text (masking, g_variant_dup_string (string, NULL));
  add_text (masking, g_strndup (json + 1, length - 2));
}

static void
add_children (Masking *masking, GVariant *container)
{
  gsize count = g_variant_n_children (container);

  for (gsize i = 0; i < count; i++)
    {
      g_autoptr (GVariant) child = NULL;

      if (g_variant_is_of_type (container, G_VARIANT_TYPE_VARDICT))
        g_variant_get_child (container, i, "{sv}", NULL, &child);
      else
        g_variant_get_child (container, i, "v", &child);
      masking_add (masking, child);
    }
}

void
masking_add (Masking *masking, GVariant *secret)
{
  if (g_variant_is_of_type (secret, G_VARIANT_TYPE_STRING))
    add_string (masking, secret);
  else if (g_variant_is_of_type (secret, G_VARIANT_TYPE_VARDICT)
           || g_variant_is_of_type (secret, G_VARIANT_TYPE ("av")))
    add_children (masking, secret);
  else if (g_variant_is_of_type (secret, G_VARIANT_TYPE_INT64)
           || g_variant_is_of_type (secret, G_VARIANT_TYPE_DOUBLE))
    add_text (masking, value_to_word (secret));
}

/* -- Texts ------------------------------------------------------------------------------------ */

char *
masking_hide (const Masking *masking, const char *text)
{
  GString *hidden = NULL;

  for (guint i = 0; text != NULL && i < masking->texts->len; i++)
    {
      const char *secret = masking->texts->pdata[i];

      if (strstr (hidden != NULL ? hidden->str : text, secret) == NULL)
        continue;
      if (hidden == NULL)
        hidden = g_string_new (text);
      g_string_replace (hidden, secret, MASK, 0);
    }
  return hidden != NULL ? g_string_free (hidden, FALSE) : NULL;
}

Failure *
masking_hide_failure (const Masking *masking, Failure *failure)
{
  FailureFields fields = *failure_get_fields (failure);
  g_autofree char *message = masking_hide (masking, fields.message);
  g_autofree char *tail = masking_hide (masking, fields.stderr_tail);
  g_autoptr (Failure) cause
      = fields.cause != NULL ? masking_hide_failure (masking, fields.cause) : NULL;

  if (message == NULL && tail == NULL && cause == fields.cause)
    return failure_ref (failure);
  if (message != NULL)
    fields.message = message;
  if (tail != NULL)
    fields.stderr_tail = tail;
  fields.cause = cause;
  return failure_new (&fields);
}
