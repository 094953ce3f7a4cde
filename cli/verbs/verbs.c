/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/verbs.h"

#include <string.h>

#include "cli/verbs/verb_cancel.h"
#include "cli/verbs/verb_check.h"
#include "cli/verbs/verb_export.h"
#include "cli/verbs/verb_graph.h"
#include "cli/verbs/verb_list.h"
#include "cli/verbs/verb_logs.h"
#include "cli/verbs/verb_plan.h"
#include "cli/verbs/verb_resolve.h"
#include "cli/verbs/verb_resume.h"
#include "cli/verbs/verb_revert.h"
#include "cli/verbs/verb_run.h"
#include "cli/verbs/verb_show.h"
#include "cli/verbs/verb_timeline.h"
#include "cli/verbs/verb_why.h"

/* In the order in which the help lists them. */
static const Verb *const verbs[] = {
  &verb_run,     &verb_check,  &verb_plan,   &verb_graph,    &verb_resume,
  &verb_suspend, &verb_cancel, &verb_revert, &verb_resolve,  &verb_show,
  &verb_list,    &verb_logs,   &verb_why,    &verb_timeline, &verb_export,
};

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
