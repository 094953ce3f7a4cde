# SPDX-License-Identifier: Apache-2.0
"""What the tasks of stories do, as tests/engine/story_tasks.c says it. TaskFlow's tasks call it, and the rules predict by it."""


# Why a retry that goes through values fails when it has none.
NOTHING_LEFT = 'no value is left to try'


class Woot(Exception):
    """A task fails; the text is the whole of it."""


def never(_atom, _arguments, _attempt):
    raise Woot('Woot!')


def fail_first(atom, _arguments, attempt):
    if atom.number is None or attempt <= atom.number:
        raise Woot(f'{atom.name}!')


def fail_unless_equal(_atom, arguments, _attempt):
    if arguments['x'] != arguments['y']:
        raise Woot('Woot!')


def want_number(atom, arguments, _attempt):
    if arguments['x'] != atom.number:
        raise Woot(f'bad {arguments["x"]}')


def constant(value):
    return lambda atom, arguments, attempt: value


EXECUTES = {
    'P': constant(5),
    'N': constant(None),
    'F': never,
    'NR': constant(None),
    'NF': never,
    'R1': constant(1),
    'R3': constant([1, 3, 5]),
    'RM': constant({'badger': 0, 'mushroom': 1, 'snake': 2}),
    'RH': constant('hello'),
    'A3': lambda atom, arguments, attempt: arguments['x'] + arguments['y'] + arguments['z'],
    'INC': lambda atom, arguments, attempt: arguments['value'] + 1,
    'GB': lambda atom, arguments, attempt: arguments['value'] + 1,
    'OPT': lambda atom, arguments, attempt: arguments['a'] * arguments.get('b', 5),
    'C': fail_unless_equal,
    'Fail': fail_first,
    'RFail': constant(None),
    'Give': lambda atom, arguments, attempt: atom.number,
    'Only': want_number,
}


def execute(atom, arguments, attempt):
    """What the task returns; Woot when it fails. attempt: from 1."""
    return EXECUTES[atom.code](atom, arguments, attempt)


def revert(atom, result):
    """What its revert returns; Woot when that fails."""
    if atom.code in ('NR', 'NF'):
        raise Woot('Gotcha!')
    if atom.code == 'RFail':
        raise Woot(f'{atom.name}!')
    return result + 1 if atom.code == 'GB' else None


def pick(atom, result, symbol):
    """The value of a symbol that the atom provides, out of its result."""
    if isinstance(atom.provides, str):
        return result
    return result[atom.provides.index(symbol)] if isinstance(atom.provides, tuple) else result[symbol]


def decide(decider, history):
    """What a decider says that was told these results by name."""
    if decider.code == 'sum':
        return sum(value for value in history.values() if isinstance(value, int)) == decider.number
    return decider.code == 'yes'
