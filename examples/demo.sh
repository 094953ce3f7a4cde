#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs provision.yaml twice: rolled back by a failing step, and to success, which is then shown and undone. Looks each time whether
# a file, a process or a port is left, and ends on a plain verdict.
#
#   examples/demo.sh [COMMAND]      COMMAND is backflow, or a folder that has it
set -eu

backflow=${1:-backflow}
[ ! -d "$backflow" ] || backflow=$backflow/backflow
flow=$(dirname "$0")/provision.yaml

# Every process that is started from here inherits this, so that what is left can be found.
DEMO_MARK=demo-$$-$(date +%s)
export DEMO_MARK

say() { printf '\n== %s\n' "$*"; }

# The processes with our mark, but for this script and what it is made of.
processes() {
    for environment in /proc/[0-9]*/environ; do
        process=${environment%/environ}
        process=${process#/proc/}
        tr '\0' '\n' <"$environment" 2>/dev/null | grep -q -x "DEMO_MARK=$DEMO_MARK" || continue
        is_this_script "$process" || echo "$process"
    done 2>/dev/null
}

is_this_script() { # PROCESS
    ancestor=$1
    while [ "${ancestor:-0}" -gt 1 ]; do
        [ "$ancestor" != $$ ] || return 0
        ancestor=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$ancestor/status" 2>/dev/null)
    done
    [ -z "$ancestor" ] # It has ended in the meantime.
}

# Whether nobody listens there: curl's status 7 is a refused connection.
is_free() { # PORT
    status=0
    curl --silent --max-time 2 --noproxy '*' --output /dev/null "http://127.0.0.1:$1/" || status=$?
    [ "$status" -eq 7 ]
}

find_port() {
    candidate=$((20000 + $$ % 20000))
    until is_free "$candidate"; do
        candidate=$((candidate + 1))
    done
    echo "$candidate"
}

output() { # NAME
    sed -n "s/^$1=//p" "$work/outputs"
}

clean_up() {
    for process in $(processes); do kill "$process" 2>/dev/null; done
    rm -rf "$work"
}

fail() {
    trap - EXIT INT TERM HUP
    set +e
    clean_up
    echo
    echo "DEMO FAILED: $*"
    exit 1
}

nothing_is_left() { # WHEN
    [ ! -e "$work/site" ] || fail "$1, files are left: $(find "$work/site" | tr '\n' ' ')"
    left=$(processes)
    [ -z "$left" ] || fail "$1, processes are left:" $left
    is_free "$port" || fail "$1, somebody listens on port $port"
}

run() { # INPUT...
    "$backflow" run "$flow" --store "sqlite:$work/runs.db" -i "root=$work/site" -i "port=$port" "$@"
}

command -v "$backflow" >/dev/null || { echo "DEMO FAILED: there is no command $backflow"; exit 1; }
for tool in openssl sqlite3 curl setsid; do
    command -v "$tool" >/dev/null || { echo "DEMO FAILED: it needs $tool"; exit 1; }
done
work=$(mktemp -d)
trap 'fail "it stopped before its end"' EXIT
trap 'fail "interrupted"' INT TERM HUP
port=$(find_port)

say "backflow run provision.yaml -i port=$port -i fail_at=smoke-test: rolled back"
status=0
run -i fail_at=smoke-test >"$work/failed-outputs" || status=$?
[ "$status" -eq 10 ] || fail "the first run ended with status $status, not 10"
[ ! -s "$work/failed-outputs" ] || fail 'the first run printed outputs'

say 'Is anything left? Files, processes, the port:'
nothing_is_left 'after the rollback'
echo 'Nothing is left.'

say "backflow run provision.yaml -i port=$port: to success"
status=0
run >"$work/outputs" || status=$?
[ "$status" -eq 0 ] || fail "the second run ended with status $status, not 0"
echo 'Outputs:'
sed 's/^/  /' "$work/outputs"

say 'Is it there? The page over HTTPS, checked against the certificate of the run:'
curl --silent --show-error --fail --max-time 10 --noproxy '*' --cacert "$(output certificate)" "$(output url)" |
    tee "$work/page" || :
grep -q 'Hello from Backflow' "$work/page" || fail 'the server does not answer with the page'
[ "$(sqlite3 "$(output database)" 'SELECT count(*) FROM page;')" = 1 ] || fail 'the database is not what it should be'
[ -s "$(output config)" ] || fail 'the configuration is empty'

say 'backflow show @last: what the store knows of it'
"$backflow" show @last --store "sqlite:$work/runs.db" >"$work/shown" || fail 'the run cannot be shown'
cat "$work/shown"
grep -q '^SUCCESS' "$work/shown" || fail 'the run is not shown as what it is'

say 'backflow revert @last: the finished run is undone, later, by another process'
status=0
"$backflow" revert @last --store "sqlite:$work/runs.db" --reason 'the demo is over' || status=$?
[ "$status" -eq 0 ] || fail "the run was not undone: status $status, not 0"

say 'Is anything left? Files, processes, the port:'
nothing_is_left 'after the run was undone'
echo 'Nothing is left.'

trap - EXIT INT TERM HUP
rm -rf "$work"
echo
echo 'DEMO PASSED'
