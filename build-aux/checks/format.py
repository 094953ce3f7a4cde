# SPDX-License-Identifier: Apache-2.0
"""Every C file is as clang-format leaves it, and no line is longer than 100 columns. Tables between `clang-format off` and
`clang-format on` may be wider. `make format` puts a file right, but for comments, which it does not wrap."""

import os
import re
import shutil
import subprocess

import tap
from tree import Finding, line_of

COLUMNS = 100
CLANG_FORMAT = os.environ.get('CLANG_FORMAT') or 'clang-format'
TABLE = re.compile(r'/\* clang-format off \*/.*?(/\* clang-format on \*/|\Z)', re.S)
STRING = re.compile(r'"')
COMPLAINT = re.compile(r'^(.*?):(\d+):\d+: error:', re.M)


def missing():
    return None if shutil.which(CLANG_FORMAT) else 'clang-format is not installed'


def long_lines(tree, path):
    text = TABLE.sub(lambda match: re.sub(r'[^\n]', '', match.group(0)), tree.text(path))
    for match in re.finditer(r'^.{%d,}$' % (COLUMNS + 1), text, re.M):
        # A string that no line can hold is not cut: people search for it.
        if not STRING.search(match.group(0)):
            yield Finding(path, line_of(text, match.start()), f'is longer than {COLUMNS} columns')


def check(tree):
    sources = tree.sources()
    findings = [finding for path in sources for finding in long_lines(tree, path)]
    done = subprocess.run([CLANG_FORMAT, '--dry-run', '--Werror', *sources], cwd=tree.root, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False)
    complaints = COMPLAINT.findall(done.stdout)
    findings += [Finding(path, int(line), 'is not as clang-format leaves it: make format') for path, line in complaints]
    if done.returncode != 0 and not complaints:
        findings.append(Finding('.clang-format', 0, done.stdout.strip()))
    return findings


GOOD = {
    '.clang-format': 'BasedOnStyle: GNU\nColumnLimit: 100\n',
    'atoms/a.c': 'int x;\n/* clang-format off */\nint      y;   /* ' + 'wide ' * 30 + '*/\n/* clang-format on */\n',
}
BAD = [
    ('a file that was not formatted', {'atoms/a.c': 'int   x ;\n'}, 'a.c:1: is not as'),
    ('a comment that is too long', {'atoms/a.c': '/* ' + 'long ' * 30 + '*/\n'}, 'a.c:1: is longer'),
    ('a line after a table', {'atoms/a.c': GOOD['atoms/a.c'] + '/* ' + 'long ' * 30 + '*/\n'}, 'a.c:5: is longer'),
]

tap.run(__name__)
