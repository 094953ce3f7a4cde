# SPDX-License-Identifier: Apache-2.0
"""No cycles of includes, also not inside a folder: not between headers, and not between modules. A module is a source file
with the headers of its name, the private one and the one for authors of backends too. Modules that need each other are one
module in several files. A knot that stays on purpose stands in build-aux/cycle-exceptions.list, by its modules."""

import re

import exceptions
import tap
from tree import Finding

LIST = 'build-aux/cycle-exceptions.list'
MODULE = re.compile(r'(_private|_backend)?\.[ch]$')


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


def reachable(graph, start):
    """All that start leads to, in one step or more, and from where each was reached first."""
    came_from, pending = {}, [start]
    while pending:
        name = pending.pop(0)
        for target in sorted(graph.get(name, {})):
            if target not in came_from:
                came_from[target] = name
                pending.append(target)
    return came_from


def knots(graph):
    """Yields the sorted names of each set that all lead to each other, with a shortest cycle through the first."""
    leads_to = {name: reachable(graph, name) for name in graph}
    seen = set()
    for name in sorted(graph):
        if name in seen or name not in leads_to[name]:
            continue
        members = sorted(other for other in leads_to[name] if name in leads_to.get(other, ()))
        seen.update(members)
        cycle = [name]
        while cycle[0] != name or len(cycle) == 1:
            cycle.insert(0, leads_to[name][cycle[0]])
        yield members, cycle


def check(tree):
    allowed, wrong = exceptions.read(tree, LIST)
    findings = [Finding(LIST, line, 'an exception is the modules of a knot, two spaces, and its reason') for line in wrong]
    needed = set()
    for graph in graphs(tree):
        for members, cycle in knots(graph):
            place = ' '.join(members)
            needed.add(place)
            if place not in allowed:
                path, line = graph[cycle[0]][cycle[1]]
                findings.append(Finding(path, line, f'a knot of {place}: ' + ' -> '.join(cycle)))
    findings += [Finding(LIST, allowed[place][0], f'"{place}" is no knot any more') for place in allowed.keys() - needed]
    return findings


GOOD = {
    'atoms/a.h': '#include <backflow/atoms/b.h>\n',
    'atoms/a.c': '#include "atoms/a.h"\n#include "atoms/a_private.h"\n',
    'atoms/a_private.h': '#include "atoms/c.h"\n',
    'atoms/b.h': '#include "atoms/c.h"\n',
    'atoms/c.h': '',
    'atoms/d.c': '#include "atoms/a.h"\n#include "atoms/b.h"\n',
    'atoms/x.c': '#include "atoms/y.h"\n',
    'atoms/x.h': '',
    'atoms/y.c': '#include "atoms/x.h"\n',
    'atoms/y.h': '',
    LIST: 'atoms/x atoms/y  They are twins.\n',
}
BAD = [
    ('headers that include each other', {'atoms/c.h': '#include "atoms/a.h"\n'}, 'a.h -> atoms/b.h -> atoms/c.h -> atoms/a.h'),
    ('a header that includes itself', {'atoms/c.h': '#include "atoms/c.h"\n'}, 'atoms/c.h -> atoms/c.h'),
    ('modules that include each other', {'atoms/c.c': '#include "atoms/a_private.h"\n'}, 'knot of atoms/a atoms/b atoms/c'),
    ('an exception that is none any more', {'atoms/y.c': ''}, 'no knot any more'),
]

tap.run(__name__)
