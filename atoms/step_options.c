/* SPDX-License-Identifier: Apache-2.0 */
#include "atoms/step_options.h"

#include <string.h>

#include <backflow/atoms/attempt.h>
#include <backflow/diagnostics/spelling.h>
#include <backflow/values/duration.h>
#include <backflow/values/value.h>

#include "values/template.h"

/* One option of a task: not given, a value, or a text that is put together at execution. */
typedef struct
{
  GVariant *value;     /* (nullable) */
  Template *template_; /* (nullable) */
} StepSlot;

struct StepOptions
{
  const StepInfo *info;
  const StepFunctions *functions;
  guint count;
  StepSlot slots[];
};

struct StepValues
{
  guint count;
  GVariant *values[]; /* (nullable) each */
};

GQuark
step_error_quark (void)
{
  return g_quark_from_static_string ("backflow-step-error-quark");
}

static guint
count_options (const StepInfo *info)
{
  guint count = 0;

  while (info->options[count].name != NULL)
    count++;
  return count;
}

/* -- Values of a type ------------------------------------------------------------------------- */

static gboolean
fail_type (const StepOption *option, const char *given, GError **error)
{
  g_set_error (error, STEP_ERROR, STEP_ERROR_TYPE, "option '%s' is to be %s, not %s", option->name,
               strcmp (option->type, "duration") == 0 ? "a duration such as 500ms or 30s"
                                                      : option->type,
               given);
  return FALSE;
}

static GVariant *
integer_from_text (const StepOption *option, const char *text, GError **error)
{
  gint64 integer;

  if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return g_variant_new_int64 (integer);
  g_set_error (error, STEP_ERROR, STEP_ERROR_TYPE, "option '%s': '%s' is no integer", option->name,
               text);
  return NULL;
}

static GVariant *
boolean_from_text (const StepOption *option, const char *text, GError **error)
{
  if (strcmp (text, "true") == 0 || strcmp (text, "false") == 0)
    return g_variant_new_boolean (text[0] == 't');
  g_set_error (error, STEP_ERROR, STEP_ERROR_TYPE, "option '%s': '%s' is neither true nor false",
               option->name, text);
  return NULL;
}

static GVariant *
duration_from_text (const StepOption *option, const char *text, GError **error)
{
  g_autoptr (GError) bad = NULL;
  gint64 us;

  if (duration_parse (text, &us, &bad))
    return g_variant_new_int64 (us);
  g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "option '%s': %s", option->name, bad->message);
  return NULL;
}

/* Reads a text that was put together as the option's type. Returns: floating. */
static GVariant *
value_from_text (const StepOption *option, const char *text, GError **error)
{
  if (strcmp (option->type, "integer") == 0)
    return integer_from_text (option, text, error);
  if (strcmp (option->type, "boolean") == 0)
    return boolean_from_text (option, text, error);
  if (strcmp (option->type, "duration") == 0)
    return duration_from_text (option, text, error);
  return g_variant_new_string (text);
}

/* Takes a value that is given in a flow as the option's type. Returns: (transfer full). */
static GVariant *
value_from_constant (const StepOption *option, GVariant *given, GError **error)
{
  gboolean is_duration = strcmp (option->type, "duration") == 0;
  const char *type = value_get_type_name (given);
  GVariant *value;

  if (strcmp (type, is_duration ? "string" : option->type) != 0)
    {
      fail_type (option, type, error);
      return NULL;
    }
  if (!is_duration)
    return g_variant_ref (given);
  value = duration_from_text (option, g_variant_get_string (given, NULL), error);
  return value != NULL ? g_variant_ref_sink (value) : NULL;
}

static gboolean
check_value (const StepFunctions *functions, const StepOption *option, guint index, GVariant *value,
             GError **error)
{
  if (functions->check == NULL || functions->check (index, value, error))
    return TRUE;
  g_prefix_error (error, "option '%s': ", option->name);
  return FALSE;
}

/* -- Options ---------------------------------------------------------------------------------- */

static void
slot_clear (StepSlot *slot)
{
  g_clear_pointer (&slot->value, g_variant_unref);
  g_clear_pointer (&slot->template_, template_free);
}

/* Parses a text that may have placeholders. A text without any becomes `plain`. */
static gboolean
parse_text (const StepOption *option, const char *text, StepSlot *slot, char **plain,
            GError **error)
{
  g_autoptr (GError) bad = NULL;
  g_autoptr (Template) parsed = template_new (text, NULL, &bad);

  if (parsed == NULL)
    {
      g_set_error (error, STEP_ERROR, STEP_ERROR_VALUE, "option '%s': %s", option->name,
                   bad->message);
      return FALSE;
    }
  if (template_is_constant (parsed))
    *plain = template_expand (parsed, NULL, NULL, NULL);
  else
    slot->template_ = g_steal_pointer (&parsed);
  return TRUE;
}

/* Parses what is given for an option into an empty slot. */
static gboolean
slot_parse (StepSlot *slot, const StepInfo *info, const StepFunctions *functions, guint index,
            GVariant *given, GError **error)
{
  const StepOption *option = &info->options[index];
  g_autoptr (GVariant) constant = g_variant_ref (given);
  g_autofree char *plain = NULL;

  if (g_variant_is_of_type (given, G_VARIANT_TYPE_STRING))
    {
      if (!parse_text (option, g_variant_get_string (given, NULL), slot, &plain, error))
        return FALSE;
      if (slot->template_ != NULL)
        return TRUE;
      g_variant_unref (constant);
      constant = g_variant_ref_sink (g_variant_new_string (plain));
    }
  slot->value = value_from_constant (option, constant, error);
  return slot->value != NULL && check_value (functions, option, index, slot->value, error);
}

/* The number of an option; FALSE with an error that says what was probably meant. */
static gboolean
lookup_option (const StepInfo *info, const char *name, guint *index, GError **error)
{
  guint count = count_options (info);
  g_autofree const char **names = g_new (const char *, count + 1);
  const char *nearest;

  for (*index = 0; *index < count; (*index)++)
    {
      names[*index] = info->options[*index].name;
      if (strcmp (names[*index], name) == 0)
        return TRUE;
    }
  nearest = spelling_find_nearest (name, names, count);
  if (nearest != NULL)
    g_set_error (error, STEP_ERROR, STEP_ERROR_OPTION, "%s has no option '%s': did you mean '%s'?",
                 info->name, name, nearest);
  else
    g_set_error (error, STEP_ERROR, STEP_ERROR_OPTION, "%s has no option '%s'", info->name, name);
  return FALSE;
}

static gboolean
parse_all (StepOptions *self, GVariant *options, GError **error)
{
  gsize given = options != NULL ? g_variant_n_children (options) : 0;

  for (gsize i = 0; i < given; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr (GVariant) value = NULL;
      guint index;

      g_variant_get_child (options, i, "{sv}", &name, &value);
      if (!lookup_option (self->info, name, &index, error)
          || !slot_parse (&self->slots[index], self->info, self->functions, index, value, error))
        return FALSE;
    }
  for (guint i = 0; i < self->count; i++)
    if (self->info->options[i].is_required && self->slots[i].value == NULL
        && self->slots[i].template_ == NULL)
      {
        g_set_error (error, STEP_ERROR, STEP_ERROR_OPTION, "%s needs the option '%s'",
                     self->info->name, self->info->options[i].name);
        return FALSE;
      }
  return TRUE;
}

StepOptions *
step_options_new (const StepInfo *info, const StepFunctions *functions, GVariant *options,
                  GError **error)
{
  guint count = count_options (info);
  StepOptions *self = g_malloc0 (sizeof *self + count * sizeof self->slots[0]);

  self->info = info;
  self->functions = functions;
  self->count = count;
  if (!parse_all (self, options, error))
    g_clear_pointer (&self, step_options_free);
  return self;
}

void
step_options_free (gpointer options)
{
  StepOptions *self = options;

  for (guint i = 0; i < self->count; i++)
    slot_clear (&self->slots[i]);
  g_free (self);
}

gboolean
step_options_check (const StepInfo *info, const StepFunctions *functions, const char *option,
                    GVariant *value, GError **error)
{
  StepSlot slot = { NULL, NULL };
  guint index;
  gboolean is_fine;

  is_fine = lookup_option (info, option, &index, error)
            && slot_parse (&slot, info, functions, index, value, error);
  slot_clear (&slot);
  return is_fine;
}

/* -- Values of an execution ------------------------------------------------------------------- */

static char *
dup_argument (const char *name, gpointer context)
{
  GVariant *argument = atom_context_get_argument (context, name);

  return argument != NULL ? value_to_word (argument) : NULL;
}

/* Puts an option together and reads it as its type. Returns: (transfer full). */
static GVariant *
expand_slot (const StepOptions *options, guint index, AtomContext *context, GError **error)
{
  const StepOption *option = &options->info->options[index];
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;

  text = template_expand (options->slots[index].template_, dup_argument, context, error);
  if (text == NULL)
    {
      g_prefix_error (error, "option '%s': ", option->name);
      return NULL;
    }
  value = value_from_text (option, text, error);
  if (value == NULL)
    return NULL;
  g_variant_ref_sink (value);
  return check_value (options->functions, option, index, value, error) ? g_steal_pointer (&value)
                                                                       : NULL;
}

StepValues *
step_values_new (const StepOptions *options, AtomContext *context)
{
  g_autoptr (StepValues) self = g_malloc0 (sizeof *self + options->count * sizeof self->values[0]);
  g_autoptr (GError) error = NULL;

  self->count = options->count;
  for (guint i = 0; i < options->count; i++)
    {
      const StepSlot *slot = &options->slots[i];

      if (slot->template_ != NULL)
        self->values[i] = expand_slot (options, i, context, &error);
      else if (slot->value != NULL)
        self->values[i] = g_variant_ref (slot->value);
      if (error != NULL)
        {
          step_fail (context, "argument", "%s", error->message);
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}

void
step_values_free (StepValues *values)
{
  if (values == NULL)
    return;
  for (guint i = 0; i < values->count; i++)
    g_clear_pointer (&values->values[i], g_variant_unref);
  g_free (values);
}

gboolean
step_values_has (const StepValues *values, guint option)
{
  return values->values[option] != NULL;
}

const char *
step_values_get_string (const StepValues *values, guint option)
{
  return values->values[option] != NULL ? g_variant_get_string (values->values[option], NULL)
                                        : NULL;
}

gint64
step_values_get_integer (const StepValues *values, guint option, gint64 fallback)
{
  GVariant *value = values->values[option];

  if (value == NULL)
    return fallback;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_variant_get_boolean (value);
  return g_variant_get_int64 (value);
}

gboolean
step_is_reverted (AtomContext *context)
{
  return atom_has_revert (context->atom);
}

gboolean
step_fail (AtomContext *context, const char *domain, const char *format, ...)
{
  FailureFields fields = FAILURE_FIELDS_INIT;
  g_autofree char *message = NULL;
  g_autoptr (Failure) failure = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fields.domain = domain;
  fields.message = message;
  fields.attempt = atom_context_get_attempt (context);
  failure = failure_new (&fields);
  atom_context_set_failure (context, failure);
  return FALSE;
}
