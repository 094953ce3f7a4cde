# SPDX-License-Identifier: Apache-2.0
"""Steps that misbehave: reported, contained, and nobody of them is left."""

import json
import os
import resource
import signal
import sys

from command import Fifo, folder, processes_with, status
from scripted import main


def attempt(place):
    """The last attempt of the first step of the last run."""
    return json.loads(place.run('show', '@last', '--json').stdout)['atoms'][0]['attempts'][0]


def test_a_step_that_writes_a_hundred_megabytes_is_kept_whole_on_disk_and_bounded_in_memory():
    with folder() as place:
        size = 100 * 1024 * 1024
        place.flow(f'  - {{task: loud, run: "head -c {size} /dev/zero | tr \'\\\\0\' x"}}\n')
        done = place.run('run', 'flow.yaml')
        assert done.returncode in (0, 10), done.stderr
        assert len(done.stderr) < 100000 and done.stderr.strip(), 'the output of the step is repeated'
        assert os.stat(attempt(place)['log']).st_size == size
        length = 0
        with place.start('logs', '@last', 'loud') as process:
            while piece := process.stdout.read(1 << 20):
                length += len(piece)
        assert length == size


def test_bytes_that_are_no_text_are_reported_and_kept():
    with folder() as place:
        place.flow('  - {task: odd, run: "printf \'a\\\\000b\\\\377\\\\n\' >&2; exit 1"}\n')
        done = status(place.run('run', 'flow.yaml', '--events', 'events'), 10)
        assert 'a�b�' in done.stderr, done.stderr
        for line in (place.path / 'events').read_text(encoding='utf-8').splitlines():
            json.loads(line)
        with place.start('logs', '@last', 'odd') as process:
            assert process.stdout.read() == b'a\0b\xff\n'
        json.loads(place.run('logs', '@last', '--json').stdout)
        json.loads(place.run('show', '@last', '--json').stdout)


def test_a_step_that_ignores_term_is_killed_when_its_time_is_up():
    with folder() as place:
        place.flow("  - {task: deaf, run: \"trap '' TERM; while :; do sleep 1; done\", timeout: 300ms, kill-after: 200ms}\n")
        done = status(place.run('run', 'flow.yaml', env={'MARK': str(place.path)}), 10)
        assert 'took longer than 300ms' in done.stderr, done.stderr
        assert attempt(place)['failure']['domain'] == 'timeout'
        assert not processes_with(f'MARK={place.path}'), 'somebody is left'


def test_children_that_a_step_leaves_behind_are_ended_and_told_of():
    with folder() as place:
        place.flow('  - {task: parent, run: "sleep 1000 & sleep 1000 & echo started"}\n')
        done = status(place.run('run', 'flow.yaml', env={'MARK': str(place.path)}), 0)
        assert '2 processes that the command had left behind were ended' in done.stderr, done.stderr
        assert not processes_with(f'MARK={place.path}'), 'somebody is left'


def test_a_daemon_of_a_failing_step_is_ended_and_one_of_a_step_that_succeeded_stays():
    with folder() as place:
        step = ('  - task: daemon\n    run: |\n'
                '      setsid sh -c \'echo $$ > number; exec sleep 1000\' </dev/null >/dev/null 2>&1 &\n'
                '      until [ -s number ]; do sleep 0.01; done\n'
                '      {end}\n')
        place.flow(step.replace('{end}', 'exit 1'))
        status(place.run('run', 'flow.yaml', env={'MARK': str(place.path)}), 10)
        assert not processes_with(f'MARK={place.path}'), 'somebody is left'
        os.unlink(place.path / 'number')
        place.flow(step.replace('{end}', 'exit 0'))
        status(place.run('run', 'flow.yaml', env={'MARK': str(place.path)}), 0)
        number = int((place.path / 'number').read_text(encoding='utf-8'))
        assert processes_with(f'MARK={place.path}') == [number]
        os.kill(number, signal.SIGKILL)


def test_a_step_that_closes_its_pipes_early_is_waited_for():
    with folder() as place:
        place.flow('  - {task: quiet, run: "echo word; exec >&- 2>&-; echo done > fifo; exit 0", provides: x}\n', 'outputs: [x]\n')
        fifo = Fifo(place)
        done = status(place.run('run', 'flow.yaml'), 0)
        assert done.stdout == 'x=word\n' and fifo.wait() == 'done\n'


def test_a_step_that_dies_by_a_signal_says_by_which():
    with folder() as place:
        place.flow('  - {task: dying, run: "echo last words >&2; kill -SEGV $$"}\n')
        done = status(place.run('run', 'flow.yaml'), 10)
        assert 'ended by signal 11' in done.stderr and 'last words' in done.stderr, done.stderr
        assert attempt(place)['failure']['signal'] == 11


def test_a_command_that_is_absent_or_cannot_be_executed_is_said():
    with folder() as place:
        place.write('data', 'no program')
        for argv, says in ((['no-such-command'], 'no-such-command'), (['./data'], './data')):
            place.flow(f'  - {{task: a, run: {json.dumps(argv)}}}\n')
            done = status(place.run('run', 'flow.yaml'), 10)
            assert says in done.stderr, done.stderr


def test_broken_pipes_are_the_steps_own_business():
    """The command ignores SIGPIPE; its steps do not inherit that."""
    with folder() as place:
        place.flow('  - {task: a, run: "yes | head -n 1", provides: x}\n', 'outputs: [x]\n')
        done = status(place.run('run', 'flow.yaml'), 0)
        assert done.stdout == 'x=y\n' and 'Broken pipe' not in place.run('logs', '@last', 'a').stdout


def test_a_step_has_no_input_and_no_descriptor_but_the_lock_of_its_attempt():
    with folder() as place:
        place.flow('  - {task: a, run: "cat; ls /proc/self/fd | wc -l", provides: x}\n', 'outputs: [x]\n')
        # ls has the three standard ones, the folder that it reads, and the lock.
        assert status(place.run('run', 'flow.yaml'), 0).stdout == 'x=5\n'


def test_a_store_that_cannot_grow_stops_the_run_and_keeps_what_was_done():
    with folder() as place:
        place.flow(''.join(f'  - {{task: t{i}, run: "echo {i} >> done; head -c 3000 /dev/zero | tr \'\\\\0\' x"}}\n' for i in range(200)))
        limit = 300000
        done = place.run('run', 'flow.yaml', preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        assert done.returncode == 1, (done.returncode, done.stderr[-2000:])
        assert 'runs.db' in done.stderr and 'What was done is in the store: backflow show ' in done.stderr, done.stderr[-2000:]
        shown = json.loads(status(place.run('show', '@last', '--json'), 0).stdout)
        assert not shown['driven'] and shown['state'] == 'RUNNING', shown['state']
        ran = (place.path / 'done').read_text(encoding='utf-8').split()
        started = [atom for atom in shown['atoms'] if atom['state'] != 'PENDING']
        assert 0 < len(ran) <= len(started) < 200, 'a step ran whose start is not in the store'


if __name__ == '__main__':
    main(sys.modules[__name__])
