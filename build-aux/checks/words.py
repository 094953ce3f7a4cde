# SPDX-License-Identifier: Apache-2.0
"""The tree names no machine: no folder of the one it was written on, no host that serves packages."""

import re

import tap
from tree import Finding

# Written so that this file does not match itself.
WORDS = [
    (re.compile(r'(?<![\w.<{$}/-])/(wor[k]|roo[t]|User[s])/'), 'a folder of one machine'),
    (re.compile(r'/tm[p]/bf\b'), 'a folder of one machine'),
    (re.compile(r'\b(deb|security|archive|snapshot|ftp|mirror|pool)s?[.](debian|ubuntu)[.](org|com|net)\b'), 'a package host'),
    (re.compile(r'\b(pyp[i][.]org|pythonhoste[d][.]org|npmj[s][.](org|com)|crate[s][.]io|rubygem[s][.]org|prox[y][.]golang[.]org'
                r'|docke[r][.]io|ghc[r][.]io|qua[y][.]io)\b'), 'a package host'),
]


def check(tree):
    findings = []
    for path in tree.files:
        try:
            text = tree.text(path)
        except UnicodeDecodeError:
            continue    # A fuzz corpus holds what no text is.
        for pattern, what in WORDS:
            for match in pattern.finditer(text):
                line = text.count('\n', 0, match.start()) + 1
                findings.append(Finding(path, line, f'"{match.group(0)}" is {what}'))
    return findings


GOOD = {'README.md': 'network/workers, ${HOME}/work/x /usr/include, $DIR/root/x, https://www.apache.org/\n'}
BAD = [
    ('a path of this machine', {'a.c': 'see /wor' + 'k/main\n'}, 'a.c:1'),
    ('a home folder', {'a.c': 'see "/roo' + 't/.config"\n'}, 'one machine'),
    ('a package host', {'a.md': '\nhttp://deb.debi' + 'an.org/x\n'}, 'a.md:2'),
    ('another package host', {'a.md': 'pip from pyp' + 'i.org\n'}, 'package host'),
]

tap.run(__name__)
