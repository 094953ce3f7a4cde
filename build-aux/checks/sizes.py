# SPDX-License-Identifier: Apache-2.0
"""Caps on files, headers, functions and their complexity. What is over a cap stands in build-aux/size-exceptions.list
with its reason; what stands there and is not over it any more has to go."""

import os
import shutil
import subprocess
import sys

import exceptions
import tap
from tree import Finding, Tree

LIST = 'build-aux/size-exceptions.list'
FILE_LINES = 620
HEADER_LINES = 190
FUNCTION_LINES = 60
COMPLEXITY = 12
PMCCABE = os.environ.get('PMCCABE') or shutil.which('pmccabe')


def missing():
    return None if PMCCABE else 'pmccabe is not installed'


def measure_functions(tree, paths):
    """Yields (path, line, function, lines, complexity), a switch counting as one decision. pmccabe's columns: modified
    complexity, traditional complexity, statements, first line, lines, place and name."""
    out = subprocess.run([PMCCABE, *paths], cwd=tree.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                         check=False).stdout if paths else ''
    for row in out.splitlines():
        complexity, _, _, line, lines, place = row.split('\t')
        path, _, function = place.rpartition(': ')
        yield path.split('(')[0], int(line), function, int(lines), int(complexity)


def measure(tree):
    """Yields (place, path, line, message) for all that is over a cap. A place is what an exception names."""
    for path in tree.sources():
        lines = tree.text(path).count('\n')
        cap = HEADER_LINES if path.endswith('.h') else FILE_LINES
        if lines > cap:
            yield path, path, 0, f'has {lines} lines, more than {cap}'
    for path, line, function, lines, complexity in measure_functions(tree, tree.sources()):
        if lines > FUNCTION_LINES:
            yield f'{path}:{function} lines', path, line, f'{function} has {lines} lines, more than {FUNCTION_LINES}'
        if complexity > COMPLEXITY:
            yield (f'{path}:{function} complexity', path, line,
                   f'{function} has complexity {complexity}, more than {COMPLEXITY}')


def check(tree):
    allowed, wrong = exceptions.read(tree, LIST)
    findings = [Finding(LIST, line, 'an exception is its place, two spaces, and its reason') for line in wrong]
    needed = set()
    for place, path, line, message in measure(tree):
        needed.add(place)
        if place not in allowed:
            findings.append(Finding(path, line, message))
    for place in sorted(set(allowed) - needed):
        findings.append(Finding(LIST, allowed[place][0], f'{place} needs no exception any more'))
    return findings


def print_exceptions():
    """For the end of `make check`."""
    allowed, _ = exceptions.read(Tree(tap.source_root()), LIST)
    print(f'# exceptions from the caps on size: {len(allowed) or "none"}')
    for place, (_, reason) in sorted(allowed.items()):
        print(f'#   {place}: {reason}')


def function(name, body):
    return f'int\n{name} (int x)\n{{\n{body}  return x;\n}}\n'


GOOD = {
    'atoms/a.c': function('f', '  x++;\n' * 50),
    'atoms/a.h': '/**/\n' * HEADER_LINES,
    'atoms/long.c': '/**/\n' * (FILE_LINES + 1),
    LIST: '# Exceptions\natoms/long.c  It is a table.\n',
}
BAD = [
    ('a long file', {'atoms/b.c': '/**/\n' * (FILE_LINES + 1)}, f'b.c: has {FILE_LINES + 1} lines'),
    ('a long header', {'atoms/b.h': '/**/\n' * (HEADER_LINES + 1)}, f'b.h: has {HEADER_LINES + 1} lines'),
    ('a long function', {'atoms/b.c': function('f', '  x++;\n' * FUNCTION_LINES)}, 'b.c:1: f has'),
    ('a complex function', {'atoms/b.c': function('f', '  if (x) x++;\n' * COMPLEXITY)}, f'complexity {COMPLEXITY + 1}'),
    ('an exception that nothing needs', {LIST: 'atoms/long.c  A table.\natoms/a.c  Why?\n'}, 'atoms/a.c needs no'),
    ('an exception without a reason', {LIST: 'atoms/long.c  A table.\natoms/a.c\n'}, 'its reason'),
]

if __name__ == '__main__' and sys.argv[1:] == ['--exceptions']:
    print_exceptions()
else:
    tap.run(__name__)
