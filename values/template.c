/* SPDX-License-Identifier: Apache-2.0 */
#include "values/template.h"

#include <string.h>

GQuark
template_error_quark (void)
{
  return g_quark_from_static_string ("backflow-template-error-quark");
}

/* The text is cut at its placeholders: before placeholder i stands texts[i], after the last one
 * texts[n]. */
struct Template
{
  GPtrArray *texts;
  GPtrArray *names;
};

static gboolean
is_name_character (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-' || c == '.';
}

/* Reads the placeholder that begins with the brace at `at`. Returns where it ends; NULL with an
 * error. */
static const char *
read_placeholder (Template *template_, const char *at, GError **error)
{
  gsize length = 0;

  while (is_name_character (at[1 + length]))
    length++;
  if (length == 0 || at[1 + length] != '}')
    {
      g_set_error (error, TEMPLATE_ERROR, TEMPLATE_ERROR_SYNTAX,
                   "'{' begins no placeholder such as {name}: write '{{' for a brace");
      return NULL;
    }
  g_ptr_array_add (template_->names, g_strndup (at + 1, length));
  return at + 1 + length + 1;
}

/* Reads what begins with the brace at `at`: two of them are one, one begins a placeholder, which
 * ends the text so far. */
static const char *
read_brace (Template *template_, GString *text, const char *at, GError **error)
{
  const char *end;

  if (at[0] == at[1])
    {
      g_string_append_c (text, *at);
      return at + 2;
    }
  if (*at == '}')
    {
      g_set_error (error, TEMPLATE_ERROR, TEMPLATE_ERROR_SYNTAX,
                   "'}' ends no placeholder: write '}}' for a brace");
      return NULL;
    }
  end = read_placeholder (template_, at, error);
  if (end != NULL)
    {
      g_ptr_array_add (template_->texts, g_strndup (text->str, text->len));
      g_string_truncate (text, 0);
    }
  return end;
}

Template *
template_new (const char *text, gsize *offset, GError **error)
{
  g_autoptr (Template) template_ = g_new (Template, 1);
  g_autoptr (GString) piece = g_string_new (NULL);
  const char *at = text;

  template_->texts = g_ptr_array_new_with_free_func (g_free);
  template_->names = g_ptr_array_new_with_free_func (g_free);
  while (*at != '\0')
    {
      gsize plain = strcspn (at, "{}");
      const char *brace = at + plain;

      g_string_append_len (piece, at, (gssize) plain);
      at = *brace == '\0' ? brace : read_brace (template_, piece, brace, error);
      if (at == NULL)
        {
          if (offset != NULL)
            *offset = (gsize) (brace - text);
          return NULL;
        }
    }
  g_ptr_array_add (template_->texts, g_strndup (piece->str, piece->len));
  return g_steal_pointer (&template_);
}

void
template_free (Template *template_)
{
  if (template_ == NULL)
    return;
  g_ptr_array_unref (template_->texts);
  g_ptr_array_unref (template_->names);
  g_free (template_);
}

const char *const *
template_get_placeholders (const Template *template_, guint *count)
{
  *count = template_->names->len;
  return (const char *const *) template_->names->pdata;
}

gboolean
template_is_constant (const Template *template_)
{
  return template_->names->len == 0;
}

char *
template_expand (const Template *template_, TemplateLookupFunc lookup, gpointer user_data,
                 GError **error)
{
  g_autoptr (GString) out = g_string_new (template_->texts->pdata[0]);

  for (guint i = 0; i < template_->names->len; i++)
    {
      const char *name = template_->names->pdata[i];
      g_autofree char *value = lookup (name, user_data);

      if (value == NULL)
        {
          g_set_error (error, TEMPLATE_ERROR, TEMPLATE_ERROR_UNKNOWN, "{%s} has no value", name);
          return NULL;
        }
      g_string_append (out, value);
      g_string_append (out, template_->texts->pdata[i + 1]);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}
