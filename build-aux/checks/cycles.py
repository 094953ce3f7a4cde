# SPDX-License-Identifier: Apache-2.0
"""No cycles of includes, also not inside a folder: not between headers, and not between modules. No cycles of calls between
the modules of the library and the command either. A module is a source file with the headers of its name, the private one
and the one for authors of backends too. Modules that need each other are one module in several files. Modules that may stay
a knot stand in build-aux/cycle-exceptions.list."""

import re

import callgraph
import compiler
import exceptions
import tap
from tree import Finding

LIST = 'build-aux/cycle-exceptions.list'
MODULE = re.compile(r'(_private|_backend)?\.[ch]$')


prepare = compiler.compile_plain_sources


def missing():
    return compiler.missing_build()


def include_graphs(tree):
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


def call_graph(tree):
    """From module to a dictionary of the modules that it calls: the place and the names."""
    graph = {}
    for source, targets in callgraph.of_tree(tree).items():
        graph[MODULE.sub('', source)] = {MODULE.sub('', target): (source, ' '.join(names)) for target, names in targets.items()}
    return graph


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


def check_graph(graph, describe, allowed):
    """Yields a finding for each knot that is not within the modules of an exception."""
    for members, cycle in knots(graph):
        if not any(set(members) <= set(place.split()) for place in allowed):
            yield describe(f'a knot of {" ".join(members)}: ', graph, cycle)


def describe_include(text, graph, cycle):
    path, line = graph[cycle[0]][cycle[1]]
    return Finding(path, line, text + ' -> '.join(cycle))


def describe_calls(text, graph, cycle):
    steps = [f'{a} -> {b} ({graph[a][b][1]})' for a, b in zip(cycle, cycle[1:])]
    return Finding(graph[cycle[0]][cycle[1]][0], 0, text + ', '.join(steps))


def check(tree):
    allowed, wrong = exceptions.read(tree, LIST)
    findings = [Finding(LIST, line, 'an exception is the modules of a knot, two spaces, and its reason') for line in wrong]
    for graph in include_graphs(tree):
        findings.extend(check_graph(graph, describe_include, allowed))
    findings.extend(check_graph(call_graph(tree), describe_calls, allowed))
    return findings


GOOD = {
    'atoms/atoms.am': 'libbackflow_core_la_SOURCES += atoms/a.c atoms/d.c atoms/x.c atoms/y.c\n',
    'cli/cli.am': 'backflow_SOURCES = cli/main.c cli/main.h\n',
    'atoms/a.h': '#include <backflow/atoms/b.h>\n',
    'atoms/a.c': '#include "atoms/a.h"\n#include "atoms/a_private.h"\nvoid d (void); void a (void) { d (); }\n',
    'atoms/a_private.h': '#include "atoms/c.h"\n',
    'atoms/b.h': '#include "atoms/c.h"\n',
    'atoms/c.h': '',
    'atoms/d.c': '#include "atoms/a.h"\n#include "atoms/b.h"\nvoid d (void) {}\n',
    'atoms/x.c': '#include "atoms/y.h"\n',
    'atoms/x.h': '',
    'atoms/y.c': '#include "atoms/x.h"\n',
    'atoms/y.h': '',
    'cli/main.c': 'void a (void); static void d (void) { a (); } int main (void) { d (); return 0; }\n',
    LIST: 'atoms/x atoms/y atoms/z  They are twins.\n',
}
BAD = [
    ('headers that include each other', {'atoms/c.h': '#include "atoms/a.h"\n'}, 'a.h -> atoms/b.h -> atoms/c.h -> atoms/a.h'),
    ('a header that includes itself', {'atoms/c.h': '#include "atoms/c.h"\n'}, 'atoms/c.h -> atoms/c.h'),
    ('modules that include each other', {'atoms/c.c': '#include "atoms/a_private.h"\n'}, 'knot of atoms/a atoms/b atoms/c'),
    ('modules that call each other', {'atoms/d.c': 'void a (void); void d (void) { a (); }\n'},
     'knot of atoms/a atoms/d: atoms/a -> atoms/d (d), atoms/d -> atoms/a (a)'),
    ('modules that name each other in tables', {'atoms/a.c': 'void d (void); void (*const a[]) (void) = { d };\n',
                                                'atoms/d.c': 'extern int a[]; void d (void) { a[0]++; }\n'}, 'atoms/a -> atoms/d (d)'),
    ('a library that calls the command', {'cli/main.c': 'void a (void); void m (void) { a (); }\n',
                                          'atoms/d.c': 'void m (void); void d (void) { m (); }\n'}, 'knot of atoms/a atoms/d cli/main'),
]

tap.run(__name__)
