# SPDX-License-Identifier: Apache-2.0
"""The same flows in TaskFlow's serial engine."""

import logging

import behaviours
import stories
from taskflow import engines, retry, task
from taskflow import states as taskflow_states
from taskflow.patterns import graph_flow, linear_flow, unordered_flow
from taskflow.types import failure as taskflow_failure

logging.disable(logging.CRITICAL)
DEPTHS = {'all': 'ALL', 'flow': 'FLOW', 'neighbors': 'NEIGHBORS', 'atom': 'ATOM'}


class Job(task.Task):
    """A task of a story."""

    def __init__(self, atom, **options):
        provides = set(atom.provides) if isinstance(atom.provides, frozenset) else atom.provides
        super().__init__(name=atom.name, provides=provides, inject=dict(atom.inject) or None, **options)
        self.atom, self.tries, self.priority = atom, 0, atom.priority

    def execute(self, **arguments):
        self.tries += 1
        return behaviours.execute(self.atom, arguments, self.tries)

    def revert(self, result, **arguments):
        return behaviours.revert(self.atom, result)


class Product(Job):
    """One with an optional argument, which TaskFlow knows by the signature alone."""

    def execute(self, a, b=5):
        return super().execute(a=a, b=b)

    def revert(self, result, **arguments):
        return super().revert(result)


def make_task(atom):
    if atom.code == 'OPT':
        return Product(atom, rebind={argument: symbol for argument, symbol in atom.requires.items() if argument != symbol})
    arguments = {symbol: symbol for symbol in atom.inject}
    arguments.update(atom.requires)
    return Job(atom, requires=list(arguments.values()), auto_extract=False,
               rebind={argument: symbol for argument, symbol in arguments.items() if argument != symbol} or None)


def make_retry(atom):
    options = {'name': atom.name, 'provides': atom.provides}
    if atom.code == 'AlwaysRevert':
        return retry.AlwaysRevert(**options)
    if atom.code == 'AlwaysRevertAll':
        return retry.AlwaysRevertAll(**options)
    options['revert_all'] = atom.code.endswith('All')
    if atom.values_from:
        return retry.ParameterizedForEach(rebind={'values': atom.values_from}, **options)
    if atom.code.startswith('Times'):
        return retry.Times(atom.numbers[0], **options)
    return retry.ForEach(list(atom.numbers), **options)


def make_decider(decider):
    return lambda history: behaviours.decide(decider, history)


def build(flow):
    """TaskFlow's flow."""
    kinds = {'linear': linear_flow, 'unordered': unordered_flow, 'graph': graph_flow}
    maker = graph_flow.TargetedFlow if flow.target else kinds[flow.kind].Flow
    made = maker(flow.name, make_retry(flow.retry) if flow.retry else None)
    items = {item: build(item) if isinstance(item, stories.Flow) else make_task(item) for item in flow.items}
    made.add(*items.values())
    for source, target, decider in flow.links:
        if decider:
            made.link(items[source], items[target], decider=make_decider(decider), decider_depth=DEPTHS[decider.depth])
        else:
            made.link(items[source], items[target])
    if flow.target:
        made.set_target(items[flow.target])
    return made


def listen(engine, lines):
    """Writes the transitions down as the stories do, without those that change nothing."""
    last = {}

    def on_flow(state, details):
        lines.append(f'flow {details["flow_name"]} {state}')

    def on_atom(state, details):
        name = details.get('task_name') or details.get('retry_name')
        result = details.get('result')
        if state == last.get(name, taskflow_states.PENDING):
            return
        last[name] = state
        if isinstance(result, taskflow_failure.Failure):
            text = behaviours.NOTHING_LEFT if 'retry_name' in details else result.exception_str
            lines.append(stories.line(name, state, failure=text))
        else:
            lines.append(stories.line(name, state, result))

    engine.notifier.register('*', on_flow)
    engine.atom_notifier.register('*', on_atom)


def symbols_of(engine):
    """All symbols, without those that a provider has no value for. For one that failed TaskFlow has the failure there."""
    return {symbol: value for symbol, value in engine.storage.fetch_all().items()
            if not any(isinstance(one, taskflow_failure.Failure) for one in (value if isinstance(value, list) else [value]))}


def run(flow, inputs):
    """(trace, the flow's state, states of the atoms, symbols)."""
    lines = []
    engine = engines.load(build(flow), store=dict(inputs), engine='serial', defer_reverts=True)
    listen(engine, lines)
    engine.compile()
    engine.prepare()
    engine.validate()
    try:
        engine.run()
    except Exception:    # pylint: disable=broad-except
        # What the atoms failed with comes out here, and what the engine failed with: the states tell them apart.
        pass
    states = {atom.name: engine.storage.get_atom_state(atom.name) for atom in flow.atoms()}
    return lines, engine.storage.get_flow_state(), states, symbols_of(engine)
