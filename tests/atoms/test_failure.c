/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gio/gio.h>
#include <string.h>

#include <backflow/atoms/failure.h>
#include <backflow/values/value.h>

static Failure *
new_full (void)
{
  g_autoptr (Failure) cause = failure_new_printf ("argument", "no %s", "port");
  FailureFields fields = FAILURE_FIELDS_INIT;

  fields.message = "it failed";
  fields.domain = "command";
  fields.code = 3;
  fields.exit_status = 7;
  fields.signal = 9;
  fields.stderr_tail = "oops\n";
  fields.log_path = "/log";
  fields.attempt = 2;
  fields.cause = cause;
  return failure_new (&fields);
}

static void
assert_full (const Failure *failure)
{
  const FailureFields *fields = failure_get_fields (failure);

  assert_string_equal (fields->message, "it failed");
  assert_string_equal (fields->domain, "command");
  assert_int_equal (fields->code, 3);
  assert_int_equal (fields->exit_status, 7);
  assert_int_equal (fields->signal, 9);
  assert_string_equal (fields->stderr_tail, "oops\n");
  assert_string_equal (fields->log_path, "/log");
  assert_int_equal (fields->attempt, 2);
  assert_string_equal (failure_get_message (fields->cause), "no port");
}

static void
a_failure_keeps_copies_of_its_fields (void **state)
{
  g_autoptr (Failure) failure = new_full ();

  (void) state;
  assert_full (failure);
  assert_string_equal (failure_get_message (failure), "it failed");
}

static void
a_failure_lives_as_long_as_it_is_referred_to (void **state)
{
  Failure *failure = new_full ();
  Failure *again = failure_ref (failure);

  (void) state;
  failure_unref (failure);
  assert_full (again);
  failure_unref (again);
  failure_unref (NULL);
}

static void
an_error_becomes_a_failure_of_its_domain (void **state)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "busy");
  g_autoptr (Failure) failure = failure_new_from_error (error, 4);
  const FailureFields *fields = failure_get_fields (failure);

  (void) state;
  assert_string_equal (fields->message, "busy");
  assert_string_equal (fields->domain, "g-io-error-quark");
  assert_int_equal (fields->code, G_IO_ERROR_BUSY);
  assert_int_equal (fields->attempt, 4);
  assert_int_equal (fields->exit_status, -1);
  assert_null (fields->cause);
}

static void
texts_are_made_valid (void **state)
{
  g_autoptr (Failure) failure = failure_new_printf ("command", "a%cb", '\xff');

  (void) state;
  assert_string_equal (failure_get_message (failure), "a\xef\xbf\xbd"
                                                      "b");
}

static void
a_failure_goes_through_a_value_and_json (void **state)
{
  g_autoptr (Failure) failure = new_full ();
  g_autoptr (GVariant) variant = failure_to_variant (failure);
  g_autoptr (GVariant) normal = value_normalize (variant, NULL);
  g_autofree char *json = value_to_json (variant);
  g_autoptr (GVariant) read = value_new_from_json (json, -1, NULL);
  g_autoptr (Failure) back = failure_new_from_variant (read);

  (void) state;
  assert_ptr_equal (normal, variant);
  assert_string_equal (
      json,
      "{\"message\":\"it failed\",\"domain\":\"command\",\"code\":3,\"exit-status\":7,\"signal\":9,"
      "\"stderr\":\"oops\\n\",\"log\":\"/log\",\"attempt\":2,"
      "\"cause\":{\"message\":\"no port\",\"domain\":\"argument\",\"code\":0}}");
  assert_full (back);
}

static void
what_says_nothing_is_left_out (void **state)
{
  g_autoptr (Failure) failure = failure_new_printf ("timeout", "late");
  g_autoptr (GVariant) variant = failure_to_variant (failure);
  g_autofree char *json = value_to_json (variant);

  (void) state;
  assert_string_equal (json, "{\"message\":\"late\",\"domain\":\"timeout\",\"code\":0}");
}

static void
records_of_other_versions_are_read (void **state)
{
  g_autoptr (GVariant) variant
      = value_new_from_json ("{\"message\":\"m\",\"new\":[1],\"code\":\"three\",\"exit-status\":"
                             "99999999999,\"attempt\":-1,\"cause\":7}",
                             -1, NULL);
  g_autoptr (Failure) failure = failure_new_from_variant (variant);
  const FailureFields *fields = failure_get_fields (failure);

  (void) state;
  assert_string_equal (fields->message, "m");
  assert_string_equal (fields->domain, "unknown");
  assert_int_equal (fields->code, 0);
  assert_int_equal (fields->exit_status, G_MAXINT);
  assert_int_equal (fields->attempt, 0);
  assert_null (fields->cause);
}

static void
what_is_no_failure_is_none (void **state)
{
  static const char *const cases[]
      = { "{}", "[]", "\"message\"", "{\"message\":1}", "{\"domain\":\"d\"}", "null" };

  (void) state;
  assert_null (failure_new_from_variant (NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) variant = value_new_from_json (cases[i], -1, NULL);

      assert_null (failure_new_from_variant (variant));
    }
}

/* A failure with `length` causes behind it. */
static Failure *
new_chain (guint length)
{
  Failure *failure = failure_new_printf ("d", "0");

  for (guint i = 1; i <= length; i++)
    {
      g_autofree char *message = g_strdup_printf ("%u", i);
      FailureFields fields = FAILURE_FIELDS_INIT;
      Failure *cause = failure;

      fields.message = message;
      fields.domain = "d";
      fields.cause = cause;
      failure = failure_new (&fields);
      failure_unref (cause);
    }
  return failure;
}

static void
long_chains_of_causes_are_cut_and_freed_without_recursion (void **state)
{
  g_autoptr (Failure) failure = new_chain (1000000);
  g_autoptr (GVariant) variant = failure_to_variant (failure);
  g_autoptr (GVariant) normal = value_normalize (variant, NULL);
  g_autoptr (Failure) back = failure_new_from_variant (variant);
  guint causes = 0;

  (void) state;
  assert_non_null (normal);
  for (const Failure *f = failure_get_fields (back)->cause; f != NULL;
       f = failure_get_fields (f)->cause)
    causes++;
  assert_int_equal (causes, FAILURE_CAUSES_MAX);
}

/* The engine knows its own failures by their domain; an atom may use the same words. */
static void
an_origin_is_told_from_the_domain_unless_it_is_set (void **state)
{
  g_autoptr (Failure) own = failure_new_printf ("cancelled", "told to stop");
  g_autoptr (GVariant) own_record = failure_to_variant (own);
  Failure *atom = failure_take_origin (failure_ref (own), FAILURE_ORIGIN_ATOM);
  g_autoptr (GVariant) record = failure_to_variant (atom);
  g_autoptr (Failure) back = failure_new_from_variant (record);
  g_autoptr (Failure) old = failure_new_from_variant (own_record);
  g_autoptr (Failure) other = failure_new_printf ("command", "exited with status 1");

  (void) state;
  assert_int_equal (failure_get_origin (own), FAILURE_ORIGIN_CANCELLED);
  assert_int_equal (failure_get_origin (atom), FAILURE_ORIGIN_ATOM);
  assert_string_equal (failure_get_fields (atom)->domain, "cancelled");
  failure_unref (atom);
  assert_int_equal (failure_get_origin (back), FAILURE_ORIGIN_ATOM);
  /* A record without an origin, as older versions write it. */
  assert_false (g_variant_lookup (own_record, "origin", "&s", NULL));
  assert_int_equal (failure_get_origin (old), FAILURE_ORIGIN_CANCELLED);
  assert_int_equal (failure_get_origin (other), FAILURE_ORIGIN_ATOM);
  assert_string_equal (failure_origin_get_name (FAILURE_ORIGIN_NOT_STARTED), "not-started");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_failure_keeps_copies_of_its_fields),
    cmocka_unit_test (a_failure_lives_as_long_as_it_is_referred_to),
    cmocka_unit_test (an_error_becomes_a_failure_of_its_domain),
    cmocka_unit_test (texts_are_made_valid),
    cmocka_unit_test (a_failure_goes_through_a_value_and_json),
    cmocka_unit_test (what_says_nothing_is_left_out),
    cmocka_unit_test (records_of_other_versions_are_read),
    cmocka_unit_test (what_is_no_failure_is_none),
    cmocka_unit_test (an_origin_is_told_from_the_domain_unless_it_is_set),
    cmocka_unit_test (long_chains_of_causes_are_cut_and_freed_without_recursion),
  };

  return cmocka_run_group_tests_name ("failure", tests, NULL, NULL);
}
