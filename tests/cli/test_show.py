# SPDX-License-Identifier: Apache-2.0
"""What `backflow show` tells of runs with nested flows, retries, progress, requests and resolutions."""

import os
import signal
import sys
import time

from command import PATIENCE, Fifo, ending, folder, status, told
from scripted import main

NESTED = '''
flow: site
steps:
  - {task: a, run: "true", revert: "true"}
  - flow: inner
    retry: {for-each: [alpha, beta], provides: host, delay: 10ms}
    steps:
      - flow: innermost
        kind: unordered
        steps:
          - {task: b, requires: [host], run: "[ $host = beta ]", revert: "true"}
  - {task: c, run: "true"}
'''


def lines(text):
    """The table of steps: lines from its head to the next empty one, without what follows the name and the state."""
    table = text.split('\n\n')[1].splitlines()
    assert table[0].split()[:2] == ['STEP', 'STATE'], text
    return table[1:]


def test_steps_stand_below_their_flows_with_the_tries_of_retries():
    with folder() as place:
        place.write('flow.yaml', NESTED)
        status(place.run('run', 'flow.yaml'), 0)
        table = lines(status(place.run('show', '@last'), 0).stdout)
        indents = [(len(line) - len(line.lstrip()), line.split()[0 if line.split()[0] != 'flow' else 1]) for line in table]
        assert indents == [(1, 'site'), (2, 'a'), (3, 'inner'), (4, 'inner.retry'), (8, 'try'), (8, 'try'), (5, 'innermost'), (6, 'b'),
                           (2, 'c')], table
        assert table[4].split() == 'try 1 alpha RETRY answered to the failure of b, waits 10 ms'.split(), table
        assert table[5].split() == ['try', '2', 'beta'], table
        document, _ = place.json('show', '@last')
        tries = [atom['tries'] for atom in document['atoms'] if atom['name'] == 'inner.retry'][0]
        assert [one['value'] for one in tries] == ['alpha', 'beta'] and tries[0]['answer']['answer'] == 'RETRY', tries


def test_a_running_step_says_how_far_it_is():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: a, run: \'echo "0.5 half way" >> "$BACKFLOW_PROGRESS"; echo > fifo; read x < go\'}\n')
        go = Fifo(place, 'go')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        fifo.wait()
        # The engine reads what a step says when it sees it: until then the step is running without a word.
        document = {}
        patient = time.monotonic() + PATIENCE
        while not document.get('progress') and time.monotonic() < patient:
            document = place.json('show', 'r1')[0]['atoms'][0]['attempts'][0]
        assert document.get('progress') == 0.5, document
        assert '50 %: half way' in status(place.run('show', 'r1'), 0).stdout
        assert 'it is 50 % done: half way' in status(place.run('why', 'r1', 'a'), 0).stdout
        with open(go.path, 'w', encoding='utf-8') as pipe:
            pipe.write('\n')
        assert ending(process)[0] == 0
        assert '50 %' not in status(place.run('show', 'r1'), 0).stdout


def test_what_was_asked_and_said_is_shown_with_its_reason():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "exit 1"}\n  - {task: b, run: "true", revert: "true"}\n')
        status(place.run('run', 'flow.yaml'), 0)
        status(place.run('revert', '@last', '--reason', 'moving out'), 11)
        status(place.run('resolve', '@last', 'a', '--skip', '--reason', 'never mind'), 11)
        text = status(place.run('show', '@last'), 0).stdout
        assert 'undo at ' in text and ': moving out' in text, text
        assert 'resolved  skip: never mind' in text, text
        document, _ = place.json('show', '@last')
        assert [one['reason'] for one in document['requests']] == ['moving out'], document['requests']
        assert [(one['atom'], one['resolution']) for one in document['resolutions']] == [('a', 'skip')], document['resolutions']


def test_json_has_the_first_reason_of_each_step():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "exit 1"}\n  - {task: c, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        document, _ = place.json('show', '@last')
        assert [atom['why'] for atom in document['atoms']] == [
            {'reason': 'rolled-back', 'atom': 'b'}, {'reason': 'rolled-back', 'atom': 'b'}, {'reason': 'halted', 'atom': 'b'}], document


def test_a_run_that_has_not_ended_says_how_long_it_is_at_work():
    with folder() as place:
        fifo, gate = Fifo(place), Fifo(place, 'gate')
        place.flow('  - {task: a, run: sleep 1.1, effects: none}\n  - {task: b, run: "echo > fifo; read -r word < gate", effects: none}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        fifo.wait()
        for driven in (True, False):
            text = status(place.run('show', 'r1'), 0).stdout
            facts = dict(line.split(maxsplit=1) for line in text.splitlines() if line.startswith(('  started', '  updated')))
            assert facts['started'] < facts['updated'] and ' ms' not in text.splitlines()[0], text
            row = status(place.run('list'), 0).stdout.splitlines()[1]
            assert ('RUNNING' in row and ' ms ' not in row) if driven else row.split()[:5:4] == ['r1', '?'], row
            process.kill()
            process.communicate()
        os.write(gate.fd, b'go\n')


def test_a_revert_is_no_further_try():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: exit 1, revert: "true", retry: {times: 3}}\n')
        status(place.run('run', 'flow.yaml'), 10)
        table = lines(status(place.run('show', '@last'), 0).stdout)
        assert [line.split()[2] for line in table if line.split()[0] in ('a', 'b')] == ['1', '3'], table


def test_a_run_that_waits_to_try_again_is_not_said_to_have_failed():
    with folder() as place:
        place.flow('  - {task: a, run: exit 3, retry: {times: 2, delay: 1000s}}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1', '-vv')
        told(process, 'RETRYING')
        waiting = status(place.run('show', 'r1'), 0).stdout
        process.send_signal(signal.SIGINT)
        assert ending(process)[0] == 12
        for text in (waiting, status(place.run('show', 'r1'), 0).stdout):
            assert 'What has failed\n  a  exited with status 3' in text and 'Why it failed' not in text, text


def test_what_people_should_know_of_a_step_is_shown():
    with folder() as place:
        place.flow('  - {task: a, run: \'echo half >> "$BACKFLOW_PROGRESS"\'}\n')
        status(place.run('run', 'flow.yaml'), 0)
        table = lines(status(place.run('show', '@last'), 0).stdout)
        assert any(line.strip().startswith('note  "half" is no progress') for line in table), table


if __name__ == '__main__':
    main(sys.modules[__name__])
