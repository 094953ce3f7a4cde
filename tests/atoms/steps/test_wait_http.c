/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <backflow/atoms/step.h>

#include "tests/atoms/atom_fixture.h"

#define REQUEST_MAX 4096

/* This program has its own clock, which jumps far ahead when the thread of the step closes a
 * connection, if that is asked for: the time of the step is over exactly when it has its answer. */
static pthread_t step_thread;
static gboolean jump_at_close;
static atomic_int jumped_hours;

gint64
g_get_monotonic_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return ((gint64) now.tv_sec + 3600 * (gint64) atomic_load (&jumped_hours)) * G_USEC_PER_SEC
         + now.tv_nsec / 1000;
}

int
close (int fd)
{
  if (jump_at_close && pthread_equal (pthread_self (), step_thread))
    {
      jump_at_close = FALSE;
      atomic_fetch_add (&jumped_hours, 1);
    }
  return (int) syscall (SYS_close, fd);
}

/* Answers each connection with the next of its answers, in a thread of its own; after the last it
 * stops. An answer of NULL cancels the attempt instead, and waits until the step closes the
 * connection. */
typedef struct
{
  int fd;
  const char *const *answers;
  guint count;
  guint step_bytes; /* how many bytes of an answer are sent at a time; 0: all */
  char request[REQUEST_MAX];
  Attempt *attempt;
  int cancel_fd; /* written to for a cancel; -1: only the flag is set */
  pthread_t thread;
} Server;

static void
receive_request (Server *server, int fd)
{
  gsize size = 0;

  while (strstr (server->request, "\r\n\r\n") == NULL)
    {
      gssize got = recv (fd, server->request + size, REQUEST_MAX - 1 - size, 0);

      g_assert (got > 0);
      size += (gsize) got;
      server->request[size] = '\0';
    }
}

static void
send_answer (const Server *server, int fd, const char *answer)
{
  gsize left = strlen (answer);
  gsize step = server->step_bytes != 0 ? server->step_bytes : left;

  while (left > 0)
    {
      gssize sent = send (fd, answer, MIN (left, step), MSG_NOSIGNAL);

      /* The step may have closed the connection: it reads no more than the first line. */
      if (sent <= 0)
        return;
      answer += sent;
      left -= (gsize) sent;
    }
}

static void
cancel (Server *server, int fd)
{
  char byte;

  atomic_store (&server->attempt->cancelled, 1);
  if (server->cancel_fd >= 0)
    g_assert (write (server->cancel_fd, "x", 1) == 1);
  g_assert (recv (fd, &byte, 1, 0) <= 0);
}

static void *
serve (void *data)
{
  Server *server = data;

  for (guint i = 0; i < server->count; i++)
    {
      int fd = accept (server->fd, NULL, NULL);

      memset (server->request, 0, sizeof server->request);
      receive_request (server, fd);
      if (server->answers[i] != NULL)
        send_answer (server, fd, server->answers[i]);
      else
        cancel (server, fd);
      close (fd);
    }
  return NULL;
}

typedef struct
{
  Server server;
  int port;
  AtomFixture fixture;
} Scene;

static void
scene_init (Scene *scene, const char *format, int status, const char *timeout)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t size = sizeof address;
  g_autoptr (GString) url = g_string_new (format);
  g_autofree char *port = NULL;
  GVariantBuilder options;

  memset (scene, 0, sizeof *scene);
  scene->server.cancel_fd = -1;
  scene->server.fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert (bind (scene->server.fd, (const struct sockaddr *) &address, size) == 0
            && listen (scene->server.fd, 16) == 0);
  g_assert (getsockname (scene->server.fd, (struct sockaddr *) &address, &size) == 0);
  scene->port = ntohs (address.sin_port);
  port = g_strdup_printf ("%d", scene->port);
  g_string_replace (url, "PORT", port, 0);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "url", g_variant_new_string (url->str));
  g_variant_builder_add (&options, "{sv}", "timeout", g_variant_new_string (timeout));
  g_variant_builder_add (&options, "{sv}", "interval", g_variant_new_string ("1ms"));
  if (status != 0)
    g_variant_builder_add (&options, "{sv}", "status", g_variant_new_int64 (status));
  atom_fixture_init (&scene->fixture,
                     step_new_task ("wait", "wait.http", g_variant_builder_end (&options), NULL),
                     ATOM_ACTION_EXECUTE);
  scene->server.attempt = &scene->fixture.attempt;
}

static void
scene_clear (Scene *scene)
{
  atom_fixture_clear (&scene->fixture);
  close (scene->server.fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_clear)

/* Runs the attempt against the answers, all of which are asked for. */
static void
run (Scene *scene, const char *const *answers, guint count, AttemptOutcome expected)
{
  AttemptOutcome outcome;

  scene->server.answers = answers;
  scene->server.count = count;
  step_thread = pthread_self ();
  assert_int_equal (pthread_create (&scene->server.thread, NULL, serve, &scene->server), 0);
  outcome = atom_fixture_run (&scene->fixture);
  assert_int_equal (pthread_join (scene->server.thread, NULL), 0);
  if (outcome != expected)
    fail_msg ("outcome %d: %s", (int) outcome, atom_fixture_get_message (&scene->fixture));
}

static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char busy[] = "HTTP/1.0 503 Service Unavailable\r\n\r\n";

static void
the_status_is_waited_for_and_is_the_result (void **state)
{
  const char *const answers[]
      = { busy, "", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2000 Odd\r\n", "HTTP/2 200\r\n", fine };
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "http://127.0.0.1:PORT/", 0, "1m");
  run (&scene, answers, G_N_ELEMENTS (answers), ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_variant_get_int64 (scene.fixture.attempt.result), 200);
}

static void
another_status_may_be_waited_for (void **state)
{
  const char *const answers[] = { fine, busy };
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "http://127.0.0.1:PORT", 503, "1m");
  run (&scene, answers, 2, ATTEMPT_OUTCOME_SUCCESS);
  assert_int_equal (g_variant_get_int64 (scene.fixture.attempt.result), 503);
}

static void
an_answer_may_come_in_pieces (void **state)
{
  const char *const answers[] = { fine };
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "http://127.0.0.1:PORT/", 0, "1m");
  scene.server.step_bytes = 1;
  run (&scene, answers, 1, ATTEMPT_OUTCOME_SUCCESS);
}

static void
the_request_is_for_the_url (void **state)
{
  static const struct
  {
    const char *url;
    const char *line;
    const char *host;
  } cases[] = {
    { "http://127.0.0.1:PORT", "GET / HTTP/1.1\r\n", "\r\nHost: 127.0.0.1:" },
    { "http://localhost:PORT/a%20b/?q=1&r=%26#part", "GET /a%20b/?q=1&r=%26 HTTP/1.1\r\n",
      "\r\nHost: localhost:" },
    { "HTTP://127.0.0.1:PORT/x", "GET /x HTTP/1.1\r\n", "\r\nHost: 127.0.0.1:" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const answers[] = { fine };
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, cases[i].url, 0, "1m");
      run (&scene, answers, 1, ATTEMPT_OUTCOME_SUCCESS);
      assert_true (g_str_has_prefix (scene.server.request, cases[i].line));
      assert_non_null (strstr (scene.server.request, cases[i].host));
      assert_non_null (strstr (scene.server.request, "\r\nConnection: close\r\n"));
    }
}

static void
what_was_answered_last_is_told_when_the_time_is_over (void **state)
{
  static const struct
  {
    const char *answer;
    const char *message;
  } cases[] = {
    { busy, "answers with 200 (the status is 503)" },
    { "hello\n", "answers with 200 (the answer is no HTTP)" },
    { "", "answers with 200 (the connection was closed)" },
  };

  (void) state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const answers[] = { cases[i].answer };
      g_auto (Scene) scene = { 0 };

      scene_init (&scene, "http://127.0.0.1:PORT/", 0, "1m");
      jump_at_close = TRUE;
      run (&scene, answers, 1, ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "timeout");
      assert_true (g_str_has_prefix (atom_fixture_get_message (&scene.fixture),
                                     "after 1m, not yet: http://127.0.0.1:"));
      assert_true (g_str_has_suffix (atom_fixture_get_message (&scene.fixture), cases[i].message));
    }
}

static void
a_line_without_end_is_no_http (void **state)
{
  g_autofree char *endless = g_strnfill (5000, 'x');
  const char *const answers[] = { endless, fine };
  g_auto (Scene) scene = { 0 };

  (void) state;
  scene_init (&scene, "http://127.0.0.1:PORT/", 0, "1m");
  run (&scene, answers, 2, ATTEMPT_OUTCOME_SUCCESS);
}

static void
a_wait_for_an_answer_is_cancelled (void **state)
{
  (void) state;
  for (int has_fd = 0; has_fd < 2; has_fd++)
    {
      const char *const answers[] = { NULL };
      g_auto (Scene) scene = { 0 };
      int fds[2];

      scene_init (&scene, "http://127.0.0.1:PORT/", 0, "100d");
      assert_int_equal (pipe (fds), 0);
      if (has_fd)
        {
          scene.fixture.attempt.cancel_fd = fds[0];
          scene.server.cancel_fd = fds[1];
        }
      run (&scene, answers, 1, ATTEMPT_OUTCOME_FAILURE);
      assert_string_equal (atom_fixture_get_domain (&scene.fixture), "cancelled");
      close (fds[0]);
      close (fds[1]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_status_is_waited_for_and_is_the_result),
    cmocka_unit_test (another_status_may_be_waited_for),
    cmocka_unit_test (an_answer_may_come_in_pieces),
    cmocka_unit_test (the_request_is_for_the_url),
    cmocka_unit_test (what_was_answered_last_is_told_when_the_time_is_over),
    cmocka_unit_test (a_line_without_end_is_no_http),
    cmocka_unit_test (a_wait_for_an_answer_is_cancelled),
  };

  return cmocka_run_group_tests_name ("wait_http", tests, NULL, NULL);
}
