# SPDX-License-Identifier: Apache-2.0
"""Flows as data, and as the text of a story (tests/engine/story.h)."""

import dataclasses
import json


@dataclasses.dataclass(eq=False)
class Task:
    """requires: argument -> symbol. provides: a symbol, a tuple of symbols by position, a frozenset of symbols by key, or None."""
    name: str
    code: str
    number: int = None
    requires: dict = dataclasses.field(default_factory=dict)
    inject: dict = dataclasses.field(default_factory=dict)
    optional: tuple = ()
    provides: object = None
    priority: int = 0
    kind = 'task'

    def symbols(self):
        return (self.provides,) if isinstance(self.provides, str) else tuple(self.provides or ())

    def options(self):
        for argument, symbol in self.requires.items():
            yield f'{argument}<{symbol}' if argument != symbol else argument
        for symbol, value in self.inject.items():
            yield f'{symbol}={value}'
        for symbol in self.optional:
            yield f'?{symbol}'
        if self.priority:
            yield f'!{self.priority}'
        if self.provides is not None:
            yield f'-> {provided(self.provides)}'

    def text(self):
        options = ' '.join(self.options())
        return f'{self.code}{count(self.number)} {self.name}' + (f'({options})' if options else '')


@dataclasses.dataclass(eq=False)
class Retry:
    """code: Times, ForEach, ForEachOf, each with All or not, AlwaysRevert, AlwaysRevertAll. numbers: the tries, or the
    values. values_from: the input that has them, of ForEachOf."""
    name: str
    code: str
    numbers: tuple = ()
    provides: str = None
    values_from: str = None
    kind = 'retry'
    requires = {}
    inject = {}
    optional = ()
    priority = 0

    def symbols(self):
        return (self.provides,) if self.provides else ()

    def text(self):
        numbers = self.values_from or ','.join(map(str, self.numbers))
        return self.code + (f'({numbers})' if numbers else '') + f' {self.name}' + (f' -> {self.provides}' if self.provides else '')


@dataclasses.dataclass(eq=False)
class Decider:
    code: str
    depth: str = 'all'
    number: int = None

    def text(self):
        return f'?{self.code}({self.depth}{"" if self.number is None else f", {self.number}"})'


@dataclasses.dataclass(eq=False)
class Flow:
    """kind: linear, unordered or graph. links: (item, item, decider or None). target: an item, or None; there are only links
    then, no symbols."""
    kind: str
    name: str
    retry: Retry = None
    items: list = dataclasses.field(default_factory=list)
    links: list = dataclasses.field(default_factory=list)
    target: object = None

    def text(self):
        parts = [item.text() for item in self.items]
        for source, target, decider in self.links:
            parts.append(f'{source.name} -> {target.name}' + (f' {decider.text()}' if decider else ''))
        if self.target:
            parts.append(f'target {self.target.name}')
        retry = f' <{self.retry.text()}>' if self.retry else ''
        return f'{self.kind} {self.name}{retry} [{", ".join(parts)}]'

    def members(self):
        """The items that are run: the target and what it depends on, or all."""
        if not self.target:
            return self.items
        wanted, count = {self.target}, 0
        while len(wanted) > count:
            count = len(wanted)
            wanted |= {source for source, target, _ in self.links if target in wanted}
        return [item for item in self.items if item in wanted]

    def atoms(self):
        """All atoms below it in the order of definition."""
        if self.retry:
            yield self.retry
        for item in self.members():
            if isinstance(item, Flow):
                yield from item.atoms()
            else:
                yield item

    def provides(self):
        return {symbol for atom in self.atoms() for symbol in atom.symbols()}

    def needs(self):
        """The symbols that its atoms take from outside."""
        inner = self.provides()
        return {symbol for atom in self.atoms() for symbol in atom.requires.values()
                if symbol not in atom.inject and symbol not in inner}


def count(number):
    return '' if number is None else f'({number})'


def provided(provides):
    if isinstance(provides, str):
        return provides
    names = ', '.join(provides if isinstance(provides, tuple) else sorted(provides))
    return f'({names})' if isinstance(provides, tuple) else '{' + names + '}'


def line(name, state, value=None, failure=None):
    """A line of the trace, as the stories write it."""
    if failure is not None:
        return f'{name} {state}({failure})'
    return f'{name} {state}' + ('' if value is None else f'({json.dumps(value, separators=(",", ":"))})')
