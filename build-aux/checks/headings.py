# SPDX-License-Identifier: Apache-2.0
"""What stands at the top of files and above public functions: the licence, the guard, what a header is for, what a
function does."""

import re

import tap
from tree import Finding, blank, line_of, public_functions

LICENCE = 'SPDX-License-Identifier: Apache-2.0'
LICENSED = ('.c', '.h', '.py', '.sh', '.am', '.ac', '.m4')
# Where a header says what it is for: below licence and guard.
FIRST_LINES = 8
NOT_DECLARATIONS = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*|\bG_(?:BEGIN|END)_DECLS\b', re.M)
INNERMOST_BRACES = re.compile(r'\{[^{}]*\}')
STATEMENT = re.compile(r'[^;]+;')
PROTOTYPE = re.compile(r'^(?!(?:typedef|static|G_DEFINE\w*)\b|.*\bBACKFLOW_PUBLIC\b)'
                       r'[A-Za-z_][\w\s*]*[\s*]([a-z_]\w*)\s*\(', re.S)


def check_top(tree, path):
    lines = tree.text(path).split('\n')
    if LICENCE not in ''.join(lines[:2]):
        yield Finding(path, 1, f'does not begin with {LICENCE}')
    if path.endswith('.h'):
        if lines[1] != '#pragma once':
            yield Finding(path, 2, 'the second line of a header is #pragma once')
        if not any(line.startswith('/*') for line in lines[2:FIRST_LINES]):
            yield Finding(path, 3, 'does not say what it is for')


def is_documented(lines, line, name, functions):
    """Whether a comment stands right above a function, or above the functions that it forms one block with (as _ref and
    _unref do). The quark of an error domain needs none: people write the domain's name, which its codes explain."""
    if name.endswith('_error_quark') and any(line.startswith('#define') and f'({name} ())' in line for line in lines):
        return True
    above = lines[line - 2].rstrip()
    while above.endswith(';') and any(other < line for other in functions):
        other = max(other for other in functions if other < line)
        if not all(text.strip() for text in lines[other - 1:line - 1]):
            break
        line = other
        above = lines[line - 2].rstrip()
    return above.endswith('*/')


def unmarked_prototypes(code):
    """Yields (line, name) for each function that is declared without BACKFLOW_PUBLIC."""
    code, count = NOT_DECLARATIONS.sub(blank, code), 1
    while count:
        # An inline function ends in a brace: it is a statement as well.
        code, count = INNERMOST_BRACES.subn(lambda match: blank(match)[:-1] + ';', code)
    for statement in STATEMENT.finditer(code):
        text = statement.group(0)
        offset = len(text) - len(text.lstrip())
        match = PROTOTYPE.match(text[offset:])
        if match:
            yield line_of(code, statement.start() + offset), match.group(1)


def check_functions(tree, header):
    lines = tree.text(header).split('\n')
    functions = dict(public_functions(tree, header))
    for line, name in functions.items():
        if not is_documented(lines, line, name, functions):
            yield Finding(header, line, f'{name} has no comment right above it')
    for line, name in unmarked_prototypes(tree.code(header)):
        yield Finding(header, line, f'{name} is not BACKFLOW_PUBLIC: who includes this header cannot link it')


def check(tree):
    findings = [finding for path in tree.files if path.endswith(LICENSED) for finding in check_top(tree, path)]
    for header in tree.installed_headers():
        findings.extend(check_functions(tree, header))
    return findings


TOP = f'/* {LICENCE} */\n#pragma once\n\n/* What it is for. */\n'
GOOD = {
    'atoms/atoms.am': f'# {LICENCE}\natomsinclude_HEADERS = atoms/atom.h\n',
    'atoms/atom.h': TOP + 'typedef struct Atom Atom;\ntypedef void (*AtomFunc) (Atom *atom, int x);\n'
                          'G_BEGIN_DECLS\n#define ATOM_ERROR (atom_error_quark ())\n/* Makes one. */\nBACKFLOW_PUBLIC Atom *\natom_new (void);\nBACKFLOW_PUBLIC Atom *atom_ref (Atom *atom);\n'
                          'static inline int\natom_is (Atom *atom)\n{\n  return atom_has (atom) && g (x);\n}\n'
                          'struct Pair\n{\n  int (*f) (int x);\n};\nG_DEFINE_AUTOPTR_CLEANUP_FUNC (Atom, atom_free);\n',
    'atoms/atom_private.h': TOP + 'void atom_hidden (void);\n',
}
BAD = [
    ('a file without licence', {'atoms/a.c': 'int x;\n'}, 'SPDX'),
    ('a header without guard', {'atoms/a.h': f'/* {LICENCE} */\n\n/* What. */\n'}, '#pragma once'),
    ('a header that does not say what it is for', {'atoms/a.h': TOP.replace('/* What it is for. */', '')}, 'what it is for'),
    ('a public function without comment', {'atoms/atom.h': TOP + '\nBACKFLOW_PUBLIC void atom_f (void);\n'}, 'atom_f has no'),
    ('one below a comment and an empty line', {'atoms/atom.h': TOP + 'int x;\n/* A */\n\nBACKFLOW_PUBLIC void atom_f (void);\n'},
     'atom_f has no'),
    ('a public function that is not marked', {'atoms/atom.h': TOP + '/* Does. */\nvoid atom_f (void);\n'}, 'atom_f is not'),
    ('one that returns a pointer', {'atoms/atom.h': TOP + '/* Does. */\nconst char *\natom_f (int x);\n'}, 'atom_f is not'),
]

tap.run(__name__)
