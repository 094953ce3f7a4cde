# SPDX-License-Identifier: Apache-2.0
"""No cycles of includes: not between headers, and not between modules (a source file with its own headers), also not
inside a folder. Two modules that include each other are one module in two files."""

import re

import tap
from tree import Finding

MODULE = re.compile(r'(_private)?\.[ch]$')


def graphs(tree):
    """Yields the graph of headers and the graph of modules: from name to a dictionary of included name to place."""
    headers, modules = {}, {}
    for path in tree.sources():
        module = MODULE.sub('', path)
        modules.setdefault(module, {})
        for line, quote, name in tree.includes(path):
            target = tree.own_include(quote, name)
            if target is None or not tree.has(target):
                continue
            if path.endswith('.h'):
                headers.setdefault(path, {}).setdefault(target, (path, line))
            other = MODULE.sub('', target)
            if other != module:
                modules[module].setdefault(other, (path, line))
    yield headers
    yield modules


def find_cycle(graph):
    """The names on one cycle, or None. Iterative: the depth of the tree is not the depth of the stack."""
    state = {}
    for start in sorted(graph):
        path, pending = [], [(start, False)]
        while pending:
            name, leaving = pending.pop()
            if leaving:
                state[path.pop()] = 'done'
            elif state.get(name) == 'open':
                return path[path.index(name):] + [name]
            elif name not in state:
                state[name] = 'open'
                path.append(name)
                pending.append((name, True))
                pending.extend((target, False) for target in sorted(graph.get(name, {}), reverse=True)
                               if state.get(target) != 'done')
    return None


def check(tree):
    findings = []
    for graph in graphs(tree):
        cycle = find_cycle(graph)
        if cycle and not findings:
            path, line = graph[cycle[0]][cycle[1]]
            findings.append(Finding(path, line, 'a cycle of includes: ' + ' -> '.join(cycle)))
    return findings


GOOD = {
    'atoms/a.h': '#include <backflow/atoms/b.h>\n',
    'atoms/a.c': '#include "atoms/a.h"\n#include "atoms/a_private.h"\n',
    'atoms/a_private.h': '#include "atoms/c.h"\n',
    'atoms/b.h': '#include "atoms/c.h"\n',
    'atoms/c.h': '',
    'atoms/d.c': '#include "atoms/a.h"\n#include "atoms/b.h"\n',
}
BAD = [
    ('headers that include each other', {'atoms/c.h': '#include "atoms/a.h"\n'}, 'atoms/a.h -> atoms/b.h -> atoms/c.h'),
    ('a header that includes itself', {'atoms/c.h': '#include "atoms/c.h"\n'}, 'atoms/c.h -> atoms/c.h'),
    ('modules that include each other', {'atoms/c.c': '#include "atoms/a_private.h"\n'}, 'atoms/a -> atoms/b -> atoms/c'),
]

tap.run(__name__)
