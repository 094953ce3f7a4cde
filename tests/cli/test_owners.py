# SPDX-License-Identifier: Apache-2.0
"""Whose a run is: one of another machine or container is left alone, whoever asks learns whose it is, and can say that it is gone
for good. If it is not, it writes nothing more."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from command import PATIENCE, Fifo, ending, folder, status, told
from scripted import COMMAND, Skip, main

STEPS = '''\
  - {task: first, run: echo first >> ledger, revert: echo undo first >> ledger}
  - task: second
    run: |
      echo second >> ledger
      if [ -e block ]; then rm block; echo here > fifo; read -r word < gate; fi
    revert: echo undo second >> ledger
  - {task: third, run: echo third >> ledger, revert: echo undo third >> ledger}
'''
OWNER_OPTION = '--owner-is-gone '
TAKING = (('resume', 'r1'), ('revert', 'r1'), ('resolve', 'r1', 'second', '--retry'))


def ledger(place):
    return (place.path / 'ledger').read_text(encoding='utf-8').splitlines()


def sql(place, text, *values):
    with contextlib.closing(sqlite3.connect(place.path / 'state/backflow/runs.db')) as store, store:
        return store.execute(text, values).fetchall()


def owner(place):
    return sql(place, 'SELECT owner FROM runs')[0][0]


def moved(place, **words):
    """Puts the owner of the run elsewhere, without a lock. Returns: it."""
    parts = dict(zip(('host', 'boot', 'pid', 'start', 'namespace', 'lock'), owner(place).split(), strict=True))
    parts.update(lock='-')
    parts.update(words)
    sql(place, 'UPDATE runs SET owner = ?', ' '.join(parts.values()))
    return ' '.join(parts.values())


@contextlib.contextmanager
def blocked(place):
    """A run in its second step."""
    (place.path / 'block').touch()
    place.flow(STEPS)
    pipe, gate = Fifo(place), Fifo(place, 'gate')
    process = place.start('run', 'flow.yaml', '--id', 'r1')
    pipe.wait()
    yield process, gate
    if process.poll() is None:
        process.kill()
        process.communicate()


def killed(place):
    with blocked(place) as (process, _):
        process.kill()
        process.communicate()


def offered(text):
    """The owner that a message says to name."""
    line = next(line for line in text.splitlines() if OWNER_OPTION in line)
    return shlex.split(line[line.index(OWNER_OPTION):])[1]


def test_who_asks_for_a_run_of_elsewhere_learns_whose_it_is_and_what_can_be_done():
    for words, who in (({'namespace': '1'}, 'in another container'), ({'host': 'far-away'}, 'on far-away')):
        with folder() as place:
            killed(place)
            name = moved(place, **words)
            pid = name.split()[2]
            for verb in TAKING:
                done = status(place.run(*verb), 16)
                assert f'process {pid} on ' in done.stderr and who in done.stderr, done.stderr
                assert "can't be known from here" in done.stderr and offered(done.stderr) == name, done.stderr
            document, _ = place.json('resume', 'r1')
            assert document['exit-status'] == 16 and offered(document['error']) == name, document
            shown = status(place.run('show', 'r1'), 0).stdout
            assert f"{name} (whether it is alive can't be known from here)" in shown and offered(shown) == name, shown
            assert ledger(place) == ['first', 'second'] and owner(place) == name


def test_what_is_offered_takes_the_run():
    for source in ('resume', 'show'):
        with folder() as place:
            killed(place)
            name = moved(place, namespace='1')
            done = place.run(source, 'r1')
            line = next(line for line in (done.stdout + done.stderr).splitlines() if OWNER_OPTION in line)
            words = shlex.split(line, comments=True)
            words = words[1:] if source == 'show' else ['resume', 'r1', *words]
            assert words[:2] == ['resume', 'r1'], words
            status(place.run(*words), 0)
            assert ledger(place) == ['first', 'second', 'second', 'third']
            shown = json.loads(place.run('show', 'r1', '--json').stdout)
            assert shown['meta']['owner-is-gone'] == name and not shown['driven'], shown


def test_every_verb_that_goes_on_with_a_run_can_be_told():
    for verb, expected, wanted in ((['cancel', 'r1'], 10, ['undo second', 'undo first']), (['revert', 'r1'], 0, ['undo second', 'undo first']),
                                   (['resolve', 'r1', 'second', '--done=null'], 0, ['third'])):
        with folder() as place:
            killed(place)
            name = moved(place, host='far-away')
            status(place.run(*verb, '--owner-is-gone', name), expected)
            assert ledger(place) == ['first', 'second', *wanted], (verb, ledger(place))


def test_it_is_not_said_of_anybody_else():
    with folder() as place:
        killed(place)
        name = moved(place, namespace='1')
        for other in (name + '1', name.rsplit(' ', 1)[0], '', 'somebody'):
            for verb in (*TAKING, ('cancel', 'r1')):
                done = status(place.run(*verb, '--owner-is-gone', other), 16)
                assert offered(done.stderr) == name, done.stderr
        assert owner(place) == name and ledger(place) == ['first', 'second']


def test_it_is_not_said_of_who_lives_here():
    with folder() as place, blocked(place) as (process, gate):
        for verb in (*TAKING, ('cancel', 'r1')):
            done = status(place.run(*verb, '--owner-is-gone', owner(place)), 16)
            assert f'process {process.pid} on ' in done.stderr and 'which is alive' in done.stderr, done.stderr
            assert OWNER_OPTION not in done.stderr, done.stderr
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 0 and ledger(place) == ['first', 'second', 'third']


def test_it_may_be_said_of_who_is_known_to_be_dead_and_again():
    with folder() as place:
        killed(place)
        name = owner(place)
        status(place.run('resume', 'r1', '--owner-is-gone', name), 0)
        status(place.run('resume', 'r1', '--owner-is-gone', name), 0)
        assert ledger(place) == ['first', 'second', 'second', 'third']


def test_a_run_of_an_earlier_version_is_taken_over_as_ever():
    for count in (4, 5):
        with folder() as place:
            killed(place)
            sql(place, 'UPDATE runs SET owner = ?', ' '.join(owner(place).split()[:count]))
            status(place.run('resume', 'r1'), 0)


def test_who_held_a_lock_and_was_killed_is_gone_wherever_it_was():
    for verb, expected, wanted in ((['resume', 'r1'], 0, ['second', 'third']), (['cancel', 'r1'], 10, ['undo second', 'undo first']),
                                   (['resolve', 'r1', 'second', '--done=null'], 0, ['third'])):
        with folder() as place:
            killed(place)
            moved(place, namespace='1', lock=owner(place).split()[5])
            shown = status(place.run('show', 'r1'), 0).stdout
            assert '(gone)' in shown and OWNER_OPTION not in shown, shown
            status(place.run(*verb), expected)
            assert ledger(place) == ['first', 'second', *wanted], (verb, ledger(place))


def test_who_holds_a_lock_is_alive_wherever_it_is():
    with folder() as place, blocked(place) as (process, _):
        name = moved(place, namespace='1', lock=owner(place).split()[5])
        for verb in (*TAKING, ('resume', 'r1', '--owner-is-gone', name)):
            done = status(place.run(*verb), 16)
            assert f'process {process.pid} on ' in done.stderr and 'in another container' in done.stderr, done.stderr
            assert OWNER_OPTION not in done.stderr, done.stderr


def test_of_a_lock_that_is_not_there_any_more_nothing_is_known():
    with folder() as place:
        killed(place)
        (place.path / 'state/backflow/runs.db-owners').unlink()
        name = moved(place, namespace='1', lock=owner(place).split()[5])
        assert offered(status(place.run('resume', 'r1'), 16).stderr) == name
        status(place.run('resume', 'r1', '--owner-is-gone', name), 0)


def test_who_waits_for_an_owner_of_elsewhere_is_told():
    for verb in ('cancel', 'suspend'):
        with folder() as place:
            killed(place)
            name = moved(place, namespace='1')
            done = status(place.run(verb, 'r1', '--no-wait'), 0)
            assert offered(done.stderr) == name, done.stderr
            process = place.start(verb, 'r1')
            read = told(process, '\n  ' + OWNER_OPTION)
            assert 'in another container' in read, read
            # Between the owner who is gone and the next one nobody drives the run; who waits does not look then.
            process.send_signal(signal.SIGSTOP)
            status(place.run('resume', 'r1', '--owner-is-gone', name), 0)
            process.send_signal(signal.SIGCONT)
            assert ending(process)[0] == 0
            assert ledger(place) == ['first', 'second', 'second', 'third']


def test_an_owner_who_was_alive_after_all_does_nothing_more():
    with folder() as place, blocked(place) as (process, gate):
        name = moved(place, namespace='1')
        # As one that hangs, and comes back. Here, unlike elsewhere, it could see the processes of the next one, and end them.
        process.send_signal(signal.SIGSTOP)
        status(place.run('resume', 'r1', '--owner-is-gone', name), 0)
        process.send_signal(signal.SIGCONT)
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 16 and 'taken over' in err, (code, err)
        assert ledger(place) == ['first', 'second', 'second', 'third']
        assert json.loads(place.run('show', 'r1', '--json').stdout)['state'] == 'SUCCESS'


RENAMED = 'import os, socket, sys; socket.sethostname(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])'


def in_container(*words, host=''):
    """A command in which processes are counted anew, and the host may have another name."""
    call = [sys.executable, '-c', RENAMED, host, *map(str, words)] if host else map(str, words)
    return ['unshare', '--user', '--map-root-user', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc', *call]


@contextlib.contextmanager
def contained(place):
    """A run in its second step, in a container. Yields: what a process is started with there, it, and what lets it go on."""
    if shutil.which('unshare') is None or subprocess.run(in_container('true'), check=False, capture_output=True).returncode != 0:
        raise Skip('no namespaces can be made here')
    (place.path / 'block').touch()
    place.flow(STEPS)
    pipe, gate = Fifo(place), Fifo(place, 'gate')
    options = {'cwd': place.path, 'env': place.environment, 'stdin': subprocess.DEVNULL}
    with subprocess.Popen(in_container(COMMAND, 'run', 'flow.yaml', '--id', 'r1'), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options) as process:
        try:
            pipe.wait()
            yield options, process, gate
        finally:
            process.kill()


def wait_until_gone(place):
    """Its outputs are closed a moment before the kernel has taken its lock away."""
    deadline = time.monotonic() + PATIENCE
    while place.json('show', 'r1')[0]['driven']:
        assert time.monotonic() < deadline, owner(place)


def run_inside(options, *words, host=''):
    """Runs the command in a container."""
    return subprocess.run(in_container(COMMAND, *words, host=host), check=False, capture_output=True, text=True, timeout=PATIENCE, **options)


def test_two_containers_on_one_host_do_not_both_drive_a_run():
    with folder() as place, contained(place) as (options, process, gate):
        first = owner(place)
        for done in (place.run('resume', 'r1'), run_inside(options, 'resume', 'r1')):
            status(done, 16)
            assert f'process {first.split()[2]} on ' in done.stderr and 'in another container' in done.stderr, done.stderr
            assert OWNER_OPTION not in done.stderr and owner(place) == first, done.stderr
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 0, err
        assert ledger(place) == ['first', 'second', 'third']


def test_a_container_that_was_killed_and_started_anew_goes_on_at_once():
    for inside, host in ((True, ''), (True, 'made-anew'), (False, '')):
        with folder() as place, contained(place) as (options, process, _):
            process.kill()
            process.communicate()
            wait_until_gone(place)
            done = run_inside(options, 'resume', 'r1', host=host) if inside else place.run('resume', 'r1')
            status(done, 0)
            assert ledger(place) == ['first', 'second', 'second', 'third']


if __name__ == '__main__':
    main(sys.modules[__name__])
