# SPDX-License-Identifier: Apache-2.0
"""Probes: what a revert says of itself is looked at, and what is said of a step."""

import json
import re
import shutil
import subprocess
import sys
import tempfile

from command import PATIENCE, Fifo, folder, processes_with, status
from scripted import COMMAND, Skip, main

# The probe looks for what was made under the key of the execute.
STEP = '''\
  - task: make
    run: echo "$BACKFLOW_IDEMPOTENCY_KEY" > made
    revert: REVERT
    revert-retry: {times: TIMES}
    probe: |
      echo "$BACKFLOW_ACTION" >> asked
      [ -e made ] || exit 1
      [ "$(cat made)" = "$BACKFLOW_IDEMPOTENCY_KEY" ] || exit 9
  - {task: break, run: exit 3}
'''


def rolled_back(place, revert, exit_status, times=1):
    """Runs it. Returns: what it printed, and how the attempts of the revert ended and what the probe said of each."""
    place.flow(STEP.replace('REVERT', revert).replace('TIMES', str(times)))
    done = status(place.run('run', 'flow.yaml', '--id', 'r1'), exit_status)
    attempts = json.loads(place.run('show', 'r1', '--json').stdout)['atoms'][0]['attempts']
    return done, [(attempt['state'], attempt.get('probe')) for attempt in attempts if attempt['action'] == 'revert']


def test_a_revert_is_verified_by_its_probe():
    with folder() as place:
        done, reverts = rolled_back(place, 'rm made', 10)
        assert reverts == [('REVERTED', 'absent')], reverts
        assert 'verified by its probe' in done.stderr and '1 of 1 effects undone, 1 verified by its probe' in done.stderr, done.stderr
        assert (place.path / 'asked').read_text(encoding='utf-8') == 'probe\n'
        exported = [json.loads(line) for line in place.run('export', 'r1').stdout.splitlines()]
        answers = [(line['atom'], line['action'], line['attempt'], line['answer']) for line in exported if line.get('event') == 'probe']
        assert answers == [('make', 'revert', 1, 'absent')], exported


def test_what_its_probe_still_finds_is_not_called_reverted():
    with folder() as place:
        done, reverts = rolled_back(place, "'true'", 11)
        assert reverts == [('REVERT_FAILURE', 'present')], reverts
        assert 'its revert ended well, but its probe still finds it in the world' in done.stderr, done.stderr
        assert 'ROLLBACK INCOMPLETE' in done.stderr and 'backflow resolve r1 make --retry' in done.stderr, done.stderr


def test_a_revert_that_takes_its_time_is_tried_again():
    with folder() as place:
        _, reverts = rolled_back(place, 'if [ -e begun ]; then rm made; else touch begun; fi', 10, times=3)
        assert reverts == [('REVERT_FAILURE', 'present'), ('REVERTED', 'absent')], reverts


def test_a_probe_that_can_not_tell_changes_nothing():
    with folder() as place:
        done, reverts = rolled_back(place, 'echo other > made', 10)
        assert reverts == [('REVERTED', 'unknown')], reverts
        assert 'not verified by its probe' in done.stderr and "its probe can't tell whether anything is left" in done.stderr, done.stderr
        assert 'effects undone\n' in done.stderr, done.stderr


def test_a_revert_that_fails_is_not_asked_about():
    with folder() as place:
        _, reverts = rolled_back(place, 'exit 4', 11)
        assert reverts == [('REVERT_FAILURE', None)] and not (place.path / 'asked').exists(), reverts


def test_an_interrupted_revert_is_probed_as_what_the_execute_made():
    with folder() as place:
        revert = "'if [ -e begun ]; then rm made; else touch begun; echo > fifo; exec sleep 1000; fi'"
        place.flow(STEP.replace('REVERT', revert).replace('TIMES', '1'))
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        done = status(place.run('resume', 'r1'), 10)
        assert not (place.path / 'made').exists(), done.stderr
        # Before the revert is repeated, and after it.
        assert (place.path / 'asked').read_text(encoding='utf-8') == 'probe\nprobe\n'


def test_the_probe_of_a_killed_engine_is_ended_before_the_revert_is_looked_at_again():
    with folder() as place:
        place.flow('''\
  - task: make
    run: touch made
    revert: rm -f made
    probe: 'if [ -e begun ]; then exit 1; else touch begun; echo "$BACKFLOW_RUN" > fifo; exec sleep 1000; fi'
  - {task: break, run: exit 3}
''')
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml')
        run = pipe.wait().strip()
        process.kill()
        process.communicate()
        assert processes_with(f'BACKFLOW_RUN={run}')
        status(place.run('resume', run), 10)
        assert not processes_with(f'BACKFLOW_RUN={run}')


def test_what_the_execute_left_running_is_the_reverts_to_end():
    with folder() as place:
        place.flow('''\
  - task: serve
    run: |
      setsid sh -c 'echo $$ > pid; exec sleep 1000' > /dev/null 2>&1 < /dev/null &
      until [ -s pid ]; do sleep 0.01; done
      touch made
    revert: |
      if [ ! -e begun ]; then touch begun; echo > fifo; exec sleep 1000; fi
      kill "$(cat pid)" && rm -f made pid
    probe: '[ -e pid ] && kill -0 "$(cat pid)" || exit 1'
  - {task: break, run: exit 3}
''')
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        # Had it been ended before the probe, nobody would have removed the files.
        status(place.run('resume', 'r1'), 10)
        assert not (place.path / 'made').exists() and not (place.path / 'pid').exists()


def without_proc(*words):
    """A command that can't see processes."""
    return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh', *words]


def test_no_revert_starts_while_an_interrupted_one_may_be_alive():
    if shutil.which('unshare') is None or subprocess.run(without_proc('true'), check=False, capture_output=True).returncode != 0:
        raise Skip('no namespaces can be made here')
    with folder() as place:
        place.flow('''\
  - task: make
    run: touch made; echo 5
    provides: number
    revert: 'echo "$number" >> begun; if [ -e free ]; then rm made; else echo > fifo; exec sleep 1000; fi'
    revert-retry: {times: 3}
    probe: exit 9
  - {task: break, run: exit 3}
''')
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        options = {'cwd': place.path, 'env': place.environment, 'stdin': subprocess.DEVNULL, 'timeout': PATIENCE}
        blind = subprocess.run(without_proc(COMMAND, 'resume', 'r1'), check=False, capture_output=True, **options)
        owner = re.search("--owner-is-gone '(.*)'", blind.stderr.decode())[1]
        blind = subprocess.run(without_proc(COMMAND, 'resume', 'r1', '--owner-is-gone', owner), check=False, capture_output=True, **options)
        # Without /proc the processes of the revert can't be found, but one of them holds the lock: the run waits.
        assert blind.returncode == 12 or b'LeakSanitizer does not work' in blind.stderr, blind
        assert b'waits until processes of an earlier attempt are gone' in blind.stderr, blind
        assert json.loads(place.run('show', 'r1', '--json').stdout)['state'] == 'SUSPENDED'
        assert (place.path / 'begun').read_text(encoding='utf-8') == '5\n'
        (place.path / 'free').touch()
        status(place.run('resume', 'r1'), 10)
        assert (place.path / 'begun').read_text(encoding='utf-8') == '5\n5\n' and not processes_with(str(place.path))


def test_nobody_is_believed_whom_its_probe_contradicts():
    with folder() as place:
        rolled_back(place, "'true'", 11)
        done = status(place.run('resolve', 'r1', 'make', '--reverted'), 2)
        assert "'make' can't be called reverted: its probe still finds it in the world" in done.stderr, done.stderr
        (place.path / 'made').unlink()
        status(place.run('resolve', 'r1', 'make', '--reverted'), 10)


def test_what_is_said_is_compared_where_the_run_is_at_home():
    with folder() as place, tempfile.TemporaryDirectory() as elsewhere:
        rolled_back(place, "'true'", 11)
        done = status(place.run('resolve', 'r1', 'make', '--reverted', '--no-resume', cwd=elsewhere), 2)
        assert 'its probe still finds it in the world' in done.stderr, done.stderr
        (place.path / 'made').unlink()
        status(place.run('resolve', 'r1', 'make', '--reverted', '--no-resume', cwd=elsewhere), 0)


def test_what_is_called_done_is_there():
    with folder() as place:
        # Killed before it has made anything; asked about, because the probe can't tell then.
        place.flow('''\
  - task: make
    requires: [file]
    run: echo > fifo; exec sleep 1000
    on-unknown: ask
    probe: 'if [ -e blind ]; then exit 9; else test -e "$file"; fi'
    revert: rm -f made
''', 'inputs: {file: made}\n')
        (place.path / 'blind').touch()
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        status(place.run('resume', 'r1'), 12)
        (place.path / 'blind').unlink()
        done = status(place.run('resolve', 'r1', 'make', '--done=null'), 2)
        assert "'make' can't be called done: its probe does not find it in the world" in done.stderr, done.stderr
        (place.path / 'made').touch()
        status(place.run('resolve', 'r1', 'make', '--done=null'), 0)


if __name__ == '__main__':
    main(sys.modules[__name__])
