/* SPDX-License-Identifier: Apache-2.0 */

/* Fuzz target: any bytes are a flow file, or get findings that can be shown. With --enable-fuzzers
 * this is a program of libFuzzer: `tests/fuzz/fuzz_flow_file tests/fuzz/corpus/flow_file`; without,
 * replay.c runs it over the corpus. */

#include <backflow/diagnostics/diagnostic_text.h>
#include <backflow/engine/plan/plan.h>
#include <backflow/flows/yaml/inputs.h>
#include <backflow/flows/yaml/loader.h>

#include "tests/fuzz/target.h"

/* What every finding must be, whatever the bytes were. */
static void
check_findings (const Diagnostics *diagnostics, gsize size)
{
  for (guint i = 0; i < diagnostics_get_length (diagnostics); i++)
    {
      const Diagnostic *finding = diagnostics_get (diagnostics, i);

      g_assert_true (finding->message != NULL && g_utf8_validate (finding->message, -1, NULL));
      g_assert_true (finding->help == NULL || g_utf8_validate (finding->help, -1, NULL));
      g_assert_cmpuint (finding->mark.offset, <=, size);
      g_assert_cmpuint (finding->mark.offset + finding->mark.length, <=, size);
      g_assert_true (finding->mark.line == 0 || finding->mark.column > 0);
    }
}

/* Shows the findings in each form; all of it must be printable text. */
static void
show_findings (Diagnostics *diagnostics)
{
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *plain = NULL;
  g_autofree char *coloured = NULL;

  diagnostics_sort (diagnostics);
  plain = diagnostics_format_text (diagnostics, 0, DIAGNOSTICS_FORMAT_PLAIN);
  g_assert_true (g_utf8_validate (plain, -1, NULL));
  for (const char *p = plain; *p != '\0'; p++)
    g_assert_true ((guchar) *p >= ' ' || *p == '\n');
  coloured = diagnostics_format_text (diagnostics, 5, DIAGNOSTICS_FORMAT_COLOR);
  variant = diagnostics_to_variant (diagnostics);
  g_assert_true (g_variant_is_normal_form (variant));
}

static void
use_file (const FlowFile *file, Diagnostics *diagnostics)
{
  g_autoptr (Inputs) inputs = inputs_new (file);
  g_autoptr (Plan) plan = NULL;
  const FlowInput *declared;
  guint count;

  declared = flow_file_get_inputs (file, &count);
  for (guint i = 0; i < count; i++)
    {
      g_autofree char *argument = g_strconcat (declared[i].name, "={a: [1, ~]}", NULL);

      inputs_add_argument (inputs, argument, diagnostics);
    }
  inputs_add_defaults (inputs, diagnostics);
  if (flow_file_get_flow (file) != NULL)
    plan = plan_new (flow_file_get_flow (file), diagnostics);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (Diagnostics) diagnostics = diagnostics_new ();
  g_autoptr (GBytes) text = g_bytes_new (data, size);
  g_autoptr (FlowFile) file = NULL;

  if (g_strstr_len ((const char *) data, (gssize) size, "modules") != NULL)
    return 0; /* what it names would be loaded into this process */
  file = flow_file_load_text ("fuzz.yaml", text, NULL, diagnostics);
  g_assert_true (file != NULL || diagnostics_get_n_errors (diagnostics) > 0);
  if (diagnostics_get_n_errors (diagnostics) == 0)
    g_assert_nonnull (flow_file_get_flow (file));
  if (file != NULL)
    use_file (file, diagnostics);
  check_findings (diagnostics, size);
  show_findings (diagnostics);
  return 0;
}
