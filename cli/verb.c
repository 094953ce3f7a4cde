/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <stdio.h>

#include "cli/text.h"

static char *
dup_option_text (const Option *option)
{
  g_autofree char *letter
      = option->letter != 0 ? g_strdup_printf ("-%c, ", option->letter) : g_strdup ("    ");

  return g_strdup_printf ("%s--%s%s%s", letter, option->name, option->metavar != NULL ? " " : "",
                          option->metavar != NULL ? option->metavar : "");
}

void
verb_print_help (const Verb *verb, const Console *console)
{
  guint width = 0;

  printf ("%sbackflow %s%s %s%s[OPTION]…\n\n%s\n\n", console->out->bold, verb->syntax.name,
          console->out->off, verb->syntax.operands, *verb->syntax.operands != '\0' ? " " : "",
          verb->summary);
  for (const Option *option = verb->syntax.options; option->name != NULL; option++)
    {
      g_autofree char *text = dup_option_text (option);

      width = MAX (width, text_get_width (text));
    }
  for (const Option *option = verb->syntax.options; option->name != NULL; option++)
    {
      g_autofree char *text = dup_option_text (option);
      g_autofree char *padded = text_dup_padded (text, width);

      printf ("  %s  %s\n", padded, option->help);
    }
  if (verb->notes != NULL)
    printf ("\n%s\n", verb->notes);
}
