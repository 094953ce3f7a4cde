# SPDX-License-Identifier: Apache-2.0
"""backflow resolve: people say what to make of a step that a run can't go on with, and the run goes on from there."""

import json
import shlex
import sys

from command import Fifo, events, folder, status
from scripted import main

# The revert of `two` works once somebody has made the file `fixed`.
STUCK = '''\
  - {task: one, run: touch one, revert: rm one}
  - {task: two, run: touch two, revert: '[ -e fixed ] && rm two'}
  - {task: three, run: "touch three; exit 1", revert: rm three}
'''


def stuck(place):
    place.flow(STUCK)
    return status(place.run('run', 'flow.yaml', '--id', 'r1'), 11)


def left(place, *names):
    return [name for name in names or ('one', 'two', 'three') if (place.path / name).exists()]


def resolutions(place):
    shown = json.loads(place.run('show', 'r1', '--json').stdout)
    return [(said['resolution'], said.get('reason')) for said in shown['resolutions']]


def test_a_failing_revert_names_the_next_commands():
    with folder() as place:
        done = stuck(place)
        for words in ('--retry', '--reverted --reason TEXT', '--skip --reason TEXT'):
            assert f'  backflow resolve r1 two {words} ' in done.stderr, done.stderr
        assert '  one    NOT REVERTED  waits behind two, which depends on it' in done.stderr, done.stderr
        assert left(place) == ['one', 'two']


def test_once_its_cause_is_gone_it_is_tried_again():
    with folder() as place:
        stuck(place)
        (place.path / 'fixed').touch()
        done = status(place.run('resolve', 'r1', 'two', '--retry', '--reason', 'the disk was full'), 10)
        assert 'Run r1, step two: it is tried again, because the disk was full.' in done.stderr, done.stderr
        assert 'ROLLBACK COMPLETE — 3 of 3 effects undone' in done.stderr and not left(place), done.stderr
        assert resolutions(place) == [('retry', 'the disk was full')]


def test_a_retry_that_fails_again_says_the_same_again():
    with folder() as place:
        stuck(place)
        done = status(place.run('resolve', '@last', 'two', '--retry'), 11)
        assert 'backflow resolve r1 two --retry ' in done.stderr and left(place) == ['one', 'two'], done.stderr


def test_what_was_undone_by_hand_lets_the_rest_be_undone():
    with folder() as place:
        stuck(place)
        (place.path / 'two').unlink()
        document, done = place.json('resolve', 'r1', 'two', '--reverted', '--reason', 'rm')
        status(done, 10)
        assert document['state'] == 'REVERTED' and document['exit-status'] == 10 and not left(place), document
        assert resolutions(place) == [('reverted', 'rm')]


def test_what_is_skipped_stays_and_the_rest_is_undone():
    with folder() as place:
        stuck(place)
        done = status(place.run('resolve', 'r1', 'two', '--skip', '--reason', 'keep it'), 11)
        assert left(place) == ['two'] and '1 of 3 effects is still in the world' in done.stderr, done.stderr
        assert '--skip' not in done.stderr and '--retry' not in done.stderr and 'resolve r1 two --reverted' in done.stderr, done.stderr
        (place.path / 'two').unlink()
        status(place.run('resolve', 'r1', 'two', '--reverted', '--reason', 'now it is gone'), 10)


def test_what_was_said_is_told_apart_from_what_was_done():
    with folder() as place:
        stuck(place)
        done = status(place.run('resolve', 'r1', 'two', '--skip', '--reason', 'keep it'), 11)
        assert 'two    REVERT FAILED: exited with status 1 (left as it is, as somebody said: keep it)' in done.stderr, done.stderr
        done = status(place.run('resolve', 'r1', 'two', '--reverted', '--reason', 'wiped'), 10)
        assert '  two    reverted      not by its revert, but as somebody said: wiped\n' in done.stderr, done.stderr
        shown = status(place.run('show', 'r1'), 0).stdout
        row = next(line for line in shown.splitlines() if line.startswith('  two ') and 'REVERTED' in line)
        assert 'exited' not in row and 'resolved  reverted: wiped' in shown, shown


def test_commands_for_a_step_that_looks_like_an_option_can_be_typed():
    with folder() as place:
        place.flow('  - {task: "-n 1", run: "true", revert: "echo no; exit 4"}\n  - {task: judge, run: exit 1}\n')
        done = status(place.run('run', 'flow.yaml', '--id', 'r1'), 11)
        shown = status(place.run('why', 'r1', '--', '-n 1'), 0).stdout
        for text in (done.stderr, shown):
            commands = [shlex.split(line, comments=True) for line in text.splitlines() if line.startswith('  backflow ') and '-n 1' in line]
            assert len(commands) == 4, text
            for words in commands:
                if words[1] == 'logs':
                    assert status(place.run(*words[1:]), 0).stdout == 'no\n', words
                elif '--retry' in words:
                    status(place.run(*words[1:]), 11)


def test_it_goes_on_later_when_it_is_told_so():
    with folder() as place:
        stuck(place)
        document, done = place.json('resolve', 'r1', 'two', '--skip', '--no-resume')
        status(done, 0)
        assert document['exit-status'] == 0 and left(place) == ['one', 'two'], document
        status(place.run('resume', 'r1'), 11)
        assert left(place) == ['two']


def test_every_failed_revert_is_listed_and_resolved_by_itself():
    with folder() as place:
        place.flow('  - flow: both\n    kind: unordered\n    steps:\n'
                   "      - {task: left, run: touch left, revert: '[ -e fixed ] && rm left'}\n"
                   "      - {task: right, run: touch right, revert: '[ -e fixed ] && rm right'}\n"
                   '  - {task: judge, run: exit 1}\n')
        done = status(place.run('run', 'flow.yaml', '--id', 'r1'), 11)
        assert 'backflow resolve r1 left --retry ' in done.stderr and 'backflow resolve r1 right --retry ' in done.stderr, done.stderr
        (place.path / 'fixed').touch()
        status(place.run('resolve', 'r1', 'left', '--retry'), 11)
        assert left(place, 'left', 'right') == ['right']
        status(place.run('resolve', 'r1', 'right', '--retry'), 10)
        assert not left(place, 'left', 'right')


ASKED = '''\
  - {task: one, run: touch one, revert: rm one}
  - task: ask
    on-unknown: ask
    run: "echo ran >> ledger; [ -e again ] || { echo at > fifo; sleep 1000; }; echo 12"
    output: json
    provides: thing
    revert: echo undone >> ledger
  - {task: use, requires: [thing], run: 'echo "$thing" > use', revert: rm use}
'''


def asked(place, steps=ASKED):
    """A run that was killed in its second step."""
    place.flow(steps, 'outputs: [thing]\n')
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1')
    pipe.wait()
    process.kill()
    process.communicate()
    (place.path / 'again').touch()


def ledger(place):
    return (place.path / 'ledger').read_text(encoding='utf-8').split()


def test_an_unknown_outcome_is_asked_about():
    with folder() as place:
        asked(place)
        done = status(place.run('resume', 'r1'), 12)
        assert 'Nobody knows what became of ask, which was interrupted.' in done.stderr, done.stderr
        for words in ('--done=RESULT --reason TEXT', '--retry', '--reverted --reason TEXT', '--skip --reason TEXT'):
            assert f'  backflow resolve r1 ask {words} ' in done.stderr, done.stderr
        assert 'backflow resume' not in done.stderr and ledger(place) == ['ran'], done.stderr
        done = status(place.run('resolve', 'r1', 'ask', '--done={"id": 5}', '--reason', 'I have seen it'), 0)
        assert done.stdout == 'thing={"id":5}\n' and ledger(place) == ['ran'], done.stdout
        assert resolutions(place) == [('done', 'I have seen it')]


def test_what_was_interrupted_is_said_right_after_the_crash_too():
    with folder() as place:
        asked(place)
        done = status(place.run('resolve', 'r1', 'ask', '--done=null'), 0)
        assert done.stdout == 'thing=null\n', done.stdout


def test_an_interrupted_step_is_executed_again():
    with folder() as place:
        asked(place)
        status(place.run('resume', 'r1'), 12)
        done = status(place.run('resolve', 'r1', 'ask', '--retry'), 0)
        assert done.stdout == 'thing=12\n' and ledger(place) == ['ran', 'ran'], done.stdout


def test_an_interrupted_step_that_never_was_is_executed():
    with folder() as place:
        asked(place)
        done = status(place.run('resolve', 'r1', 'ask', '--reverted', '--reason', 'nothing there'), 0)
        assert done.stdout == 'thing=12\n' and ledger(place) == ['ran', 'ran'], done.stdout


def test_an_interrupted_step_counts_as_failed():
    with folder() as place:
        asked(place)
        done = status(place.run('resolve', 'r1', 'ask', '--skip', '--reason', 'no idea'), 10)
        assert 'ask  interrupted, and not counted on any more: no idea' in done.stderr, done.stderr
        assert ledger(place) == ['ran', 'undone'] and not left(place, 'one', 'use')


def test_what_follows_from_what_was_said_is_in_the_event_log():
    for how, end in (('--done=null', 'SUCCESS'), ('--skip', 'FAILURE'), ('--reverted', 'PENDING')):
        for more in ((), ('--no-resume',)):
            with folder() as place:
                asked(place)
                place.run('resolve', 'r1', 'ask', how, '--events', 'events', *more)
                told = [(event['from'], event['to']) for event in events(place.path / 'events') if event.get('atom') == 'ask']
                assert told[:1] == [('RUNNING', end)], (how, more, told)


def test_a_probe_knows():
    for world, ran in (('touch there', ['ran']), ('true', ['ran', 'ran'])):
        with folder() as place:
            asked(place, ASKED.replace('    revert: echo', '    probe: "[ -e there ] && echo 12"\n    revert: echo')
                  .replace('echo ran', f'{world}; echo ran'))
            done = status(place.run('resume', 'r1'), 0)
            assert done.stdout == 'thing=12\n' and ledger(place) == ran, (done.stdout, ledger(place))


def test_a_probe_that_does_not_know_leaves_it_to_people():
    with folder() as place:
        asked(place, ASKED.replace('    revert: echo', '    probe: exit 3\n    revert: echo'))
        status(place.run('resume', 'r1'), 12)
        status(place.run('resolve', 'r1', 'ask', '--done=12'), 0)
        assert ledger(place) == ['ran']


def test_what_makes_no_sense_is_refused_and_nothing_is_done():
    with folder() as place:
        stuck(place)
        for words, said in ((('two',), '--retry, --reverted, --skip or --done=RESULT'),
                            (('two', '--retry', '--skip'), 'exclude each other'),
                            (('tow', '--retry'), 'did you mean "two"?'),
                            (('one', '--retry'), "'one' is SUCCESS and can't be tried again: it waits behind 'two', whose revert has failed; resolve that one"),
                            (('three', '--reverted'), "'three' is REVERTED and can't be called reverted"),
                            (('two', '--done=12'), "'two' is REVERT_FAILURE and can't be called done"),
                            (('two', '--done=twelve'), 'is JSON'),
                            ((), 'STEP')):
            done = status(place.run('resolve', 'r1', *words), 2)
            assert said in done.stderr and not done.stdout, done.stderr
        document, done = place.json('resolve', 'r1', 'one', '--retry')
        assert done.returncode == 2 == document['exit-status'], document
        assert not resolutions(place) and left(place) == ['one', 'two']


def test_what_was_said_and_not_acted_on_is_gone_on_with():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: "[ -e good ]"}\n  - {task: b, run: "false", effects: none}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 11)
        (place.path / 'good').touch()
        done = status(place.run('resolve', 'r1', 'a', '--retry', '--no-resume'), 0)
        assert 'backflow resume r1 ' in done.stderr and 'resolve r1 a --retry' not in done.stderr, done.stderr
        assert 'backflow resume r1 ' in status(place.run('show', 'r1'), 0).stdout
        status(place.run('resume', 'r1'), 10)
        assert 'backflow resume' not in status(place.run('show', 'r1'), 0).stdout


if __name__ == '__main__':
    main(sys.modules[__name__])
