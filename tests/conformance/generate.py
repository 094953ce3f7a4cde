# SPDX-License-Identifier: Apache-2.0
"""Flows by chance. Every symbol is an integer, so that each task can take each of them."""

from stories import Decider, Flow, Retry, Task

KINDS = ('linear', 'unordered', 'graph')
DEPTHS = ('all', 'flow', 'neighbors', 'atom')
KEYS = ('badger', 'mushroom', 'snake')


class Maker:
    """Makes one flow. random: where chance comes from. failing, bad_reverts, retries, deciding: how probable they are."""

    def __init__(self, random, failing=0.15, bad_reverts=0.02, retries=0.35, deciding=0.0):
        self.random = random
        self.failing, self.bad_reverts, self.retries, self.deciding = failing, bad_reverts, retries, deciding
        self.has_data = random.random() < 0.6 and not deciding
        self.reuses_symbols = False
        self.has_priorities = False
        self.count = 0
        self.symbols = 0
        self.left = random.choice((4, 7, 10, 14))
        self.values = [random.randrange(4) for _ in range(random.randrange(4))]

    def chance(self, probability):
        return self.random.random() < probability

    def name(self, letter):
        self.count += 1
        return f'{letter}{self.count}'

    def symbol(self):
        if self.reuses_symbols:
            return self.random.choice(('s0', 's1', 's2', 's3', 's4'))
        self.symbols += 1
        return f's{self.symbols}'

    def inputs(self):
        """One that tasks take, one that retries do, and some that others provide too, or that are taken when they are there."""
        inputs = {'i': self.random.randrange(9), 'l': self.values}
        for symbol in ('b', 's1'):
            if self.chance(0.2):
                inputs[symbol] = self.random.randrange(5)
        return inputs

    # -- Atoms ----------------------------------------------------------------------------------

    def retry(self):
        code = self.random.choice(('Times', 'Times', 'Times', 'TimesAll', 'ForEach', 'ForEach', 'ForEachAll', 'ForEachOf',
                                   'ForEachOfAll', 'AlwaysRevert', 'AlwaysRevertAll'))
        numbers = ()
        if code.startswith('ForEachOf'):
            return Retry(self.name('r'), code, tuple(self.values), self.symbol() if self.has_data else None, 'l')
        if code.startswith('Times'):
            numbers = (self.random.choice((1, 2, 2, 3, 4)),)
        elif code.startswith('ForEach'):
            numbers = tuple(self.random.randrange(4) for _ in range(self.random.randrange(1, 4)))
        provides = self.symbol() if numbers and self.has_data and self.chance(0.7) else None
        return Retry(self.name('r'), code, numbers, provides)

    def bad_task(self, visible):
        name = self.name('t')
        code = self.random.choice(('F', 'Fail', 'Fail', 'Fail', 'Fail', 'Only', 'C'))
        if code == 'Only':
            return Task(name, code, self.random.randrange(1, 4), requires={'x': self.random.choice(visible)})
        if code == 'C':
            return Task(name, code, requires={'x': self.random.choice(visible), 'y': self.random.choice(visible)})
        return Task(name, code, self.random.randrange(1, 4) if code == 'Fail' else None)

    def source_task(self):
        name = self.name('t')
        code = self.random.choice(('P', 'Give', 'R1', 'R3', 'RM'))
        if code == 'R3':
            return Task(name, code, provides=tuple(dict.fromkeys(self.symbol() for _ in range(2))))
        if code == 'RM' and self.reuses_symbols:
            return Task(name, code, provides=frozenset(self.random.sample(KEYS, 2)))
        if code == 'RM':
            return Task(name, 'RH')
        return Task(name, code, self.random.randrange(9) if code == 'Give' else None, provides=self.symbol())

    def taking_task(self, visible):
        name = self.name('t')
        code = self.random.choice(('INC', 'GB', 'A3', 'OPT', 'INJ'))
        takes = {'INC': ('value',), 'GB': ('value',), 'A3': 'xyz', 'OPT': ('a',), 'INJ': ()}[code]
        task = Task(name, code, requires={argument: self.random.choice(visible) for argument in takes})
        if code == 'INJ':
            task.code, task.inject = 'INC', {'value': self.random.randrange(9)}
        if code == 'OPT':
            task.optional = ('b',)
        if self.chance(0.7):
            task.provides = self.symbol()
        return task

    def task(self, visible):
        self.left -= 1
        if self.chance(self.failing):
            task = self.bad_task(visible)
        elif self.chance(self.bad_reverts):
            task = Task(self.name('t'), self.random.choice(('NR', 'RFail', 'NF')))
        elif self.has_data and self.chance(0.8):
            task = self.taking_task(visible) if self.chance(0.6) else self.source_task()
        else:
            task = Task(self.name('t'), self.random.choice(('P', 'N', 'N')))
        if self.has_priorities and self.chance(0.3):
            task.priority = self.random.randrange(-2, 3)
        return task

    # -- Flows ----------------------------------------------------------------------------------

    def flow(self, kinds, visible, depth=0):
        """visible: the symbols that come from outside."""
        flow = Flow(self.random.choice(kinds), self.name('f'))
        if self.chance(self.retries):
            flow.retry = self.retry()
            visible = visible + list(flow.retry.symbols())
        for _ in range(self.random.randrange(0 if depth else 1, 6)):
            if self.left <= 0:
                break
            if depth < 3 and self.chance(0.35):
                item = self.flow(kinds, visible, depth + 1)
            else:
                item = self.task(visible)
            flow.items.append(item)
            if flow.kind != 'unordered':
                visible = visible + sorted(item.provides() if isinstance(item, Flow) else item.symbols())
        if flow.kind == 'graph':
            self.link(flow, 0.3)
            if flow.items and not self.has_data and self.chance(0.15):
                flow.target = self.random.choice(flow.items)
        return flow

    def link(self, flow, probability):
        """Links earlier items of a graph flow to later ones."""
        for i, target in enumerate(flow.items):
            for source in flow.items[:i]:
                if self.chance(probability):
                    flow.links.append((source, target, self.decider(source)))

    def decider(self, source):
        if not self.chance(self.deciding):
            return None
        depth = self.random.choice(DEPTHS)
        if isinstance(source, Task) and self.chance(0.3):
            return Decider('sum', depth, 5)
        return Decider(self.random.choice(('yes', 'no')), depth)

    def chain(self, depth=0):
        """A graph whose items follow one another, with shorter ways beside that."""
        flow = Flow('graph', self.name('f'), self.retry() if self.chance(self.retries) else None)
        for _ in range(self.random.randrange(2, 6)):
            if depth < 2 and self.chance(0.25):
                flow.items.append(self.chain(depth + 1))
            else:
                flow.items.append(self.task(['i']))
        flow.links = [(source, target, self.decider(source)) for source, target in zip(flow.items, flow.items[1:])]
        for i, target in enumerate(flow.items):
            for source in flow.items[:max(i - 1, 0)]:
                if self.chance(0.25):
                    flow.links.append((source, target, self.decider(source)))
        return flow


def linear(random):
    maker = Maker(random, bad_reverts=0.03)
    maker.reuses_symbols = True
    return maker.flow(('linear',), ['i']), maker.inputs()


def chain(random):
    maker = Maker(random, deciding=0.5)
    maker.has_data = False
    return maker.chain(), maker.inputs()


def mixed(random):
    maker = Maker(random, failing=random.choice((0, 0.08, 0.15)), bad_reverts=random.choice((0, 0, 0.03)))
    maker.has_priorities = True
    return maker.flow(KINDS, ['i']), maker.inputs()


def decided(random):
    maker = Maker(random, failing=random.choice((0, 0.06, 0.12)), bad_reverts=0, deciding=0.5)
    return maker.flow(('graph', 'graph', 'linear', 'unordered'), ['i']), maker.inputs()


PROFILES = {'linear': linear, 'chain': chain, 'mixed': mixed, 'decided': decided}
