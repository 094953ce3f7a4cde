/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about what a rollback would leave behind. Each is given only when it is sure. */
#include "engine/plan/checks.h"

#include "atoms/command_private.h"
#include "atoms/retry_spec.h"

#include <string.h>

/* Programs that change nothing, whatever their arguments are. */
static const char *const harmless[]
    = { ":",      "[",    "basename", "cat",      "cmp",  "cut",   "dirname", "echo",
        "exit",   "expr", "false",    "grep",     "head", "id",    "ls",      "printenv",
        "printf", "pwd",  "readlink", "realpath", "seq",  "sleep", "stat",    "tail",
        "test",   "tr",   "true",     "uname",    "wc",   "which", "whoami" };

static gboolean
is_harmless_program (const char *name, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (harmless); i++)
    if (strncmp (harmless[i], name, length) == 0 && harmless[i][length] == '\0')
      return TRUE;
  return FALSE;
}

/* Whether the command is one program that changes nothing. Of a shell text that has anything but
 * words, nobody knows. */
static gboolean
is_harmless (const CommandLine *line)
{
  gsize length;

  if (line->argv != NULL)
    return is_harmless_program (line->argv[0], strlen (line->argv[0]));
  length = strlen (line->shell);
  while (length > 0 && line->shell[length - 1] == '\n')
    length--;
  if (strcspn (line->shell, "\n;&|<>`()\\#") < length)
    return FALSE;
  return is_harmless_program (line->shell, strcspn (line->shell, " \t\n"));
}

/* A task that has, or says that it has, an effect that nothing takes back. */
static void
check_effect (const Atom *atom, Diagnostics *diagnostics)
{
  gboolean has_effect;

  if (atom_has_revert (atom))
    return;
  if (atom->member.kind == ATOM_KIND_COMMAND)
    has_effect = atom->extra->effects == ATOM_EFFECTS_DEFAULT
                 && command_line_is_set (&atom->extra->command->lines[COMMAND_EXECUTE])
                 && !is_harmless (&atom->extra->command->lines[COMMAND_EXECUTE]);
  else
    has_effect = atom->extra->effects == ATOM_EFFECTS_REVERSIBLE;
  if (!has_effect)
    return;
  diagnostics_add (diagnostics, DIAGNOSTIC_WARNING, "effect-without-revert", atom_get_mark (atom),
                   "'%s' has no revert: a rollback leaves what it did", atom->name);
  diagnostics_add_help (diagnostics,
                        "add 'revert', or say 'effects: none' or 'effects: irreversible'");
}

/* How often a controller has its flow tried at most; G_MAXUINT when only its run can tell, 0 for
 * what nobody knows. */
static guint
count_tries (const Atom *retry)
{
  const RetrySpec *spec = retry->extra->retry;

  switch (spec->kind)
    {
    case RETRY_KIND_ALWAYS_REVERT:
    case RETRY_KIND_ALWAYS_REVERT_ALL:
      return 1;
    case RETRY_KIND_TIMES:
      return spec->times;
    case RETRY_KIND_FOR_EACH:
      return (guint) g_variant_n_children (spec->values);
    case RETRY_KIND_FOR_EACH_OF:
      return G_MAXUINT;
    case RETRY_KIND_CUSTOM:
    default:
      return 0;
    }
}

/* A controller that neither tries again, nor reverts more than its flow would without it, nor
 * provides anything. */
static void
check_retry (const Atom *retry, Diagnostics *diagnostics)
{
  const RetrySpec *spec = retry->extra->retry;
  gboolean is_plain = spec->kind == RETRY_KIND_TIMES || spec->kind == RETRY_KIND_FOR_EACH;
  guint n_provides;

  (void) atom_get_provides (retry, &n_provides);
  if (!is_plain || count_tries (retry) != 1 || spec->give_up == RETRY_DECISION_REVERT_ALL
      || n_provides > 0)
    return;
  diagnostics_add (diagnostics, DIAGNOSTIC_WARNING, "retry-without-effect", atom_get_mark (retry),
                   "the retry of flow '%s' tries once, as a flow without a retry does",
                   ((const Flow *) retry->member.owner)->name);
  diagnostics_add_help (diagnostics, "try at least twice, or leave the retry out");
}

/* An irreversible step fails every revert, so a retry around it never comes to try again once it
 * has begun. */
static void
check_in_retry (const Plan *plan, guint32 node, Diagnostics *diagnostics)
{
  for (guint32 retry = plan_get_retry (plan, node); retry != PLAN_NO_NODE;
       retry = plan_get_retry (plan, retry))
    {
      const Atom *controller = plan_atom (plan, retry);

      if (count_tries (controller) <= 1)
        continue;
      diagnostics_add (
          diagnostics, DIAGNOSTIC_WARNING, "irreversible-in-retry",
          atom_get_mark (plan_atom (plan, node)),
          "'%s' can't be taken back, so flow '%s' can't be tried again once it has begun",
          plan_atom (plan, node)->name, ((const Flow *) controller->member.owner)->name);
      diagnostics_add_help (diagnostics, "move it out of the flow, behind it");
      return;
    }
}

/* Whether there is anything in an atom that could fail. */
static gboolean
can_fail (const Atom *atom)
{
  if (atom->member.kind == ATOM_KIND_COMMAND)
    return command_line_is_set (&atom->extra->command->lines[COMMAND_EXECUTE]);
  if (atom->member.kind == ATOM_KIND_RETRY)
    return atom->extra->retry->kind == RETRY_KIND_FOR_EACH_OF
           || atom->extra->retry->kind == RETRY_KIND_CUSTOM;
  return atom->execute != NULL;
}

/* Marks all that comes before a node. Returns: (transfer full), by node. */
static guint8 *
mark_before (const Plan *plan, guint32 node)
{
  guint8 *marks = g_new0 (guint8, plan->n_nodes);
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_val (stack, node);
  while (stack->len > 0)
    {
      guint32 at = g_array_index (stack, guint32, --stack->len);

      for (guint32 i = plan->predecessor_offsets[at]; i < plan->predecessor_offsets[at + 1]; i++)
        if (!marks[plan->predecessors[i]])
          {
            marks[plan->predecessors[i]] = TRUE;
            g_array_append_val (stack, plan->predecessors[i]);
          }
    }
  return marks;
}

/* An atom, other than the last one, that may fail and that the last one does not wait for
 * (PLAN_NO_NODE). */
static guint32
find_beside_last (const Plan *plan, const guint32 *order, guint count)
{
  g_autofree guint8 *before = mark_before (plan, order[count - 1]);

  for (guint i = 0; i + 1 < count; i++)
    if (!before[order[i]] && can_fail (plan_atom (plan, order[i])))
      return order[i];
  return PLAN_NO_NODE;
}

static void
report_failure_after (const Plan *plan, guint32 node, guint32 failing, Diagnostics *diagnostics)
{
  const char *name = plan_atom (plan, node)->name;

  diagnostics_add (diagnostics, DIAGNOSTIC_WARNING, "failure-after-irreversible",
                   atom_get_mark (plan_atom (plan, node)),
                   "'%s' can't be taken back, but '%s' may fail after it", name,
                   plan_atom (plan, failing)->name);
  diagnostics_add_help (diagnostics, "let '%s' come after every step that may fail", name);
}

/* Who comes after an irreversible step in some order of execution is not waited for, so he may fail
 * when it is done. So all of them but the last step that may fail at all are sure to have somebody.
 * is_irreversible: by node, of steps that may fail themselves. */
static void
check_failures_after (const Plan *plan, const guint8 *is_irreversible, Diagnostics *diagnostics)
{
  guint count;
  g_autofree guint32 *order = plan_dup_order (plan, &count);
  guint32 failing = PLAN_NO_NODE;

  while (!can_fail (plan_atom (plan, order[count - 1])))
    count--;
  if (is_irreversible[order[count - 1]])
    failing = find_beside_last (plan, order, count);
  for (guint i = count; i-- > 0;)
    {
      if (is_irreversible[order[i]] && failing != PLAN_NO_NODE)
        report_failure_after (plan, order[i], failing, diagnostics);
      if (can_fail (plan_atom (plan, order[i])))
        failing = order[i];
    }
}

void
checks_warn (const Plan *plan, Diagnostics *diagnostics)
{
  g_autofree guint8 *is_irreversible = NULL;

  for (guint32 node = 0; node < plan->n_nodes; node++)
    {
      const Atom *atom = plan_atom (plan, node);

      if (!plan_is_atom (plan, node) || atom->extra == NULL)
        continue;
      if (plan->kinds[node] == PLAN_NODE_RETRY)
        check_retry (atom, diagnostics);
      else
        check_effect (atom, diagnostics);
      if (atom->extra->effects != ATOM_EFFECTS_IRREVERSIBLE || !can_fail (atom))
        continue;
      check_in_retry (plan, node, diagnostics);
      if (is_irreversible == NULL)
        is_irreversible = g_new0 (guint8, plan->n_nodes);
      is_irreversible[node] = TRUE;
    }
  if (is_irreversible != NULL)
    check_failures_after (plan, is_irreversible, diagnostics);
}
