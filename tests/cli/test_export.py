# SPDX-License-Identifier: Apache-2.0
"""The lines of `backflow export`: a contract for programs that read them."""

import contextlib
import json
import os
import sqlite3
import sys

from command import events, folder, status
from scripted import COMMAND, main

FLOW = '''
flow: site
inputs: {n: 1, token: {type: string, secret: true, env: TOKEN}}
steps:
  - {task: base, requires: [token], run: "echo hello", revert: "true", provides: base}
  - flow: tries
    retry: {times: 2, delay: 10ms}
    steps:
      - {task: bad, run: "echo wrong >&2; exit 3", revert: "true"}
'''

# Records of kinds that this flow does not come to, as the store has them: kind, atom, to, attempt, name, value; and what becomes of them.
ADDED = [
    ((6, None, 0, 0, None, '"look out"'), {'event': 'note', 'text': 'look out'}),
    ((7, None, 1, 0, None, '"enough"'), {'event': 'request', 'request': 'cancel', 'reason': 'enough'}),
    ((7, None, 0, 0, None, None), {'event': 'request', 'request': 'suspend'}),
    ((8, 0, 2, 0, 'I looked', None), {'event': 'resolution', 'atom': 'base', 'resolution': 'skip', 'reason': 'I looked'}),
    ((8, 0, 3, 0, '', '7'), {'event': 'resolution', 'atom': 'base', 'resolution': 'done', 'reason': '', 'result': 7}),
    ((9, 0, 0, 1, '0.5', '"half"'), {'event': 'progress', 'atom': 'base', 'action': 'execute', 'attempt': 1, 'progress': 0.5,
                                     'details': 'half'}),
    ((10, 0, 0, 0, 'host', '"h"'), {'event': 'meta', 'atom': 'base', 'name': 'host', 'value': 'h'}),
    ((10, None, 0, 0, 'ticket', '2'), {'event': 'meta', 'name': 'ticket', 'value': 2}),
]


def add(place, rows):
    """Adds records to the end of the only journal."""
    with contextlib.closing(sqlite3.connect(place.path / 'state/backflow/runs.db')) as store, store:
        store.executemany('INSERT INTO journal (key, time_us, kind, atom, from_state, to_state, intention, attempt, name, value) '
                          'SELECT max(key) + 1, 1700000000000000, ?, ?, 0, ?, 0, ?, ?, ? FROM journal', rows)


def exported(place, *words):
    return [json.loads(line) for line in status(place.run('export', *words), 0).stdout.splitlines()]


def ran(place):
    place.write('flow.yaml', FLOW)
    status(place.run('run', 'flow.yaml', '--id', 'r1', '--events', 'events.jsonl', env={'TOKEN': 'hush'}), 10)


def test_the_first_line_has_the_run_and_its_atoms():
    with folder() as place:
        ran(place)
        head = exported(place, 'r1')[0]
        assert (head['event'], head['run'], head['flow'], head['state']) == ('run', 'r1', 'site', 'REVERTED'), head
        assert head['definition'] == str((place.path / 'flow.yaml').resolve()), head
        assert [(atom['number'], atom['atom'], atom['flow'], atom['kind'], atom['effects']) for atom in head['atoms']] == [
            (0, 'base', 'site', 'task', 'reversible'), (1, 'tries.retry', 'tries', 'retry', 'none'),
            (2, 'bad', 'tries', 'task', 'reversible')], head


def test_every_record_has_its_line_in_order():
    with folder() as place:
        ran(place)
        lines = exported(place, 'r1')[1:]
        assert [line['seq'] for line in lines] == list(range(1, len(lines) + 1))
        with contextlib.closing(sqlite3.connect(place.path / 'state/backflow/runs.db')) as store:
            assert store.execute('SELECT count(*) FROM journal').fetchone() == (len(lines),)
        assert all(line['run'] == 'r1' and line['time'].endswith('Z') for line in lines)


def test_transitions_are_as_in_the_event_log():
    with folder() as place:
        ran(place)

        def transitions(lines):
            kept = ('event', 'flow', 'atom', 'kind', 'from', 'to', 'attempt', 'result')
            return [{key: line.get(key) for key in kept} for line in lines if line['event'] in ('flow', 'atom')]

        logged = transitions(events(place.path / 'events.jsonl'))
        assert logged and transitions(exported(place, 'r1')) == logged
        failure = [line for line in exported(place, 'r1') if line.get('to') == 'FAILURE'][0]['failure']
        assert failure['exit-status'] == 3 and 'wrong' in failure['stderr'], failure


def test_inputs_logs_and_answers_are_there_and_secrets_are_not():
    with folder() as place:
        ran(place)
        lines = exported(place, 'r1')
        inputs = {line['name']: line['value'] for line in lines if line['event'] == 'input'}
        assert inputs['n'] == 1 and '$secret' in inputs['token'], inputs
        assert 'hush' not in json.dumps(lines)
        answers = [(line['atom'], line['decision'], line['failed']) for line in lines if line['event'] == 'decision']
        assert answers == [('tries.retry', 'RETRY', 'bad'), ('tries.retry', 'REVERT', 'bad')], answers
        waiting = [line for line in lines if line['event'] == 'decision'][0]
        assert waiting['wait'] == 0.01 and waiting['until'] > waiting['time'], waiting
        logs = [(line['atom'], line['action'], line['attempt']) for line in lines if line['event'] == 'log']
        assert ('base', 'execute', 1) in logs, logs
        whole = [line for line in lines if line['event'] == 'intention' and 'atom' not in line]
        assert [line['intention'] for line in whole] == ['REVERT'], whole


def test_what_the_run_waits_behind_is_named():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "exit 1", revert: "exit 1"}\n')
        status(place.run('run', 'flow.yaml'), 11)
        waiting = [line for line in exported(place, '@last') if 'waits-behind' in line]
        assert [(line['atom'], line['waits-behind']) for line in waiting] == [('a', 'b')], waiting


def test_nothing_is_printed_of_a_run_that_is_not_there():
    with folder() as place:
        ran(place)
        done = status(place.run('export', 'nobody'), 2)
        assert 'nobody' in done.stderr and not done.stdout


def test_every_kind_of_record_has_its_names():
    with folder() as place:
        ran(place)
        add(place, [row for row, _ in ADDED])
        lines = exported(place, 'r1')[-len(ADDED):]
        for line, (_, expected) in zip(lines, ADDED):
            about = {'seq', 'time', 'run', *(('flow', 'kind') if 'atom' in expected else ())}
            assert {key: value for key, value in line.items() if key not in about} == expected, (line, expected)
            assert about <= set(line), line


def peak(place):
    """The most memory that an export of the run took, in bytes."""
    sink = os.open(place.path / 'sink', os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    # A build with AddressSanitizer keeps what was freed for a while.
    environment = {**place.environment, 'ASAN_OPTIONS': f'{os.environ.get("ASAN_OPTIONS", "")}:quarantine_size_mb=1'}
    child = os.posix_spawn(COMMAND, [COMMAND, 'export', 'r1'], environment, file_actions=[(os.POSIX_SPAWN_DUP2, sink, 1)])
    os.close(sink)
    _, ended, used = os.wait4(child, 0)
    assert ended == 0, ended
    return used.ru_maxrss * 1024


def test_memory_does_not_grow_with_the_journal():
    with folder() as place:
        ran(place)
        add(place, [(6, None, 0, 0, None, json.dumps('x' * 100))])
        before = peak(place)
        with contextlib.closing(sqlite3.connect(place.path / 'state/backflow/runs.db')) as store, store:
            store.execute('''WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300000)
                             INSERT INTO journal (key, time_us, kind, from_state, to_state, intention, attempt, value)
                             SELECT last.key + n, time_us, kind, 0, 0, 0, 0, value
                             FROM n, (SELECT * FROM journal ORDER BY key DESC LIMIT 1) AS last''')
        grown = peak(place) - before
        assert (place.path / 'sink').stat().st_size > 300000 * 100
        # What a sanitizer keeps for itself aside; the journal alone is over 30 MB.
        assert grown < 20 * 1024 * 1024, grown


if __name__ == '__main__':
    main(sys.modules[__name__])
