# SPDX-License-Identifier: Apache-2.0
"""What the command is started in: signals that somebody ignores or blocks, and a container of which it is process 1."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

from command import PATIENCE, Fifo, ending, folder, status, told
from scripted import COMMAND, Skip, main

# Says that it runs, and waits until it may end.
WAITING = '''\
  - {task: first, run: touch made, revert: rm made}
  - {task: second, run: "echo running > fifo; read -r word < gate", revert: "true"}
  - {task: third, run: "true"}
'''


def test_exit_statuses_are_learnt_where_sigchld_is_ignored():
    with folder() as place:
        place.flow('  - {task: a, run: touch made, revert: rm made}\n  - {task: b, run: exit 3}\n')
        done = status(place.run('run', 'flow.yaml', preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)), 10)
        assert 'b  exited with status 3' in done.stderr, done.stderr
        assert not (place.path / 'made').exists()


def block():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])


def ignore():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def test_signals_are_heard_though_they_were_blocked_or_ignored():
    for prepare in (block, ignore):
        for number in (signal.SIGINT, signal.SIGTERM):
            with folder() as place:
                place.flow(WAITING)
                running, gate = Fifo(place), Fifo(place, 'gate')
                process = place.start('run', 'flow.yaml', preexec_fn=prepare)
                running.wait()
                process.send_signal(number)
                told(process, 'suspending')
                os.write(gate.fd, b'go\n')
                code, _, err = ending(process)
                assert code == 12, (prepare, number, code, err)


def test_a_run_whose_terminal_goes_is_suspended_when_its_step_has_ended():
    with folder() as place:
        place.flow(WAITING)
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        running.wait()
        process.send_signal(signal.SIGHUP)
        told(process, 'suspending')
        process.send_signal(signal.SIGHUP)
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 12 and (place.path / 'made').exists(), (code, err)
        status(place.run('resume', 'r1'), 0)


def test_under_nohup_the_run_goes_on():
    with folder() as place:
        place.flow(WAITING)
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        running.wait()
        process.send_signal(signal.SIGHUP)
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 0, (code, err)


class Container:
    """A process id namespace of which a command is process 1."""

    def __init__(self, place, *words):
        namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc']
        if subprocess.run([*namespace, 'true'], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise Skip('no process id namespace can be made here')
        self.process = subprocess.Popen([*namespace, COMMAND, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=place.path, env=place.environment)

    def signal(self, number):
        """Sends a signal to process 1, as whoever stops a container does."""
        children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children')
        os.kill(int(children.read_text(encoding='ascii')), number)

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def container(place, *words):
    started = Container(place, *words)
    try:
        yield started
    finally:
        started.end()


def test_process_1_waits_for_those_who_lost_their_parents():
    """Otherwise a server that was told to end would be there for ever, as a zombie."""
    with folder() as place:
        place.flow('''\
  - task: start
    run: |
      setsid -f sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 1000' >/dev/null 2>&1
      until [ -e pid ]; do sleep 0.01; done
  - task: stop
    timeout: 30s
    run: |
      read -r pid < pid
      kill "$pid"
      while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
''')
        with container(place, 'run', 'flow.yaml') as inside:
            code, _, err = ending(inside.process)
            assert code == 0, (code, err)


def test_process_1_ends_as_the_run_does():
    with folder() as place:
        place.flow('  - {task: a, run: touch made, revert: rm made}\n  - {task: b, run: exit 3}\n')
        with container(place, 'run', 'flow.yaml') as inside:
            code, _, err = ending(inside.process)
            assert code == 10, (code, err)


def test_process_1_hears_signals_and_the_third_ends_it():
    with folder() as place:
        place.flow(WAITING)
        running, gate = Fifo(place), Fifo(place, 'gate')
        with container(place, 'run', 'flow.yaml', '--id', 'r1') as inside:
            running.wait()
            inside.signal(signal.SIGTERM)
            told(inside.process, 'suspending')
            os.write(gate.fd, b'go\n')
            code, _, err = ending(inside.process)
            assert code == 12, (code, err)
        place.flow(WAITING.replace('"echo running', '"trap \'\' TERM; echo running').replace('< gate', '< gate || read -r word < gate'))
        with container(place, 'run', 'flow.yaml', '--id', 'r2') as inside:
            running.wait()
            for text in ('once more cancels', 'once more ends', 'the store knows'):
                inside.signal(signal.SIGINT)
                told(inside.process, text)
            assert inside.process.wait(PATIENCE) == 128 + signal.SIGINT


if __name__ == '__main__':
    main(sys.modules[__name__])
