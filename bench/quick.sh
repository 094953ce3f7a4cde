#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every benchmark runs, small, and the table has a row for each of them. Says nothing about how long anything took.

table=$(${PYTHON:-python3} -B "$G_TEST_SRCDIR/bench/run" --quick --build "$G_TEST_BUILDDIR") || table=

echo 1..8
number=0
for row in 'independent: build' 'linear flow' 'fails, all reverted' 'retry of 10 atoms' 'suspending and resuming' 'flow file' 'commands' 'durable'; do
  number=$((number + 1))
  case $table in
    *"$row"*) echo "ok $number - the table has figures for: $row" ;;
    *) echo "not ok $number - the table has figures for: $row" ;;
  esac
done
