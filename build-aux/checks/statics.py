# SPDX-License-Identifier: Apache-2.0
"""The library has no writable statics: two engines in one process share nothing that either can change."""

import re

import compiler
import tap
from tree import Finding

# objdump -t: value, flags, section, size, name.
SYMBOL = re.compile(r'^[0-9a-f]+ (?P<flags>.{7}) (?P<section>\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(?P<name>\S+)$')
WRITABLE = re.compile(r'^(\.(data|bss|tdata|tbss)(\.|$)|\*COM\*)')
CONSTANT = re.compile(r'^\.data\.rel\.ro(\.|$)')
# What G_DEFINE_QUARK leaves behind.
QUARK = re.compile(r'^q\.\d+$')
QUARK_HINT = ': G_DEFINE_QUARK has one; return g_quark_from_static_string() instead'
prepare = compiler.compile_optimized_sources


def missing():
    return compiler.missing_build()


def writable_symbols(lines):
    for match in filter(None, map(SYMBOL.match, lines)):
        section = match.group('section')
        is_section = match.group('flags')[5] == 'd'
        if WRITABLE.match(section) and not CONSTANT.match(section) and not is_section:
            yield section, match.group('name')


def check(tree):
    objects = list(compiler.library_objects(tree))
    findings = [Finding(source, 0, 'is not built') for source, path in objects if not path.exists()]
    for source, lines in compiler.read_lines([*compiler.OBJDUMP, '-t'], objects):
        for section, name in writable_symbols(lines):
            hint = QUARK_HINT if QUARK.match(name) else ''
            findings.append(Finding(source, 0, f'{name} is a writable static (in {section}){hint}'))
    return findings


AM = {'atoms/atoms.am': 'libbackflow_core_la_SOURCES += atoms/a.c\n'}
GOOD = {**AM, 'atoms/a.c': 'static const char *const names[] = { "a", "b" };\nstatic const int one = 1;\n'
                           'const char *f (int i) { return names[i + one]; }\n'}
BAD = [
    ('a counter', {'atoms/a.c': 'int f (void) { static int n; return ++n; }\n'}, '.bss'),
    ('a variable with a value', {'atoms/a.c': 'int backflow_x = 3;\n'}, 'backflow_x'),
    ('a table that can be written', {'atoms/a.c': 'const char *names[] = { "a" };\n'}, 'names'),
    ('a variable of a thread', {'atoms/a.c': '_Thread_local int mine;\n'}, 'mine'),
    ('a source that is not built', {'atoms/atoms.am': 'libbackflow_core_la_SOURCES += atoms/a.c atoms/b.c\n'}, 'not built'),
]

tap.run(__name__)
