# SPDX-License-Identifier: Apache-2.0
"""What `backflow why` says of the steps of runs that ended in each way."""

import contextlib
import os
import re
import signal
import sqlite3
import sys
import time

from command import PATIENCE, Fifo, folder, status
from scripted import main

RETRIED = '''
flow: site
steps:
  - {task: base, run: "true", revert: "true"}
  - flow: tries
    retry: {times: 3}
    steps:
      - {task: left, run: "true", revert: "true"}
      - {task: right, requires: [base-dir], run: 'echo x >> "$base_dir/n"; [ $(wc -l < "$base_dir/n") -ge COUNT ] || exit 3', revert: "true"}
  - {task: last, run: "true"}
inputs: {base-dir: {type: string}}
'''


def why(place, step, *words):
    return status(place.run('why', '@last', step, *words), 0).stdout


def retried(place, count):
    place.write('flow.yaml', RETRIED.replace('COUNT', str(count)).replace('base-dir', 'base_dir'))
    return place.run('run', 'flow.yaml', '-i', f'base_dir={place.path}')


def test_a_step_that_never_ran_leads_to_the_one_that_failed():
    with folder() as place:
        place.flow('  - {task: a, run: "true"}\n  - {task: b, run: "exit 3"}\n  - {task: c, run: "true"}\n  - {task: d, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        lines = why(place, 'd').splitlines()
        assert lines[0] == 'd is PENDING', lines
        assert lines[1] == '  d has not run: it comes after c, which has not run either.', lines
        assert lines[2] == '  c has not run: it comes after b, which failed.', lines
        assert lines[3] == '  b failed: exited with status 3.', lines
        document, _ = place.json('why', '@last', 'd')
        assert [reason['reason'] for reason in document['reasons']] == ['behind', 'behind', 'failed'], document
        assert [reason['atom'] for reason in document['reasons']] == ['d', 'c', 'b'], document
        assert document['reasons'][0]['other'] == 'c' and document['state'] == 'PENDING', document
        assert document['reasons'][2]['failure']['exit-status'] == 3, document


def test_a_step_that_a_changed_file_has_added_has_its_place():
    with folder() as place:
        first = '  - {task: a, run: "true"}\n'
        place.flow(first)
        status(place.run('run', 'flow.yaml'), 0)
        place.flow(first + '  - {task: b, run: "exit 3"}\n  - flow: inner\n    steps:\n      - {task: c, run: "true"}\n')
        status(place.run('resume', '@last', '--file', 'flow.yaml'), 10)
        assert '  c has not run: it comes after b, which failed.' in why(place, 'c'), why(place, 'c')
        shown = status(place.run('show', '@last'), 0).stdout
        assert '\n   flow inner\n' in shown and '\n    c ' in shown, shown


def test_a_reverted_step_says_who_failed():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        text = why(place, 'a')
        assert text.startswith('a is REVERTED\n  a was reverted because b failed.\n  b failed: exited with status 3.\n'), text


def test_the_try_that_succeeded_is_named():
    with folder() as place:
        status(retried(place, 3), 0)
        text = why(place, 'right')
        assert 'in the third try of tries.retry' in text and 'and succeeded.' in text, text
        document, _ = place.json('why', '@last', 'right')
        assert document['reasons'][0]['tried-by'] == 'tries.retry' and document['reasons'][0]['try'] == 3, document
        assert 'in the' not in why(place, 'base')


def test_what_the_retry_controller_answered_is_named():
    with folder() as place:
        status(retried(place, 9), 10)
        text = why(place, 'base')
        assert 'base was reverted because right failed, and tries.retry answered REVERT (try 3).' in text, text
        document, _ = place.json('why', '@last', 'base')
        assert document['reasons'][0]['controller'] == 'tries.retry' and document['reasons'][0]['answer'] == 'REVERT', document


def test_a_failed_revert_names_each_command_once():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "echo no >&2; exit 4"}\n  - {task: b, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml'), 11)
        status(place.run('resolve', '@last', 'a', '--skip'), 11)
        commands = [line.split('#')[0].strip() for line in why(place, 'a').splitlines() if line.startswith('  backflow ')]
        assert any('logs' in command for command in commands) and len(set(commands)) == len(commands), commands


def interrupted(place, command, *signals):
    """A run of two steps that was killed in its second one, after it had heard these signals."""
    place.flow('  - {task: a, run: "true", revert: "true"}\n'
               f'  - {{task: b, run: "{command}; echo > fifo; [ -e quick ] || sleep 1000", revert: "true", on-unknown: ask, kill-after: 1000s}}\n')
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1')
    pipe.wait()
    for count, number in enumerate(signals, 1):
        process.send_signal(number)
        patient = time.monotonic() + PATIENCE
        while len(place.json('show', 'r1')[0]['requests']) < count and time.monotonic() < patient:
            pass
    process.kill()
    process.communicate()


def test_what_is_done_again_on_request_says_how_that_went():
    with folder() as place:
        interrupted(place, 'true')
        place.write('quick', '')
        status(place.run('resume', 'r1'), 12)
        status(place.run('resolve', 'r1', 'b', '--retry'), 0)
        text = why(place, 'b')
        assert 'Somebody said that b is to be tried again' in text and '  b was executed at ' in text and 'and succeeded.' in text, text


def test_a_run_that_is_rolled_back_is_not_said_to_execute_anything_again():
    with folder() as place:
        interrupted(place, "trap '' TERM", signal.SIGINT, signal.SIGINT)
        for words in (('why', 'r1', 'b'), ('show', 'r1')):
            text = status(place.run(*words), 0).stdout
            assert 'go on with the rollback' in text and '--reverted' in text, text
            for untrue in ('again', 'repeated', 'roll it back instead'):
                assert untrue not in text, text
        done = status(place.run('resolve', 'r1', 'b', '--retry'), 10)
        assert 'tried again' not in done.stderr and 'step b: it counts as failed, since the run is rolled back.' in done.stderr, done.stderr


def test_an_ignored_step_says_which_condition_said_no_and_why():
    with folder() as place:
        place.flow('  - {task: a, run: "true"}\n  - {task: b, run: "true", when: "n > 1", depth: all}\n  - {task: c, run: "true"}\n',
                   'inputs: {n: 1}\n')
        status(place.run('run', 'flow.yaml'), 0)
        text = why(place, 'c')
        assert 'c was ignored because b, which it comes after, was.' in text, text
        assert 'b was ignored: the decider of the step said no: when n > 1, where n is 1.' in text, text
        document, _ = place.json('why', '@last', 'b')
        assert document['reasons'][0]['when'] == 'n > 1', document


def test_a_revert_that_failed_says_what_to_type_and_what_waits():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "true", revert: "echo no >&2; exit 1"}\n'
                   '  - {task: c, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 11)
        text = why(place, 'b')
        assert text.startswith('b is REVERT_FAILURE\n  The revert of b failed'), text
        assert 'b had to be reverted because c failed.' in text and 'c failed: exited with status 3.' in text, text
        assert 'Behind it wait the reverts of a.' in text, text
        for word in ('--retry', '--reverted', '--skip'):
            assert re.search(f'^  backflow resolve r1 b {word} ', text, re.M), text
        assert re.search('^  backflow logs r1 b --revert ', text, re.M), text
        text = why(place, 'a')
        assert 'a is not reverted: that waits behind the revert of b, which failed.' in text, text
        assert 'backflow resolve r1 b --retry' in text, text
        document, _ = place.json('why', '@last', 'b')
        assert document['waiting'] == ['a'], document
        assert 'backflow resolve r1 b --skip' in [one['command'] for one in document['next']], document


def test_an_interrupted_step_is_unknown():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: "a b", run: "echo $$ > fifo; exec sleep 1000", revert: "true"}\n  - {task: c, run: "true"}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        child = int(fifo.wait())
        assert 'is being executed' in why(place, 'a b')
        process.kill()
        process.communicate()
        os.kill(child, signal.SIGKILL)
        text = why(place, 'a b')
        assert 'Whether its effect is in the world is unknown.' in text, text
        assert 'backflow resume r1 ' in text and "backflow resolve r1 'a b' --done=RESULT" in text, text
        text = why(place, 'c')
        assert 'c has not run: it comes after a b, which was interrupted.' in text, text
        status(place.run('resolve', 'r1', 'a b', '--done=null', '--reason', 'I looked'), 0)
        text = why(place, 'a b')
        assert 'Somebody said that a b is to be taken as done' in text and '("I looked")' in text, text


def test_what_cannot_be_taken_back_says_so_and_is_not_tried_again():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: send, run: "true", effects: irreversible}\n'
                   '  - {task: c, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml'), 11)
        text = why(place, 'send')
        assert "send can't be taken back: its effect stays in the world." in text, text
        assert '--retry' not in text and '--skip' in text, text
        assert 'a is not reverted: that waits behind send, which came after it and stays.' in why(place, 'a')


def test_what_was_typed_is_remembered():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "true", revert: "[ -e fixed ]"}\n'
                   '  - {task: c, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml'), 11)
        status(place.run('resolve', '@last', 'b', '--reverted', '--reason', 'by hand'), 10)
        text = why(place, 'b')
        assert 'Somebody said that b is to be taken as reverted' in text and '("by hand")' in text, text
        assert 'a was reverted because c failed.' in why(place, 'a')
        text = status(place.run('show', '@last'), 0).stdout
        assert 'resolved  reverted: by hand' in text, text


def test_what_was_stopped_leads_to_the_request():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: a, run: "true", revert: "true"}\n  - {task: b, run: "echo > fifo; exec sleep 1000", revert: "true"}\n'
                   '  - {task: c, run: "true"}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        fifo.wait()
        place.run('cancel', 'r1', '--reason', 'wrong host')
        process.communicate()
        assert process.returncode == 10
        assert 'a was reverted because the run was cancelled on request at ' in why(place, 'a')
        lines = why(place, 'c').splitlines()
        assert lines[1] == '  c has not run: it comes after b, which failed.', lines
        assert lines[3].startswith('  b was stopped when the run was cancelled on request at '), lines
        assert lines[3].endswith('("wrong host").'), lines


def test_an_outcome_that_somebody_has_to_say_is_asked_for():
    with folder() as place:
        fifo = Fifo(place)
        place.flow('  - {task: a, run: "echo $$ > fifo; exec sleep 1000", on-unknown: ask}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        child = int(fifo.wait())
        process.kill()
        process.communicate()
        os.kill(child, signal.SIGKILL)
        status(place.run('resume', 'r1'), 12)
        text = why(place, 'a')
        assert 'Somebody has to say.' in text and 'backflow resume' not in text, text
        assert 'backflow resolve r1 a --retry' in text, text


def test_what_was_undone_on_request_says_so():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "true"}\n')
        status(place.run('run', 'flow.yaml'), 0)
        status(place.run('revert', '@last', '--reason', 'no longer needed'), 0)
        text = why(place, 'a')
        assert 'a was reverted because the run was undone on request' in text and '("no longer needed")' in text, text


def test_a_long_chain_is_told_in_short_and_whole_in_json():
    with folder() as place:
        place.flow('  - {task: bad, run: "exit 1"}\n' + ''.join(f'  - {{task: t{i}, run: "true"}}\n' for i in range(500)))
        status(place.run('run', 'flow.yaml'), 10)
        text = why(place, 't499')
        assert len(text.splitlines()) < 12 and 'more like that' in text and 'bad failed' in text, text
        document, _ = place.json('why', '@last', 't499')
        assert len(document['reasons']) == 501, len(document['reasons'])


def test_control_characters_do_not_reach_the_terminal():
    with folder() as place:
        place.flow('  - {task: a, run: "printf \'\\\\033[2Jboom\' >&2; exit 1"}\n')
        place.run('run', 'flow.yaml')
        assert '\x1b' not in why(place, 'a')


def test_a_run_and_a_step_must_be_there():
    with folder() as place:
        place.flow('  - {task: first, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 0)
        done = status(place.run('why', '@last', 'fist'), 2)
        assert 'did you mean "first"' in done.stderr and not done.stdout, done.stderr
        status(place.run('why', 'nobody', 'first'), 2)
        status(place.run('why', '@last'), 2)


def test_without_a_definition_it_says_what_the_journal_says():
    with folder() as place:
        place.flow('  - {task: a, run: "exit 1"}\n  - {task: b, run: "true"}\n  - {task: c, run: "true"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        with contextlib.closing(sqlite3.connect(place.path / 'state/backflow/runs.db')) as store, store:
            store.execute("UPDATE definitions SET text = replace(text, 'steps:', 'gone:')")
        text = why(place, 'c')
        assert 'c never ran: its turn had not come when a failed. After that nothing was started.' in text, text
        assert "can't be used here" in text, text
        document, _ = place.json('why', '@last', 'c')
        assert "'gone'" in document['problem'], document


if __name__ == '__main__':
    main(sys.modules[__name__])
