# SPDX-License-Identifier: Apache-2.0
"""backflow.h includes every installed header, once each, and nothing else. `umbrella.py --write` makes it so."""

import sys

import tap
from tree import LIBRARY_FOLDERS, Finding, Tree

UMBRELLA = 'backflow.h'


def check(tree):
    included = [name for _, _, name in tree.includes(UMBRELLA)]
    expected = {f'backflow/{path}' for path in tree.installed_headers() if path != UMBRELLA}
    findings = [Finding(UMBRELLA, 0, f'does not include <{name}>') for name in sorted(expected - set(included))]
    findings += [Finding(UMBRELLA, 0, f'includes {name}, which is not installed') for name in sorted(set(included) - expected)]
    if len(included) != len(set(included)):
        findings.append(Finding(UMBRELLA, 0, 'includes a header twice'))
    return findings


def write_includes():
    """Leaves what stands above the first include as it is."""
    tree = Tree(tap.source_root())
    headers = [path for path in tree.installed_headers() if path != UMBRELLA]
    headers.sort(key=lambda path: (LIBRARY_FOLDERS.index(path.split('/')[0]), path))
    top = tree.text(UMBRELLA).split('#include', 1)[0]
    (tree.root / UMBRELLA).write_text(top + ''.join(f'#include <backflow/{path}>\n' for path in headers))


GOOD = {
    'Makefile.am': 'backflowinclude_HEADERS = backflow.h\ninclude atoms/atoms.am\n',
    'atoms/atoms.am': 'atomsinclude_HEADERS += \\\n\tatoms/a.h atoms/b.h\n',
    'backflow.h': '#include <backflow/atoms/a.h>\n#include <backflow/atoms/b.h>\n',
}
BAD = [
    ('a header that is left out', {'backflow.h': '#include <backflow/atoms/a.h>\n'}, 'does not include <backflow/atoms/b.h>'),
    ('a header that is not installed', {'backflow.h': GOOD['backflow.h'] + '#include <glib.h>\n'}, 'includes glib.h'),
    ('a header that is there twice', {'backflow.h': GOOD['backflow.h'] * 2}, 'twice'),
]

if __name__ == '__main__' and sys.argv[1:] == ['--write']:
    write_includes()
else:
    tap.run(__name__)
