# SPDX-License-Identifier: Apache-2.0
"""What the library must not call, because it belongs to the process as a whole, and what nobody writes here: goto, and
assertions that do something. Exceptions: build-aux/call-exceptions.list, "<file> <function>  <reason>"."""

import re

import compiler
import exceptions
import tap
from tree import LIBRARY_FOLDERS, Finding, line_of

LIST = 'build-aux/call-exceptions.list'
PROCESS_WIDE = frozenset('''
    setlocale uselocale chdir fchdir chroot umask signal sigaction sigprocmask sigset bsd_signal __sysv_signal
    getenv secure_getenv setenv unsetenv putenv clearenv g_getenv g_setenv g_unsetenv g_chdir
    exit quick_exit atexit at_quick_exit srand srandom rand random drand48 strtok g_set_prgname g_set_application_name
    g_log_set_handler g_log_set_default_handler g_log_set_writer_func g_set_print_handler g_set_printerr_handler
    '''.split())
GOTO = re.compile(r'\bgoto\b')
ASSERTION = re.compile(r'\bg_assert\w*\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)')
EFFECT = re.compile(r'\+\+|--|(?<![=!<>])=(?!=)|\b\w+_(free|unref|clear|add|push|pop|remove|insert|append|set|steal)\s*\(')


def missing():
    return compiler.missing_build()


prepare = compiler.compile_optimized_sources


def check_calls(tree):
    allowed, wrong = exceptions.read(tree, LIST)
    findings = [Finding(LIST, line, 'an exception is its place, two spaces, and its reason') for line in wrong]
    needed = set()
    for source, symbols in compiler.read_symbols(compiler.library_objects(tree)):
        for name in sorted({name for name, kind in symbols if kind in 'Uw'} & PROCESS_WIDE):
            needed.add(f'{source} {name}')
            if f'{source} {name}' not in allowed:
                findings.append(Finding(source, 0, f'{name}() belongs to the process, not to a library'))
    findings += [Finding(LIST, allowed[place][0], f'"{place}" needs no exception any more') for place in allowed.keys() - needed]
    return findings


def check_text(tree, path):
    code = tree.code(path)
    for match in GOTO.finditer(code):
        yield Finding(path, line_of(code, match.start()), 'goto')
    for match in ASSERTION.finditer(code):
        if EFFECT.search(match.group(1)):
            yield Finding(path, line_of(code, match.start()), 'an assertion that does something: it may be compiled out')


def check(tree):
    findings = check_calls(tree)
    for path in tree.sources(*LIBRARY_FOLDERS, 'cli'):
        findings.extend(check_text(tree, path))
    return findings


GOOD = {
    'atoms/atoms.am': 'libbackflow_core_la_SOURCES += atoms/a.c\n',
    'atoms/a.c': '/* goto setlocale () */\nint chdir (const char *x);\n#define g_assert(x) (void) (x)\n'
                 'int f (int n) { g_assert (n >= 0 && n != 4 && "x = 3"); return chdir ("/"); }\n',
    LIST: 'atoms/a.c chdir  In a child only.\n',
}
BAD = [
    ('a call that changes the process', {'atoms/a.c': 'void exit (int); int chdir (const char *); int f (void)'
                                                      ' { chdir ("/"); exit (1); }\n'}, 'exit() belongs'),
    ('a call behind a macro', {'atoms/a.c': GOOD['atoms/a.c'] + '#define X getenv\nchar *X (char *);\n'
                                                                'char *g (void) { return X ("HOME"); }\n'}, 'getenv() belongs'),
    ('an exception that nothing needs', {'atoms/a.c': 'int x;\n'}, 'needs no exception'),
    ('goto', {'engine/b.h': 'void f (void) { goto end; end:; }\n'}, 'b.h:1: goto'),
    ('an assertion with an effect', {'engine/b.h': '#define f(n) g_assert (g ((n)++) > 0)\n'}, 'b.h:1: an assertion'),
]

tap.run(__name__)
