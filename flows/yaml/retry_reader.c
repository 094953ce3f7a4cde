/* SPDX-License-Identifier: Apache-2.0 */

#include "flows/yaml/retry_reader.h"

#include <backflow/values/duration.h>

#include "flows/yaml/argument_reader.h"
#include "flows/yaml/field.h"
#include "flows/yaml/field_value.h"
#include "flows/yaml/scalar.h"
#include "flows/yaml/stand_ins.h"

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

/* Says what a number alone was probably meant to be. */
static void
suggest_times (Loader *loader, const Node *node)
{
  const char *text = document_get_text (loader->document, node);

  if (text != NULL && scalar_resolve (text).type == SCALAR_INTEGER)
    diagnostics_add_help (loader->diagnostics, "write {times: %s}", text);
}

gboolean
retry_reader_read_backoff (Loader *loader, const Node *node, AtomBackoff *backoff)
{
  const Node *values[KEYS_MAX];
  BackoffNodes nodes;

  if (!keys_read (loader, &revert_retry_key_table, node, values))
    {
      suggest_times (loader, node);
      return FALSE;
    }
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

/* Reports a symbol that is an input of which nothing can be gone through: inputs hide all others
 * who provide it. */
static void
check_input (Loader *loader, const Node *from, const char *symbol)
{
  const FlowInput *input = flow_file_find_input (loader->file, symbol);

  if (input != NULL && input->type != FLOW_INPUT_ANY && input->type != FLOW_INPUT_ARRAY)
    loader_report (loader, from, "input-type",
                   "'for-each' goes through an array, and '%s' is an input of type %s", symbol,
                   flow_input_type_get_name (input->type));
}

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
  check_input (loader, from, symbol);
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

/* Makes the controller of a registered name; NULL when there is none, which is reported. */
static Atom *
make_call (Loader *loader, const Node *node)
{
  const char *name = field_get_text (loader, node, "call");

  if (name == NULL)
    return NULL;
  if (registry_find_retry (loader->registry, name) != NULL
      || stand_ins_add (loader, ATOM_KIND_RETRY, name))
    return registry_new_retry (loader->registry, NULL, name, NULL);
  loader_report_unregistered (loader, node, ATOM_KIND_RETRY, name);
  return NULL;
}

/* The one key that says what kind of retry it is; RETRY_KEY_COUNT when there is not one, which is
 * reported. */
static RetryKey
find_kind (Loader *loader, const Node *node, const Node *const *values)
{
  static const RetryKey kinds[]
      = { RETRY_KEY_TIMES, RETRY_KEY_FOR_EACH, RETRY_KEY_ALWAYS, RETRY_KEY_CALL };
  RetryKey kind = RETRY_KEY_COUNT;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (values[kinds[i]] == NULL)
        continue;
      if (kind != RETRY_KEY_COUNT)
        {
          loader_report (loader, values[kinds[i]], "several-kinds",
                         "a retry has only one of 'times', 'for-each', 'always' and 'call'");
          return RETRY_KEY_COUNT;
        }
      kind = kinds[i];
    }
  if (kind == RETRY_KEY_COUNT)
    loader_report (loader, node, "missing-key",
                   "a retry needs 'times', 'for-each', 'always' or 'call'");
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
  if (kind == RETRY_KEY_CALL)
    return make_call (loader, values[kind]);
  return read_times (loader, values[kind], &times) ? retry_new_times (NULL, times) : NULL;
}

/* Keys that mean nothing with a kind of retry, and why. The list ends with RETRY_KEY_COUNT. */
typedef struct
{
  const char *code;
  const char *reason;
  RetryKey keys[8];
} Misfits;

/* An always-retry has no attempts to give up after, or to wait between. */
static const Misfits misfits_of_always
    = { "key-without-attempts",
        "with 'always': there is one attempt",
        { RETRY_KEY_REVERT_ALL, RETRY_KEY_DELAY, RETRY_KEY_BACKOFF, RETRY_KEY_MAX_DELAY,
          RETRY_KEY_JITTER, RETRY_KEY_PROVIDES, RETRY_KEY_COUNT } };

static const Misfits misfits_of_call
    = { "key-with-call",
        "with 'call': the controller itself says what giving up is",
        { RETRY_KEY_REVERT_ALL, RETRY_KEY_COUNT } };

static const Misfits misfits_of_policies
    = { "key-without-call",
        "without 'call': only registered controllers take arguments",
        { RETRY_KEY_REQUIRES, RETRY_KEY_REBIND, RETRY_KEY_OPTIONAL, RETRY_KEY_INJECT,
          RETRY_KEY_COUNT } };

static void
refuse (Loader *loader, const Node **values, const Misfits *misfits)
{
  for (const RetryKey *key = misfits->keys; *key != RETRY_KEY_COUNT; key++)
    {
      if (values[*key] == NULL)
        continue;
      loader_report (loader, values[*key], misfits->code, "'%s' means nothing %s",
                     retry_keys[*key].name, misfits->reason);
      if (*key == RETRY_KEY_PROVIDES)
        loader_note_hole (loader);
      values[*key] = NULL;
    }
}

/* Refuses what does not go with the kind of retry; what is left in `values` means something. */
static void
refuse_misfits (Loader *loader, RetryKey kind, const Node **values)
{
  if (kind == RETRY_KEY_ALWAYS)
    refuse (loader, values, &misfits_of_always);
  if (kind == RETRY_KEY_CALL)
    refuse (loader, values, &misfits_of_call);
  else if (kind != RETRY_KEY_COUNT)
    refuse (loader, values, &misfits_of_policies);
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

/* Whether a value of a for-each has what is provided of it. */
static gboolean
has_part (Loader *loader, const Node *value, const AtomProvided *provided)
{
  switch (provided->kind)
    {
    case ATOM_PROVIDES_INDEX:
      return document_get_kind (loader->document, value) == NODE_SEQUENCE
             && document_get_size (loader->document, value) > provided->index;
    case ATOM_PROVIDES_KEY:
      return keys_find (loader, value, provided->key) != NULL;
    case ATOM_PROVIDES_WHOLE:
    default:
      return TRUE;
    }
}

/* Reports a value of a for-each that has not what is provided of it, once for each symbol. */
static void
check_parts (Loader *loader, const Node *node, const Atom *retry)
{
  guint n_provided;
  const AtomProvided *provided = atom_get_provides (retry, &n_provided);

  for (guint i = 0; i < n_provided; i++)
    {
      const Node *value;
      NodeIter iter;

      node_iter_init (&iter, loader->document, node);
      while ((value = node_iter_next (&iter)) != NULL && has_part (loader, value, &provided[i]))
        ;
      if (value == NULL)
        continue;
      if (provided[i].kind == ATOM_PROVIDES_KEY)
        loader_report (loader, value, "missing-part", "this value has no key '%s' for '%s'",
                       provided[i].key, provided[i].symbol);
      else
        loader_report (loader, value, "missing-part", "this value has no element %u for '%s'",
                       provided[i].index + 1, provided[i].symbol);
    }
}

static void
read_provides (Loader *loader, RetryKey kind, const Node *const *values, Atom *retry)
{
  const ArgumentReader reader = { loader, retry };
  const Node *node = values[RETRY_KEY_PROVIDES];

  if (node == NULL)
    return;
  if (kind == RETRY_KEY_TIMES && document_get_kind (loader->document, node) != NODE_SCALAR)
    {
      loader_report (loader, node, "type",
                     "with 'times', one symbol is provided: the number of the attempt");
      loader_note_hole (loader);
      return;
    }
  argument_reader_read_provides (&reader, node);
  if (kind == RETRY_KEY_FOR_EACH
      && document_get_kind (loader->document, values[kind]) == NODE_SEQUENCE)
    check_parts (loader, values[kind], retry);
}

static void
read_arguments (Loader *loader, const Node *const *values, Atom *retry)
{
  const ArgumentReader reader = { loader, retry };
  const ArgumentNodes nodes = { values[RETRY_KEY_REQUIRES], values[RETRY_KEY_OPTIONAL],
                                values[RETRY_KEY_REBIND], values[RETRY_KEY_INJECT] };

  argument_reader_read_execute (&reader, &nodes);
}

static void
read_revert_all (Loader *loader, const Node *node, Atom *retry)
{
  gboolean is_revert_all = FALSE;

  if (node != NULL && field_get_boolean (loader, node, "revert-all", &is_revert_all))
    retry_set_give_up (retry, is_revert_all ? RETRY_DECISION_REVERT_ALL : RETRY_DECISION_REVERT);
}

Atom *
retry_reader_read (Loader *loader, const Node *node)
{
  const Node *values[KEYS_MAX];
  RetryKey kind;
  SourceMark mark = loader_get_mark (loader, node);
  Atom *retry;

  if (!keys_read (loader, &retry_key_table, node, values))
    {
      suggest_times (loader, node);
      loader_note_hole (loader);
      return NULL;
    }
  kind = find_kind (loader, node, values);
  retry = kind == RETRY_KEY_COUNT ? NULL : make_retry (loader, kind, values);
  if (retry == NULL) /* stands for what could not be made, so that the rest is checked */
    retry = retry_new_times (NULL, 1);
  atom_set_mark (retry, &mark);
  refuse_misfits (loader, kind, values);
  read_arguments (loader, values, retry);
  read_revert_all (loader, values[RETRY_KEY_REVERT_ALL], retry);
  read_provides (loader, kind, values, retry);
  read_delays (loader, values, retry);
  return retry;
}
