# SPDX-License-Identifier: Apache-2.0
"""What a folder and a module of the product are. A module is a source file with the headers of its name: each source of the
library and of the command has one, public (NAME.h) or for its neighbours (NAME_private.h). A folder holds at most 30
modules. A struct has at most 15 fields. Exceptions: build-aux/module-exceptions.list, "<source> header",
"<folder>/ modules" or "<struct> fields", then two spaces and the reason."""

import collections
import re

import exceptions
import tap
from tree import LIBRARY_FOLDERS, Finding, line_of

LIST = 'build-aux/module-exceptions.list'
MODULES = 30
FIELDS = 15
# The program itself, which nothing includes.
PROGRAM = 'cli/main.c'
MODULE = re.compile(r'(_private|_backend)?\.[ch]$')
STRUCT = re.compile(r'\b(?:struct|union)\b(?:\s+(\w+))?\s*\{')
DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.M)
PARENTHESES = re.compile(r'\([^()]*\)')


def closing_brace(code, opening):
    depth = 0
    for match in re.finditer(r'[{}]', code[opening:]):
        depth += 1 if match.group(0) == '{' else -1
        if depth == 0:
            return opening + match.start()
    return len(code)


def count_fields(body):
    """The fields between the braces of a struct. Fields of a struct without a name count; one with a name is one field."""
    count = 0
    match = STRUCT.search(body)
    while match:
        end = closing_brace(body, match.end() - 1)
        semicolon = body.find(';', end)
        count += 1 if body[end + 1:semicolon].strip() else count_fields(body[match.end():end])
        body = body[:match.start()] + body[semicolon + 1:]
        match = STRUCT.search(body)
    without = PARENTHESES.sub('', PARENTHESES.sub('', body))
    return count + sum(1 + part.count(',') for part in without.split(';') if part.strip())


def structs(tree, path):
    """Yields (line, name, number of fields). A struct is called as its tag or its typedef."""
    code = DIRECTIVE.sub('', tree.code(path))
    for match in STRUCT.finditer(code):
        end = closing_brace(code, match.end() - 1)
        after = re.match(r'\s*(\w+)', code[end + 1:])
        name = match.group(1) or (after.group(1) if after else '(without a name)')
        yield line_of(code, match.start()), name, count_fields(code[match.end():end])


def measure(tree):
    """Yields (place, path, line, message) for all that breaks a rule. A place is what an exception names."""
    folders = collections.defaultdict(set)
    for path in tree.sources(*LIBRARY_FOLDERS, 'cli'):
        folders[path.rpartition('/')[0]].add(MODULE.sub('', path))
        for line, name, fields in structs(tree, path):
            if fields > FIELDS:
                yield f'{name} fields', path, line, f'{name} has {fields} fields, more than {FIELDS}'
    for folder, modules in sorted(folders.items()):
        if len(modules) > MODULES:
            yield f'{folder}/ modules', folder + '/', 0, f'has {len(modules)} modules, more than {MODULES}'
    for path in tree.library_sources() + tree.command_sources():
        if path != PROGRAM and not tree.has(path[:-2] + '.h') and not tree.has(path[:-2] + '_private.h'):
            yield f'{path} header', path, 0, f'has no header of its name: {path[:-2]}.h or {path[:-2]}_private.h'


def check(tree):
    allowed, wrong = exceptions.read(tree, LIST)
    findings = [Finding(LIST, line, 'an exception is its place, two spaces, and its reason') for line in wrong]
    findings += [Finding(path, line, message) for place, path, line, message in measure(tree) if place not in allowed]
    return findings


def fields(count):
    return ''.join(f'  int a{i}, (*b{i}) (int x, int y);\n' for i in range(count // 2)) + ('  gchar c[3];\n' if count % 2 else '')


GOOD = {
    'atoms/atoms.am': 'libbackflow_core_la_SOURCES += atoms/a.c atoms/b.c\nbackflow_SOURCES = cli/main.c\n',
    'atoms/a.c': f'struct A\n{{\n{fields(FIELDS - 2)}  struct\n  {{\n    int x, y;\n  }} both;\n#ifdef X\n  int x;\n#endif\n}};\n',
    'atoms/a.h': '',
    'atoms/b.c': '',
    'atoms/b_private.h': '',
    'cli/main.c': '',
    **{f'flows/m{i}.h': '' for i in range(MODULES)},
    'flows/m1.c': '',
    'flows/m1_private.h': f'typedef struct\n{{\n{fields(FIELDS + 1)}}} Large;\n',
    LIST: '# Exceptions\nLarge fields  It is a table.\n',
}
BAD = [
    ('a source without a header', {'atoms/atoms.am': 'libbackflow_core_la_SOURCES = atoms/a.c atoms/c.c\n', 'atoms/c.c': ''},
     'atoms/c.c: has no header'),
    ('a source of the command without a header', {'atoms/atoms.am': 'backflow_SOURCES = cli/text.c\n', 'cli/text.c': ''},
     'cli/text.c: has no header'),
    ('a folder of many modules', {'flows/another.c': ''}, f'flows/: has {MODULES + 1} modules'),
    ('a struct of many fields', {'atoms/b.c': f'\nstruct B\n{{\n{fields(FIELDS + 1)}}};\n'}, f'b.c:2: B has {FIELDS + 1} fields'),
    ('fields in a struct without a name', {'atoms/b.c': f'struct B\n{{\n{fields(FIELDS)}  union {{ int x; int y; }};\n}};\n'},
     f'B has {FIELDS + 2} fields'),
    ('a type of many fields', {'atoms/b.c': f'typedef struct\n{{\n{fields(FIELDS + 1)}}} B;\n'}, f'B has {FIELDS + 1} fields'),
    ('an exception without a reason', {LIST: 'Large fields\n'}, 'its reason'),
]

tap.run(__name__)
