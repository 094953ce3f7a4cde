# SPDX-License-Identifier: Apache-2.0
"""Signals: the first suspends, the second cancels and rolls back, the third ends the process; and what a killed process
leaves can be read. Steps tell through a pipe where they are: nothing waits for a time to pass."""

import json
import os
import signal
import sys

from command import PATIENCE, WAITING, Fifo, ending, events, folder, processes_with, started, status, told
from scripted import main


def logged(place, *words):
    return started(place, '--events', 'events', *words)


def test_the_first_signal_suspends_after_the_step_that_runs():
    for number in (signal.SIGINT, signal.SIGTERM):
        with folder() as place:
            process, gate = logged(place)
            process.send_signal(number)
            told(process, 'suspending after the steps that run now')
            os.write(gate.fd, b'go\n')
            code, out, err = ending(process)
            assert code == 12, (code, err)
            assert not out and 'SUSPENDED  site' in err, err
            states = [(event.get('atom'), event['to']) for event in events(place.path / 'events')]
            assert states[-3:] == [(None, 'SUSPENDING'), ('second', 'SUCCESS'), (None, 'SUSPENDED')], states
            assert (place.path / 'made').exists() and not (place.path / 'third').exists()
            assert json.loads(place.run('show', 'r1', '--json').stdout)['state'] == 'SUSPENDED'


def test_the_second_signal_cancels_the_step_and_rolls_back():
    with folder() as place:
        process, _ = logged(place)
        process.send_signal(signal.SIGINT)
        told(process, 'once more cancels')
        process.send_signal(signal.SIGTERM)
        code, _, err = ending(process)
        assert code == 10, (code, err)
        assert 'CANCELLED  site' in err and 'It was cancelled on request.' in err, err
        assert 'ROLLBACK COMPLETE — 2 of 2 effects undone' in err, err
        assert not (place.path / 'made').exists()
        assert not processes_with(str(place.path / 'gate')), 'the step is still there'


def test_the_third_signal_ends_the_process_and_the_store_can_be_read():
    with folder() as place:
        place.flow(WAITING.replace('      read -r word < gate\n', "      trap '' TERM\n      echo deaf > fifo\n"
                                   '      read -r word < gate || read -r word < gate\n'))
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        while 'deaf' not in running.wait():
            pass
        for text in ('once more cancels', 'once more ends', 'the store knows where the run stands, and goes on with it: backflow resume r1\n'):
            process.send_signal(signal.SIGINT)
            told(process, text)
        assert process.wait(PATIENCE) == -signal.SIGINT
        process.stderr.close()
        process.stdout.close()
        shown = json.loads(place.run('show', 'r1', '--json').stdout)
        assert not shown['driven'] and shown['atoms'][1]['effect'] == 'unknown', shown
        os.write(gate.fd, b'go\n')


def test_a_killed_process_leaves_a_run_that_says_what_is_unknown():
    with folder() as place:
        process, gate = logged(place)
        assert json.loads(place.run('show', 'r1', '--json').stdout)['driven'], 'it is not said to be driven'
        process.kill()
        process.communicate()
        text = status(place.run('show', 'r1'), 0).stdout
        assert text.startswith('INTERRUPTED  site  run r1'), text
        assert '  second  UNKNOWN       its execute was interrupted' in text and '  first   in place' in text, text
        assert text.index('backflow resume r1 ') < text.index('backflow resolve r1 second --done=RESULT '), text
        assert status(place.run('list'), 0).stdout.splitlines()[1].split()[1] == 'INTERRUPTED'
        shown = json.loads(place.run('show', 'r1', '--json').stdout)
        assert [atom['effect'] for atom in shown['atoms']] == ['present', 'unknown', 'none'], shown
        os.write(gate.fd, b'go\n')


def test_a_step_does_not_get_the_signals_of_the_terminal():
    """A step has a session of its own: an interrupt of the command's process group does not reach it."""
    with folder() as place:
        place.flow(WAITING)
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', start_new_session=True)
        running.wait()
        os.killpg(process.pid, signal.SIGINT)
        told(process, 'suspending')
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 12 and 'FAILURE' not in err, err


def test_a_rollback_that_is_suspended_says_that_it_goes_on():
    with folder() as place:
        place.flow('  - {task: first, run: touch made, revert: rm made}\n'
                   '  - {task: second, run: "true", revert: "echo > fifo; read -r word < gate"}\n  - {task: third, run: exit 3, effects: none}\n')
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        running.wait()
        process.send_signal(signal.SIGINT)
        told(process, 'once more')
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 12 and '  first   in place      its revert is yet to come\n' in err, (code, err)
        assert 'backflow resume r1 ' in err and 'go on with the rollback' in err and 'backflow cancel' not in err, err
        assert 'Why it failed' in err, err
        assert 'go on with the rollback' in status(place.run('why', 'r1', 'first'), 0).stdout
        status(place.run('resume', 'r1'), 10)
        assert not (place.path / 'made').exists()


def test_a_run_that_failed_by_itself_is_not_called_cancelled():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: \'echo reverting > fifo; read -r word < gate\'}\n  - {task: b, run: "false", effects: none}\n')
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        running.wait()
        process.send_signal(signal.SIGINT)
        told(process, 'suspending')
        process.send_signal(signal.SIGINT)
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code in (10, 11), (code, err)
        assert 'CANCELLED' not in err and 'FAILED, ' in err, err


def test_the_second_signal_in_a_rollback_ends_a_revert_that_hangs():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: \'echo reverting > fifo; read -r word < gate\'}\n  - {task: b, run: "false", effects: none}\n')
        running, _ = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        running.wait()
        process.send_signal(signal.SIGINT)
        told(process, 'suspending the rollback after the reverts that run now; once more ends them as failed')
        process.send_signal(signal.SIGINT)
        told(process, 'ending the reverts that run now, as failed')
        code, _, err = ending(process)
        assert code in (11, 12) and 'REVERT FAILED' in err and 'CANCELLED' not in err, (code, err)
        shown = json.loads(place.run('show', 'r1', '--json').stdout)
        assert shown['atoms'][0]['state'] == 'REVERT_FAILURE' and shown['atoms'][0]['effect'] == 'left', shown
        assert not processes_with(str(place.path / 'gate')), 'the revert is still there'


if __name__ == '__main__':
    main(sys.modules[__name__])
