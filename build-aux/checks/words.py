# SPDX-License-Identifier: Apache-2.0
"""The tree names no machine: no folder of the one it was written on, no host that serves packages. Words of the field that
names in the product are made of are in the tables of docs/vocabulary.md."""

import re

import tap
from tree import LIBRARY_FOLDERS, Finding, line_of

# Written so that this file does not match itself.
WORDS = [
    (re.compile(r'(?<![\w.<{$}/-])/(wor[k]|roo[t]|User[s])/'), 'a folder of one machine'),
    (re.compile(r'/tm[p]/bf\b'), 'a folder of one machine'),
    (re.compile(r'\b(deb|security|archive|snapshot|ftp|mirror|pool)s?[.](debian|ubuntu)[.](org|com|net)\b'), 'a package host'),
    (re.compile(r'\b(pyp[i][.]org|pythonhoste[d][.]org|npmj[s][.](org|com)|crate[s][.]io|rubygem[s][.]org|prox[y][.]golang[.]org'
                r'|docke[r][.]io|ghc[r][.]io|qua[y][.]io)\b'), 'a package host'),
]

# Parts of names that say little to a reader who has not seen the code.
VOCABULARY = 'docs/vocabulary.md'
PARTS = frozenset('''
    block census decider depth detained doom doomed draft effects express followers governor grace hold host leftover leftovers
    life loud mark marker probe quiet rank ready scope scopes scratch settled slots stray strays stuck survivors sweep swept
    token tries undone watchful weights
    '''.split())
NAME = re.compile(r'[A-Za-z_]\w*')
ROW = re.compile(r'^\|([^|]*)\|', re.M)


def stem(word):
    """Plurals and participles stand under their word."""
    for ending, short in (('ies', 'y'), ('ed', ''), ('s', '')):
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            return word[:-len(ending)] + short
    return word


def check_vocabulary(tree):
    """Yields a finding for each part of a name that no row of the vocabulary explains, at the first such name."""
    explained = {stem(word.lower()) for row in ROW.findall(tree.text(VOCABULARY)) for word in NAME.findall(row)}
    missing = {part for part in PARTS if stem(part) not in explained}
    for path in tree.sources(*LIBRARY_FOLDERS, 'cli') if missing else ():
        code = tree.code(path)
        for match in NAME.finditer(code):
            for part in missing & set(match.group(0).lower().split('_')):
                missing.discard(part)
                yield Finding(path, line_of(code, match.start()), f'{match.group(0)}: "{part}" is not in {VOCABULARY}')


def check(tree):
    findings = list(check_vocabulary(tree)) if tree.has(VOCABULARY) else [Finding(VOCABULARY, 0, 'is gone')]
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


GOOD = {VOCABULARY: '| word | means |\n| loud, quiet | … |\n| sweep, swept | … |\n', 'engine/a.c': 'int core_is_loud; int swept_by; // stuck\n',
        'README.md': 'network/workers, ${HOME}/work/x /usr/include, $DIR/root/x, https://www.apache.org/\n'}
BAD = [
    ('a word that is not explained', {'engine/a.h': '\nint core_is_stuck;\n'}, 'a.h:2: core_is_stuck: "stuck" is not in'),
    ('a path of this machine', {'a.c': 'see /wor' + 'k/main\n'}, 'a.c:1'),
    ('a home folder', {'a.c': 'see "/roo' + 't/.config"\n'}, 'one machine'),
    ('a package host', {'a.md': '\nhttp://deb.debi' + 'an.org/x\n'}, 'a.md:2'),
    ('another package host', {'a.md': 'pip from pyp' + 'i.org\n'}, 'package host'),
]

tap.run(__name__)
