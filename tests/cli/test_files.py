# SPDX-License-Identifier: Apache-2.0
"""Built-in steps of several runs on the same file or folder: each undoes only what it did."""

import sys

from command import folder, status
from scripted import main

WRITE = '''\
flow: site
inputs: {text: same}
steps:
  - {task: w, requires: [text], use: file.write, with: {path: target, content: "{text}\\n"}}
'''
MAKE = '''\
flow: site
steps:
  - {task: d, use: dir.create, with: {path: one/two, parents: true}}
'''


def run(place, name, *words):
    status(place.run('run', 'flow.yaml', '--id', name, *words), 0)


def revert(place, name, expected):
    return status(place.run('revert', name), expected).stderr


def kept(place):
    return [path.name for path in place.path.rglob('.*.backflow-*')]


def test_a_file_that_another_run_wrote_with_the_same_content_is_not_removed():
    with folder() as place:
        place.write('flow.yaml', WRITE)
        run(place, 'a')
        run(place, 'b')
        said = revert(place, 'a', 11)
        assert "run 'b', step 'w' has written it since, and has to be reverted first" in said, said
        assert (place.path / 'target').read_text() == 'same\n'
        revert(place, 'b', 0)
        assert (place.path / 'target').read_text() == 'same\n'
        status(place.run('resolve', 'a', 'w', '--retry'), 10)
        assert not (place.path / 'target').exists() and not kept(place), kept(place)


def test_runs_that_wrote_in_turn_are_undone_in_the_opposite_order():
    for first in ('', 'there before\n'):
        with folder() as place:
            place.write('flow.yaml', WRITE)
            if first:
                place.write('target', first)
            for name in ('a', 'b', 'c'):
                run(place, name, '-i', f'text={name}')
            assert "run 'c', step 'w'" in revert(place, 'b', 11)
            assert (place.path / 'target').read_text() == 'c\n'
            revert(place, 'c', 0)
            assert (place.path / 'target').read_text() == 'b\n'
            status(place.run('resolve', 'b', 'w', '--retry'), 10)
            revert(place, 'a', 0)
            assert (place.path / 'target').exists() == bool(first)
            assert not kept(place), kept(place)


def test_a_file_that_was_written_again_by_hand_is_left_as_it_is():
    with folder() as place:
        place.write('flow.yaml', WRITE)
        run(place, 'a')
        place.write('copy', 'same\n').rename(place.path / 'target')
        assert 'is not what this step wrote' in revert(place, 'a', 11)
        assert (place.path / 'target').read_text() == 'same\n'


def test_a_folder_that_another_run_made_again_is_not_removed():
    with folder() as place:
        place.write('flow.yaml', MAKE)
        run(place, 'a')
        (place.path / 'one' / 'two').rmdir()
        (place.path / 'one').rmdir()
        run(place, 'b')
        said = revert(place, 'a', 11)
        assert "is not the directory that this step made, but that of run 'b', step 'd'" in said, said
        assert (place.path / 'one' / 'two').exists()
        revert(place, 'b', 0)
        assert not (place.path / 'one').exists()
        status(place.run('resolve', 'a', 'd', '--retry'), 10)
        assert not kept(place), kept(place)


if __name__ == '__main__':
    main(sys.modules[__name__])
