/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gio/gio.h>

#include <backflow/atoms/task.h>

#include "atoms/steps/resolving.h"
#include "tests/atoms/atom_fixture.h"

/* -- A resolver of our own -------------------------------------------------------------------- */

/* Knows "known", says no to others, and never answers for "silent" until the look-up is cancelled.
 * With `attempt` set it cancels that as soon as it is asked for "silent". */
typedef struct
{
  GResolver parent;
  Attempt *attempt;
} FakeResolver;

typedef GResolverClass FakeResolverClass;

static GType fake_resolver_get_type (void);

G_DEFINE_TYPE (FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static void
fake_resolver_init (FakeResolver *self)
{
  (void) self;
}

static void
on_cancelled (GCancellable *cancellable, gpointer task)
{
  (void) cancellable;
  g_task_return_error_if_cancelled (task);
}

static void
free_addresses (gpointer addresses)
{
  g_resolver_free_addresses (addresses);
}

static void
look_up_async (GResolver *resolver, const char *name, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer data)
{
  FakeResolver *self = (FakeResolver *) resolver;
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);

  if (g_str_equal (name, "known"))
    g_task_return_pointer (task, g_list_prepend (NULL, g_inet_address_new_from_string ("10.1.2.3")),
                           free_addresses);
  else if (g_str_equal (name, "silent"))
    {
      if (self->attempt != NULL)
        atomic_store (&self->attempt->cancelled, 1);
      g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (on_cancelled),
                             g_object_ref (task), (GClosureNotify) (void (*) (void)) g_object_unref,
                             0);
    }
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such host");
}

static GList *
look_up_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  (void) resolver;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_resolver_class_init (FakeResolverClass *class)
{
  class->lookup_by_name_async = look_up_async;
  class->lookup_by_name_finish = look_up_finish;
}

/* -- Tests ------------------------------------------------------------------------------------ */

typedef struct
{
  GResolver *before;
  FakeResolver *resolver;
  AtomFixture fixture;
  Waiting waiting;
} Scene;

static void
scene_init (Scene *scene, gint64 timeout_us)
{
  scene->before = g_resolver_get_default ();
  scene->resolver = g_object_new (fake_resolver_get_type (), NULL);
  g_resolver_set_default (G_RESOLVER (scene->resolver));
  atom_fixture_init (&scene->fixture, task_new ("t", NULL, NULL, NULL, NULL), ATOM_ACTION_EXECUTE);
  waiting_init (&scene->waiting, &scene->fixture.attempt, timeout_us);
}

static void
scene_clear (Scene *scene)
{
  g_resolver_set_default (scene->before);
  g_object_unref (scene->before);
  g_object_unref (scene->resolver);
  atom_fixture_clear (&scene->fixture);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
assert_found (Scene *scene, const char *host, const char *expected)
{
  g_autofree char *why = NULL;
  GList *addresses = resolving_find (&scene->waiting, host, G_MAXINT64, &why);
  g_autofree char *text = NULL;

  assert_non_null (addresses);
  text = g_inet_address_to_string (addresses->data);
  assert_string_equal (text, expected);
  assert_null (why);
  g_resolver_free_addresses (addresses);
}

static void
addresses_and_names_are_found (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, 3600 * G_GINT64_CONSTANT (1000000));
  assert_found (&scene, "192.0.2.7", "192.0.2.7");
  assert_found (&scene, "::1", "::1");
  assert_found (&scene, "known", "10.1.2.3");
}

static void
a_name_without_an_address_is_told (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *why = g_strdup ("what was before");

  (void) state;
  scene_init (&scene, 3600 * G_GINT64_CONSTANT (1000000));
  assert_null (resolving_find (&scene.waiting, "unknown", G_MAXINT64, &why));
  assert_string_equal (why, "no such host");
}

static void
a_look_up_ends_with_its_time (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *why = NULL;

  (void) state;
  scene_init (&scene, 3600 * G_GINT64_CONSTANT (1000000));
  assert_null (resolving_find (&scene.waiting, "silent", g_get_monotonic_time (), &why));
  assert_non_null (why);
}

static void
a_look_up_ends_with_a_cancel (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *why = NULL;

  (void) state;
  scene_init (&scene, 3600 * G_GINT64_CONSTANT (1000000));
  scene.resolver->attempt = &scene.fixture.attempt;
  assert_null (resolving_find (&scene.waiting, "silent", G_MAXINT64, &why));
  assert_non_null (why);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (addresses_and_names_are_found),
    cmocka_unit_test (a_name_without_an_address_is_told),
    cmocka_unit_test (a_look_up_ends_with_its_time),
    cmocka_unit_test (a_look_up_ends_with_a_cancel),
  };

  return cmocka_run_group_tests_name ("resolving", tests, NULL, NULL);
}
