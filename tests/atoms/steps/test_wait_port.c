/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <backflow/atoms/step.h>

#include "tests/atoms/atom_fixture.h"

/* How many connections are refused from now on, and how many were asked for: this program has its
 * own connect(). */
static int refusals;
static int connects;

int
connect (int fd, const struct sockaddr *address, socklen_t size)
{
  connects++;
  if (refusals > 0)
    {
      refusals--;
      errno = ECONNREFUSED;
      return -1;
    }
  return (int) syscall (SYS_connect, fd, address, size);
}

/* A port of the machine that accepts connections, and the step that waits for it. */
typedef struct
{
  int fd;
  int port;
  AtomFixture fixture;
} Scene;

static void
scene_init (Scene *scene, const char *host, const char *timeout)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t size = sizeof address;
  GVariantBuilder options;
  Atom *task;

  memset (scene, 0, sizeof *scene);
  refusals = connects = 0;
  scene->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert (bind (scene->fd, (const struct sockaddr *) &address, size) == 0
            && listen (scene->fd, 16) == 0);
  g_assert (getsockname (scene->fd, (struct sockaddr *) &address, &size) == 0);
  scene->port = ntohs (address.sin_port);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (host != NULL)
    g_variant_builder_add (&options, "{sv}", "host", g_variant_new_string (host));
  g_variant_builder_add (&options, "{sv}", "port", g_variant_new_string ("{port}"));
  g_variant_builder_add (&options, "{sv}", "timeout", g_variant_new_string (timeout));
  g_variant_builder_add (&options, "{sv}", "interval", g_variant_new_string ("1ms"));
  task = step_new_task ("wait", "wait.port", g_variant_builder_end (&options), NULL);
  atom_require (task, "port");
  atom_fixture_init (&scene->fixture, task, ATOM_ACTION_EXECUTE);
  atom_fixture_set (&scene->fixture, "port", g_variant_new_int64 (scene->port));
}

static void
scene_clear (Scene *scene)
{
  atom_fixture_clear (&scene->fixture);
  close (scene->fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

static void
a_port_that_accepts_is_enough (void **state)
{
  static const char *const hosts[] = { NULL, "127.0.0.1", "localhost" };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, hosts[i], "1m");
      if (atom_fixture_run (&scene.fixture) != ATTEMPT_OUTCOME_SUCCESS)
        fail_msg ("%s", atom_fixture_get_message (&scene.fixture));
      assert_null (scene.fixture.attempt.result);
      assert_false (atom_has_revert (scene.fixture.atom));
    }
}

static void
a_port_is_asked_again_until_it_accepts (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL, "1m");
  refusals = 3;
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (connects, 4);
}

static void
a_port_that_refuses_is_told_when_the_time_is_over (void **state)
{
  g_auto (Scene) scene = { 0 };
  g_autofree char *message = NULL;

  (void) state;
  scene_init (&scene, NULL, "0s");
  refusals = 1;
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  message = g_strdup_printf (
      "after 0s, not yet: port %d of 127.0.0.1 accepts connections (Connection refused)",
      scene.port);
  assert_string_equal (atom_fixture_get_message (&scene.fixture), message);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "timeout");
}

static void
the_deadline_of_the_attempt_counts_when_it_is_earlier (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL, "100d");
  refusals = G_MAXINT;
  scene.fixture.attempt.deadline_us = g_get_monotonic_time ();
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_domain (&scene.fixture), "timeout");
}

static void
a_cancelled_wait_ends_at_once (void **state)
{
  (void) state;
  for (int has_fd = 0; has_fd < 2; has_fd++)
    {
      g_auto (Scene) scene = { 0 };
      int fds[2];

      scene_init (&scene, NULL, "100d");
      refusals = G_MAXINT;
      assert_int_equal (pipe (fds), 0);
      assert_int_equal (write (fds[1], "x", 1), 1);
      scene.fixture.attempt.cancel_fd = has_fd ? fds[0] : -1;
      atomic_store (&scene.fixture.attempt.cancelled, 1);
      assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "cancelled");
      close (fds[0]);
      close (fds[1]);
    }
}

static void
a_cancel_meant_for_another_attempt_is_no_cancel (void **state)
{
  g_auto (Scene) scene = { 0 };
  int fds[2];

  (void) state;
  scene_init (&scene, NULL, "1m");
  refusals = 3;
  assert_int_equal (pipe (fds), 0);
  assert_int_equal (write (fds[1], "x", 1), 1);
  scene.fixture.attempt.cancel_fd = fds[0];
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_SUCCESS);
  close (fds[0]);
  close (fds[1]);
}

static void
an_argument_that_is_no_port_fails (void **state)
{
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, NULL, "1m");
  atom_fixture_set (&scene.fixture, "port", g_variant_new_string ("http"));
  assert_int_equal (atom_fixture_run (&scene.fixture), ATTEMPT_OUTCOME_FAILURE);
  assert_string_equal (atom_fixture_get_message (&scene.fixture),
                       "option 'port': 'http' is no integer");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_port_that_accepts_is_enough),
    cmocka_unit_test (a_port_is_asked_again_until_it_accepts),
    cmocka_unit_test (a_port_that_refuses_is_told_when_the_time_is_over),
    cmocka_unit_test (the_deadline_of_the_attempt_counts_when_it_is_earlier),
    cmocka_unit_test (a_cancelled_wait_ends_at_once),
    cmocka_unit_test (a_cancel_meant_for_another_attempt_is_no_cancel),
    cmocka_unit_test (an_argument_that_is_no_port_fails),
  };

  return cmocka_run_group_tests_name ("wait_port", tests, NULL, NULL);
}
