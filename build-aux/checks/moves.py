# SPDX-License-Identifier: Apache-2.0
"""Only the machines of the step core assign a state: every other assignment would be a move without a row in
engine/core/transitions.h."""

import re

import tap
from tree import Finding, line_of

# The functions that assign a state, and why each may: those that look the next state up, entries and ends of flows, which
# have no machine, and those that read states from a journal.
MACHINES = {
    'engine/core/core_moves.h': {'core_make_move', 'core_enter', 'core_pass_through', 'core_unpass'},
    'engine/core/core_moves.c': {'core_move_flow'},
    'engine/core/mode.h': {'mode_move', 'mode_turn'},
    'engine/core/restore.c': {'apply_atom', 'apply_flow', 'core_rebuild'},
}
OWNER = r'\b(?:core|mode)(?:->|\.)(?:mode\.)?'
FIELD = r'(?:states\s*\[(?:[^\[\]]|\[[^\[\]]*\])*\]|state|flow_state|direction)'
ASSIGNMENT = re.compile(OWNER + FIELD + r'\s*(?:=(?!=)|\+\+|--|[-+|&^*/]=|<<=|>>=)')
PREFIX = re.compile(r'(?:\+\+|--)\s*(?:\w+(?:->|\.))*' + OWNER + FIELD)
ADDRESS = re.compile(r'(?<!&)&\s*(?:\w+(?:->|\.))*' + OWNER + FIELD + r'\s*[,;)]')
COPY = re.compile(r'\bmem(?:cpy|move|set)\s*\(\s*(?:\w+(?:->|\.))*' + r'\b(?:core|mode)(?:->|\.)states\b')
FUNCTION = re.compile(r'^(\w+) \(', re.M)


def function_around(code, at):
    name = None
    for match in FUNCTION.finditer(code, 0, at):
        name = match.group(1)
    return name


def check_file(tree, path):
    code = tree.code(path)
    for pattern in (ASSIGNMENT, PREFIX, ADDRESS, COPY):
        for match in pattern.finditer(code):
            name = function_around(code, match.start())
            if name not in MACHINES.get(path, ()):
                yield Finding(path, line_of(code, match.start()), f'{name}() assigns a state past its machine')


def check_machines(tree):
    """A function that is named above and assigns no state needs no permission."""
    for path, names in MACHINES.items():
        code = tree.code(path) if tree.has(path) else ''
        used = {function_around(code, match.start()) for match in ASSIGNMENT.finditer(code)}
        for name in sorted(names - used):
            yield Finding(path, 0, f'{name}() assigns no state: take it out of build-aux/checks/moves.py')


def check(tree):
    findings = [finding for path in tree.sources('engine') for finding in check_file(tree, path)]
    return findings + list(check_machines(tree))


MACHINE_FILES = {
    'engine/core/core_moves.h': 'core_make_move (Core *core)\n{\n  core->states[node] = to;\n}\n'
                                'core_enter (Core *core)\n{\n  core->state = to;\n}\n'
                                'core_pass_through (Core *core)\n{\n  core->states[node] = A;\n}\n'
                                'core_unpass (Core *core)\n{\n  core->states[node] = B;\n}\n',
    'engine/core/core_moves.c': 'core_move_flow (Core *core)\n{\n  core->flow_state = to;\n}\n',
    'engine/core/mode.h': 'mode_move (CoreMode *mode)\n{\n  mode->state = to;\n}\n'
                          'mode_turn (CoreMode *mode)\n{\n  mode->direction = to;\n}\n',
    'engine/core/restore.c': 'apply_atom (Core *core)\n{\n  core->states[node] = to;\n}\n'
                             'apply_flow (Core *core)\n{\n  core->flow_state = to;\n}\n'
                             'core_rebuild (Core *core)\n{\n  core->state = find_end (core);\n}\n',
}
GOOD = {
    **MACHINE_FILES,
    'engine/core/core.c': 'f (Core *core)\n{\n  if (core->state == X && core->states[a[b]] <= Y)\n    leftover->state = Z;\n'
                          '  /* core->state = X */\n}\n',
}
BAD = [
    ('a state that is assigned elsewhere', {'engine/core/core.c': 'f (Core *core)\n{\n  core->state = X;\n}\n'}, 'core.c:3: f()'),
    ('a state of a node', {'engine/core/core.c': 'f (Core *core)\n{\n  core->states[at[n]] = X;\n}\n'}, 'core.c:3'),
    ('a flow state, from the run', {'engine/run.c': 'f (Engine *e)\n{\n  e->core.flow_state = X;\n}\n'}, 'run.c:3'),
    ('a mode through its core', {'engine/core/core.c': 'f (Core *core)\n{\n  core->mode.direction = X;\n}\n'}, 'core.c:3'),
    ('a state that is counted up', {'engine/core/core.c': 'f (Core *core)\n{\n  core->states[n]++;\n}\n'}, 'core.c:3'),
    ('states that are copied over', {'engine/core/core.c': 'f (Core *core)\n{\n  memset (core->states, 0, n);\n}\n'}, 'core.c:3'),
    ('the address of a state', {'engine/core/core.c': 'f (Core *core)\n{\n  g (&core->states[n]);\n}\n'}, 'core.c:3'),
    ('another function of the file of a machine',
     {'engine/core/mode.h': MACHINE_FILES['engine/core/mode.h'] + 'h (CoreMode *mode)\n{\n  mode->state = X;\n}\n'}, 'mode.h:11: h()'),
    ('a permission that nothing needs', {'engine/core/core_moves.c': 'core_move_flow (Core *core)\n{\n}\n'}, 'assigns no state'),
]

tap.run(__name__)
