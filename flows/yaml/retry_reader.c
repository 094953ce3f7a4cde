/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/retry_reader.h"

#include <backflow/atoms/duration.h>

#include "flows/yaml/field.h"

#define TIMES_MAX 1000000000
#define BACKOFF_MAX 1000.0

typedef enum
{
#define X(id, name, shape, meaning) RETRY_KEY_##id,
  RETRY_KEYS (X)
#undef X
      RETRY_KEY_COUNT
} RetryKey;

typedef enum
{
#define X(id, name, shape, meaning) REVERT_RETRY_KEY_##id,
  REVERT_RETRY_KEYS (X)
#undef X
      REVERT_RETRY_KEY_COUNT
} RevertRetryKey;

#define X(id, name, shape, meaning) { name, shape, meaning },
static const Key retry_keys[] = { RETRY_KEYS (X) };
static const Key revert_retry_keys[] = { REVERT_RETRY_KEYS (X) };
#undef X
static const Key for_each_keys[] = { { "from", "symbol", "the array of the values" } };

const KeyTable retry_key_table = { "a retry", retry_keys, RETRY_KEY_COUNT, NULL, NULL };
const KeyTable revert_retry_key_table
    = { "a revert-retry", revert_retry_keys, REVERT_RETRY_KEY_COUNT, NULL, NULL };
const KeyTable for_each_key_table = { "a 'for-each'", for_each_keys, 1, NULL, NULL };

/* -- Delays ----------------------------------------------------------------------------------- */

/* The nodes of the keys that a retry and a revert-retry have in common, each (nullable). */
typedef struct
{
  const Node *times;
  const Node *delay;
  const Node *backoff;
  const Node *max_delay;
  const Node *jitter;
} BackoffNodes;

static gboolean
read_times (Loader *loader, const Node *node, guint *times)
{
  gint64 integer = 1;

  if (node != NULL && !field_get_integer (loader, node, "times", 1, TIMES_MAX, &integer))
    return FALSE;
  *times = (guint) integer;
  return TRUE;
}

/* Reads all of them; FALSE when something is wrong. */
static gboolean
read_backoff (Loader *loader, const BackoffNodes *nodes, AtomBackoff *backoff)
{
  gboolean is_good = read_times (loader, nodes->times, &backoff->times);

  backoff->delay_us = 0;
  backoff->backoff = 1;
  backoff->max_delay_us = DURATION_MAX_US;
  backoff->jitter = 0;
  if (nodes->delay != NULL)
    is_good &= field_get_duration (loader, nodes->delay, "delay", &backoff->delay_us);
  if (nodes->backoff != NULL)
    is_good
        &= field_get_number (loader, nodes->backoff, "backoff", 1, BACKOFF_MAX, &backoff->backoff);
  if (nodes->max_delay != NULL)
    is_good &= field_get_duration (loader, nodes->max_delay, "max-delay", &backoff->max_delay_us);
  if (nodes->jitter != NULL)
    is_good &= field_get_number (loader, nodes->jitter, "jitter", 0, 1, &backoff->jitter);
  if (is_good && backoff->max_delay_us < backoff->delay_us)
    {
      loader_report (loader, nodes->max_delay, "range", "'max-delay' is shorter than 'delay'");
      is_good = FALSE;
    }
  return is_good;
}

/* Delays grow from something. */
static void
check_delay (Loader *loader, const BackoffNodes *nodes)
{
  static const char *const names[] = { "backoff", "max-delay", "jitter" };
  const Node *const dependent[] = { nodes->backoff, nodes->max_delay, nodes->jitter };

  for (guint i = 0; nodes->delay == NULL && i < G_N_ELEMENTS (dependent); i++)
    if (dependent[i] != NULL)
      {
        loader_report (loader, dependent[i], "key-without-delay",
                       "'%s' means nothing without a 'delay'", names[i]);
        return;
      }
}

gboolean
retry_reader_read_backoff (Loader *loader, const Node *node, AtomBackoff *backoff)
{
  const Node *values[KEYS_MAX];
  BackoffNodes nodes;

  if (!keys_read (loader, &revert_retry_key_table, node, values))
    return FALSE;
  nodes = (BackoffNodes){ values[REVERT_RETRY_KEY_TIMES], values[REVERT_RETRY_KEY_DELAY],
                          values[REVERT_RETRY_KEY_BACKOFF], values[REVERT_RETRY_KEY_MAX_DELAY],
                          values[REVERT_RETRY_KEY_JITTER] };
  check_delay (loader, &nodes);
  if (nodes.times == NULL)
    {
      loader_report (loader, node, "missing-key", "a revert-retry needs 'times'");
      return FALSE;
    }
  return read_backoff (loader, &nodes, backoff);
}

/* -- Controllers ------------------------------------------------------------------------------ */

static Atom *
make_for_each_of (Loader *loader, const Node *node)
{
  const Node *from;
  const char *symbol;
  SourceMark mark;
  Atom *retry;

  if (!keys_read (loader, &for_each_key_table, node, &from))
    return NULL;
  if (from == NULL)
    {
      loader_report (loader, node, "missing-key", "'for-each' needs values, or 'from' a symbol");
      return NULL;
    }
  symbol = field_get_symbol (loader, from, "from");
  if (symbol == NULL)
    return NULL;
  retry = retry_new_for_each_of (NULL, symbol);
  mark = loader_get_mark (loader, from);
  atom_set_argument_mark (retry, ATOM_ACTION_EXECUTE, symbol, &mark);
  return retry;
}

static Atom *
make_for_each (Loader *loader, const Node *node)
{
  g_autoptr (GVariant) values = NULL;

  if (document_get_kind (loader->document, node) == NODE_MAPPING)
    return make_for_each_of (loader, node);
  if (!field_is_list (loader, node, "for-each", G_MAXUINT))
    return NULL;
  if (document_get_size (loader->document, node) == 0)
    loader_report (loader, node, "empty-list", "'for-each' has no values to try");
  values = field_dup_value (loader, node);
  return values == NULL ? NULL : retry_new_for_each (NULL, values);
}

static Atom *
make_always (Loader *loader, const Node *node)
{
  static const char *const choices[] = { "revert", "revert-all" };
  guint index;

  if (!field_get_choice (loader, node, "always", choices, 2, &index))
    return NULL;
  return index == 0 ? retry_new_always_revert (NULL) : retry_new_always_revert_all (NULL);
}

/* The one key that says what kind of retry it is; RETRY_KEY_COUNT when there is not one, which is reported. */
static RetryKey
find_kind (Loader *loader, const Node *node, const Node *const *values)
{
  static const RetryKey kinds[] = { RETRY_KEY_TIMES, RETRY_KEY_FOR_EACH, RETRY_KEY_ALWAYS };
  RetryKey kind = RETRY_KEY_COUNT;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (values[kinds[i]] == NULL)
        continue;
      if (kind != RETRY_KEY_COUNT)
        {
          loader_report (loader, values[kinds[i]], "several-kinds",
                         "a retry has only one of 'times', 'for-each' and 'always'");
          return RETRY_KEY_COUNT;
        }
      kind = kinds[i];
    }
  if (kind == RETRY_KEY_COUNT)
    loader_report (loader, node, "missing-key", "a retry needs 'times', 'for-each' or 'always'");
  return kind;
}

static Atom *
make_retry (Loader *loader, RetryKey kind, const Node *const *values)
{
  guint times;

  if (kind == RETRY_KEY_FOR_EACH)
    return make_for_each (loader, values[kind]);
  if (kind == RETRY_KEY_ALWAYS)
    return make_always (loader, values[kind]);
  return read_times (loader, values[kind], &times) ? retry_new_times (NULL, times) : NULL;
}

/* An always-retry has no attempts to give up after, or to wait between. */
static void
refuse_attempt_keys (Loader *loader, const Node *const *values)
{
  static const RetryKey keys[] = { RETRY_KEY_REVERT_ALL, RETRY_KEY_DELAY,  RETRY_KEY_BACKOFF,
                                   RETRY_KEY_MAX_DELAY,  RETRY_KEY_JITTER, RETRY_KEY_PROVIDES };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (values[keys[i]] != NULL)
      loader_report (loader, values[keys[i]], "key-without-attempts",
                     "'%s' means nothing with 'always': there is one attempt",
                     retry_keys[keys[i]].name);
}

static void
read_delays (Loader *loader, const Node *const *values, Atom *retry)
{
  const BackoffNodes nodes = { NULL, values[RETRY_KEY_DELAY], values[RETRY_KEY_BACKOFF],
                               values[RETRY_KEY_MAX_DELAY], values[RETRY_KEY_JITTER] };
  AtomBackoff backoff;

  check_delay (loader, &nodes);
  if (read_backoff (loader, &nodes, &backoff) && nodes.delay != NULL)
    retry_set_backoff (retry, &backoff);
}

static void
read_provides (Loader *loader, const Node *node, Atom *retry)
{
  const char *symbol = field_get_symbol (loader, node, "provides");
  SourceMark mark = loader_get_mark (loader, node);

  if (symbol == NULL)
    {
      loader_note_hole (loader);
      return;
    }
  atom_provide (retry, symbol);
  atom_set_provided_mark (retry, symbol, &mark);
}

Atom *
retry_reader_read (Loader *loader, const Node *node)
{
  const Node *values[KEYS_MAX];
  gboolean is_revert_all = FALSE;
  RetryKey kind;
  SourceMark mark = loader_get_mark (loader, node);
  Atom *retry;

  if (!keys_read (loader, &retry_key_table, node, values))
    return NULL;
  kind = find_kind (loader, node, values);
  retry = kind == RETRY_KEY_COUNT ? NULL : make_retry (loader, kind, values);
  if (retry == NULL) /* stands for what could not be made, so that the rest is checked */
    retry = retry_new_times (NULL, 1);
  atom_set_mark (retry, &mark);
  if (kind == RETRY_KEY_ALWAYS)
    {
      refuse_attempt_keys (loader, values);
      return retry;
    }
  if (values[RETRY_KEY_REVERT_ALL] != NULL
      && field_get_boolean (loader, values[RETRY_KEY_REVERT_ALL], "revert-all", &is_revert_all))
    retry_set_give_up (retry, is_revert_all ? RETRY_DECISION_REVERT_ALL : RETRY_DECISION_REVERT);
  if (values[RETRY_KEY_PROVIDES] != NULL)
    read_provides (loader, values[RETRY_KEY_PROVIDES], retry);
  read_delays (loader, values, retry);
  return retry;
}
