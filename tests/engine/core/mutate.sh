#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes deliberate mistakes in the engine, one at a time in a copy of the tree, and tells which test notices each: first a story
# test, then the search. Fails when nobody does.
# Usage: mutate.sh SOURCE-FOLDER; in a build folder that is configured like the one to test.
set -eu

source=$(cd "$1" && pwd)
build=$(pwd)
copy=$(mktemp -d "${TMPDIR:-/tmp}/mutate.XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM HUP
missed=0
number=0

# The tree, and a build of it whose objects are remade where a source changes.
prepare() {
    (cd "$source" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$copy"
    mkdir -p "$copy/build-mutant"
    (cd "$copy/build-mutant" && "$copy/configure" -q --enable-debug >configure.log 2>&1)
    compile || { tail -20 "$copy/build-mutant/make.log"; exit 1; }
}

tests='test_stories test_cases_probes test_cases_retries test_cases_suspend test_search test_interrupted'

compile() {
    programs=
    for name in $tests; do
        programs="$programs tests/engine/$name"
    done
    # shellcheck disable=SC2086 # A list of programs.
    make -C "$copy/build-mutant" -j2 $programs >"$copy/build-mutant/make.log" 2>&1
}

# Prints the first test that fails.
find_notice() {
    for name in $tests; do
        (cd "$copy/build-mutant" && timeout 600 "tests/engine/$name" >"$copy/$name.log" 2>&1) || { echo "$name"; return; }
    done
    echo nobody
}

# mutate FILE SED-SCRIPT WHAT
mutate() {
    number=$((number + 1))
    cp "$source/engine/$1" "$copy/engine/$1"
    sed -i "$2" "$copy/engine/$1"
    if cmp -s "$source/engine/$1" "$copy/engine/$1"; then
        echo "$number. $3: the mistake can't be made any more, $1 has changed"
        missed=$((missed + 1))
    elif ! compile; then
        echo "$number. $3: does not compile"
        tail -5 "$copy/build-mutant/make.log"
        missed=$((missed + 1))
    else
        noticed=$(find_notice)
        echo "$number. $3: noticed by $noticed"
        [ "$noticed" != nobody ] || missed=$((missed + 1))
    fi
    cp "$source/engine/$1" "$copy/engine/$1"
    touch "$copy/engine/$1"
}

prepare
unmutated=$(find_notice)
[ "$unmutated" = nobody ] || { echo "$unmutated fails without a mistake: $build"; tail -20 "$copy/$unmutated.log"; exit 1; }

mutate core.c 's/if (core_get_n_settled (core) == core->plan->n_atoms \&\& !core->is_undoing)/if (!core->is_undoing)/' 'SUCCESS though something is not done'
mutate core.c 's/return !core->is_suspending \&\& !core->is_stuck \&\& has_work (core);/return !core->is_suspending \&\& has_work (core);/' 'a run that is kept as it is starts more'
mutate core.c '/^withdraw (Core/,/^}/s/core->attempts\[node\]--;/;/' 'an intent that was taken back counts as an attempt'
mutate core.c '/^complete_revert (Core/,/^}/s/      core_quiet (core, node);//' 'what is reverted still holds back what it depended on'
mutate rollback.c 's/^  hold_range (core, 0, plan->n_nodes - 1);/  core->high = 0; hold_range (core, 0, plan->n_nodes - 1);/' 'a rollback forgets what had started'
mutate rollback.c '/^raise_predecessors (Core/,/^}/s/if (core->hold\[before\]++ == 0 \&\& passes_through/if (core->hold[before]++ == 0 \&\& !passes_through/' 'nodes in between hold nothing back'
mutate rollback.c '/^reset_flow (Core/,/^}/s/      core->marks\[node\] = 0;//' 'a flow that is tried again is still undone'
mutate rollback.c '/^core_mark_flow (Core/,/^}/s/      core->n_undone--;//' 'controllers within are counted twice'
mutate answers.c '/^core_counts_as_failed (const/,/^}/s/core->is_stuck || //' 'a kept run repeats what was interrupted'
mutate answers.c '/^core_answer_revert (Core/,/^}/s/      core_roll_back (core);//' 'a failed revert within a try is left alone'
mutate ignore.c '/^core_answer_decide (Core/,/^}/s/core->states\[node\] != ATOM_STATE_PENDING || core_is_undone (core, node) || core->is_stuck/FALSE/' 'a decider is obeyed after a failure'
mutate ignore.c '/^ignore (Core/,/^}/s/ \&\& core->states\[node\] == ATOM_STATE_PENDING//' 'what has begun is ignored'
mutate restore.c '/^resolve_revert (Core/,/^}/s/^  ready_remove .*//' 'what was said anew does not undo what was said before'
mutate restore.c '/^apply_intention (Core/,/^}/s/    core_mark_flow (core, node);/    ;/' 'a restored run forgets that a flow is being undone'
mutate restore.c '/^apply_resolution (Core/,/^}/s/core->attempts\[node\]++;/;/' 'an attempt of which nothing is left is none'
mutate restore.c '/^is_left_failed (const/,/^}/s/return core->states/return FALSE \&\& core->states/' 'a revert that failed in a kept run is forgotten'
mutate answers.c '/^can_go_on (const/,/^}/s/core->hold\[node\] == 0/TRUE/' 'interrupted reverts are repeated in whatever order'
mutate rollback.c '/^core_quiet (Core/,/^}/s/core->hold\[node\] > 0/FALSE/' 'what is reverted lets go of what something behind it still needs'
mutate core.c '/^core_cancel (Core/,/^}/s/core_ask_leftovers (core, keep);/;/' 'a cancelled run has attempts that nobody asks about'

echo "$number mistakes, $missed not noticed"
[ "$missed" -eq 0 ]
