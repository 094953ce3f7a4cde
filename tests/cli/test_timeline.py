# SPDX-License-Identifier: Apache-2.0
"""What `backflow timeline` draws: as text, as a picture, as JSON."""

import contextlib
import fcntl
import os
import pty
import random
import signal
import sqlite3
import struct
import sys
import termios
import xml.etree.ElementTree as tree

from command import Fifo, folder, status
from scripted import main

SVG = '{http://www.w3.org/2000/svg}'
RETRIED = '''
flow: site
steps:
  - {task: base, run: "true", revert: "true"}
  - flow: tries
    retry: {times: 2, delay: 200ms}
    steps:
      - {task: bad, run: "exit 3", revert: "true"}
  - {task: never, run: "true"}
'''


def ran(place):
    place.write('flow.yaml', RETRIED)
    status(place.run('run', 'flow.yaml', '--id', 'r1'), 10)


def rows(text):
    """The drawn part and the rest of each row, by the name of its step."""
    parts = [line.split('│') for line in text.splitlines() if '│' in line]
    return {name.strip(): (drawn, rest) for name, drawn, rest in parts}


def test_each_step_has_a_row_with_its_attempts():
    with folder() as place:
        ran(place)
        text = status(place.run('timeline', 'r1'), 0).stdout
        drawn = rows(text)
        assert list(drawn) == ['base', 'tries.retry', 'bad', 'never'], text
        assert '█' in drawn['base'][0] and '▒' in drawn['base'][0], text
        assert '✗' in drawn['bad'][0] and '▒' in drawn['bad'][0], text
        assert '·' in drawn['tries.retry'][0] and '·' not in drawn['bad'][0], text
        assert drawn['never'][0].strip() == '' and 'PENDING' in drawn['never'][1], text
        assert 'REVERTED' in drawn['base'][1], text
        assert '█ execute  ▒ revert  · wait' in text.splitlines()[-1], text


def test_any_times_can_be_drawn():
    """Attempts that follow each other within a column, also in the last one; a clock that was set back."""
    chance = random.Random(7)
    with folder() as place:
        ran(place)
        store = next(place.path.rglob('runs.db'))
        steps = (0, 1, 50, 999, 100000, 10**7)
        for at in range(60):
            with contextlib.closing(sqlite3.connect(store)) as database, database:
                time = 10**15
                for (key,) in database.execute('SELECT key FROM journal ORDER BY key').fetchall():
                    time += chance.choice(steps) - (chance.choice(steps) if at % 10 == 9 else 0)
                    database.execute('UPDATE journal SET time_us = ? WHERE key = ?', (time, key))
                database.execute('UPDATE runs SET created_us = ?, updated_us = ?', (10**15, time))
            text = status(place.run('timeline', 'r1'), 0).stdout
            assert len({len(drawn) for drawn, _ in rows(text).values()}) == 1, text


def test_no_line_is_wider_than_80_columns_where_there_is_no_terminal():
    with folder() as place:
        place.flow('  - {task: a-step-with-a-very-long-name-indeed-which-nobody-would-type, run: "true"}\n  - {task: b, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 0)
        text = status(place.run('timeline', '@last'), 0).stdout
        assert max(map(len, text.splitlines())) <= 80, text


def test_a_terminal_is_filled():
    with folder() as place:
        ran(place)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 120, 0, 0))
        status(place.run('timeline', 'r1', '--color', 'never', stdout=theirs), 0)
        os.close(theirs)
        text = os.read(ours, 65536).decode()
        os.close(ours)
        assert 110 < max(len(line.rstrip()) for line in text.splitlines()) <= 120, text


def test_an_attempt_that_goes_on_and_one_that_was_interrupted_look_different():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: a, run: "echo $$ > fifo; exec sleep 1000"}\n')
        process = place.start('run', 'flow.yaml')
        child = int(fifo.wait())
        text = status(place.run('timeline', '@last'), 0).stdout
        assert '›' in rows(text)['a'][0], text
        process.kill()
        process.communicate()
        os.kill(child, signal.SIGKILL)
        text = status(place.run('timeline', '@last'), 0).stdout
        assert '?' in rows(text)['a'][0], text
        document, _ = place.json('timeline', '@last')
        assert document['rows'][0]['bars'][0]['end'] == 'interrupted', document


def test_what_a_resumed_run_takes_up_is_two_bars_with_a_gap():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: a, run: "echo $$ > fifo; [ -e again ] || exec sleep 1000"}\n')
        process = place.start('run', 'flow.yaml')
        child = int(fifo.wait())
        process.kill()
        process.communicate()
        os.kill(child, signal.SIGKILL)
        place.write('again', '')
        status(place.run('resume', '@last'), 0)
        document, _ = place.json('timeline', '@last')
        first, second = document['rows'][0]['bars']
        assert (first['end'], second['end'], first['attempt'], second['attempt']) == ('interrupted', 'ended', 1, 1), document
        assert first['to'] < second['from'], document
        text = status(place.run('why', '@last', 'a'), 0).stdout
        assert 'was interrupted, was taken up again at ' in text and 'and succeeded' in text, text


def test_the_time_in_which_a_run_stood_still_is_told():
    with folder() as place:
        place.flow('  - {task: a, run: "[ -e go ] || { echo > fifo; sleep 1000; }", revert: "true"}\n  - {task: b, run: "true", revert: "true"}\n')
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        assert 'stood still' not in status(place.run('timeline', 'r1'), 0).stdout
        place.write('go', '')
        status(place.run('resume', 'r1'), 0)
        status(place.run('revert', 'r1'), 0)
        assert status(place.run('timeline', 'r1'), 0).stdout.count('stood still from ') == 2
        document, _ = place.json('timeline', 'r1')
        assert len(document['pauses']) == 2 and all(pause['seconds'] > 0 for pause in document['pauses']), document
        for bar in (bar for row in document['rows'] for bar in row['bars']):
            for pause in document['pauses']:
                assert bar['to'] <= pause['from'] or bar['from'] >= pause['to'], (bar, pause)
        picture = tree.fromstring(status(place.run('timeline', 'r1', '--svg'), 0).stdout.encode())
        titles = [title.text for title in picture.iter(f'{SVG}title')]
        assert sum(title.startswith('the run stood still: ') for title in titles) == 2, titles


def test_json_has_the_bars():
    with folder() as place:
        ran(place)
        document, _ = place.json('timeline', 'r1')
        drawn = {row['atom']: row for row in document['rows']}
        assert [(bar['kind'], bar['attempt'], bar['end']) for bar in drawn['bad']['bars']] == [
            ('execute', 1, 'failed'), ('revert', 1, 'ended'), ('execute', 2, 'failed'), ('revert', 2, 'ended')], drawn['bad']
        waits = [bar for bar in drawn['tries.retry']['bars'] if bar['kind'] == 'wait']
        assert len(waits) == 1 and 0 < waits[0]['seconds'] <= 0.2, waits
        assert drawn['tries.retry']['wait'] == waits[0]['seconds'], drawn
        assert drawn['never']['bars'] == [] and drawn['never']['execute'] == 0, drawn
        for row in document['rows']:
            for bar in row['bars']:
                assert document['from'] <= bar['from'] <= bar['to'] <= document['to'], bar


def test_the_picture_is_well_formed_whatever_steps_are_called():
    with folder() as place:
        place.flow('  - {task: "a<b>&\\"c\\"", run: "echo \'<&\' >&2; exit 1"}\n  - {task: ünïcödé, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        text = status(place.run('timeline', '@last', '--svg'), 0).stdout
        root = tree.fromstring(text)
        assert root.tag == f'{SVG}svg', root.tag
        words = ''.join(root.itertext())
        assert 'a<b>&"c"' in words and 'ünïcödé' in words, words
        titles = [title.text for title in root.iter(f'{SVG}title')]
        assert any('execute' in title and 'failed' in title for title in titles), titles
        assert 'prefers-color-scheme: dark' in text


def test_the_picture_of_many_steps_repeats_its_scale():
    with folder() as place:
        place.flow('  - flow: all\n    kind: unordered\n    steps:\n'
                   + ''.join(f'      - {{task: t{i}, run: ["true"]}}\n' for i in range(400)))
        status(place.run('run', 'flow.yaml', '--store', 'sqlite:runs.db?durability=normal'), 0)
        text = status(place.run('timeline', '@last', '--svg', '--store', 'sqlite:runs.db'), 0).stdout
        root = tree.fromstring(text)
        words = [one.text for one in root.iter(f'{SVG}text')]
        assert words.count('0 ms') >= 400 // 40, words.count('0 ms')
        assert {f't{i}' for i in range(400)} <= set(words)
        assert float(root.get('height')) < 400 * 20, root.get('height')


def test_a_run_that_is_not_there_is_said():
    with folder() as place:
        ran(place)
        done = status(place.run('timeline', 'nobody'), 2)
        assert 'nobody' in done.stderr and not done.stdout


if __name__ == '__main__':
    main(sys.modules[__name__])
