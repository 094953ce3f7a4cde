/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_check.h"

#include <stdio.h>

#include <backflow/diagnostics/diagnostic_text.h>

#include "cli/runs/definition.h"
#include "cli/runs/foreign.h"

/* How many findings are shown in full without --all. */
#define FINDINGS_SHOWN 50u

static void
print_json (Definition *definition, const char *file)
{
  const Diagnostics *diagnostics = definition_get_diagnostics (definition);
  g_auto (GVariantBuilder) object = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) list = diagnostics_to_variant (diagnostics);
  g_autofree char *name = g_utf8_make_valid (file, -1);

  g_variant_builder_add (&object, "{sv}", "file", g_variant_new_string (name));
  g_variant_builder_add (&object, "{sv}", "errors",
                         g_variant_new_int64 (diagnostics_get_n_errors (diagnostics)));
  g_variant_builder_add (&object, "{sv}", "warnings",
                         g_variant_new_int64 (diagnostics_get_n_warnings (diagnostics)));
  if (definition_get_file (definition) != NULL)
    g_variant_builder_add (
        &object, "{sv}", "modules-skipped",
        g_variant_new_boolean (flow_file_has_skipped_modules (definition_get_file (definition))));
  g_variant_builder_add (&object, "{sv}", "diagnostics", list);
  console_print_json (g_variant_builder_end (&object));
}

static void
print_text (Definition *definition, const Arguments *arguments, const Console *console)
{
  const Diagnostics *diagnostics = definition_get_diagnostics (definition);
  guint limit = arguments_has (arguments, "all") ? 0 : FINDINGS_SHOWN;

  definition_print (definition, console, limit);
  if (limit > 0
      && diagnostics_get_n_errors (diagnostics) + diagnostics_get_n_warnings (diagnostics) > limit)
    fputs ("The first 50 are shown; --all shows every one.\n", stderr);
}

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (Definition) definition = definition_load (arguments, DEFINITION_TO_LOOK);
  gboolean is_wrong;

  foreign_warn (console, "the flow file", arguments_get_operand (arguments, 0));
  plan_free (definition_compile (definition));
  if (arguments_has (arguments, "json"))
    print_json (definition, arguments_get_operand (arguments, 0));
  else
    print_text (definition, arguments, console);
  is_wrong = definition_has_errors (definition);
  if (arguments_has (arguments, "strict"))
    is_wrong = is_wrong || diagnostics_get_n_warnings (definition_get_diagnostics (definition)) > 0;
  return is_wrong ? EXIT_STATUS_USAGE : EXIT_STATUS_SUCCESS;
}

static const Option options[] = {
  { "strict", 0, OPTION_FLAG, NULL, "a warning is an error too" },
  { "all", 0, OPTION_FLAG, NULL, "show every finding, not only the first 50" },
  OPTION_LOAD,
  OPTION_INPUT,
  OPTION_INPUT_FILE,
  OPTION_JSON,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_END,
};

const Verb verb_check = {
  .syntax = { "check", "FILE", 1, 1, options },
  .summary = "Find all that is wrong with a flow file, without running anything.",
  .notes
  = "Inputs need not be given; those that are given are checked too. Modules are loaded with "
    "--load only: without it,\n"
    "functions that no step of the library has are taken to be theirs.",
  .run = run,
};
