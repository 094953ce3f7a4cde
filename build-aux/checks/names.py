# SPDX-License-Identifier: Apache-2.0
"""Files are named after what they hold. Every folder says in ten lines what it is for."""

import re

import tap
from tree import LIBRARY_FOLDERS, Finding

NO_NOUN = re.compile(r'(^|[_-])(utils?|common|misc|helpers?)([_.-]|$)')
LINES = 10
KEEPS_FIGURES = ('bench/README.md',)    # A table of measurements, as long as there is something to measure.
FOLDERS = LIBRARY_FOLDERS + ('flows/yaml', 'cli', 'examples', 'tests', 'bench', 'docs', 'build-aux')


def check_readme(tree, folder):
    path = f'{folder}/README.md'
    if not tree.has(path):
        yield Finding(path, 0, 'is missing: say what the folder is for, what it may include, where to start')
        return
    lines = tree.text(path).count('\n')
    if lines > LINES and path not in KEEPS_FIGURES:
        yield Finding(path, 0, f'has {lines} lines, more than {LINES}')


def check(tree):
    findings = []
    for path in tree.files:
        for part in path.split('/'):
            match = NO_NOUN.search(part)
            if match:
                findings.append(Finding(path, 0, f'"{match.group(2)}" says nothing: name the file after what it holds'))
    product = {f.rpartition('/')[0] for f in tree.sources() if '/' in f and not f.startswith('tests/')}
    folders = sorted(set(FOLDERS) | product)
    for folder in folders:
        findings.extend(check_readme(tree, folder))
    return findings


GOOD = {**{f'{folder}/README.md': '# A folder\n' for folder in FOLDERS}, 'atoms/commons.c': '', 'atoms/utility_grid.c': '',
        'bench/README.md': '| a row |\n' * 30}
BAD = [
    ('a file that is named util', {'atoms/atom_util.c': ''}, 'says nothing'),
    ('a file that is named common', {'engine/common.h': ''}, 'says nothing'),
    ('a folder that is named helpers', {'engine/helpers/x.c': ''}, 'says nothing'),
    ('a long README', {'engine/README.md': 'x\n' * 11}, 'more than 10'),
    ('a folder without README', {'colours/red.c': ''}, 'colours/README.md: is missing'),
]

tap.run(__name__)
