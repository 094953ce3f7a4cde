/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "atoms/atom_private.h"

static void
assert_arguments (const Atom *atom, AtomAction action, const char *expected)
{
  guint count;
  const AtomArgument *arguments = atom_get_arguments (atom, action, &count);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    g_string_append_printf (text, "%s<%s%s ", arguments[i].name, arguments[i].symbol,
                            arguments[i].is_optional ? "?" : "");
  assert_string_equal (text->str, expected);
}

static void
arguments_are_listed_in_the_order_of_declaration (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");

  (void) state;
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "");
  atom_require (atom, "z");
  atom_rebind (atom, "name", "symbol");
  atom_accept (atom, "maybe");
  atom_require (atom, "b");
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "z<z name<symbol maybe<maybe? b<b ");
}

static void
an_argument_of_the_same_name_is_replaced (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");

  (void) state;
  atom_require (atom, "x");
  atom_require (atom, "y");
  atom_rebind (atom, "x", "other");
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "x<other y<y ");
  atom_accept (atom, "y");
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "x<other y<y? ");
}

static void
revert_takes_what_execute_takes_unless_it_has_its_own (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");
  g_autoptr (Atom) none = atom_new (ATOM_KIND_TASK, "b");

  (void) state;
  atom_require (atom, "x");
  assert_arguments (atom, ATOM_ACTION_REVERT, "x<x ");
  atom_revert_require (atom, "y");
  atom_revert_rebind (atom, "z", "s");
  assert_arguments (atom, ATOM_ACTION_REVERT, "y<y z<s ");
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "x<x ");
  atom_require (none, "x");
  atom_revert_require_none (none);
  assert_arguments (none, ATOM_ACTION_REVERT, "");
  assert_arguments (none, ATOM_ACTION_EXECUTE, "x<x ");
}

static void
an_injected_constant_is_an_argument_and_a_value (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");

  (void) state;
  assert_null (atom_find_injected (atom, "port"));
  atom_rebind (atom, "port", "the-port");
  atom_inject (atom, "port", g_variant_new_int32 (80));
  atom_inject (atom, "host", g_variant_new_string ("h"));
  assert_int_equal (g_variant_get_int64 (atom_find_injected (atom, "port")), 80);
  atom_inject (atom, "port", g_variant_new_int64 (81));
  assert_int_equal (g_variant_get_int64 (atom_find_injected (atom, "port")), 81);
  assert_string_equal (g_variant_get_string (atom_find_injected (atom, "host"), NULL), "h");
  assert_null (atom_find_injected (atom, "the-port"));
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "port<the-port host<host ");
}

static void
provides_are_listed_in_the_order_of_declaration (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");
  guint count = 99;
  const AtomProvided *provides;

  (void) state;
  atom_get_provides (atom, &count);
  assert_int_equal (count, 0);
  atom_provide (atom, "all");
  atom_provide_index (atom, "second", 1);
  atom_provide_key (atom, "id", "ID");
  provides = atom_get_provides (atom, &count);
  assert_int_equal (count, 3);
  assert_string_equal (provides[0].symbol, "all");
  assert_int_equal (provides[0].kind, ATOM_PROVIDES_WHOLE);
  assert_string_equal (provides[1].symbol, "second");
  assert_int_equal (provides[1].kind, ATOM_PROVIDES_INDEX);
  assert_int_equal (provides[1].index, 1);
  assert_string_equal (provides[2].symbol, "id");
  assert_int_equal (provides[2].kind, ATOM_PROVIDES_KEY);
  assert_string_equal (provides[2].key, "ID");
}

static void
names_are_copied_and_hashed_alike_wherever_they_stand (void **state)
{
  char name[] = "xthe-name-of-an-atom-that-is-long";
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, name + 1);
  g_autoptr (Atom) other = atom_new (ATOM_KIND_TASK, "the-name-of-an-atom-that-is-lonG");

  (void) state;
  assert_int_equal (atom->member.name_hash, atom_hash_name ("the-name-of-an-atom-that-is-long"));
  assert_int_not_equal (atom->member.name_hash, other->member.name_hash);
  assert_int_not_equal (atom_hash_name (""), atom_hash_name ("a"));
  name[1] = 'X';
  assert_string_equal (atom_get_name (atom), "the-name-of-an-atom-that-is-long");
}

static void
versions_and_priorities_have_defaults (void **state)
{
  g_autoptr (Atom) atom = atom_new (ATOM_KIND_TASK, "a");
  guint16 major, minor;

  (void) state;
  atom_get_version (atom, &major, &minor);
  assert_int_equal (major, 1);
  assert_int_equal (minor, 0);
  assert_int_equal (atom_get_priority (atom), 0);
  atom_set_version (atom, 2, 3);
  atom_set_priority (atom, -7);
  atom_get_version (atom, &major, &minor);
  assert_int_equal (major, 2);
  assert_int_equal (minor, 3);
  assert_int_equal (atom_get_priority (atom), -7);
}

static void
count_free (gpointer data)
{
  ++*(int *) data;
}

static void
a_renamed_atom_is_the_same_otherwise (void **state)
{
  int freed = 0;
  Atom *atom = atom_new (ATOM_KIND_RETRY, "");

  (void) state;
  atom->user_data = &freed;
  atom_need_extra (atom)->destroy = count_free;
  atom_require (atom, "x");
  atom_set_priority (atom, 4);
  atom = atom_take_renamed (atom, "flow.retry");
  assert_int_equal (freed, 0);
  assert_string_equal (atom_get_name (atom), "flow.retry");
  assert_int_equal (atom->member.name_hash, atom_hash_name ("flow.retry"));
  assert_int_equal (atom_get_kind (atom), ATOM_KIND_RETRY);
  assert_int_equal (atom_get_priority (atom), 4);
  assert_arguments (atom, ATOM_ACTION_EXECUTE, "x<x ");
  atom_unref (atom);
  assert_int_equal (freed, 1);
  atom_unref (NULL);
}

static void
kinds_and_actions_have_names (void **state)
{
  (void) state;
  assert_string_equal (atom_kind_get_name (ATOM_KIND_TASK), "task");
  assert_string_equal (atom_kind_get_name (ATOM_KIND_COMMAND), "task");
  assert_string_equal (atom_kind_get_name (ATOM_KIND_RETRY), "retry");
  assert_string_equal (atom_action_get_name (ATOM_ACTION_EXECUTE), "execute");
  assert_string_equal (atom_action_get_name (ATOM_ACTION_REVERT), "revert");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (arguments_are_listed_in_the_order_of_declaration),
    cmocka_unit_test (an_argument_of_the_same_name_is_replaced),
    cmocka_unit_test (revert_takes_what_execute_takes_unless_it_has_its_own),
    cmocka_unit_test (an_injected_constant_is_an_argument_and_a_value),
    cmocka_unit_test (provides_are_listed_in_the_order_of_declaration),
    cmocka_unit_test (names_are_copied_and_hashed_alike_wherever_they_stand),
    cmocka_unit_test (versions_and_priorities_have_defaults),
    cmocka_unit_test (a_renamed_atom_is_the_same_otherwise),
    cmocka_unit_test (kinds_and_actions_have_names),
  };

  return cmocka_run_group_tests_name ("atom", tests, NULL, NULL);
}
