/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/values/value.h>

#include "atoms/atom_private.h"
#include "atoms/provided.h"

static void
a_symbol_is_taken_from_a_result_as_declared (void **state)
{
  static const struct
  {
    AtomProvided provided;
    const char *result; /* (nullable): no result */
    const char *value;  /* (nullable): not found */
  } cases[] = {
    { { .kind = ATOM_PROVIDES_WHOLE }, "[1]", "[1]" },
    { { .kind = ATOM_PROVIDES_WHOLE }, "null", "null" },
    { { .kind = ATOM_PROVIDES_WHOLE }, NULL, NULL },
    { { .kind = ATOM_PROVIDES_INDEX, .index = 1 }, "[1,\"b\"]", "\"b\"" },
    { { .kind = ATOM_PROVIDES_INDEX, .index = 1 }, "\"ab\"", "\"b\"" },
    { { .kind = ATOM_PROVIDES_INDEX, .index = 2 }, "[1,2]", NULL },
    { { .kind = ATOM_PROVIDES_INDEX }, "{}", NULL },
    { { .kind = ATOM_PROVIDES_INDEX }, NULL, NULL },
    { { .kind = ATOM_PROVIDES_KEY, .key = "a" }, "{\"a\":{\"b\":1}}", "{\"b\":1}" },
    { { .kind = ATOM_PROVIDES_KEY, .key = "b" }, "{\"a\":1}", NULL },
    { { .kind = ATOM_PROVIDES_KEY, .key = "a" }, "[1]", NULL },
    { { .kind = ATOM_PROVIDES_KEY, .key = "a" }, NULL, NULL },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) result
          = cases[i].result != NULL ? value_new_from_json (cases[i].result, -1, NULL) : NULL;
      g_autoptr (GVariant) value = atom_provided_find_value (&cases[i].provided, result);
      g_autofree char *text = value != NULL ? value_to_json (value) : NULL;

      if (cases[i].value != NULL)
        assert_string_equal (text, cases[i].value);
      else
        assert_null (value);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_symbol_is_taken_from_a_result_as_declared),
  };

  return cmocka_run_group_tests_name ("provided", tests, NULL, NULL);
}
