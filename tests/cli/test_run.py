# SPDX-License-Identifier: Apache-2.0
"""backflow run: exit statuses, what goes where, inputs, the event log, the report at the end."""

import json
import os
import subprocess
import sys

from command import WAITING, Fifo, ending, events, folder, started, status
from scripted import COMMAND, main

TWO_STEPS = '''\
  - task: make
    run: touch made; echo made
    provides: thing
    revert: rm made
  - task: judge
    run: {judge}
'''


def two_steps(judge):
    return TWO_STEPS.replace('{judge}', json.dumps(judge))


def test_success_prints_outputs_and_nothing_else_on_standard_output():
    with folder() as place:
        place.flow(two_steps('echo noise; echo noise >&2'), 'outputs: [thing]\n')
        done = status(place.run('run', 'flow.yaml'), 0)
        assert done.stdout == 'thing=made\n', done.stdout
        assert (place.path / 'made').exists()
        assert '\nSUCCESS  site  run ' in done.stderr, done.stderr


def test_a_failure_is_rolled_back_with_status_10_and_says_why_and_what_is_left():
    with folder() as place:
        place.flow(two_steps('echo first >&2; echo "no such volume" >&2; exit 7'), 'outputs: [thing]\n')
        done = status(place.run('run', 'flow.yaml'), 10)
        assert not done.stdout and not (place.path / 'made').exists()
        assert 'Why it failed\n  judge  exited with status 7: no such volume  flow.yaml:8\n' in done.stderr, done.stderr
        assert '      first\n      no such volume\n' in done.stderr, done.stderr
        assert 'ROLLBACK COMPLETE — 1 of 1 effects undone\n  make  reverted' in done.stderr, done.stderr
        assert 'backflow show ' in done.stderr and 'backflow logs ' in done.stderr
        assert 'resume' not in done.stderr and 'resolve' not in done.stderr, 'commands that do not exist are recommended'


def test_a_failing_revert_leaves_status_11_and_says_what_is_left_and_behind_whom():
    with folder() as place:
        place.flow('  - {task: base, run: touch base, revert: rm base}\n'
                   '  - {task: stuck, run: touch stuck, revert: "echo it is busy >&2; exit 3"}\n'
                   '  - {task: judge, run: ["false"]}\n')
        done = status(place.run('run', 'flow.yaml'), 11)
        assert 'ROLLBACK INCOMPLETE — 2 of 2 effects are still in the world' in done.stderr, done.stderr
        assert '  stuck  REVERT FAILED: exited with status 3: it is busy\n' in done.stderr, done.stderr
        assert '  base   NOT REVERTED  waits behind stuck' in done.stderr, done.stderr
        assert ' stuck --revert' in done.stderr, done.stderr
        assert (place.path / 'base').exists()


def test_the_exit_status_of_a_step_is_never_that_of_the_command():
    with folder() as place:
        for code in (1, 2, 11, 12, 17, 255):
            place.flow(f'  - {{task: a, run: exit {code}}}\n')
            status(place.run('run', 'flow.yaml', '--store', 'memory:'), 10)


def test_a_point_of_no_return_that_was_passed_is_not_called_undone():
    with folder() as place:
        place.flow('  - {task: send, run: echo sent, effects: irreversible}\n  - {task: judge, run: ["false"]}\n')
        done = place.run('run', 'flow.yaml')
        assert done.returncode == 11, done.stderr
        assert "send  STAYS         it can't be taken back" in done.stderr, done.stderr
        assert 'ROLLBACK INCOMPLETE — 1 of 1 effect is still in the world' in done.stderr, done.stderr


def test_transitions_are_plain_lines_in_a_pipe():
    with folder() as place:
        place.flow('  - {task: a, run: [echo, hello]}\n')
        lines = [line.split(' ', 1)[1] for line in status(place.run('run', 'flow.yaml', '-vv'), 0).stderr.splitlines() if ' | ' not in line]
        assert lines[:4] == ['flow site: PENDING -> RUNNING', 'a: PENDING -> RUNNING', 'a: RUNNING -> SUCCESS',
                             'flow site: RUNNING -> SUCCESS'], lines


def test_json_is_one_document_with_outputs_and_report():
    with folder() as place:
        place.flow('  - {task: a, run: "echo 5", output: json, provides: n, revert: "true"}\n', 'outputs: [n]\n')
        document, done = place.json('run', 'flow.yaml', '--id', 'r1')
        status(done, 0)
        assert (document['run'], document['state'], document['exit-status']) == ('r1', 'SUCCESS', 0), document
        assert document['outputs'] == {'n': 5}
        assert document['report']['atoms'][0]['effect'] == 'present', document
        place.flow('  - {task: a, run: "exit 9", revert: "true"}\n')
        document, done = place.json('run', 'flow.yaml')
        status(done, 10)
        assert (document['state'], document['exit-status']) == ('REVERTED', 10), document
        attempt = document['report']['atoms'][0]['attempts'][0]
        assert attempt['failure']['exit-status'] == 9, attempt
        assert document['report']['left'] == 0 and document['report']['failed'] == ['a']


def test_a_wrong_file_runs_nothing():
    with folder() as place:
        place.flow('  - {task: a, run: touch made}\n  - {task: b, requires: [nobody], run: ["true"]}\n  - {tsk: c}\n')
        done = status(place.run('run', 'flow.yaml'), 2)
        assert 'flow.yaml:5' in done.stderr and 'Nothing was run.' in done.stderr, done.stderr
        assert not (place.path / 'made').exists() and not (place.path / 'state').exists()
        document, done = place.json('run', 'flow.yaml')
        assert document['exit-status'] == 2 and document['diagnostics'], document
        status(place.run('run', 'absent.yaml'), 2)
        status(place.run('run', str(place.path)), 2)


def test_a_symbol_that_nobody_provides_is_found_before_anything_runs():
    with folder() as place:
        place.flow('  - {task: a, run: touch made}\n  - {task: b, requires: [nobody], run: ["true"]}\n')
        done = status(place.run('run', 'flow.yaml'), 2)
        assert "'nobody'" in done.stderr and 'flow.yaml:4' in done.stderr, done.stderr
        assert not (place.path / 'made').exists()
        assert status(place.run('list'), 0).stdout == '', 'a run was made'


def test_inputs_come_from_arguments_files_and_the_environment():
    with folder() as place:
        place.flow('  - {task: a, requires: [s, n], run: [echo, "{s} {n}"], provides: out}\n',
                   'inputs:\n  s: {type: string, env: SITE_NAME}\n  n: 1\noutputs: [out]\n')
        place.write('inputs.yaml', 's: filed\nn: 2\n')

        def out(*words, **options):
            return status(place.run('run', 'flow.yaml', '--store', 'memory:', *words, **options), 0).stdout

        assert out('-i', 's=given') == 'out=given 1\n'
        assert out('-I', 'inputs.yaml') == 'out=filed 2\n'
        assert out('-I', 'inputs.yaml', '-i', 'n=3') == 'out=filed 3\n'
        assert out(env={'SITE_NAME': 'surroundings'}) == 'out=surroundings 1\n'
        assert out('-i', 's=given', env={'SITE_NAME': 'surroundings'}) == 'out=given 1\n'


def test_wrong_inputs_are_all_told_at_once():
    with folder() as place:
        place.flow('  - {task: a, requires: [s, n], run: touch made}\n', 'inputs:\n  s: {type: string}\n  n: 1\n')
        done = status(place.run('run', 'flow.yaml', '-i', 'n=many', '-i', 'm=1', '-i', 'nonsense'), 2)
        for word in ("'n'", "'m'", 'nonsense', "'s' is missing"):
            assert word in done.stderr, (word, done.stderr)
        assert not (place.path / 'made').exists()
        status(place.run('run', 'flow.yaml', '-i', 's=x', '-I', 'absent.yaml'), 2)


def test_a_secret_reaches_its_step_and_nothing_else():
    with folder() as place:
        place.flow('  - {task: a, requires: [token], run: "echo ${#token}", provides: length}\n',
                   'inputs:\n  token: {type: string, secret: true, env: SITE_TOKEN}\noutputs: [length, token]\n')
        done = status(place.run('run', 'flow.yaml', '--events', 'events', env={'SITE_TOKEN': 'hunter2'}), 0)
        assert 'length=7' in done.stdout, done.stdout
        shown = status(place.run('show', '@last'), 0).stdout + place.run('show', '@last', '--json').stdout
        files = b''.join(path.read_bytes() for path in place.path.rglob('*') if path.is_file())
        assert 'hunter2' not in done.stdout + done.stderr + shown
        assert b'hunter2' not in files


def test_the_event_log_is_that_of_the_contract():
    with folder() as place:
        place.flow('  - {task: a, run: [echo, hello]}\n  - {task: b, run: "echo bad >&2; exit 4"}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1', '--events', 'events'), 10)
        log = events(place.path / 'events')
        assert [event['seq'] for event in log] == list(range(1, len(log) + 1))
        assert {event['run'] for event in log} == {'r1'} and {event['event'] for event in log} == {'flow', 'atom'}
        moves = [(event.get('atom', 'site'), event['from'], event['to']) for event in log]
        assert moves == [('site', 'PENDING', 'RUNNING'), ('a', 'PENDING', 'RUNNING'), ('a', 'RUNNING', 'SUCCESS'),
                         ('b', 'PENDING', 'RUNNING'), ('b', 'RUNNING', 'FAILURE'), ('b', 'FAILURE', 'REVERTING'),
                         ('b', 'REVERTING', 'REVERTED'), ('a', 'SUCCESS', 'REVERTING'), ('a', 'REVERTING', 'REVERTED'),
                         ('site', 'RUNNING', 'REVERTED')], moves
        assert log[2]['result'] == 'hello' and log[2]['kind'] == 'task' and log[2]['attempt'] == 1, log[2]
        failure = log[4]['failure']
        assert failure['exit-status'] == 4 and failure['stderr'] == 'bad\n' and 'message' in failure, failure


def test_transitions_of_the_engine_are_logged_only_when_asked_for():
    with folder() as place:
        place.flow('  - {task: a, run: ["true"]}\n')
        status(place.run('run', 'flow.yaml', '--events', 'events', '--events-engine'), 0)
        log = events(place.path / 'events')
        states = [event['to'] for event in log if event['event'] == 'engine']
        assert states[0] == 'RESUMING' and states[-1] == 'SUCCESS', states
        assert [event['seq'] for event in log] == list(range(1, len(log) + 1))


def test_events_on_standard_output_are_alone_there():
    with folder() as place:
        place.flow('  - {task: a, run: [echo, hello], provides: x}\n', 'outputs: [x]\n')
        done = status(place.run('run', 'flow.yaml', '--events', '-'), 0)
        assert [json.loads(line)['event'] for line in done.stdout.splitlines()] == ['flow', 'atom', 'atom', 'flow']
        assert 'x=hello' in done.stderr


def test_an_event_log_that_cannot_be_written_is_said_before_or_after():
    with folder() as place:
        place.flow('  - {task: a, run: touch made}\n')
        done = status(place.run('run', 'flow.yaml', '--events', 'absent/events'), 1)
        assert 'absent/events' in done.stderr and not (place.path / 'made').exists(), done.stderr
        done = status(place.run('run', 'flow.yaml', '--events', '/dev/full'), 1)
        assert '/dev/full' in done.stderr and (place.path / 'made').exists(), done.stderr


def test_results_that_cannot_be_delivered_are_an_error():
    with folder() as place:
        place.flow('  - {task: a, run: [echo, hello], provides: x}\n', 'outputs: [x]\n')
        with open('/dev/full', 'wb') as full:
            done = status(place.run('run', 'flow.yaml', stdout=full), 1)
        assert 'standard output: No space left' in done.stderr, done.stderr
        reading, writing = os.pipe()
        os.close(reading)
        done = status(place.run('run', 'flow.yaml', stdout=writing), 1)
        os.close(writing)
        assert 'standard output' not in done.stderr, done.stderr
        done = status(place.run('run', 'flow.yaml', preexec_fn=lambda: os.close(1)), 1)
        assert 'standard output' in done.stderr, done.stderr


def test_an_output_with_line_ends_stays_on_its_line():
    with folder() as place:
        place.flow('  - {task: a, run: "echo one; echo two", provides: x}\n', 'outputs: [x]\n')
        assert status(place.run('run', 'flow.yaml'), 0).stdout == 'x="one\\ntwo"\n'


def test_a_run_id_is_taken_once():
    with folder() as place:
        place.flow('  - {task: a, run: "echo >> count"}\n')
        status(place.run('run', 'flow.yaml', '--id', 'mine'), 0)
        done = status(place.run('run', 'flow.yaml', '--id', 'mine'), 2)
        assert 'mine' in done.stderr, done.stderr
        assert (place.path / 'count').read_text(encoding='utf-8') == '\n'


def test_a_file_that_fails_its_own_step_does_not_write_to_the_terminal():
    with folder() as place:
        place.flow('  - {task: a, run: "printf \'\\\\033[2J\\\\033]0;owned\\\\007bad\\\\n\' >&2; exit 1"}\n')
        assert '\033' not in status(place.run('run', 'flow.yaml'), 10).stderr


def test_the_times_of_the_lines_are_those_of_show():
    with folder() as place:
        place.flow('  - {task: a, run: "true"}\n')
        zone = {'TZ': 'XYZ-5:30'}
        said = status(place.run('run', 'flow.yaml', env=zone), 0).stderr.splitlines()
        shown = status(place.run('show', '@last', env=zone), 0).stdout
        started = next(line.split()[2] for line in shown.splitlines() if line.startswith('  started'))
        seconds = [sum(int(part) * unit for part, unit in zip(text.split(':'), (3600, 60, 1)))
                   for text in (next(line for line in said if ' a: ' in line).split()[0], started)]
        assert (seconds[0] - seconds[1]) % 86400 < 120, (said, shown)


def test_a_revert_that_is_tried_again_is_called_that():
    with folder() as place:
        place.flow('  - {task: a, run: exit 1, revert: "[ -e once ] || { touch once; exit 4; }", revert-retry: {times: 2}}\n')
        said = status(place.run('run', 'flow.yaml'), 10).stderr
        assert ' a: its revert failed, tries again\n' in said, said


def test_a_flow_and_inputs_are_read_from_standard_input():
    with folder() as place:
        text = 'flow: site\ninputs: {n: {type: integer}}\noutputs: [n]\nsteps: [{task: a, run: "true", effects: none}]\n'
        for words in (['check', '-'], ['run', '-', '-i', 'n=3', '--id', 'r1']):
            done = subprocess.run([COMMAND, *words], input=text.encode(), capture_output=True, cwd=place.path, env=place.environment, check=False)
            assert done.returncode == 0, done.stderr
        assert done.stdout == b'n=3\n', done.stdout
        assert 'definition' not in place.json('show', 'r1')[0]
        place.write('flow.yaml', text)
        done = subprocess.run([COMMAND, 'run', 'flow.yaml', '-I', '-'], input=b'n: 4\n', capture_output=True, cwd=place.path,
                              env=place.environment, check=False)
        assert done.returncode == 0 and done.stdout == b'n=4\n', (done.stdout, done.stderr)


def test_rerun_takes_the_inputs_of_a_run_and_reads_its_secrets_again():
    with folder() as place:
        place.flow('  - {task: a, requires: [text, word, list], run: \'echo "$text $word $list" >> said\', effects: none}\n',
                   'inputs:\n  text: {type: string}\n  list: {type: array, default: [1]}\n  word: {type: string, secret: true, env: WORD}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1', '-i', 'text=5', '-i', 'list=[2, "x"]', env={'WORD': 'hush'}), 0)
        status(place.run('rerun', 'r1', '--id', 'r2', cwd='/', env={'WORD': 'hush'}), 0)
        status(place.run('rerun', 'r1', '--id', 'r3', '-i', 'text=6', env={'WORD': 'other'}), 0)
        said = (place.path / 'said').read_text(encoding='utf-8').splitlines()
        assert said == ['5 hush [2,"x"]', '5 hush [2,"x"]', '6 other [2,"x"]'], said
        done = status(place.run('rerun', 'r1'), 2)
        assert 'WORD' in done.stderr, done.stderr


def test_the_store_of_the_environment_is_used():
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: none}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1', env={'BACKFLOW_STORE': 'sqlite:other.db'}), 0)
        assert (place.path / 'other.db').exists() and not (place.path / 'state').exists()
        status(place.run('show', 'r1', env={'BACKFLOW_STORE': 'sqlite:other.db'}), 0)
        status(place.run('show', 'r1', '--store', 'sqlite:third.db', env={'BACKFLOW_STORE': 'sqlite:other.db'}), 2)


def test_wait_waits_for_the_end_and_ends_as_the_run_does():
    with folder() as place:
        process, gate = started(place)
        status(place.run('wait', 'r1', '--timeout', '50ms'), 16)
        waiting = place.start('wait', 'r1')
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 0
        code, _, err = ending(waiting)
        assert code == 0 and 'SUCCESS  site' in err, (code, err)


def test_a_detached_run_goes_on_by_itself():
    with folder() as place:
        place.flow(WAITING)
        running, gate = Fifo(place), Fifo(place, 'gate')
        done = status(place.run('run', 'flow.yaml', '--detach', '--id', 'r1'), 0)
        assert done.stdout == 'r1\n', done.stdout
        running.wait()
        assert place.json('show', 'r1')[0]['driven']
        os.write(gate.fd, b'go\n')
        status(place.run('wait', 'r1'), 0)
        assert (place.path / 'third').exists()


def test_a_detached_run_that_can_not_begin_says_why():
    with folder() as place:
        place.flow('  - {task: a, rnu: "true"}\n')
        assert "did you mean 'run'" in status(place.run('run', 'flow.yaml', '-d'), 2).stderr
        place.flow('  - {task: a, run: "true"}\n')
        assert '--detach' in status(place.run('run', 'flow.yaml', '-d', '--store', 'memory:'), 2).stderr


if __name__ == '__main__':
    main(sys.modules[__name__])
