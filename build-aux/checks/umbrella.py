# SPDX-License-Identifier: Apache-2.0
"""backflow.h includes every installed header, once each, and nothing else."""

import tap
from tree import Finding

UMBRELLA = 'backflow.h'


def check(tree):
    included = [name for _, _, name in tree.includes(UMBRELLA)]
    expected = {f'backflow/{path}' for path in tree.installed_headers() if path != UMBRELLA}
    findings = [Finding(UMBRELLA, 0, f'does not include <{name}>') for name in sorted(expected - set(included))]
    findings += [Finding(UMBRELLA, 0, f'includes {name}, which is not installed') for name in sorted(set(included) - expected)]
    if len(included) != len(set(included)):
        findings.append(Finding(UMBRELLA, 0, 'includes a header twice'))
    return findings


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

tap.run(__name__)
