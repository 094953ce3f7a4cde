# SPDX-License-Identifier: Apache-2.0
"""backflow resume: a killed or suspended run ends as it would have, from what is stored with it, wherever one stands."""

import json
import os
import shutil
import signal
import sys

from command import PATIENCE, Fifo, ending, events, folder, processes_with, status, told
from scripted import main

NAMES = ('one', 'two', 'three', 'four')

# Every execute and revert is written down. Where the file `block` names the place, it says so through the pipe, and stays there.
STEP = '''\
  - task: {name}
    run: |
      echo "execute {name}" >> ledger
      if [ "$(cat block 2>/dev/null)" = "execute {name}" ]; then rm block; echo here > fifo; sleep 1000; fi
      touch {name}
      {last}
    revert: |
      echo "revert {name}" >> ledger
      if [ "$(cat block 2>/dev/null)" = "revert {name}" ]; then rm block; echo here > fifo; sleep 1000; fi
      rm -f {name}
'''


def written(place, last='echo done', head=''):
    return place.flow(''.join(STEP.format(name=name, last=last if name == NAMES[-1] else 'true') for name in NAMES), head)


def ledger(place):
    return (place.path / 'ledger').read_text(encoding='utf-8').splitlines()


def made(place):
    return [name for name in NAMES if (place.path / name).exists()]


def killed_at(place, where, *words):
    """Starts a run, and kills its process where it is."""
    (place.path / 'block').write_text(where + '\n', encoding='utf-8')
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1', *words)
    pipe.wait()
    process.kill()
    process.communicate()
    return pipe


def outcome(place, word='r1'):
    shown = json.loads(status(place.run('show', word, '--json'), 0).stdout)
    return shown['state'], [(atom['name'], atom['state']) for atom in shown['atoms']]


def test_a_run_killed_in_any_execute_ends_as_it_would_have():
    with folder() as place:
        written(place)
        status(place.run('run', 'flow.yaml', '--id', 'plain'), 0)
        expected = outcome(place, 'plain')
    for name in NAMES:
        with folder() as place:
            written(place, head='outputs: []\n')
            killed_at(place, f'execute {name}')
            done = status(place.run('resume', 'r1'), 0)
            assert 'SUCCESS  site  run r1' in done.stderr, done.stderr
            assert outcome(place) == expected and made(place) == list(NAMES), outcome(place)
            lines = ledger(place)
            assert lines.count(f'execute {name}') == 2 and len(lines) == 5, lines
            assert not any(line.startswith('revert') for line in lines), lines


def test_a_run_killed_in_any_revert_is_rolled_back_all_the_same():
    for name in NAMES:
        with folder() as place:
            written(place, last='exit 1')
            killed_at(place, f'revert {name}')
            done = status(place.run('resume', 'r1'), 10)
            assert 'ROLLBACK COMPLETE — 4 of 4 effects undone' in done.stderr, done.stderr
            assert not made(place) and outcome(place)[0] == 'REVERTED'
            lines = ledger(place)
            for other in NAMES:
                assert lines.count(f'execute {other}') == 1 and lines.count(f'revert {other}') >= 1, lines
                assert lines.index(f'revert {other}') > lines.index(f'execute {other}'), lines


def killed_after(place, count):
    """Starts a run, and kills its process when it has told of that many transitions. Returns: whether there were so many."""
    os.mkfifo(place.path / 'told')
    process = place.start('run', 'flow.yaml', '--id', 'r1', '--events', 'told')
    with open(place.path / 'told', encoding='utf-8') as pipe:
        lines = [pipe.readline() for _ in range(count)]
        process.kill()
        process.communicate()
    return bool(lines[-1])


def test_a_run_killed_after_any_transition_ends_as_it_would_have():
    for last, expected, effects in (('true', 0, list(NAMES)), ('exit 1', 10, [])):
        count, goes_on = 0, True
        while goes_on:
            count += 1
            with folder() as place:
                written(place, last)
                goes_on = killed_after(place, count)
                status(place.run('resume', 'r1'), expected)
                assert made(place) == effects, (count, made(place))
                lines = ledger(place)
                for name in NAMES:
                    assert f'execute {name}' in lines, (count, lines)
                    reverts = [at for at, line in enumerate(lines) if line == f'revert {name}']
                    executes = [at for at, line in enumerate(lines) if line == f'execute {name}']
                    assert not effects or not reverts, (count, lines)
                    assert effects or (reverts and max(executes) < max(reverts)), (count, lines)
        assert count > 10, f'only {count} transitions'


def test_what_an_interrupted_step_left_running_is_ended_first():
    with folder() as place:
        place.flow('  - task: wait\n    run: |\n      [ ! -e fifo ] || { echo $$ > pid; echo at > fifo; exec sleep 1000; }\n'
                   '      [ ! -e /proc/$(cat pid)/exe ]\n')
        pipe = Fifo(place)
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.kill()
        process.communicate()
        (place.path / 'fifo').unlink()
        status(place.run('resume', 'r1'), 0)


def files_of_commands(place, run='r1'):
    """What lies beside the logs of a run."""
    return [entry.name for entry in (place.path / 'state/backflow/runs.db.logs' / run).iterdir() if not entry.name.endswith('.log')]


def killed_with_files(place):
    """A run that is killed while a command has written its output, and still runs."""
    place.flow('  - task: write\n    provides: {a: a}\n    run: |\n      echo a=1 > "$BACKFLOW_OUTPUT"\n'
               '      if [ -e fifo ]; then echo at > fifo; sleep 1000; fi\n')
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1')
    pipe.wait()
    process.kill()
    process.communicate()
    assert 'write.execute.1.output' in files_of_commands(place), files_of_commands(place)


def test_a_killed_engine_leaves_no_files_once_the_run_went_on():
    with folder() as place:
        killed_with_files(place)
        (place.path / 'fifo').unlink()
        status(place.run('resume', 'r1'), 0)
        assert not files_of_commands(place), files_of_commands(place)


def test_another_run_leaves_the_files_of_a_command_that_still_runs():
    with folder() as place:
        killed_with_files(place)
        before = files_of_commands(place)
        place.write('other.yaml', 'flow: other\nsteps:\n  - {task: one, run: [ "true" ]}\n')
        status(place.run('run', 'other.yaml', '--id', 'r2'), 0)
        assert files_of_commands(place) == before and not files_of_commands(place, 'r2')
        (place.path / 'fifo').unlink()
        status(place.run('resume', 'r1'), 0)


def test_a_suspended_run_goes_on_with_the_same_output_as_run():
    with folder() as place:
        place.flow('  - {task: first, run: touch made; echo 1, provides: a, revert: rm made}\n'
                   '  - task: second\n    run: |\n      echo at > fifo\n      read -r word < gate\n'
                   '  - {task: third, requires: [a], run: \'echo "$a$a"\', provides: b}\n', 'outputs: [a, b]\n')
        pipe, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        process.send_signal(signal.SIGINT)
        told(process, 'suspending')
        os.write(gate.fd, b'go\n')
        code, _, err = ending(process)
        assert code == 12 and 'backflow resume r1 ' in err, (code, err)
        done = status(place.run('resume', '@last', '--events', 'events', '--json'), 0)
        document = json.loads(done.stdout)
        assert document['outputs'] == {'a': '1', 'b': '11'} and document['exit-status'] == 0, document
        moves = [(event.get('atom'), event['to']) for event in events(place.path / 'events')]
        assert moves == [(None, 'RUNNING'), ('third', 'RUNNING'), ('third', 'SUCCESS'), (None, 'SUCCESS')], moves
        assert 'SUCCESS  site  run r1  3 done' in done.stderr, done.stderr


def test_a_run_that_has_ended_is_left_as_it_is():
    for judge, revert, expected in (('true', 'true', 0), ('exit 1', 'true', 10), ('exit 1', 'exit 1', 11)):
        with folder() as place:
            place.flow(f'  - {{task: first, run: echo ran >> ledger, revert: {revert}}}\n  - {{task: judge, run: {judge}}}\n')
            status(place.run('run', 'flow.yaml', '--id', 'r1'), expected)
            done = status(place.run('resume', 'r1'), expected)
            assert 'has ended: there is nothing to resume' in done.stderr, done.stderr
            assert ledger(place) == ['ran']


def test_a_live_owner_is_left_alone():
    with folder() as place:
        place.flow('  - {task: wait, run: "echo at > fifo; read -r word < gate"}\n')
        pipe, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        pipe.wait()
        for verb in (('resume', 'r1'), ('revert', 'r1'), ('resolve', 'r1', 'wait', '--retry')):
            done = status(place.run(*verb), 16)
            assert f'process {process.pid} on ' in done.stderr, done.stderr
        document, done = place.json('resume', 'r1')
        assert done.returncode == document['exit-status'] == 16, document
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 0


def test_the_definition_is_the_stored_one():
    with folder() as place:
        path = written(place)
        killed_at(place, 'execute two')
        path.write_text('flow: other\nsteps: []\n', encoding='utf-8')
        status(place.run('resume', 'r1'), 0)
        assert made(place) == list(NAMES)


def test_a_changed_definition_goes_on_when_it_fits_and_is_kept():
    with folder() as place:
        path = written(place)
        killed_at(place, 'execute two')
        changed = place.write('changed.yaml', path.read_text(encoding='utf-8').replace('touch four', 'touch four; touch changed'))
        (place.path / 'block').write_text('execute three\n', encoding='utf-8')
        process = place.start('resume', 'r1', '--file', 'changed.yaml')
        with open(place.path / 'fifo', encoding='utf-8') as pipe:
            assert pipe.readline() == 'here\n'
        process.kill()
        process.communicate()
        changed.unlink()
        status(place.run('resume', 'r1'), 0)
        assert made(place) == list(NAMES) and (place.path / 'changed').exists()


def test_a_changed_definition_that_does_not_fit_is_refused():
    with folder() as place:
        text = written(place).read_text(encoding='utf-8')
        killed_at(place, 'execute two')
        before = ledger(place)
        place.write('other.yaml', text.replace('task: one', 'task: uno'))
        place.write('major.yaml', 'version: "2.0"\n' + text)
        for name in ('other.yaml', 'major.yaml'):
            document, done = place.json('resume', 'r1', '--file', name)
            status(done, 17)
            assert document['exit-status'] == 17 and 'backflow cancel r1 rolls it back' in document['error'], document
        place.write('broken.yaml', text.replace('run:', 'rum:', 1))
        done = status(place.run('resume', 'r1', '--file', 'broken.yaml'), 2)
        assert "did you mean 'run'" in done.stderr, done.stderr
        assert ledger(place) == before
        status(place.run('resume', 'r1'), 0)


def test_a_finished_run_goes_on_with_the_steps_that_its_file_has_got():
    with folder() as place:
        path = written(place)
        text = path.read_text(encoding='utf-8')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        done = status(place.run('resume', 'r1', '--file', 'flow.yaml'), 0)
        assert 'nothing to resume' in done.stderr, done.stderr
        path.write_text(text + STEP.format(name='five', last='true'), encoding='utf-8')
        done = status(place.run('resume', 'r1'), 0)
        assert 'nothing to resume' in done.stderr, done.stderr
        status(place.run('resume', 'r1', '--file', 'flow.yaml'), 0)
        expected = [f'execute {name}' for name in (*NAMES, 'five')]
        assert ledger(place) == expected
        shown = status(place.run('show', 'r1'), 0).stdout
        assert "added to the run: 'five'" in shown, shown
        assert outcome(place)[1][-1] == ('five', 'SUCCESS')
        # From here on it is one run: a step that is no longer in the file is still reverted.
        path.write_text(text, encoding='utf-8')
        status(place.run('revert', 'r1'), 0)
        assert ledger(place)[5] == 'revert five' and made(place) == []
        assert not (place.path / 'five').exists()


def test_a_broken_file_changes_nothing_of_a_finished_run():
    with folder() as place:
        text = written(place).read_text(encoding='utf-8')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        place.write('broken.yaml', text.replace('run:', 'rum:', 1))
        done = status(place.run('resume', 'r1', '--file', 'broken.yaml'), 2)
        assert "did you mean 'run'" in done.stderr, done.stderr
        assert ledger(place) == [f'execute {name}' for name in NAMES] and outcome(place)[0] == 'SUCCESS'


SECRET = 'inputs:\n  key: {type: string, secret: true, env: THE_KEY}\n  size: 3\n'
SECRET_STEPS = '''\
  - {task: wait, run: "[ -e fifo ] && echo at > fifo && sleep 1000; true"}
  - {task: use, requires: [key, size], run: 'echo "$key$size" > used', revert: rm used}
'''


def with_secret(place, *words, **options):
    place.flow(SECRET_STEPS, SECRET)
    pipe = Fifo(place)
    process = place.start('run', 'flow.yaml', '--id', 'r1', *words, **options)
    pipe.wait()
    process.kill()
    process.communicate()
    (place.path / 'fifo').unlink()


def used(place):
    return (place.path / 'used').read_text(encoding='utf-8').strip()


def test_secrets_are_read_again_where_they_came_from():
    with folder() as place:
        with_secret(place, env={'THE_KEY': 'hush'})
        done = status(place.run('resume', 'r1'), 2)
        assert "the secret 'key' is not in the store: it comes from the environment variable THE_KEY, which is not set" in done.stderr, done.stderr
        assert '-i key=VALUE' in done.stderr and not (place.path / 'used').exists()
        status(place.run('resume', 'r1', env={'THE_KEY': 'hush'}), 0)
        assert used(place) == 'hush3'
        store = b''.join(path.read_bytes() for path in (place.path / 'state').rglob('*') if path.is_file())
        assert b'hush' not in store, 'the secret is in the store'
    with folder() as place:
        secrets = place.write('secrets.yaml', 'key: whisper\n')
        with_secret(place, '-I', 'secrets.yaml')
        other = place.path / 'elsewhere'
        other.mkdir()
        environment = {'THE_KEY': 'wrong'}
        secrets.rename(place.path / 'gone.yaml')
        done = status(place.run('resume', 'r1', env=environment), 2)
        assert 'secrets.yaml' in done.stderr and "the secret 'key'" in done.stderr, done.stderr
        (place.path / 'gone.yaml').rename(secrets)
        status(place.run('resume', 'r1', env=environment), 0)
        assert used(place) == 'whisper3'
    with folder() as place:
        with_secret(place, '-i', 'key=said')
        done = status(place.run('resume', 'r1'), 2)
        assert "the secret 'key' is not in the store: it is given on the command line" in done.stderr, done.stderr
        document, done = place.json('resume', 'r1')
        assert done.returncode == 2 and document['diagnostics'], document
        done = status(place.run('resume', 'r1', '-i', 'key=said', '-i', 'size=4'), 2)
        assert "the input 'size' can't be given again" in done.stderr, done.stderr
        status(place.run('resume', 'r1', '-i', 'key=said'), 0)
        assert used(place) == 'said3'


def test_steps_run_where_the_run_was_begun():
    with folder() as place:
        written(place)
        killed_at(place, 'execute two', '--store', 'sqlite:runs.db')
        for_away = place.path / 'away'
        for_away.mkdir()
        done = place.run('resume', 'r1', '--store', 'sqlite:../runs.db', '--events', 'events', cwd=for_away)
        status(done, 0)
        assert made(place) == list(NAMES) and [entry.name for entry in for_away.iterdir()] == ['events']


def test_a_folder_that_is_gone_is_said():
    with folder() as place:
        home = place.path / 'home'
        home.mkdir()
        place.flow('  - {task: wait, run: "touch at; [ -e ../go ] || { echo at > ../fifo; sleep 1000; }"}\n')
        pipe = Fifo(place)
        process = place.start('run', '../flow.yaml', '--id', 'r1', cwd=home)
        pipe.wait()
        process.kill()
        process.communicate()
        shutil.rmtree(home)
        (place.path / 'go').touch()
        done = status(place.run('resume', 'r1'), 1)
        assert f'the run was started in {home}, which can\'t be entered' in done.stderr, done.stderr
        (place.path / 'new').mkdir()
        status(place.run('resume', 'r1', '--directory', 'new'), 0)
        assert (place.path / 'new/at').exists()


def test_a_wait_for_the_next_try_ends_when_it_is_suspended_and_survives():
    with folder() as place:
        place.flow('  - flow: again\n    retry: {times: 2, delay: 1h}\n    steps:\n'
                   '      - {task: try, run: "echo tried >> ledger; [ -e fine ]", revert: "echo undone >> ledger"}\n')
        process = place.start('run', 'flow.yaml', '--id', 'r1', '-vv')
        read = told(process, 'RETRYING')
        assert "again.retry: RETRY because 'try' failed, in 3600.0 s" in read, read
        process.send_signal(signal.SIGINT)
        code, _, err = ending(process)
        assert code == 12, (code, err)
        process = place.start('resume', 'r1', '-vv')
        told(process, 'SUSPENDED -> RUNNING')
        process.kill()
        process.communicate(timeout=PATIENCE)
        assert ledger(place) == ['tried', 'undone'], 'it did not wait'
        done = status(place.run('cancel', 'r1'), 10)
        assert 'CANCELLED  site' in done.stderr, done.stderr


def test_what_can_not_be_found_is_said():
    with folder() as place:
        done = status(place.run('resume', 'r1'), 2)
        assert 'there is no such store' in done.stderr, done.stderr
        place.flow('  - {task: one, run: "true"}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        for verb in (['resume', 'r2'], ['cancel', 'r2'], ['suspend', 'r2'], ['revert', 'r2'], ['resolve', 'r2', 'one', '--retry']):
            assert 'r2' in status(place.run(*verb), 2).stderr
        status(place.run('resume', 'r1', '--store', 'memory:'), 2)


if __name__ == '__main__':
    main(sys.modules[__name__])
