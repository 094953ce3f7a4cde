# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone, as C and as C++. A private header may say "/* C only: <reason> */"."""

import concurrent.futures
import os

import tap
from compiler import CC, CPPFLAGS, CXX, missing_build, run
from tree import Finding

C = [*CC, '-x', 'c', '-std=gnu17', '-fsyntax-only', '-Wall', '-Wextra', '-Wstrict-prototypes', '-Wundef', '-Werror']
CPLUSPLUS = [*CXX, '-x', 'c++', '-std=c++17', '-fsyntax-only', '-Wall', '-Wextra', '-Wundef', '-Werror']
# What a header is on its own in: `#pragma once` in a main file is a warning.
PROBE = '-include'


def missing():
    return missing_build()


def compile_alone(tree, header, command):
    status, output = run([*command, '-I', str(tree.root), *CPPFLAGS, PROBE, str(tree.root / header), os.devnull])
    if status == 0:
        return None
    language = command[command.index('-x') + 1]
    return Finding(header, 0, f'does not compile alone as {language}:\n{output.rstrip()}')


def jobs(tree):
    for header in tree.headers():
        yield header, C
        if CXX and not (header not in tree.installed_headers() and '/* C only: ' in tree.text(header)):
            yield header, CPLUSPLUS


def check(tree):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = pool.map(lambda job: compile_alone(tree, *job), list(jobs(tree)))
        return [finding for finding in results if finding]


GOOD = {'atoms/a.h': '#pragma once\n#include <stddef.h>\n#include "atoms/b.h"\nstatic inline size_t f (void) { return 0; }\n',
        'atoms/b.h': '#pragma once\n',
        'atoms/c_private.h': '/* C only: <threads.h> is not in C++. */\nextern _Atomic int x;\n'}
BAD = [
    ('a header that needs another one before it', {'atoms/b.h': 'size_t f (void);\n'}, 'as c:'),
] + ([('a header that is not C++', {'atoms/b.h': 'int f (int class);\n'}, 'as c++:')] if CXX else [])

tap.run(__name__)
