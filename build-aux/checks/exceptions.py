# SPDX-License-Identifier: Apache-2.0
"""Lists of places where a rule is broken on purpose: one place a line, its reason after two spaces or a tab."""

import re

LINE = re.compile(r'^(?P<place>\S+(?: \S+)*?)(?:\s{2,}|\t+)(?P<reason>\S.*)$')


def read(tree, path):
    """A dictionary from place to (line, reason), and the numbers of lines that are neither a comment nor an exception."""
    places, wrong = {}, []
    if not tree.has(path):
        return places, wrong
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        match = LINE.match(line)
        if match:
            places[match.group('place')] = (number, match.group('reason'))
        else:
            wrong.append(number)
    return places, wrong
