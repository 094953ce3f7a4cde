# SPDX-License-Identifier: Apache-2.0
"""backflow cancel and suspend: a run that another process drives is asked and waited for; one that nobody drives is rolled back
here."""

import json
import os
import signal
import sys

from command import Fifo, ending, folder, processes_with, started, status, told
from scripted import main


def left(place):
    return sorted(name for name in ('made', 'other', 'third') if (place.path / name).exists())


def requests(place):
    return [(request['request'], request.get('reason')) for request in json.loads(place.run('show', 'r1', '--json').stdout)['requests']]


def test_a_run_elsewhere_is_cancelled_and_waited_for():
    with folder() as place:
        process, _ = started(place)
        done = status(place.run('cancel', 'r1', '--reason', 'wrong volume'), 10)
        assert 'CANCELLED  site' in done.stderr and 'It was cancelled on request: wrong volume' in done.stderr, done.stderr
        assert 'ROLLBACK COMPLETE — 2 of 2 effects undone' in done.stderr, done.stderr
        code, _, err = ending(process)
        assert code == 10 and 'It was cancelled on request: wrong volume' in err, (code, err)
        assert not left(place) and requests(place) == [('cancel', 'wrong volume')], requests(place)
        assert not processes_with(str(place.path / 'gate'))


def test_a_run_elsewhere_is_cancelled_and_what_it_did_is_kept():
    with folder() as place:
        process, _ = started(place)
        document, done = place.json('cancel', '@last', '--keep')
        status(done, 11)
        assert document['state'] == 'FAILURE' and document['exit-status'] == 11, document
        assert 'CANCELLED, what was done is kept  site' in done.stderr and 'backflow revert r1 ' in done.stderr, done.stderr
        assert 'KEPT ON REQUEST — 2 of 2 effects are in the world' in done.stderr and 'NOT REVERTED' not in done.stderr, done.stderr
        assert ending(process)[0] == 11
        assert left(place) == ['made', 'other'] and requests(place) == [('keep', None)]
        status(place.run('revert', 'r1'), 0)
        assert not left(place)


def test_a_run_elsewhere_is_suspended_and_waited_for():
    with folder() as place:
        process, gate = started(place)
        asking = place.start('suspend', 'r1', '--reason', 'maintenance')
        told(process, 'suspending when the steps')
        os.write(gate.fd, b'go\n')
        code, _, err = ending(asking)
        assert code == 12 and 'It was suspended on request: maintenance' in err and 'backflow resume r1 ' in err, (code, err)
        assert ending(process)[0] == 12
        assert left(place) == ['made', 'other'] and requests(place) == [('suspend', 'maintenance')]
        done = status(place.run('suspend', 'r1'), 12)
        assert 'nobody drives it' in done.stderr, done.stderr
        status(place.run('resume', 'r1'), 0)
        assert left(place) == ['made', 'other', 'third']


def test_who_does_not_wait_is_told_that_somebody_was_asked():
    with folder() as place:
        process, gate = started(place)
        document, _ = place.json('suspend', 'r1', '--no-wait')
        assert document == {'run': 'r1', 'requested': 'suspend', 'exit-status': 0}, document
        told(process, 'suspending when the steps')
        done = status(place.run('cancel', 'r1', '--no-wait'), 0)
        assert 'is asked to cancel' in done.stderr, done.stderr
        assert ending(process)[0] == 10
        assert not left(place) and [name for name, _ in requests(place)] == ['suspend', 'cancel']
        del gate


def test_a_run_that_waits_for_its_next_try_hears_too():
    with folder() as place:
        place.flow('  - flow: again\n    retry: {times: 2, delay: 1h}\n    steps:\n'
                   '      - {task: try, run: "touch made; exit 1", revert: "rm -f made"}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1', '-vv')
        told(process, 'RETRYING')
        status(place.run('cancel', 'r1'), 10)
        assert ending(process)[0] == 10 and not left(place)


def test_a_resumed_run_hears_too():
    with folder() as place:
        process, gate = started(place)
        process.kill()
        process.communicate()
        running = Fifo(place, 'again')
        (place.path / 'fifo').unlink()
        (place.path / 'fifo').symlink_to('again')
        process = place.start('resume', 'r1')
        running.wait()
        status(place.run('cancel', 'r1'), 10)
        assert ending(process)[0] == 10 and not left(place)
        del gate


def test_a_killed_run_is_rolled_back_here():
    with folder() as place:
        process, _ = started(place)
        process.kill()
        process.communicate()
        done = status(place.run('suspend', 'r1'), 12)
        assert 'nobody drives it' in done.stderr and 'INTERRUPTED' in done.stderr, done.stderr
        document, done = place.json('suspend', 'r1')
        assert done.returncode == document['exit-status'] == 12, document
        done = status(place.run('cancel', 'r1', '--reason', 'it died'), 10)
        assert 'It was cancelled on request: it died' in done.stderr, done.stderr
        assert not left(place) and requests(place) == [('cancel', 'it died')]
        assert not processes_with(str(place.path / 'gate'))


def test_a_killed_run_is_kept_here():
    with folder() as place:
        process, _ = started(place)
        process.kill()
        process.communicate()
        done = status(place.run('cancel', 'r1', '--keep'), 11)
        assert left(place) == ['made', 'other'], left(place)
        assert 'CANCELLED, what was done is kept' in done.stderr, done.stderr
        status(place.run('revert', 'r1'), 0)
        assert not left(place)


def test_a_suspended_run_is_rolled_back_here():
    with folder() as place:
        process, gate = started(place)
        process.send_signal(signal.SIGINT)
        told(process, 'suspending')
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 12
        document, done = place.json('cancel', 'r1')
        status(done, 10)
        assert document['state'] == 'REVERTED' and not left(place), document


def test_a_run_that_has_ended_stays_as_it_is():
    with folder() as place:
        place.flow('  - {task: first, run: touch made, revert: rm made}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        for verb in ('cancel', 'suspend'):
            done = status(place.run(verb, 'r1'), 0)
            assert 'has ended: there is nothing to stop' in done.stderr, done.stderr
        assert left(place) == ['made'] and not requests(place)


def test_an_owner_that_dies_before_it_heeds_leaves_the_run_to_who_asks():
    with folder() as place:
        process, _ = started(place)
        # Stopped, it hears nothing, and lives.
        process.send_signal(signal.SIGSTOP)
        asking = place.start('cancel', 'r1')
        while asking.pid not in processes_with('cancel\0r1'):
            pass
        process.kill()
        process.communicate()
        code, _, err = ending(asking)
        assert code == 10 and not left(place), (code, err)


if __name__ == '__main__':
    main(sys.modules[__name__])
