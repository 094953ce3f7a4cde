# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: a folder with a store and flow files, and running the command there."""

import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scripted import COMMAND    # noqa: E402

# Long enough for a machine that does many other things; nothing waits for it when all is well.
PATIENCE = 120


class Folder:
    """A folder of its own: the default store is below it, every command runs in it."""

    def __init__(self, path):
        self.path = path
        self.environment = {key: value for key, value in os.environ.items() if key not in ('NO_COLOR', 'TERM')}
        self.environment.update(XDG_STATE_HOME=str(path / 'state'), HOME=str(path), TZ='UTC')

    def write(self, name, text):
        path = self.path / name
        path.write_text(text, encoding='utf-8')
        return path

    def flow(self, steps, head=''):
        """A flow file of these steps (YAML text)."""
        return self.write('flow.yaml', f'flow: site\n{head}steps:\n{steps}')

    def run(self, *words, **options):
        """The completed command: bytes of both outputs as text, with what is not UTF-8 replaced."""
        environment = {**self.environment, **options.pop('env', {})}
        done = subprocess.run([COMMAND, *map(str, words)], stdin=subprocess.DEVNULL, stdout=options.pop('stdout', subprocess.PIPE),
                              stderr=subprocess.PIPE, cwd=options.pop('cwd', self.path), env=environment, check=False, timeout=PATIENCE, **options)
        done.stdout = done.stdout.decode(errors='replace') if done.stdout is not None else ''
        done.stderr = done.stderr.decode(errors='replace')
        return done

    def start(self, *words, **options):
        return subprocess.Popen([COMMAND, *map(str, words)], stdin=options.pop('stdin', subprocess.DEVNULL),
                                stdout=options.pop('stdout', subprocess.PIPE), stderr=options.pop('stderr', subprocess.PIPE),
                                cwd=options.pop('cwd', self.path), env={**self.environment, **options.pop('env', {})}, **options)

    def json(self, *words):
        done = self.run(*words, '--json')
        return json.loads(done.stdout), done


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield Folder(pathlib.Path(path))


def status(done, expected):
    """The same, when the exit status is the expected one."""
    assert done.returncode == expected, f'status {done.returncode}, not {expected}\n{done.stdout}\n{done.stderr}'
    return done


def ending(process):
    """Waits for a started command. Returns: exit status and both outputs as text."""
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, (out or b'').decode(errors='replace'), (err or b'').decode(errors='replace')


def told(process, text):
    """Reads standard error of a started command up to a text. Returns: what was read."""
    read = b''
    while text.encode() not in read:
        ready, _, _ = select.select([process.stderr], [], [], PATIENCE)
        piece = os.read(process.stderr.fileno(), 4096) if ready else b''
        assert piece, f'{text!r} was never said: {read!r}'
        read += piece
    return read.decode(errors='replace')


class Fifo:
    """A named pipe into which a step writes when it is where the test wants it."""

    def __init__(self, place, name='fifo'):
        self.path = place.path / name
        os.mkfifo(self.path)
        # Held open for writing too, so that neither side waits for the other.
        self.fd = os.open(self.path, os.O_RDWR)

    def wait(self):
        """The next thing that was written."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f'nobody wrote to {self.path}'
        return os.read(self.fd, 4096).decode()


# Its second step says that it runs, and then waits until somebody opens the gate.
WAITING = '''\
  - {task: first, run: touch made, revert: rm made}
  - task: second
    run: |
      touch other
      echo running > fifo
      read -r word < gate
    revert: rm -f other
  - {task: third, run: touch third, revert: rm third}
'''


def started(place, *words):
    """Starts r1, up to its second step. Returns: the process, and the gate."""
    place.flow(WAITING)
    running, gate = Fifo(place), Fifo(place, 'gate')
    process = place.start('run', 'flow.yaml', '--id', 'r1', *words)
    running.wait()
    return process, gate


def processes_with(text):
    """The processes in whose environment or command line a text stands."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if text.encode() in (path / 'environ').read_bytes() + (path / 'cmdline').read_bytes():
                found.append(int(path.name))
    return [number for number in found if number != os.getpid()]


def events(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding='utf-8').splitlines()]
