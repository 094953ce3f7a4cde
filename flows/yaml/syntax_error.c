/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "flows/yaml/syntax_error.h"

/* Where the error is shown, and what else is said. */
typedef enum
{
  AT_PROBLEM,
  AT_CONTEXT,       /* where that began in which the error is */
  AT_PROBLEM_SINCE, /* at the problem, with the line where its context began */
} Place;

/* What libyaml says (of the problem, and optionally of its context), and what we say. */
typedef struct
{
  const char *problem;
  const char *context;
  Place place;
  const char *message;
  const char *help;
} Explanation;

/* clang-format off */
static const Explanation explanations[] = {
  { "mapping values are not allowed in this context", NULL, AT_PROBLEM,
    "a ':' is not allowed here", "quote text that contains ': ', or correct the indentation" },
  { "mapping keys are not allowed in this context", NULL, AT_PROBLEM,
    "a '?' is not allowed here", "quote text that starts with '? '" },
  { "block sequence entries are not allowed in this context", NULL, AT_PROBLEM,
    "a '-' is not allowed here", "begin a list on a line of its own; quote text that starts with '- '" },
  { "did not find expected '-' indicator", NULL, AT_PROBLEM_SINCE,
    "expected '- ' here, or the end of the list", "correct the indentation; the list" },
  { "did not find expected ',' or ']'", NULL, AT_PROBLEM_SINCE,
    "expected ',' or ']' here", "the list" },
  { "did not find expected ',' or '}'", NULL, AT_PROBLEM_SINCE,
    "expected ',' or '}' here", "quote text that starts with '{'; the mapping" },
  { "could not find expected ':'", NULL, AT_CONTEXT,
    "expected ':' after this key", "a line of a mapping is 'key: value'" },
  { "found unexpected end of stream", "while scanning a quoted scalar", AT_CONTEXT,
    "the quote that begins here is not closed", NULL },
  { "found unexpected document indicator", "while scanning a quoted scalar", AT_CONTEXT,
    "the quote that begins here is not closed before '---' or '...'", NULL },
  { "found unknown escape character", NULL, AT_PROBLEM,
    "no such escape in a double-quoted text", "write '\\\\' for a backslash, or use single quotes" },
  { "did not find expected hexdecimal number", NULL, AT_PROBLEM,
    "expected hexadecimal digits here", "write '\\\\' for a backslash, or use single quotes" },
  { "found invalid Unicode character escape code", NULL, AT_PROBLEM,
    "the escape stands for no character", NULL },
  { "did not find expected alphabetic or numeric character", "while scanning an alias", AT_CONTEXT,
    "'*' begins an alias, which has no name here", "quote text that starts with '*'" },
  { "did not find expected alphabetic or numeric character", "while scanning an anchor", AT_CONTEXT,
    "'&' begins an anchor, which has no name here", "quote text that starts with '&'" },
  { "found a tab character that violates indentation", NULL, AT_PROBLEM,
    "a tab cannot be used for indentation", "use blanks" },
  { "found a tab character where an indentation space is expected", NULL, AT_PROBLEM,
    "a tab cannot be used for indentation", "use blanks" },
  { "found an indentation indicator equal to 0", NULL, AT_PROBLEM,
    "the indentation after '|' or '>' is a number from 1 to 9", NULL },
  { "did not find expected comment or line break", NULL, AT_PROBLEM,
    "expected the end of the line here", "text after '|' or '>' begins on the next line; quote text that starts with these" },
  { "found undefined tag handle", NULL, AT_PROBLEM,
    "no such tag", "quote text that starts with '!'" },
  { "did not find expected node content", NULL, AT_PROBLEM,
    "expected a value here", NULL },
  { "did not find expected <document start>", NULL, AT_PROBLEM,
    "expected the end of the file here", "correct the indentation" },
  { "found unexpected ':'", NULL, AT_PROBLEM,
    "a ':' is not allowed here", "quote text that contains ':'" },
  { "found unknown directive name", NULL, AT_CONTEXT,
    "'%' begins a directive, and there is none of that name", "quote text that starts with '%'" },
  { "control characters are not allowed", NULL, AT_PROBLEM,
    "a control character is not allowed here", "write it as an escape such as \"\\x1b\" between double quotes" },
};
/* clang-format on */

static const Explanation *
find_explanation (const yaml_parser_t *parser)
{
  for (gsize i = 0; i < G_N_ELEMENTS (explanations); i++)
    {
      const Explanation *explanation = &explanations[i];

      if (strcmp (explanation->problem, parser->problem) != 0)
        continue;
      if (explanation->context == NULL || g_strcmp0 (explanation->context, parser->context) == 0)
        return explanation;
    }
  return NULL;
}

/* The mark of the character `index`: libyaml counts characters. */
static SourceMark
mark_of (Source *source, gsize index)
{
  gsize size;
  const char *text = source_get_text (source, &size);
  gsize at = source_find_character (source, index);

  return source_get_mark (source, at, at < size ? (gsize) g_utf8_skip[(guchar) text[at]] : 0);
}

/* A character that nothing can begin with. */
static void
report_character (Source *source, gsize index, Diagnostics *diagnostics)
{
  gsize size;
  const char *text = source_get_text (source, &size);
  gsize at = source_find_character (source, index);
  SourceMark mark = mark_of (source, index);

  if (at < size && text[at] == '\t')
    {
      diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark,
                       "a tab cannot be used for indentation");
      diagnostics_add_help (diagnostics, "use blanks");
      return;
    }
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark, "text cannot begin with '%.*s'",
                   (int) mark.length, text + at);
  diagnostics_add_help (diagnostics, "quote it");
}

/* Whether nothing but blanks stands before `at` in its line. */
static gboolean
is_first_in_line (const char *text, gsize at)
{
  while (at > 0 && text[at - 1] == ' ')
    at--;
  return at == 0 || text[at - 1] == '\n';
}

/* Something that is no key stands where a mapping goes on: text behind a complete value, or a line
 * too far left or right. */
static void
report_no_key (const yaml_parser_t *parser, Source *source, Diagnostics *diagnostics)
{
  gsize size;
  const char *text = source_get_text (source, &size);
  gsize at = source_find_character (source, parser->problem_mark.index);
  SourceMark mark = mark_of (source, parser->problem_mark.index);
  SourceMark mapping = mark_of (source, parser->context_mark.index);

  if (is_first_in_line (text, at))
    {
      diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark,
                       "expected a key of the mapping that begins in line %u, or its end",
                       mapping.line);
      diagnostics_add_help (diagnostics, "correct the indentation");
      return;
    }
  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark,
                   "expected the end of the line: the value before this is complete");
  diagnostics_add_help (diagnostics, "quote the whole value");
}

static void
report_explained (const yaml_parser_t *parser, const Explanation *explanation, Source *source,
                  Diagnostics *diagnostics)
{
  SourceMark problem = mark_of (source, parser->problem_mark.index);
  SourceMark context = mark_of (source, parser->context_mark.index);

  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax",
                   explanation->place == AT_CONTEXT ? &context : &problem, "%s",
                   explanation->message);
  if (explanation->place == AT_PROBLEM_SINCE)
    diagnostics_add_help (diagnostics, "%s begins in line %u", explanation->help, context.line);
  else if (explanation->help != NULL)
    diagnostics_add_help (diagnostics, "%s", explanation->help);
}

/* Errors of libyaml's reader have an offset in bytes instead of a mark. */
static void
report_reader_error (const yaml_parser_t *parser, Source *source, Diagnostics *diagnostics)
{
  const Explanation *explanation = find_explanation (parser);
  SourceMark mark = source_get_mark (source, parser->problem_offset, 1);

  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark, "%s",
                   explanation == NULL ? parser->problem : explanation->message);
  if (explanation != NULL && explanation->help != NULL)
    diagnostics_add_help (diagnostics, "%s", explanation->help);
}

static void
report_unexplained (const yaml_parser_t *parser, Source *source, Diagnostics *diagnostics)
{
  SourceMark mark = mark_of (source, parser->problem_mark.index);

  diagnostics_add (diagnostics, DIAGNOSTIC_ERROR, "syntax", &mark, "%s%s%s", parser->problem,
                   parser->context == NULL ? "" : " ",
                   parser->context == NULL ? "" : parser->context);
}

void
syntax_error_report (const yaml_parser_t *parser, Source *source, Diagnostics *diagnostics)
{
  const Explanation *explanation;

  if (parser->error == YAML_MEMORY_ERROR || parser->problem == NULL)
    g_error ("libyaml: out of memory");
  if (parser->error == YAML_READER_ERROR)
    {
      report_reader_error (parser, source, diagnostics);
      return;
    }
  explanation = find_explanation (parser);
  if (explanation != NULL)
    report_explained (parser, explanation, source, diagnostics);
  else if (strcmp (parser->problem, "found character that cannot start any token") == 0)
    report_character (source, parser->problem_mark.index, diagnostics);
  else if (strcmp (parser->problem, "did not find expected key") == 0)
    report_no_key (parser, source, diagnostics);
  else
    report_unexplained (parser, source, diagnostics);
}
