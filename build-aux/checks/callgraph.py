# SPDX-License-Identifier: Apache-2.0
"""Which source file uses names that another source file defines: functions and tables, over the objects of the library
and of the command. Run as a program, it prints the cycles of files with the names that close them:
callgraph.py BUILD."""

import os
import pathlib
import sys

import compiler
import tap

# What nm -P prints for a global definition: text, data, read-only data, zeroed data, common and weak symbols.
DEFINED = frozenset('TDRBCVW')


def calls(objects):
    """From source to a dictionary of used source to the sorted names that it uses. OBJECTS yields (source, object)."""
    used, defined_in = {}, {}
    for source, symbols in compiler.read_symbols(objects):
        used[source] = {name for name, kind in symbols if kind == 'U'}
        defined_in.update((name, source) for name, kind in symbols if kind in DEFINED)
    graph = {}
    for source, names in used.items():
        targets = graph.setdefault(source, {})
        for name in sorted(names & defined_in.keys()):
            if defined_in[name] != source:
                targets.setdefault(defined_in[name], []).append(name)
    return graph


def of_tree(tree):
    return calls(compiler.product_objects(tree))


def print_cycles(graph, knots):
    count = 0
    for members, cycle in knots(graph):
        count += 1
        print(f'A knot of {len(members)}: ' + ' '.join(members))
        print('  shortest: ' + ' -> '.join(cycle))
        for source in members:
            for target in members:
                if target in graph[source]:
                    print(f'    {source} -> {target}: ' + ' '.join(graph[source][target]))
    print(f'{count} knots of calls')


if __name__ == '__main__':
    import cycles
    import tree as trees

    os.environ['G_TEST_BUILDDIR'] = str(pathlib.Path(sys.argv[1]).resolve())
    print_cycles(of_tree(trees.Tree(tap.source_root())), cycles.knots)
