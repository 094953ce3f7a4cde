/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verb_schema.h"

#include <backflow/flows/yaml/schema.h>

static ExitStatus
run (const Arguments *arguments, const Console *console)
{
  g_autoptr (GVariant) schema = flow_schema_new ();

  (void) arguments;
  (void) console;
  console_print_json (schema);
  return EXIT_STATUS_SUCCESS;
}

static const Option options[] = {
  { "json", 0, OPTION_FLAG, NULL, "it is JSON always" }, OPTION_COLOR, OPTION_HELP, OPTION_END
};

const Verb verb_schema = {
  .syntax = { "schema", "", 0, 0, options },
  .summary = "Print a JSON Schema of flow files, for editors.",
  .notes = "backflow schema > flow.schema.json, and as the first line of a flow file:\n"
           "  # yaml-language-server: $schema=flow.schema.json",
  .run = run,
};
