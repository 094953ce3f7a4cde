# SPDX-License-Identifier: Apache-2.0
"""What a user sees on a terminal: a small screen is played, so that what counts is what stands there in the end."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios

from command import PATIENCE, Fifo, folder, status
from scripted import main


class Terminal:
    """A screen of that size that understands what the command writes: line ends, going up, erasing, colours."""

    def __init__(self, rows=24, columns=80):
        self.rows, self.columns = rows, columns
        self.lines, self.row, self.column = [''], 0, 0
        self.raw, self.wraps = '', 0

    def put(self, text):
        self.raw += text
        for piece in re.findall(r'\033\[[0-9;]*[A-Za-z]|\r|\n|[^\033\r\n]', text):
            self.play(piece)

    def play(self, piece):
        if piece == '\r':
            self.column = 0
        elif piece == '\n':
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append('')
        elif piece.endswith('A') and piece.startswith('\033'):
            self.row = max(0, self.row - int(piece[2:-1]))
        elif piece == '\033[J':
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        elif piece.startswith('\033'):
            assert piece.endswith('m'), f'the terminal is sent {piece!r}'
        else:
            if self.column == self.columns:
                self.wraps += 1
                self.play('\n')
                self.column = 0
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + piece + line[self.column + 1:]
            self.column += 1

    def text(self):
        return '\n'.join(self.lines)


class Session:
    """The command on a terminal of its own."""

    def __init__(self, place, *words, rows=24, columns=80, **environment):
        self.screen = Terminal(rows, columns)
        self.fd, slave = pty.openpty()
        self.resize(rows, columns)
        environment = {**place.environment, 'TERM': 'xterm', **environment}
        self.process = place.start(*words, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)

    def resize(self, rows, columns):
        self.screen.rows, self.screen.columns = rows, columns
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

    def read(self):
        """Plays what is there. Returns: False at the end."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f'nothing more comes:\n{self.screen.text()}'
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.screen.put(data.decode(errors='replace'))
        return bool(data)

    def until(self, pattern):
        while not re.search(pattern, self.screen.text(), re.M):
            assert self.read(), f'{pattern!r} never stood there:\n{self.screen.text()}'

    def end(self):
        while self.read():
            pass
        os.close(self.fd)
        return self.process.wait(PATIENCE)


WAITING = '''\
  - {task: first, run: [echo, hello]}
  - task: second
    run: |
      echo running > fifo
      read -r word < gate
    effects: none
  - {task: third, run: [echo, bye]}
'''


def test_the_running_step_is_drawn_and_finished_ones_scroll_up_once():
    with folder() as place:
        place.flow(WAITING)
        fifo, gate = Fifo(place), Fifo(place, 'gate')
        session = Session(place, 'run', 'flow.yaml', '--id', 'r1')
        fifo.wait()
        session.until(r'^  ▶ second ')
        session.until(r'^site  run r1  1 of 3 done')
        assert re.search(r'^  ✔ first +\d+ ms +hello$', session.screen.text(), re.M), session.screen.text()
        os.write(gate.fd, b'go\n')
        assert session.end() == 0
        text = session.screen.text()
        assert [len(re.findall(rf'^  ✔ {name} ', text, re.M)) for name in ('first', 'second', 'third')] == [1, 1, 1], text
        assert '▶' not in text and ' done  ' not in text, text
        assert re.search(r'^SUCCESS  site  run r1  3 done', text, re.M), text


def test_time_is_drawn_while_nothing_happens():
    with folder() as place:
        place.flow(WAITING)
        fifo, gate = Fifo(place), Fifo(place, 'gate')
        session = Session(place, 'run', 'flow.yaml')
        fifo.wait()
        session.until(r'^  ▶ second +\d+ ms')
        before = session.screen.text()
        while session.screen.text() == before:
            assert session.read()
        os.write(gate.fd, b'go\n')
        assert session.end() == 0


def test_a_failure_and_its_rollback_are_drawn():
    with folder() as place:
        place.flow('  - {task: first, run: ["true"], revert: ["true"]}\n  - {task: second, run: "echo no >&2; exit 1"}\n')
        session = Session(place, 'run', 'flow.yaml')
        assert session.end() == 10
        text = session.screen.text()
        assert re.search(r'^  ✘ second +\d+ ms +exited with status 1: no$', text, re.M), text
        assert re.search(r'^  ↶ first +\d+ ms +reverted$', text, re.M), text
        assert 'ROLLBACK COMPLETE' in text and '\033[' in session.screen.raw, text


def test_lines_are_cut_to_the_terminal_and_follow_its_size():
    with folder() as place:
        place.flow(WAITING.replace('hello', 'x' * 200))
        fifo, gate = Fifo(place), Fifo(place, 'gate')
        session = Session(place, 'run', 'flow.yaml', '--id', 'r1', columns=40)
        fifo.wait()
        session.until(r'^  ▶ second ')
        assert session.screen.wraps == 0, session.screen.text()
        session.resize(10, 100)
        session.until(r'1 of 3 done  \d')
        os.write(gate.fd, b'go\n')
        assert session.end() == 0


def test_interrupts_are_answered_on_the_terminal():
    with folder() as place:
        place.flow(WAITING)
        fifo, _ = Fifo(place), Fifo(place, 'gate')
        session = Session(place, 'run', 'flow.yaml')
        fifo.wait()
        session.until(r'^  ▶ second ')
        session.process.send_signal(2)
        session.until(r'^backflow: suspending after the steps that run now')
        session.process.send_signal(2)
        session.until(r'^backflow: cancelling and rolling back')
        assert session.end() == 10
        assert 'CANCELLED  site' in session.screen.text(), session.screen.text()


def test_a_wait_for_the_next_try_is_counted_down_and_ends_on_an_interrupt():
    with folder() as place:
        place.flow('  - {task: first, run: ["true"], revert: ["true"]}\n'
                   '  - flow: again\n    retry: {times: 2, delay: 1h}\n    steps:\n      - {task: try, run: exit 1}\n')
        session = Session(place, 'run', 'flow.yaml', '--id', 'r1')
        session.until(r'^  ↻ again.retry  .*try failed: tries again in 1:00:00$')
        session.until(r'^site  run r1  trying again  1 of 2 done')
        session.until(r'^  ↻ again.retry +tries again in 59:5\d$')
        session.process.send_signal(2)
        assert session.end() == 12
        assert 'backflow resume r1 ' in session.screen.text(), session.screen.text()


def test_a_resumed_run_is_drawn_from_where_it_stands():
    with folder() as place:
        place.flow(WAITING)
        fifo, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        fifo.wait()
        process.kill()
        process.communicate()
        session = Session(place, 'resume', 'r1')
        fifo.wait()
        session.until(r'^  ▶ second ')
        session.until(r'^site  run r1  1 of 3 done')
        os.write(gate.fd, b'go\n')
        assert session.end() == 0
        text = session.screen.text()
        assert not re.search(r'^  . first ', text, re.M) and re.search(r'^  ✔ second ', text, re.M), text


def test_how_far_a_step_is_stands_behind_it():
    with folder() as place:
        place.flow('  - task: copy\n    run: |\n      echo 0.4 >> "$BACKFLOW_PROGRESS"\n      read -r word < gate\n')
        gate = Fifo(place, 'gate')
        session = Session(place, 'run', 'flow.yaml')
        session.until(r'^  ▶ copy +[\d.]+ m?s  40%$')
        os.write(gate.fd, b'go\n')
        assert session.end() == 0


def test_no_color_keeps_the_drawing_and_a_dumb_terminal_gets_plain_lines():
    with folder() as place:
        place.flow('  - {task: first, run: [echo, hello]}\n')
        session = Session(place, 'run', 'flow.yaml', NO_COLOR='1')
        assert session.end() == 0
        assert '✔ first' in session.screen.text() and not re.search(r'\033\[[0-9;]*m', session.screen.raw)
        session = Session(place, 'run', 'flow.yaml', TERM='dumb')
        assert session.end() == 0
        assert '\033' not in session.screen.raw and 'first: done in ' in session.screen.text()


def test_many_quick_steps_do_not_flood_the_terminal():
    with folder() as place:
        place.flow(''.join(f'  - {{task: t{i}, run: ["true"]}}\n' for i in range(300)))
        session = Session(place, 'run', 'flow.yaml', '--store', 'memory:', rows=10)
        assert session.end() == 0
        assert '300 done' in session.screen.text(), session.screen.text()


def test_what_undoes_a_run_says_which_and_asks():
    with folder() as place:
        place.flow('  - {task: a, run: touch made, revert: rm made}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        session = Session(place, 'revert', '@last', columns=200)
        session.until(r'Go on\? \[y/N\]')
        assert re.search(r'^Revert run r1 of the flow site \(\S+/flow.yaml\), SUCCESS, begun (now|\d+ \w+ ago): 1 effect is undone: a\.$',
                         session.screen.text(), re.M), session.screen.text()
        os.write(session.fd, b'\n')
        assert session.end() == 2 and (place.path / 'made').exists(), session.screen.text()
        session = Session(place, 'revert', '@last', columns=200)
        session.until(r'Go on\? \[y/N\]')
        os.write(session.fd, b'y\n')
        assert session.end() == 0 and not (place.path / 'made').exists(), session.screen.text()
        status(place.run('run', 'flow.yaml', '--id', 'r2'), 0)
        session = Session(place, 'revert', 'r2', '--yes', columns=200)
        assert session.end() == 0 and 'Go on?' not in session.screen.text(), session.screen.text()
        assert 'Revert run r2' in session.screen.text()


if __name__ == '__main__':
    main(sys.modules[__name__])
