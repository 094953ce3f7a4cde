# SPDX-License-Identifier: Apache-2.0
"""Nothing is reverted or repeated beside a process that still lives, whatever that process has made of its environment, its
session and its descriptors."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from command import PATIENCE, Fifo, ending, folder, status
from scripted import COMMAND, Skip, main

# The effect comes long after the engine is killed, and not at all if the process is ended as it should be.
LATE = 'echo here > fifo; sleep 2; echo effect >> ledger; touch effect'
REVERT = "    revert: 'echo revert >> ledger; rm -f effect'\n"

CLOSER = 'import os, time; os.closerange(0, 4096); time.sleep(2); open("ledger", "a").write("effect\\n"); open("effect", "w")'

# How a process of a step gets away from what an engine looks for first.
WAYS = {
    'an empty environment': f"env -i sh -c '{LATE}'",
    'an empty environment in its own group': f"set -m; env -i sh -c '{LATE}' & wait",
    'an empty environment in its own session': f"setsid env -i sh -c '{LATE}' & sleep 30",
    'a double fork in its own session': f"(setsid env -i sh -c '({LATE}) & :' &); sleep 30",
    'no descriptor and an empty environment': f"echo here > fifo; exec env -i {sys.executable} -c '{CLOSER}'",
}


def lines(place):
    path = place.path / 'ledger'
    return path.read_text(encoding='utf-8').splitlines() if path.exists() else []


def lives(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rpartition(')')[2].split()[0] not in 'ZX'
    return False


def killed_while_it_runs(place, script):
    body = ''.join(f'      {line}\n' for line in script.splitlines())
    place.flow(f'  - task: a\n    run: |\n{body}{REVERT}')
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1')
    pipe.wait()
    process.kill()
    process.communicate()


def test_a_revert_waits_for_what_a_killed_run_left_however_it_hides():
    for way, script in WAYS.items():
        with folder() as place:
            killed_while_it_runs(place, script)
            done = place.run('cancel', 'r1')
            assert 'ROLLBACK COMPLETE' in done.stdout + done.stderr, (way, done.stdout, done.stderr)
            seen = lines(place)
            time.sleep(2.2)
            assert lines(place) == seen and seen[-1] == 'revert', (way, seen, lines(place))
            assert not (place.path / 'effect').exists(), way


def test_an_attempt_that_overwrote_its_environment_is_not_repeated_beside_itself():
    # A program that sets its title writes over its environment: the mark can't be read there.
    title = ('import ctypes, time; libc = ctypes.CDLL(None); environ = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ"); '
             'first = ctypes.cast(environ, ctypes.POINTER(ctypes.c_void_p))[0]; '
             '[ctypes.memset(first + i, 120, 1) for i in range(200)]; '
             'open("ledger", "a").write("start\\n"); open("fifo", "w").write("here"); time.sleep(2); open("ledger", "a").write("end\\n")')
    with folder() as place:
        killed_while_it_runs(place, f"exec {sys.executable} -c '{title}'")
        status(place.run('resume', 'r1'), 0)
        assert lines(place) == ['start', 'start', 'end'], lines(place)


def test_a_child_that_has_not_executed_its_command_yet_is_ended():
    if shutil.which('strace') is None:
        raise Skip('there is no strace')
    with folder() as place:
        place.flow('  - task: a\n    run: |\n      echo start >> ledger; sleep 1; echo end >> ledger\n    revert: "true"\n')
        # Every execve, that of the engine too, waits for a second.
        tracer = subprocess.Popen(['strace', '-f', '-qq', '-o', 'trace', '-e', 'trace=execve', '-e',
                                   'inject=execve:delay_enter=1000000', COMMAND, 'run', 'flow.yaml', '--id', 'r1'],
                                  cwd=place.path, env=place.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        child, engine = None, 0
        while child is None and time.monotonic() < until and tracer.poll() is None:
            for engine in children(tracer.pid):
                child = child or next(iter(children(engine)), None)
                if child is not None:
                    break
        if child is None:
            tracer.wait()
            raise Skip('the engine was not seen while it started its child')
        os.kill(engine, signal.SIGKILL)
        # The tracer takes its time to let the killed engine go.
        done = place.run('resume', 'r1')
        while done.returncode == 16 and time.monotonic() < until:
            time.sleep(0.02)
            done = place.run('resume', 'r1')
        status(done, 0)
        seen = lines(place)
        tracer.wait()
        time.sleep(1.2)
        assert seen == lines(place) and seen[-2:] == ['start', 'end'] and seen.count('end') == 1, (seen, lines(place))


def children(pid):
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if int((path / 'stat').read_text(encoding='utf-8').rpartition(')')[2].split()[1]) == pid:
                found.append(int(path.name))
    return found


# Forks and ends all the time, in one session or in a new one each time.
HOP = '''\
import os, sys, time
end, first = time.monotonic() + 1.5, True
while time.monotonic() < end:
    if os.fork():
        os._exit(1 if first else 0)
    first = False
    if 's' in sys.argv[1]:
        os.setsid()
open('ledger', 'a').write('effect\\n')
'''


def test_a_process_that_forks_and_ends_all_the_time_is_not_taken_for_gone():
    for mode in ('x', 's'):
        with folder() as place:
            place.write('hop.py', HOP)
            place.flow(f'  - task: a\n    run: ["{sys.executable}", hop.py, {mode}]\n    kill-after: 200ms\n{REVERT}')
            status(place.run('run', 'flow.yaml'), 10)
            seen = lines(place)
            assert seen[-1] == 'revert', (mode, seen)
            time.sleep(1.7)
            assert lines(place) == seen, (mode, seen, lines(place))


def test_a_background_job_in_its_own_group_ends_with_its_step():
    with folder() as place:
        place.flow('  - task: a\n    run: |\n      set -m\n      sleep 777 > /dev/null 2>&1 &\n      echo $! > pid\n')
        done = status(place.run('run', 'flow.yaml'), 0)
        assert not lives(int((place.path / 'pid').read_text(encoding='utf-8')))
        assert 'had left behind was ended' in done.stdout + done.stderr, done.stderr


def test_a_daemon_of_a_step_that_succeeded_lives_on():
    with folder() as place:
        place.flow('  - task: a\n    run: |\n      setsid sh -c \'echo $$ > pid.new; mv pid.new pid; exec sleep 300\' > /dev/null 2>&1 &\n'
                   '      while ! [ -s pid ]; do sleep 0.01; done\n')
        status(place.run('run', 'flow.yaml'), 0)
        pid = int((place.path / 'pid').read_text(encoding='utf-8'))
        assert lives(pid)
        os.kill(pid, signal.SIGKILL)


def rootly(place, seconds):
    """Makes a flow whose step runs a process that belongs to root and lives so long; it is given up after a second."""
    if os.geteuid() != 0:
        raise Skip('only root can make a program that belongs to root')
    os.chmod(place.path, 0o777)
    shutil.copy(os.path.realpath(sys.executable), place.path / 'rootly')
    os.chmod(place.path / 'rootly', 0o4755)
    place.write('late.py', f'import os, time; os.setuid(0); open("ledger", "a").write("start\\n"); time.sleep({seconds}); '
                           'open("ledger", "a").write("effect\\n"); open("effect", "w")')
    (place.path / 'ledger').touch()
    os.chmod(place.path / 'ledger', 0o666)
    place.flow(f'  - task: a\n    run: [./rootly, -I, late.py]\n    timeout: 1s\n    kill-after: 100ms\n{REVERT}')


def unprivileged(place, *words):
    return ending(place.start(*words, user=65534, group=65534))


def test_a_revert_waits_for_a_process_that_cannot_be_ended():
    with folder() as place:
        rootly(place, 8)
        code, out, err = unprivileged(place, 'run', 'flow.yaml', '--id', 'r1')
        if 'start' not in lines(place) or 'effect' not in lines(place):
            raise Skip('programs do not get the rights of their owner here')
        assert lines(place) == ['start', 'effect', 'revert'], (lines(place), out, err)
        assert code == 10, (code, out, err)
        assert not (place.path / 'effect').exists()
        shown = place.run('show', 'r1', '--json').stdout
        assert 'could not be ended' in shown and 'rootly -I late.py' in shown, shown


def test_a_run_stops_where_a_process_cannot_be_ended_and_goes_on_once_it_is_gone():
    with folder() as place:
        rootly(place, 300)
        code, out, err = unprivileged(place, 'run', 'flow.yaml', '--id', 'r1')
        if 'start' not in lines(place):
            raise Skip('programs do not get the rights of their owner here')
        named = re.search(r'pid (\d+) \(./rootly -I late.py\)', out + err)
        assert code == 12 and named and lives(named[1]), (code, out, err)
        code, out, err = unprivileged(place, 'resume', 'r1')
        assert code == 12 and named[1] in out + err, (code, out, err)
        assert lines(place) == ['start'], lines(place)
        os.kill(int(named[1]), signal.SIGKILL)
        code, out, err = unprivileged(place, 'resume', 'r1')
        assert code == 10 and lines(place) == ['start', 'revert'], (code, out, err, lines(place))


if __name__ == '__main__':
    main(sys.modules[__name__])
