/* SPDX-License-Identifier: Apache-2.0 */
#include <backflow/atoms/failure.h>

#include "values/value_private.h"

/* The domain of a record that has none. */
#define DOMAIN_UNKNOWN "unknown"

struct Failure
{
  int ref_count;
  FailureFields fields; /* points into `texts`; the cause is owned */
  char *texts[4];       /* (owned) (nullable) */
};

static const char *const origin_names[FAILURE_ORIGIN_COUNT] = {
  [FAILURE_ORIGIN_ATOM] = "atom",
  [FAILURE_ORIGIN_CANCELLED] = "cancelled",
  [FAILURE_ORIGIN_TIMEOUT] = "timeout",
  [FAILURE_ORIGIN_CONTAINMENT] = "containment",
  [FAILURE_ORIGIN_NOT_STARTED] = "not-started",
  [FAILURE_ORIGIN_PROBE] = "probe",
  [FAILURE_ORIGIN_RESULT] = "result",
  [FAILURE_ORIGIN_INTERRUPTED] = "interrupted",
  [FAILURE_ORIGIN_IRREVERSIBLE] = "irreversible",
};

/* The origin of that name. Returns: ATOM for any other text. */
static FailureOrigin
find_origin (const char *name)
{
  for (FailureOrigin origin = FAILURE_ORIGIN_ATOM; origin < FAILURE_ORIGIN_COUNT; origin++)
    if (g_strcmp0 (name, origin_names[origin]) == 0)
      return origin;
  return FAILURE_ORIGIN_ATOM;
}

static char *
dup_valid (const char *text)
{
  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

Failure *
failure_new (const FailureFields *fields)
{
  Failure *failure;

  g_return_val_if_fail (fields != NULL && fields->message != NULL && fields->domain != NULL, NULL);
  failure = g_new (Failure, 1);
  failure->ref_count = 1;
  failure->fields = *fields;
  failure->fields.message = failure->texts[0] = dup_valid (fields->message);
  failure->fields.domain = failure->texts[1] = dup_valid (fields->domain);
  failure->fields.stderr_tail = failure->texts[2] = dup_valid (fields->stderr_tail);
  failure->fields.log_path = failure->texts[3] = dup_valid (fields->log_path);
  failure->fields.cause = fields->cause != NULL ? failure_ref (fields->cause) : NULL;
  if (fields->origin <= FAILURE_ORIGIN_UNSET || fields->origin >= FAILURE_ORIGIN_COUNT)
    failure->fields.origin = find_origin (failure->fields.domain);
  return failure;
}

FailureOrigin
failure_get_origin (const Failure *failure)
{
  g_return_val_if_fail (failure != NULL, FAILURE_ORIGIN_ATOM);
  return failure->fields.origin;
}

const char *
failure_origin_get_name (FailureOrigin origin)
{
  g_return_val_if_fail (origin > FAILURE_ORIGIN_UNSET && origin < FAILURE_ORIGIN_COUNT, NULL);
  return origin_names[origin];
}

Failure *
failure_take_origin (Failure *failure, FailureOrigin origin)
{
  FailureFields fields;
  Failure *other;

  g_return_val_if_fail (failure != NULL, NULL);
  if (failure->fields.origin == origin)
    return failure;
  fields = failure->fields;
  fields.origin = origin;
  other = failure_new (&fields);
  failure_unref (failure);
  return other;
}

Failure *
failure_new_printf (const char *domain, const char *format, ...)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autofree char *message = NULL;
  va_list arguments;

  g_return_val_if_fail (domain != NULL && format != NULL, NULL);
  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fields.domain = domain;
  fields.message = message;
  return failure_new (&fields);
}

Failure *
failure_new_from_error (const GError *error, guint attempt)
{
  FailureFields fields = FAILURE_FIELDS_INIT;

  g_return_val_if_fail (error != NULL, NULL);
  /* An error whose domain was never registered is a failure all the same. */
  if (error->domain != 0)
    fields.domain = g_quark_to_string (error->domain);
  else
    fields.domain = "unknown";
  fields.message = error->message != NULL ? error->message : "";
  fields.code = error->code;
  fields.attempt = attempt;
  fields.origin = FAILURE_ORIGIN_ATOM;
  return failure_new (&fields);
}

Failure *
failure_ref (Failure *failure)
{
  g_return_val_if_fail (failure != NULL, NULL);
  g_atomic_int_inc (&failure->ref_count);
  return failure;
}

static void
failure_free (Failure *failure)
{
  for (guint i = 0; i < G_N_ELEMENTS (failure->texts); i++)
    g_free (failure->texts[i]);
  g_free (failure);
}

void
failure_unref (Failure *failure)
{
  while (failure != NULL && g_atomic_int_dec_and_test (&failure->ref_count))
    {
      Failure *cause = failure->fields.cause;

      failure_free (failure);
      failure = cause;
    }
}

const FailureFields *
failure_get_fields (const Failure *failure)
{
  g_return_val_if_fail (failure != NULL, NULL);
  return &failure->fields;
}

const char *
failure_get_message (const Failure *failure)
{
  g_return_val_if_fail (failure != NULL, NULL);
  return failure->fields.message;
}

/* -- As a value ------------------------------------------------------------------------------- */

static void
add_text (GVariantBuilder *builder, const char *key, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_string (text));
}

static void
add_integer (GVariantBuilder *builder, const char *key, gint64 integer, gint64 nothing)
{
  if (integer != nothing)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_int64 (integer));
}

/* One failure and, when it is given, its cause as a value (floating). Returns: floating. */
static GVariant *
fields_to_variant (const FailureFields *fields, GVariant *cause)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_text (&builder, "message", fields->message);
  add_text (&builder, "domain", fields->domain);
  g_variant_builder_add (&builder, "{sv}", "code", g_variant_new_int64 (fields->code));
  add_integer (&builder, "exit-status", fields->exit_status, -1);
  add_integer (&builder, "signal", fields->signal, 0);
  add_text (&builder, "stderr", fields->stderr_tail);
  add_text (&builder, "log", fields->log_path);
  add_integer (&builder, "attempt", fields->attempt, 0);
  if (fields->origin != find_origin (fields->domain))
    add_text (&builder, "origin", origin_names[fields->origin]);
  if (cause != NULL)
    g_variant_builder_add (&builder, "{sv}", "cause", cause);
  return g_variant_builder_end (&builder);
}

GVariant *
failure_to_variant (const Failure *failure)
{
  const FailureFields *chain[FAILURE_CAUSES_MAX + 1];
  guint count = 0;
  GVariant *variant = NULL;

  g_return_val_if_fail (failure != NULL, NULL);
  for (; failure != NULL && count < G_N_ELEMENTS (chain); failure = failure->fields.cause)
    chain[count++] = &failure->fields;
  while (count > 0)
    variant = fields_to_variant (chain[--count], variant);
  return g_variant_ref_sink (variant);
}

/* The text under `key`, borrowed from `variant` (nullable). */
static const char *
find_text (GVariant *variant, const char *key)
{
  const char *text = NULL;

  g_variant_lookup (variant, key, "&s", &text);
  return text;
}

static gint64
find_integer (GVariant *variant, const char *key, gint64 nothing)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (variant, key, NULL);
  gint64 integer;

  if (value == NULL || !value_get_integer (value, &integer))
    return nothing;
  return CLAMP (integer, G_MININT, G_MAXINT);
}

/* The failure that one level of a value says, with `cause` (transfer full) (nullable). */
static Failure *
failure_take_cause (GVariant *variant, Failure *cause)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  Failure *failure;

  fields.message = find_text (variant, "message");
  fields.domain = find_text (variant, "domain");
  fields.code = (int) find_integer (variant, "code", 0);
  fields.exit_status = (int) find_integer (variant, "exit-status", -1);
  fields.signal = (int) find_integer (variant, "signal", 0);
  fields.stderr_tail = find_text (variant, "stderr");
  fields.log_path = find_text (variant, "log");
  fields.attempt = (guint) MAX (find_integer (variant, "attempt", 0), 0);
  fields.cause = cause;
  /* Records of older versions, and those whose domain says it, have no origin. */
  if (find_text (variant, "origin") != NULL)
    fields.origin = find_origin (find_text (variant, "origin"));
  if (fields.domain == NULL)
    fields.domain = DOMAIN_UNKNOWN;
  failure = failure_new (&fields);
  failure_unref (cause);
  return failure;
}

static gboolean
is_failure (GVariant *variant)
{
  return variant != NULL && g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT)
         && find_text (variant, "message") != NULL;
}

Failure *
failure_new_from_variant (GVariant *variant)
{
  GVariant *chain[FAILURE_CAUSES_MAX + 1];
  guint count = 0;
  Failure *failure = NULL;

  if (!is_failure (variant))
    return NULL;
  chain[count++] = g_variant_ref (variant);
  while (count < G_N_ELEMENTS (chain))
    {
      GVariant *cause = value_find_key (chain[count - 1], "cause");

      if (!is_failure (cause))
        {
          g_clear_pointer (&cause, g_variant_unref);
          break;
        }
      chain[count++] = cause;
    }
  while (count > 0)
    {
      failure = failure_take_cause (chain[--count], failure);
      g_variant_unref (chain[count]);
    }
  return failure;
}
