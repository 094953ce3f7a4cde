# SPDX-License-Identifier: Apache-2.0
"""groff has nothing to say about the manual pages."""

import os
import shutil

import compiler
import tap
from tree import Finding

GROFF = os.environ.get('GROFF') or shutil.which('groff')


def missing():
    return None if GROFF else 'groff is not installed'


def check(tree):
    findings = []
    for path in tree.files:
        if path.startswith('docs/') and path.endswith(('.1', '.3', '.5', '.7')):
            _, output = compiler.run([GROFF, '-mandoc', '-Tutf8', '-Kutf8', '-rCHECKSTYLE=3', '-ww', '-z', str(tree.root / path)])
            findings += [Finding(path, 0, line) for line in output.splitlines()]
            if not tree.text(path).strip():
                findings.append(Finding(path, 0, 'is empty'))
    return findings


PAGE = '.Dd January 31, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd a page\n.Sh DESCRIPTION\nText.\n'
GOOD = {'docs/x.1': PAGE}
BAD = [
    ('an unknown macro', {'docs/x.1': PAGE + '.Qz text\n'}, 'Qz'),
    ('an empty page', {'docs/y.5': ''}, 'empty'),
]

tap.run(__name__)
