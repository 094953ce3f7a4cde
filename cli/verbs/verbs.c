/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verbs.h"

#include <string.h>

#include "cli/verbs/verb_cancel.h"
#include "cli/verbs/verb_check.h"
#include "cli/verbs/verb_export.h"
#include "cli/verbs/verb_graph.h"
#include "cli/verbs/verb_init.h"
#include "cli/verbs/verb_list.h"
#include "cli/verbs/verb_logs.h"
#include "cli/verbs/verb_plan.h"
#include "cli/verbs/verb_rerun.h"
#include "cli/verbs/verb_resolve.h"
#include "cli/verbs/verb_resume.h"
#include "cli/verbs/verb_revert.h"
#include "cli/verbs/verb_run.h"
#include "cli/verbs/verb_schema.h"
#include "cli/verbs/verb_show.h"
#include "cli/verbs/verb_timeline.h"
#include "cli/verbs/verb_wait.h"
#include "cli/verbs/verb_why.h"

/* In the order in which the help lists them. */
// clang-format off
static const Verb *const verbs[] = {
  &verb_init,
  &verb_run,
  &verb_check,
  &verb_plan,
  &verb_graph,
  &verb_rerun,
  &verb_resume,
  &verb_suspend,
  &verb_cancel,
  &verb_wait,
  &verb_revert,
  &verb_resolve,
  &verb_show,
  &verb_list,
  &verb_logs,
  &verb_why,
  &verb_timeline,
  &verb_export,
  &verb_schema,
};
// clang-format on

const Verb *
verbs_get (guint index)
{
  return index < G_N_ELEMENTS (verbs) ? verbs[index] : NULL;
}

const Verb *
verbs_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i]->syntax.name, name) == 0)
      return verbs[i];
  return NULL;
}

const char *
verbs_find_synonym (const char *name)
{
  static const struct
  {
    const char *theirs;
    const char *ours;
  } synonyms[] = {
    { "abort", "cancel" },    { "apply", "run" },      { "cat", "logs" },
    { "continue", "resume" }, { "delete", "rm" },      { "describe", "show" },
    { "destroy", "revert" },  { "exec", "run" },       { "execute", "run" },
    { "explain", "why" },     { "gantt", "timeline" }, { "gc", "prune" },
    { "history", "list" },    { "inspect", "show" },   { "journal", "export" },
    { "kill", "cancel" },     { "lint", "check" },     { "log", "logs" },
    { "ls", "list" },         { "new", "init" },       { "pause", "suspend" },
    { "preview", "plan" },    { "ps", "list" },        { "remove", "rm" },
    { "repeat", "rerun" },    { "restart", "rerun" },  { "retry", "resolve" },
    { "rollback", "revert" }, { "runs", "list" },      { "start", "run" },
    { "status", "show" },     { "stop", "suspend" },   { "tail", "logs" },
    { "undo", "revert" },     { "validate", "check" }, { "verify", "check" },
    { "watch", "wait" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (synonyms); i++)
    if (strcmp (synonyms[i].theirs, name) == 0 && verbs_find (synonyms[i].ours) != NULL)
      return synonyms[i].ours;
  return NULL;
}
