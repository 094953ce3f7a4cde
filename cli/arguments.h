/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Arguments: a command line, read by a verb's table of options. Options and operands may be mixed,
 * `--` ends the options, letters may be put together (`-hi a=b`), values follow after a space or
 * `=`. What can't be read is a USAGE_ERROR that says what was probably meant.
 */

#include <glib.h>

G_BEGIN_DECLS

typedef struct Arguments Arguments;

typedef enum
{
  OPTION_FLAG,     /* takes no value */
  OPTION_VALUE,    /* takes a value; the last one counts */
  OPTION_REPEATED, /* takes a value each time */
} OptionKind;

/* One option. letter: 0 for none. metavar: what the value is called in the help text. */
typedef struct
{
  const char *name;
  char letter;
  OptionKind kind;
  const char *metavar;
  const char *help;
} Option;

/* What a verb takes. operands: as in the usage line, such as "FILE". options: ends with one without
 * a name. */
typedef struct
{
  const char *name;
  const char *operands;
  guint min_operands;
  guint max_operands;
  const Option *options;
} Syntax;

#define USAGE_ERROR (usage_error_quark ())

/* SYNTAX: the command line can't be read. VALUE: an option's value makes no sense. */
typedef enum
{
  USAGE_ERROR_SYNTAX,
  USAGE_ERROR_VALUE,
} UsageError;

GQuark usage_error_quark (void);

/* Reads the `count` words after the verb; `syntax` has to outlive the result. With --help among
 * them nothing else need be right. Returns: (transfer full); NULL with a USAGE_ERROR. */
Arguments *arguments_new (const Syntax *syntax, int count, char *const *words, GError **error);

/* NULL is fine. */
void arguments_free (Arguments *arguments);

/* Whether the option was given. */
gboolean arguments_has (const Arguments *arguments, const char *option);

/* The last value given for an option, borrowed (nullable). */
const char *arguments_find (const Arguments *arguments, const char *option);

/* All values given for an option in order, borrowed, NULL-terminated. */
const char *const *arguments_get_all (const Arguments *arguments, const char *option);

/* The operand at `index`, borrowed (nullable): NULL when there are fewer. */
const char *arguments_get_operand (const Arguments *arguments, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Arguments, arguments_free)

G_END_DECLS
