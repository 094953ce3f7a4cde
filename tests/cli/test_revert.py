# SPDX-License-Identifier: Apache-2.0
"""backflow revert: what a run did is undone later, from what is stored, whatever has become of its file."""

import json
import os
import pathlib
import signal
import sys

from command import Fifo, ending, folder, status, told
from scripted import main

THREE = '''\
  - task: one
    requires: [size]
    run: echo "$size" > one; echo "id-$size"
    provides: id
    revert: 'echo "one $id $size" >> undone; rm one'
  - {task: two, requires: [id], run: touch two, revert: 'echo "two $id" >> undone; rm two'}
  - {task: three, run: touch three, revert: echo three >> undone; rm three}
'''


def undone(place):
    return (place.path / 'undone').read_text(encoding='utf-8').splitlines()


def succeeded(place):
    path = place.flow(THREE, 'inputs: {size: 7}\n')
    status(place.run('run', 'flow.yaml', '--id', 'r1', '-i', 'size=8'), 0)
    return path


def test_a_successful_run_is_undone_with_what_it_had():
    with folder() as place:
        succeeded(place).unlink()
        done = status(place.run('revert', 'r1', '--reason', 'it was a test'), 0)
        assert undone(place) == ['three', 'two id-8', 'one id-8 8'], undone(place)
        assert 'REVERTED  site  run r1' in done.stderr and 'It was undone on request: it was a test' in done.stderr, done.stderr
        assert 'ROLLBACK COMPLETE — 3 of 3 effects undone' in done.stderr and 'Why it failed' not in done.stderr, done.stderr
        shown = json.loads(place.run('show', 'r1', '--json').stdout)
        assert shown['state'] == 'REVERTED' and not shown['cancelled'], shown
        assert [(request['request'], request['reason']) for request in shown['requests']] == [('undo', 'it was a test')]


def test_it_is_undone_once():
    with folder() as place:
        succeeded(place)
        document, done = place.json('revert', '@last')
        assert done.returncode == document['exit-status'] == 0 and document['state'] == 'REVERTED', document
        done = status(place.run('revert', 'r1'), 0)
        assert 'is reverted already' in done.stderr and len(undone(place)) == 3, done.stderr
        status(place.run('resume', 'r1'), 10)


def test_a_revert_that_fails_leaves_what_is_said_and_goes_on_later():
    with folder() as place:
        place.flow(THREE.replace('rm two', '[ -e fixed ] && rm two'), 'inputs: {size: 7}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        document, done = place.json('revert', 'r1')
        status(done, 11)
        assert document['exit-status'] == 11 and document['state'] == 'FAILURE', document
        assert 'NOT ALL REVERTED  site' in done.stderr and 'backflow resolve r1 two --retry' in done.stderr, done.stderr
        assert sorted(name for name in os.listdir(place.path) if name in ('one', 'two', 'three')) == ['one', 'two']
        (place.path / 'fixed').touch()
        status(place.run('revert', 'r1'), 0)
        assert not [name for name in os.listdir(place.path) if name in ('one', 'two', 'three')]


def test_a_killed_undoing_is_resumed_or_reverted_again():
    for verb, expected in (('revert', 0), ('resume', 10)):
        with folder() as place:
            place.flow(THREE.replace('rm two', '[ ! -e block ] || { rm block; echo at > fifo; sleep 1000; }; rm -f two'), 'inputs: {size: 7}\n')
            status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
            (place.path / 'block').touch()
            pipe = Fifo(place)
            process = place.start('revert', 'r1')
            pipe.wait()
            process.kill()
            process.communicate()
            status(place.run(verb, 'r1'), expected)
            assert undone(place) == ['three', 'two id-7', 'two id-7', 'one id-7 7'], undone(place)


def test_an_undoing_hears_signals_and_goes_on():
    with folder() as place:
        place.flow(THREE.replace('rm two', '[ ! -p gate ] || { echo at > fifo; read -r word < gate; }; rm two'), 'inputs: {size: 7}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        pipe, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('revert', 'r1')
        pipe.wait()
        process.send_signal(signal.SIGTERM)
        told(process, 'suspending')
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 12 and 'backflow resume r1' in err, (code, err)
        assert (place.path / 'one').exists() and not (place.path / 'two').exists()
        status(place.run('revert', 'r1'), 0)
        assert undone(place)[-1] == 'one id-7 7' and len(undone(place)) == 3, undone(place)


def test_a_suspended_run_is_rolled_back():
    with folder() as place:
        place.flow('  - {task: one, run: touch one, revert: rm one}\n'
                   '  - {task: wait, run: "echo at > fifo; read -r word < gate"}\n'
                   '  - {task: two, run: touch two, revert: rm two}\n')
        pipe, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.send_signal(signal.SIGINT)
        told(process, 'suspending')
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 12
        status(place.run('revert', 'r1', '--reason', 'never mind'), 0)
        assert not (place.path / 'one').exists()
        assert 'It was cancelled on request: never mind' in place.run('show', 'r1').stdout


def test_what_can_not_be_taken_back_stays_and_is_said():
    with folder() as place:
        place.flow('  - {task: one, run: touch one, revert: rm one}\n'
                   '  - {task: mail, run: touch mail, effects: irreversible}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        done = status(place.run('revert', 'r1'), 11)
        assert 'STAYS' in done.stderr and 'mail' in done.stderr, done.stderr


BUILT_IN = '''\
  - {task: folder, requires: [root], use: dir.create, with: {path: "{root}/site/pages"}}
  - {task: fresh, requires: [root], use: file.write, with: {path: "{root}/site/pages/index.html", content: new}}
  - {task: changed, requires: [root], use: file.write, with: {path: "{root}/kept.conf", content: "changed\\n"}}
'''


def contents(top):
    return {str(path.relative_to(top)): (path.read_text(encoding='utf-8') if path.is_file() else None, path.stat().st_mode)
            for path in pathlib.Path(top).rglob('*')}


def test_built_in_steps_are_undone_exactly():
    with folder() as place:
        root = place.path / 'root'
        (root / 'site').mkdir(parents=True)
        (root / 'kept.conf').write_text('as it was\n', encoding='utf-8')
        (root / 'kept.conf').chmod(0o640)
        before = contents(root)
        place.flow(BUILT_IN, 'inputs: {root: {type: string}}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1', '-i', f'root={root}'), 0)
        assert (root / 'kept.conf').read_text(encoding='utf-8') == 'changed\n' and (root / 'site/pages/index.html').exists()
        status(place.run('revert', 'r1'), 0)
        assert contents(root) == before, contents(root)


IRREVERSIBLE = ('  - {task: base, run: touch base, revert: rm base}\n'
                '  - {task: mail, run: "true", effects: irreversible}\n')


def test_what_waits_behind_a_point_of_no_return_can_be_undone_all_the_same():
    with folder() as place:
        place.flow(IRREVERSIBLE)
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        done = status(place.run('revert', 'r1'), 11)
        assert '  mail  STAYS ' in done.stderr and '  backflow resolve r1 mail --skip --reason TEXT ' in done.stderr, done.stderr
        done = status(place.run('resolve', 'r1', 'mail', '--skip', '--reason', 'it is out'), 11)
        assert '1 of 2 effects is still in the world' in done.stderr and 'backflow resolve' not in done.stderr, done.stderr
        assert not (place.path / 'base').exists()


def test_a_point_of_no_return_that_somebody_has_taken_back_is_not_left():
    with folder() as place:
        place.flow(IRREVERSIBLE)
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        status(place.run('revert', 'r1'), 11)
        done = status(place.run('resolve', 'r1', 'mail', '--reverted', '--reason', 'recalled'), 10)
        assert 'ROLLBACK COMPLETE — 2 of 2 effects undone' in done.stderr, done.stderr
        assert '  mail  reverted      not by its revert, but as somebody said: recalled\n' in done.stderr, done.stderr
        document, _ = place.json('show', 'r1')
        assert document['state'] == 'REVERTED' and document['left'] == 0, document


if __name__ == '__main__':
    main(sys.modules[__name__])
