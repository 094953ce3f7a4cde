# SPDX-License-Identifier: Apache-2.0
"""The rules of a run, written down once more and without the engine: from where a run is, which transitions may come next. A
trace keeps the rules when each of its lines may, and when nothing more can come behind the last one.

Who depends on whom is a graph as TaskFlow's: an entry and an end for each flow, atoms between. Sets of atoms are bits of an integer.
"""

import collections

import behaviours
import stories

ATOM = ('task', 'retry')
DEPTHS = ('all', 'flow', 'neighbors', 'atom')    # the one that reaches furthest comes first
SETTLED = ('SUCCESS', 'IGNORE')
QUIET = ('PENDING', 'REVERTED', 'IGNORE')
UNKNOWN = object()


class Node:
    def __init__(self, kind, atom=None):
        self.kind, self.atom = kind, atom
        self.inside = 0    # of an end: the atoms of its flow
        self.before, self.after = [], []    # (node, decider or None)


class Shape:
    """What follows from a flow alone."""

    def __init__(self, flow, inputs):
        self.nodes, self.atoms, self.governors, self.members = [], [], [], {}
        self.inputs = inputs
        self.name = flow.name
        self._lay(flow, None)
        self.index = {node.atom.name: i for i, node in enumerate(self.atoms)}
        self.before = [self._reach(node, 'before') for node in self.atoms]
        self.after = [self._reach(node, 'after') for node in self.atoms]
        self.deciders = [self._deciders_of(node) for node in self.atoms]
        self.providers = collections.defaultdict(list)
        for i, node in enumerate(self.atoms):
            for symbol in node.atom.symbols():
                self.providers[symbol].append(i)

    def _node(self, kind, atom=None):
        node = Node(kind, atom)
        self.nodes.append(node)
        return node

    def _atom(self, atom, governor):
        node = self._node(atom.kind, atom)
        node.number = len(self.atoms)
        self.atoms.append(node)
        self.governors.append(governor)
        return node

    def _since(self, first):
        return (1 << len(self.atoms)) - (1 << first)

    def _lay(self, flow, governor):
        """The entry and the end of a flow that is laid out. governor: the number of the retry around it, or None."""
        entry = start = self._node('flow')
        begin = len(self.atoms)
        if flow.retry:
            start = self._atom(flow.retry, governor)
            join(entry, start)
            governor = start.number
        ends = {}
        items = flow.members()
        for item in items:
            if isinstance(item, stories.Flow):
                ends[item] = self._lay(item, governor)
            else:
                ends[item] = (self._atom(item, governor),) * 2
        if flow.retry:
            self.members[governor] = self._since(begin + 1)
        links = links_of(flow)
        for (source, target), decider in links.items():
            join(ends[source][1], ends[target][0], decider)
        end = self._node('end')
        end.inside = self._since(begin)
        for item in items:
            if not any(target is item for _, target in links):
                join(start, ends[item][0])
            if not any(source is item for source, _ in links):
                join(ends[item][1], end)
        if not items:
            join(start, end)
        return entry, end

    @staticmethod
    def _reach(start, side):
        reached, seen, stack = 0, set(), [start]
        while stack:
            for node, _ in getattr(stack.pop(), side):
                if node not in seen:
                    seen.add(node)
                    stack.append(node)
                    if node.kind in ATOM:
                        reached |= 1 << node.number
        return reached

    @staticmethod
    def _deciders_of(node):
        """(the atoms that the link comes from, decider): of its own links, and of those to flows that it is the beginning of."""
        found, stack = [], [node]
        while stack:
            for source, decider in stack.pop().before:
                if decider is not None:
                    found.append((1 << source.number if source.kind in ATOM else source.inside, decider))
                if source.kind == 'flow':
                    stack.append(source)
        return found

    def ignored_with(self, i, depth):
        """What is ignored when atom i is, as far as the depth reaches."""
        ignored, seen, stack = 1 << i, set(), [self.atoms[i]]
        while stack and depth != 'atom':
            for node, _ in stack.pop().after:
                if node in seen or (depth != 'all' and node.kind != 'task'):
                    continue
                seen.add(node)
                if node.kind in ATOM:
                    ignored |= 1 << node.number
                if depth != 'neighbors':
                    stack.append(node)
        return ignored


def join(source, target, decider=None):
    source.after.append((target, decider))
    target.before.append((source, decider))


def links_of(flow):
    """(source, target) -> decider or None: what was said, and in graphs what symbols ask for."""
    links = {}
    if flow.kind == 'linear':
        links.update(((a, b), None) for a, b in zip(flow.items, flow.items[1:]))
    members = flow.members()
    if flow.kind == 'graph':
        for source in flow.items:
            for target in flow.items:
                if source is not target and symbols_of(source) & needs_of(target):
                    links[source, target] = None
    for source, target, decider in flow.links:
        if source in members and target in members:
            links[source, target] = decider
    return links


def symbols_of(item):
    return item.provides() if isinstance(item, stories.Flow) else set(item.symbols())


def needs_of(item):
    if isinstance(item, stories.Flow):
        return item.needs()
    return {symbol for symbol in item.requires.values() if symbol not in item.inject}


class Run:
    """Where a run is. `end` is the state of the flow once nothing more can come."""

    def __init__(self, shape):
        count = len(shape.atoms)
        self.shape = shape
        self.states = ['PENDING'] * count
        self.settled, self.quiet = 0, (1 << count) - 1
        self.undone = 0            # what is reverted because a retry tries again
        self.retrying = 0          # the retries that do
        self.is_rolling_back = False
        self.tries = [0] * count   # calls of execute
        self.histories = [[] for _ in range(count)]
        self.results = [UNKNOWN] * count
        self.group = 0             # what has to become `group_state` before anything else happens
        self.group_state = None
        self.end = None

    # -- What may come next ---------------------------------------------------------------------

    def moves(self):
        """(atom's number, state) of all transitions that may come next."""
        if self.group:
            return [(i, self.group_state) for i in range(len(self.states)) if self.group >> i & 1]
        moves = []
        for i, state in enumerate(self.states):
            if state == 'RETRYING':
                return [(i, 'RUNNING')]
            move = getattr(self, f'_after_{state.lower()}', lambda i: None)(i)
            if move:
                moves.append((i, move))
        return moves

    def _after_pending(self, i):
        if self.is_rolling_back or self.undone >> i & 1 or self.shape.before[i] & ~self.settled:
            return None
        return 'RUNNING' if self._depth_of_nay(i) is None else 'IGNORE'

    def _after_running(self, i):
        return 'FAILURE' if self._execute(i)[1] is not None else 'SUCCESS'

    def _after_success(self, i):
        if self.is_rolling_back or self.undone >> i & 1:
            return None if self.shape.after[i] & ~self.quiet else 'REVERTING'
        if self.retrying >> i & 1 and not self.shape.members[i] & ~self.quiet:
            return 'RETRYING'
        return None

    _after_failure = _after_success

    def _after_reverting(self, i):
        return 'REVERT_FAILURE' if self._revert(i)[1] is not None else 'REVERTED'

    def is_free(self, moves):
        """Whether these moves leave a choice."""
        return len(moves) > 1 and not self.group

    def _depth_of_nay(self, i):
        deciders = self.shape.deciders[i]
        if not deciders:
            return None
        told = ~self._in_state('IGNORE')
        voters = [(sources & told, decider) for sources, decider in deciders if sources & told or not sources]
        history = {node.atom.name: self.results[k] for k, node in enumerate(self.shape.atoms)
                   if any(sources >> k & 1 for sources, _ in voters)}
        depths = [decider.depth for _, decider in voters if not behaviours.decide(decider, history)]
        return min(depths, key=DEPTHS.index, default=None)

    # -- What atoms do --------------------------------------------------------------------------

    def _argument(self, i, symbol):
        if symbol in self.shape.inputs:
            return self.shape.inputs[symbol]
        for provider in reversed(self.shape.providers[symbol]):
            if self.shape.before[i] >> provider & 1 and self.states[provider] != 'IGNORE':
                return behaviours.pick(self.shape.atoms[provider].atom, self.results[provider], symbol)
        return UNKNOWN

    def _arguments(self, i):
        atom = self.shape.atoms[i].atom
        arguments = {symbol: symbol for symbol in (*atom.inject, *atom.optional)}
        arguments.update(atom.requires)
        values = {argument: atom.inject.get(symbol, UNKNOWN) if symbol in atom.inject else self._argument(i, symbol)
                  for argument, symbol in arguments.items()}
        return {argument: value for argument, value in values.items() if value is not UNKNOWN}

    def _execute(self, i):
        """(value, None), or (None, why it fails)."""
        node = self.shape.atoms[i]
        try:
            if node.kind == 'retry':
                return self._next_value(i), None
            return behaviours.execute(node.atom, self._arguments(i), self.tries[i]), None
        except behaviours.Woot as woot:
            return None, str(woot)

    def _revert(self, i):
        node = self.shape.atoms[i]
        if node.kind == 'retry':
            return None, None
        try:
            return behaviours.revert(node.atom, self.results[i]), None
        except behaviours.Woot as woot:
            return None, str(woot)

    def _left(self, i):
        left = list(self.shape.atoms[i].atom.numbers)
        for value in self.histories[i]:
            left.remove(value)
        return left

    def _next_value(self, i):
        retry = self.shape.atoms[i].atom
        if retry.code.startswith('Times'):
            return len(self.histories[i]) + 1
        if not retry.code.startswith('ForEach'):
            return None
        if not self._left(i):
            raise behaviours.Woot(behaviours.NOTHING_LEFT)
        return self._left(i)[0]

    def line(self, move):
        """The line of the trace for a move."""
        i, state = move
        value = failure = None
        if state in ('SUCCESS', 'FAILURE'):
            value, failure = self._execute(i)
        elif state in ('REVERTED', 'REVERT_FAILURE'):
            value, failure = self._revert(i)
        return stories.line(self.shape.atoms[i].atom.name, state, value, failure)

    # -- What a transition does -----------------------------------------------------------------

    def apply(self, move):
        i, state = move
        if state in ('SUCCESS', 'FAILURE'):
            self._note_result(i)
        if state == 'IGNORE' and not self.group:
            self.group = self.shape.ignored_with(i, self._depth_of_nay(i)) & self._in_state('PENDING')
            self.group_state = 'IGNORE'
        self.states[i] = state
        self.group &= ~(1 << i)
        self.settled = self.settled | 1 << i if state in SETTLED else self.settled & ~(1 << i)
        self.quiet = self.quiet | 1 << i if state in QUIET else self.quiet & ~(1 << i)
        getattr(self, f'_on_{state.lower()}', lambda i: None)(i)

    def _in_state(self, state):
        return sum(1 << i for i, have in enumerate(self.states) if have == state)

    def _note_result(self, i):
        value, failure = self._execute(i)
        if failure is None:
            self.results[i] = value
            if self.shape.atoms[i].kind == 'retry':
                self.histories[i].append(value)

    def _on_running(self, i):
        self.tries[i] += 1

    def _on_failure(self, i):
        self._resolve(i)

    def _on_revert_failure(self, _i):
        self._roll_back()

    def _on_reverted(self, i):
        self.results[i] = UNKNOWN
        self.histories[i] = []

    def _on_retrying(self, i):
        self.retrying &= ~(1 << i)
        self.undone &= ~self.shape.members[i]
        self.group = self.shape.members[i] & ~self._in_state('PENDING')
        self.group_state = 'PENDING'

    def _roll_back(self):
        self.is_rolling_back = True
        self.retrying = 0

    def _resolve(self, i):
        """Asks the retries around a failed atom, from the inside to the outside; without one that says otherwise all is reverted."""
        retry = self.shape.governors[i]
        while retry is not None and not self.is_rolling_back:
            if self.states[retry] != 'IGNORE':
                if self._tries_again(retry):
                    self._undo(retry)
                    return
                if self.shape.atoms[retry].atom.code.endswith('All'):
                    break
            retry = self.shape.governors[retry]
        self._roll_back()

    def _tries_again(self, retry):
        atom = self.shape.atoms[retry].atom
        if atom.code.startswith('Times'):
            return len(self.histories[retry]) < atom.numbers[0]
        return atom.code.startswith('ForEach') and bool(self._left(retry))

    def _undo(self, retry):
        if self.undone >> retry & 1 or self.retrying >> retry & 1:
            return
        self.retrying = self.retrying & ~self.shape.members[retry] | 1 << retry
        self.undone |= self.shape.members[retry]

    def finish(self):
        """Nothing more can come: how the run ended."""
        if 'REVERT_FAILURE' in self.states:
            self.end = 'FAILURE'
        elif not self.is_rolling_back and self.settled == (1 << len(self.states)) - 1:
            self.end = 'SUCCESS'
        elif self.is_rolling_back and self.quiet == (1 << len(self.states)) - 1:
            self.end = 'REVERTED'
        else:
            raise Broken(f'no way on from {self.named_states()}')

    def named_states(self):
        return {node.atom.name: state for node, state in zip(self.shape.atoms, self.states)}

    def outcome(self):
        """What two runs of a flow have in common when the flow leaves no choice that matters. Of a rollback it doesn't
        matter how far the execution had come."""
        states = ['PENDING' if state == 'REVERTED' and self.end == 'REVERTED' else state for state in self.states]
        return self.end, tuple(states), tuple(map(repr, self.results)) if self.end == 'SUCCESS' else None


class Broken(Exception):
    """A trace breaks the rules, with this line, of that number from 0, unless it is empty."""

    def __init__(self, message, line='', number=0):
        super().__init__(message)
        self.line, self.number = line, number


def replay(shape, lines, end):
    """The run that a trace tells of, without the lines of the flow, and whether it had a choice somewhere; Broken when it
    breaks the rules."""
    run = Run(shape)
    had_choice = False
    for number, line in enumerate(lines):
        moves = run.moves()
        had_choice = had_choice or run.is_free(moves)
        legal = {run.line(move): move for move in moves}
        if line not in legal:
            raise Broken(f'{line!r} (the {number + 1}. line) may not come here, but: {", ".join(legal) or "nothing"}', line, number)
        run.apply(legal[line])
    moves = run.moves()
    if moves:
        raise Broken(f'it ends with {end} too early, this comes next: {", ".join(map(run.line, moves))}')
    run.finish()
    if run.end != end:
        raise Broken(f'it ends with {end}, not {run.end}')
    return run, had_choice


def play(shape, random):
    """How the run ends when all choices are made by chance."""
    run = Run(shape)
    moves = run.moves()
    while moves:
        run.apply(random.choice(moves))
        moves = run.moves()
    run.finish()
    return run.outcome()
