# SPDX-License-Identifier: Apache-2.0
"""Three things say what the library exports, and they agree: the installed headers (BACKFLOW_PUBLIC), the list
build-aux/symbols.list, and the shared library. `symbols.py --write` makes the list from the headers."""

import os
import pathlib
import sys

import compiler
import tap
from tree import Finding, Tree, exported_names, public_functions

LIST = 'build-aux/symbols.list'
LIBRARY = '.libs/libbackflow.so'
# What the linker itself adds for a version script.
VERSION_NODE = 'BACKFLOW_0'


def missing():
    return compiler.missing_build()


def declared_names(tree):
    return {name: (header, line) for header in tree.installed_headers() for line, name in public_functions(tree, header)}


def library_names(path):
    status, output = compiler.run([*compiler.NM, '-D', '--defined-only', str(path)])
    if status != 0:
        raise RuntimeError(output)
    names = {line.split()[-1].split('@')[0] for line in output.splitlines() if line.strip()}
    return names - {VERSION_NODE}


def check(tree):
    base = tap.build_root() if tree.root == tap.source_root() else tree.root
    declared, listed, exported = declared_names(tree), exported_names(tree), library_names(base / LIBRARY)
    findings = []
    if listed != sorted(set(listed)):
        findings.append(Finding(LIST, 0, 'is not in order, or has a name twice'))
    listed = set(listed)
    findings += [Finding(*declared[name], f'{name} is public but not in {LIST}') for name in sorted(declared.keys() - listed)]
    findings += [Finding(LIST, 0, f'{name} is in no installed header') for name in sorted(listed - declared.keys())]
    findings += [Finding(LIST, 0, f'{name} is not exported by the library') for name in sorted(listed - exported)]
    findings += [Finding(LIBRARY, 0, f'exports {name}, which is not listed') for name in sorted(exported - listed)]
    return findings


def write_list():
    tree = Tree(tap.source_root())
    text = '# The names that the library exports. Made from the installed headers: build-aux/checks/symbols.py --write\n'
    pathlib.Path(tree.root, LIST).write_text(text + ''.join(f'{name}\n' for name in sorted(declared_names(tree))))


def prepare(root):
    """The shared library of a sample, which exports all that is not static."""
    os.makedirs(root / '.libs')
    status, output = compiler.run([*compiler.CC, '-shared', '-fPIC', '-w', '-o', str(root / LIBRARY), str(root / 'atoms/a.c')])
    if status != 0:
        raise RuntimeError(output)


GOOD = {
    'atoms/atoms.am': 'atomsinclude_HEADERS += atoms/a.h\n',
    'atoms/a.h': '/* Does. */\nBACKFLOW_PUBLIC void a_do (void);\n/* Is. */\nBACKFLOW_PUBLIC const char *\na_is (int x);\n',
    'atoms/a.c': 'void a_do (void) {}\nconst char *a_is (int x) { return ""; }\n',
    LIST: 'a_do\na_is\n',
}
BAD = [
    ('a public function that is not listed', {LIST: 'a_do\n'}, 'a.h:4: a_is is public'),
    ('a listed function that is not declared', {LIST: 'a_do\na_is\nb\n'}, 'b is in no installed header'),
    ('a declared function that is not there', {'atoms/a.c': 'void a_do (void) {}\n'}, 'a_is is not exported'),
    ('an exported function that is not listed', {'atoms/a.c': GOOD['atoms/a.c'] + 'int b;\n'}, 'exports b'),
    ('a list that is not in order', {LIST: 'a_is\na_do\n'}, 'in order'),
]

if __name__ == '__main__' and sys.argv[1:] == ['--write']:
    write_list()
else:
    tap.run(__name__)
