/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <backflow/values/value.h>

#include "atoms/masking.h"

static Masking *
masking_of (const char *json)
{
  g_autoptr (GVariant) secret = value_new_from_json (json, -1, NULL);
  Masking *masking = masking_new ();

  assert_non_null (secret);
  masking_add (masking, secret);
  return masking;
}

static void
secrets_are_hidden_wherever_they_stand (void **state)
{
  static const struct
  {
    const char *secret;
    const char *text;
    const char *hidden;
  } cases[] = {
    { "\"hunter2\"", "no secret", NULL },
    { "\"hunter2\"", "a hunter2, and hunter2", "a ***, and ***" },
    { "\"abc\"", "abc", NULL },
    { "\"a\\\"b\\\\c\"", "{\"x\":\"a\\\"b\\\\c\"} a\"b\\c", "{\"x\":\"***\"} ***" },
    { "[\"first\", {\"k\": \"second\"}, 12345, true]", "first second 12345 true",
      "*** *** *** true" },
    { "[\"long\", \"longer\"]", "longer long", "*** ***" },
    { "[]", "text", NULL },
  };

  (void) state;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Masking) masking = masking_of (cases[i].secret);
      g_autofree char *hidden = masking_hide (masking, cases[i].text);

      if (g_strcmp0 (hidden, cases[i].hidden) != 0)
        fail_msg ("%s: %s", cases[i].text, hidden);
    }
}

static void
a_failure_is_hidden_down_to_its_causes (void **state)
{
  g_autoptr (Masking) masking = masking_of ("\"hunter2\"");
  g_autoptr (Failure) cause = failure_new_printf ("command", "at /opt/hunter2");
  g_autoptr (Failure) failure = failure_new (&(FailureFields){
      .message = "it is hunter2", .domain = "x", .stderr_tail = "said hunter2", .cause = cause });
  g_autoptr (Failure) plain = failure_new_printf ("command", "nothing");
  g_autoptr (Failure) hidden = masking_hide_failure (masking, failure);
  g_autoptr (Failure) same = masking_hide_failure (masking, plain);
  const FailureFields *fields = failure_get_fields (hidden);

  (void) state;
  assert_string_equal (fields->message, "it is ***");
  assert_string_equal (fields->stderr_tail, "said ***");
  assert_string_equal (failure_get_message (fields->cause), "at /opt/***");
  assert_ptr_equal (same, plain);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (secrets_are_hidden_wherever_they_stand),
    cmocka_unit_test (a_failure_is_hidden_down_to_its_causes),
  };

  return cmocka_run_group_tests_name ("masking", tests, NULL, NULL);
}
