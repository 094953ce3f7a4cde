# SPDX-License-Identifier: Apache-2.0
"""Stores that can't be used: said clearly, with the path and the right status, and nothing half done."""

import os
import shlex
import sqlite3
import sys

from command import folder, status
from scripted import Skip, main

NOBODY = 65534
FLOW = '  - {task: a, run: touch made}\n'


def refused(place, expected, *words, says, **options):
    done = status(place.run(*words, **options), expected)
    assert says in done.stderr, done.stderr
    assert not done.stdout, done.stdout
    return done


def database(place):
    return place.path / 'state/backflow/runs.db'


def test_the_default_store_is_in_the_state_folder_and_nobody_elses_to_read():
    with folder() as place:
        place.flow(FLOW)
        status(place.run('run', 'flow.yaml'), 0)
        assert database(place).exists()
        assert database(place).parent.stat().st_mode & 0o077 == 0, 'others may read the store'


def test_without_a_state_folder_home_is_used_and_without_home_it_says_so():
    with folder() as place:
        place.flow(FLOW)
        status(place.run('run', 'flow.yaml', env={'XDG_STATE_HOME': ''}), 0)
        assert (place.path / '.local/state/backflow/runs.db').exists()
        refused(place, 1, 'run', 'flow.yaml', says='set HOME', env={'XDG_STATE_HOME': '', 'HOME': ''})
        status(place.run('run', 'flow.yaml', '--store', 'memory:', env={'XDG_STATE_HOME': '', 'HOME': ''}), 0)


def test_a_state_folder_that_cannot_be_made_runs_nothing():
    with folder() as place:
        place.flow(FLOW)
        place.write('file', '')
        for verb in ('run', 'list'):
            words = (verb, 'flow.yaml') if verb == 'run' else (verb,)
            refused(place, 1, *words, says=str(place.path / 'file'), env={'XDG_STATE_HOME': str(place.path / 'file')})
        assert not (place.path / 'made').exists()


def as_somebody(place):
    """Root may write everywhere: the command is then run as nobody."""
    if os.geteuid() != 0:
        return {}
    place.path.chmod(0o777)
    try:
        status(place.run('--version', user=NOBODY), 0)
    except (AssertionError, PermissionError) as error:
        raise Skip('nobody may not run the command here') from error
    return {'user': NOBODY}


def test_an_unwritable_store_runs_nothing():
    with folder() as place:
        options = as_somebody(place)
        place.flow(FLOW)
        (place.path / 'closed').mkdir()
        (place.path / 'closed').chmod(0o555)
        refused(place, 1, 'run', 'flow.yaml', '--store', 'sqlite:closed/runs.db', says='closed/runs.db', **options)
        status(place.run('run', 'flow.yaml', '--store', 'sqlite:runs.db', **options), 0)
        os.unlink(place.path / 'made')
        (place.path / 'runs.db').chmod(0o444)
        refused(place, 1, 'run', 'flow.yaml', '--store', 'sqlite:runs.db', says='runs.db', **options)
        refused(place, 1, 'run', 'flow.yaml', says='closed', env={'XDG_STATE_HOME': str(place.path / 'closed')}, **options)
        assert not (place.path / 'made').exists()


def test_a_store_of_a_newer_version_is_left_untouched():
    with folder() as place:
        place.flow(FLOW)
        status(place.run('run', 'flow.yaml'), 0)
        os.unlink(place.path / 'made')
        connection = sqlite3.connect(database(place))
        version = connection.execute('PRAGMA user_version').fetchone()[0]
        assert version > 0, 'the schema has no version'
        connection.execute(f'PRAGMA user_version = {version + 1}')
        connection.commit()
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        connection.close()
        before = database(place).read_bytes()
        for words in (('run', 'flow.yaml'), ('list',), ('show', '@last'), ('logs', '@last')):
            refused(place, 1, *words, says='newer')
        assert database(place).read_bytes() == before
        assert not (place.path / 'made').exists()


def test_a_store_that_could_not_take_the_run_sends_nobody_to_look_for_it():
    with folder() as place:
        place.flow(FLOW)
        status(place.run('run', 'flow.yaml', '--id', 'twice'), 0)
        done = refused(place, 2, 'run', 'flow.yaml', '--id', 'twice', says='there is a run "twice" already')
        assert 'What was done' not in done.stderr, done.stderr
        connection = sqlite3.connect(database(place))
        connection.execute('PRAGMA journal_mode = DELETE')
        connection.execute('CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, \'made to fail\'); END')
        connection.commit()
        connection.close()
        done = refused(place, 1, 'run', 'flow.yaml', '--id', 'never', says='made to fail')
        assert 'What was done' not in done.stderr, done.stderr


def test_a_store_that_is_taken_away_leaves_what_was_done_to_be_said():
    with folder() as place:
        place.flow('  - {task: early, run: "true", effects: none}\n  - {task: one, run: touch one, revert: rm one}\n'
                   '  - {task: two, run: "rm -r state; touch two", revert: rm two}\n')
        done = refused(place, 1, 'run', 'flow.yaml', says='was deleted or moved')
        assert 'backflow show' not in done.stderr and 'What was done is in the store' not in done.stderr, done.stderr
        assert '  one  SUCCESS\n  two  SUCCESS\n' in done.stderr and 'early  ' not in done.stderr, done.stderr


def test_a_path_that_is_no_text_can_be_in_the_notes_of_a_run():
    with folder() as place:
        place.flow("  - {task: a, run: 'echo a'}\n")
        state = os.fsencode(place.path) + b'/no-text-\xff'
        os.makedirs(state + b'/backflow')
        with open(state + b'/backflow/runs.db.logs', 'wb'):
            pass
        done = status(place.run('run', 'flow.yaml', env={'XDG_STATE_HOME': os.fsdecode(state)}), 0)
        assert 'is not complete' in done.stderr, done.stderr


def test_a_file_that_is_no_store_is_left_untouched():
    with folder() as place:
        place.flow(FLOW)
        path = place.write('notes.txt', 'these are not the runs\n' * 100)
        for words in (('run', 'flow.yaml'), ('list',)):
            refused(place, 1, *words, '--store', f'sqlite:{path}', says='notes.txt')
        assert path.read_text(encoding='utf-8') == 'these are not the runs\n' * 100
        assert not (place.path / 'made').exists()


def test_a_store_that_is_not_there_is_not_made_by_looking():
    with folder() as place:
        refused(place, 2, 'list', '--store', 'sqlite:absent.db', says='absent.db')
        refused(place, 2, 'show', '@last', says='runs.db')
        refused(place, 2, 'show', '@last', '--store', 'memory:', says='memory')
        assert not list(place.path.iterdir())


def test_commands_to_give_next_name_the_store_that_was_given():
    with folder() as place:
        place.flow('  - {task: a, run: "echo x; exit 1"}\n')
        done = status(place.run('run', 'flow.yaml', '--store', 'sqlite:my runs.db'), 10)
        lines = [line.split('#')[0].strip() for line in done.stderr.splitlines() if line.strip().startswith('backflow ')]
        assert len(lines) == 2, done.stderr
        for line in lines:
            words = shlex.split(line)
            assert words[1] in ('logs', 'show') and words[-2:] == ['--store', 'sqlite:my runs.db'], line
            status(place.run(*words[1:]), 0)


def test_a_store_in_memory_recommends_no_command_that_would_find_nothing():
    with folder() as place:
        place.flow('  - {task: a, run: ["false"]}\n')
        assert 'backflow show' not in status(place.run('run', 'flow.yaml', '--store', 'memory:'), 10).stderr


if __name__ == '__main__':
    main(sys.modules[__name__])
