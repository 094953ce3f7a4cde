/* SPDX-License-Identifier: Apache-2.0 */
#include "executors/commands/command_result.h"

#include <backflow/values/value.h>

#include "atoms/command_private.h"
#include "atoms/provided.h"
#include "executors/commands/command_file.h"

/* What is done with output that can't be kept as it is. */
typedef struct
{
  const Atom *command;
  const char *symbol; /* (nullable) the first that is provided */
  gboolean is_json;
  gboolean is_strict;
} Reading;

static Reading
begin_reading (const Atom *command, CommandRole role)
{
  guint count;
  const AtomProvided *provides = atom_get_provides (command, &count);
  gboolean is_revert = role == COMMAND_REVERT;
  Reading reading = { .command = command };

  reading.symbol = count > 0 && !is_revert ? provides[0].symbol : NULL;
  reading.is_json = !is_revert && command_get_spec (command)->output == COMMAND_OUTPUT_JSON;
  reading.is_strict = reading.symbol != NULL || reading.is_json;
  return reading;
}

gboolean
command_result_is_promised (const Atom *command, CommandRole role)
{
  return begin_reading (command, role).is_strict;
}

static CommandResult fail (const char *format, ...) G_GNUC_PRINTF (1, 2);

static CommandResult
fail (const char *format, ...)
{
  CommandResult result = { NULL, NULL, NULL };
  va_list arguments;

  va_start (arguments, format);
  result.problem = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return result;
}

/* -- What is provided ---------------------------------------------------------------------------
 */

/* Why `provided` is not in the value. Returns: (transfer full) (nullable). */
static char *
explain_missing (GVariant *value, const AtomProvided *provided)
{
  g_autoptr (GVariant) part = atom_provided_find_value (provided, value);
  const char *type = value_get_type_name (value);

  if (part != NULL)
    return NULL;
  if (provided->kind == ATOM_PROVIDES_INDEX)
    return g_strdup_printf ("its result, of type %s, has no element %u to provide \"%s\"", type,
                            provided->index, provided->symbol);
  return g_strdup_printf ("its result, of type %s, has no key \"%s\" to provide \"%s\"", type,
                          provided->key, provided->symbol);
}

/* Takes `value`. */
static CommandResult
succeed_with (const Reading *reading, GVariant *value)
{
  guint count = 0;
  const AtomProvided *provides
      = reading->symbol != NULL ? atom_get_provides (reading->command, &count) : NULL;

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *problem = explain_missing (value, &provides[i]);

      if (problem != NULL)
        {
          g_variant_unref (value);
          return fail ("%s", problem);
        }
    }
  return (CommandResult){ .value = value };
}

/* -- Standard output ----------------------------------------------------------------------------
 */

static CommandResult
read_json (const Reading *reading, const char *text, gsize size)
{
  g_autoptr (GError) error = NULL;
  GVariant *value;

  if (size == 0)
    return fail ("printed nothing where JSON was expected");
  value = value_new_from_json (text, (gssize) size, &error);
  if (value == NULL)
    return fail ("printed no JSON: %s", error->message);
  return succeed_with (reading, value);
}

static CommandResult
read_strictly (const Reading *reading, const Output *output)
{
  gsize size;
  const char *text = output_get_stdout (output, &size);
  const char *invalid;

  if (output_is_truncated (output))
    return fail ("printed more than %d bytes as its result", COMMAND_RESULT_MAX_BYTES);
  if (!g_utf8_validate_len (text, size, &invalid))
    return fail ("its result cannot be text: it printed %s at byte %td",
                 *invalid == '\0' ? "a NUL" : "what is no UTF-8", invalid - text + 1);
  if (reading->is_json)
    return read_json (reading, text, size);
  if (size > 0 && text[size - 1] == '\n')
    size--;
  return succeed_with (reading,
                       g_variant_ref_sink (g_variant_new_take_string (g_strndup (text, size))));
}

/* How much of `text` ends with a character, when it may have been cut within one. */
static gsize
trim_character (const char *text, gsize size)
{
  const char *end = text + size;
  const char *last = g_utf8_find_prev_char (text, end);

  if (last == NULL || g_utf8_get_char_validated (last, end - last) != (gunichar) -2)
    return size;
  return (gsize) (last - text);
}

static CommandResult
read_leniently (const Output *output)
{
  CommandResult result = { NULL, NULL, NULL };
  gsize size;
  const char *text = output_get_stdout (output, &size);
  const char *invalid;

  if (size == 0)
    return result;
  if (output_is_truncated (output))
    {
      result.note = g_strdup_printf ("printed %" G_GUINT64_FORMAT
                                     " bytes; the first %zu are kept as its result",
                                     output_get_total (output, OUTPUT_STDOUT), size);
      size = trim_character (text, size);
    }
  else if (text[size - 1] == '\n')
    size--;
  if (!g_utf8_validate_len (text, size, &invalid) && result.note == NULL)
    result.note = g_strdup_printf ("printed what is no UTF-8 text at byte %td; it is replaced "
                                   "in its result",
                                   invalid - text + 1);
  result.value
      = g_variant_ref_sink (g_variant_new_take_string (g_utf8_make_valid (text, (gssize) size)));
  return result;
}

/* -- Both ---------------------------------------------------------------------------------------
 */

/* A revert that says nothing intelligible has reverted all the same. */
static CommandResult
refuse_file (CommandRole role, const char *problem)
{
  if (role == COMMAND_REVERT)
    return (CommandResult){ .note = g_strdup (problem) };
  return fail ("%s", problem);
}

CommandResult
command_result_read (const Atom *command, CommandRole role, const Output *output,
                     const char *output_path)
{
  Reading reading = begin_reading (command, role);
  g_autoptr (GError) error = NULL;
  GVariant *object = NULL;

  if (output_path != NULL)
    object = command_file_read (output_path, COMMAND_RESULT_MAX_BYTES, &error);
  if (error != NULL)
    return refuse_file (role, error->message);
  if (object != NULL)
    return succeed_with (&reading, object);
  return reading.is_strict ? read_strictly (&reading, output) : read_leniently (output);
}
