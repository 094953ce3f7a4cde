# SPDX-License-Identifier: Apache-2.0
# Runs the steps of ./demo and ./check: a line for each on the terminal, its output in a log, the end of the log when it fails.
# To be sourced at the top of the tree.

step_jobs=$(nproc 2>/dev/null || echo 2)
# Many tests wait for children, locks and times: more of them run at once than there are processors.
step_test_jobs=$((step_jobs * 2))
step_child=
# How many lines of a log are shown when its step fails.
step_tail=60

# Interrupted: the step under way ends first, then we do.
step_interrupted() {
    trap - INT TERM HUP
    [ -z "$step_child" ] || kill -TERM "$step_child" 2>/dev/null || :
    wait
    echo 'interrupted'
    exit 130
}
trap step_interrupted INT TERM HUP

# Runs a command. Its output is appended to the log.
step() { # NAME LOG COMMAND...
    step_name=$1
    step_log=$2
    shift 2
    mkdir -p "$(dirname "$step_log")"
    step_start=$(date +%s)
    printf '%-28s' "$step_name"
    "$@" >>"$step_log" 2>&1 </dev/null &
    step_child=$!
    step_status=0
    wait "$step_child" || step_status=$?
    step_child=
    if [ "$step_status" -eq 0 ]; then
        echo "ok  ($(($(date +%s) - step_start)) s)"
        return 0
    fi
    echo "FAILED with status $step_status, in $step_log:"
    tail -n "$step_tail" "$step_log" | sed 's/^/    /'
    return 1
}

# Makes ./configure in a fresh clone.
step_autogen() {
    [ -x configure ] || step 'autogen' build/log/autogen ./autogen.sh
}

# Configures a build folder once.
step_configure() { # FOLDER OPTION...
    step_folder=build/$1
    shift
    mkdir -p "$step_folder"
    [ -f "$step_folder/config.status" ] && return 0
    step "${step_folder#build/}: configure" "build/log/${step_folder#build/}-configure" \
        sh -c 'cd "$1" && shift && exec ../../configure -q "$@"' sh "$step_folder" "$@"
}

# Runs make in a build folder; a -j among the arguments replaces the number of jobs.
step_make() { # NAME FOLDER LOG ARGUMENT...
    step_title=$1
    step_folder=build/$2
    step_log=build/log/$3
    shift 3
    rm -f "$step_log"
    step "$step_title" "$step_log" make -C "$step_folder" -j"$step_jobs" "$@"
}
