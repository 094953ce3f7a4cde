# SPDX-License-Identifier: Apache-2.0
"""Commands of steps: what becomes of one that could not be started, and where their output goes."""

import os
import sys
import time

from command import PATIENCE, events, folder, status
from scripted import main

BROKEN = [
    'cwd: /nonexistent/typo, run: touch x, revert: rm -f x',
    'run: [./no-such-program], revert: "false"',
    'run: [no-such-program], revert: "false"',
    'run: no-such-program x, revert: "false"',
    'run: [./orphan], revert: "false"',
    'run: ./orphan, revert: "false"',
    'run: ./plain, revert: "false"',
]


def test_what_could_not_be_started_is_reverted_without_calling_its_revert():
    for broken in BROKEN:
        with folder() as place:
            place.write('orphan', '#!/nonexistent/interpreter\n').chmod(0o755)
            place.write('plain', 'echo not executable\n')
            place.flow('  - {task: made, run: touch made, revert: rm made}\n'
                       f'  - {{task: broken, {broken}}}\n')
            done = status(place.run('run', 'flow.yaml', '--events', 'events'), 10)
            assert not (place.path / 'made').exists(), broken
            assert 'ROLLBACK COMPLETE' in done.stderr, done.stderr


def test_a_script_that_the_shell_runs_is_reverted_whatever_its_status():
    with folder() as place:
        place.write('script', 'touch made\nexit 127\n').chmod(0o755)
        place.flow('  - {task: broken, run: ./script, revert: rm made}\n')
        status(place.run('run', 'flow.yaml'), 10)
        assert not (place.path / 'made').exists()


def test_what_could_not_be_started_is_tried_again_as_any_failure():
    with folder() as place:
        place.flow('  - task: make\n'
                   '    run: [./program]\n'
                   '    revert: "false"\n'
                   '    effects: reversible\n'
                   '    retry: {times: 3, delay: 10ms}\n')
        done = status(place.run('run', 'flow.yaml', '--events', 'events'), 10)
        tries = [event for event in events(place.path / 'events')
                 if event.get('event') == 'atom' and event.get('atom') == 'make' and event.get('to') == 'RUNNING']
        assert len(tries) == 3, (tries, done.stderr)
        assert not os.path.exists(place.path / 'program')


def log(place, *words):
    return status(place.run('logs', '@last', *words), 0).stdout


def test_the_log_has_both_streams_in_their_true_order():
    with folder() as place:
        place.flow('  - {task: talk, effects: none, run: "for i in 1 2 3 4 5 6 7 8 9; do echo e >&2; echo o; done"}\n')
        status(place.run('run', 'flow.yaml'), 0)
        assert 'e\no\n' * 9 in log(place, 'talk'), log(place, 'talk')


def test_a_failure_without_a_word_on_standard_error_shows_the_end_of_standard_output():
    for step in ('run: "echo the disk is gone; exit 3", provides: it, effects: none',
                 'run: "echo the disk is gone; exit 3", effects: none',
                 'run: "echo the disk is gone; sleep 9", timeout: 300ms, provides: it, effects: none'):
        with folder() as place:
            place.flow(f'  - {{task: quiet, {step}}}\n')
            done = status(place.run('run', 'flow.yaml'), 10)
            assert ': the disk is gone  flow.yaml:3' in done.stderr, done.stderr
    with folder() as place:
        place.flow('  - {task: quiet, run: "true", revert: "echo the disk is gone; exit 3"}\n'
                   '  - {task: judge, run: ["false"]}\n')
        done = status(place.run('run', 'flow.yaml'), 11)
        assert 'exited with status 3: the disk is gone' in done.stderr, done.stderr


DAEMON = """\
  - task: serve
    run: |
      setsid sh -c 'trap "exit 0" TERM; echo $$ > pid; until [ -e go ]; do sleep 0.05; done; {say}; touch said; sleep 1000' {out} &
      until [ -s pid ]; do sleep 0.01; done
{provides}    revert: kill -- -$(cat pid)
"""


def test_a_daemon_writes_on_into_the_log_after_its_step_has_ended():
    for provides in ('', '    provides: started\n'):
        with folder() as place:
            place.flow(DAEMON.format(say='echo out of the daemon; echo err of the daemon >&2', out='', provides=provides))
            status(place.run('run', 'flow.yaml'), 0)
            place.write('go', '')
            deadline = time.monotonic() + PATIENCE
            while not ((place.path / 'said').exists() and 'err of the daemon' in log(place, 'serve')):
                assert time.monotonic() < deadline, log(place, 'serve')
                time.sleep(0.05)
            assert 'out of the daemon' in log(place, 'serve')
            status(place.run('revert', '@last'), 0)


def test_a_result_that_no_variable_can_hold_reaches_later_commands_as_a_file_and_can_be_reverted():
    with folder() as place:
        place.flow('  - task: inventory\n'
                   "    run: touch made; head -c 200000 /dev/zero | tr '\\0' x\n"
                   '    provides: blob\n'
                   '    revert: wc -c < "$blob_FILE" > reverted; rm made\n'
                   '  - {task: use, requires: [blob], run: wc -c < "$blob_FILE" > used, revert: rm used}\n'
                   '  - {task: fail, run: "test $(cat used) != 200000", effects: none}\n')
        done = status(place.run('run', 'flow.yaml'), 10)
        assert 'ROLLBACK COMPLETE' in done.stderr, done.stderr
        assert not (place.path / 'made').exists() and not (place.path / 'used').exists()
        assert (place.path / 'reverted').read_text().strip() == '200000'
        left = [path.name for path in (place.path / 'state').rglob('*') if '.value-' in path.name or path.name.endswith('.output')]
        assert not left, left


def test_what_a_step_had_written_before_it_took_too_long_reaches_its_revert():
    with folder() as place:
        place.flow('  - task: vm\n'
                   '    run: |\n'
                   '      echo "id=vm-42" >> "$BACKFLOW_OUTPUT"\n'
                   '      sleep 50\n'
                   '    timeout: 300ms\n'
                   '    provides: {id: id}\n'
                   '    revert: echo "[$id]" > reverted\n')
        status(place.run('run', 'flow.yaml'), 10)
        assert (place.path / 'reverted').read_text() == '[vm-42]\n'


def test_what_a_killed_step_had_written_reaches_its_revert():
    with folder() as place:
        place.flow('  - task: vm\n'
                   '    run: |\n'
                   '      echo "id=vm-42" >> "$BACKFLOW_OUTPUT"\n'
                   '      touch written\n'
                   '      sleep 50\n'
                   '    provides: {id: id}\n'
                   '    revert: echo "[$id]" > reverted\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        deadline = time.monotonic() + PATIENCE
        while not (place.path / 'written').exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
        process.communicate()
        done = place.run('cancel', 'r1')
        assert (place.path / 'reverted').read_text() == '[vm-42]\n', done.stderr


def test_secrets_are_hidden_in_what_steps_say():
    steps = ('use: wait.http, with: {url: "http://127.0.0.1:1/?key={token}", timeout: 200ms}',
             'run: ["/opt/{token}/x"], effects: none',
             'run: pwd, cwd: "/opt/{token}", effects: none',
             'run: "echo the token is $token >&2; exit 3", effects: none',
             'use: wait.port, with: {port: "{token}"}',
             'use: file.write, with: {path: "/nonexistent/{token}/x", content: x}',
             'use: dir.create, with: {path: "/nonexistent/{token}/x"}')
    for step in steps:
        with folder() as place:
            place.flow(f'  - {{task: t, requires: [token], {step}}}\n', 'inputs: {token: {type: string, secret: true, env: TOKEN}}\n')
            done = status(place.run('run', 'flow.yaml', '--id', 'r', '--store', 'sqlite:store.db', '--events', 'events',
                                    env={'TOKEN': 'S3CRET'}), 10)
            stored = b''.join(path.read_bytes() for path in place.path.glob('store.db*') if path.is_file())
            assert 'S3CRET' not in done.stderr and b'S3CRET' not in stored, (step, done.stderr)
            assert 'S3CRET' not in (place.path / 'events').read_text(), step
            assert '***' in done.stderr, (step, done.stderr)


if __name__ == '__main__':
    main(sys.modules[__name__])
