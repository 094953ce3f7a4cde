#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random flows in Backflow and in TaskFlow, with REVERT deferred to the parent there as it is here.

    compare.py TRACE_FLOW [--cases N] [--seed N] [--case N]

What Backflow did has to keep the rules (rules.py), in every case. What TaskFlow did is compared with it
- line by line, values and symbols too, where the flow left no choice: linear ones, and others in which each two atoms that
  ran depend on one another. Resets and what a decider ignores come in groups that have no order in graphs;
- by the ends, of the flow and of all atoms, and the symbols, where the flow left a choice that did not matter;
- not at all where TaskFlow broke the rules (it reverts what never ran, asks retries and links that were ignored, tells deciders
  nothing of flows, resets what lies behind a retried flow, gives up a rollback whose revert failed), or where the choice
  mattered: there Backflow's own is checked by the rules alone.
"""

import argparse
import collections
import json
import random
import subprocess
import sys

import generate
import reference
import rules

# What has to be compared at least, of all cases: less would mean that the comparison has become blind.
LEAST_EXACT = 0.5
LEAST_COMPARED = 0.85
# How often it is tried to end otherwise before two ends that differ count as a difference.
PLAYS = 300
PROFILES = ('linear', 'chain', 'mixed', 'linear', 'decided', 'mixed', 'chain', 'decided')

Outcome = collections.namedtuple('Outcome', 'lines end states symbols')


class Different(Exception):
    """Backflow breaks a rule, or does otherwise than TaskFlow where nothing excuses it."""


class Case:
    def __init__(self, seed, number):
        self.number = number
        self.profile = PROFILES[number % len(PROFILES)]
        self.random = random.Random(f'{seed}/{number}')
        self.flow, self.inputs = generate.PROFILES[self.profile](self.random)
        self.shape = rules.Shape(self.flow, self.inputs)
        self.ours = self.theirs = self.excuse = None

    def request(self):
        inputs = ' '.join(f'{name}={json.dumps(value, separators=(",", ":"))}' for name, value in self.inputs.items())
        return f'{inputs}\t{self.flow.text()}\n'

    def read(self, answer):
        """Takes what trace_flow said."""
        parts = dict(line.partition(' ')[::2] for line in answer.splitlines())
        if 'end' not in parts:
            raise Different(f'Backflow could not run it: {parts.get("error", answer)}')
        words = parts['states'].split()
        self.ours = Outcome(parts['trace'].split('; '), parts['end'], dict(zip(words[::2], words[1::2])),
                            json.loads(parts['symbols']))

    def check(self):
        """How much of it was compared: 'exact', 'ends', or 'rules: ' and why no more. There is no excuse in linear flows."""
        ours, had_choice = self._check_ours()
        self.theirs = Outcome(*reference.run(self.flow, self.inputs))
        try:
            theirs, _ = rules.replay(self.shape, self._inner(self.theirs), self.theirs.end)
        except rules.Broken as broken:
            theirs, self.excuse = None, broken
        if self._is_linear():
            self._same('lines', self.ours.lines, self.theirs.lines)
        elif theirs is None:
            return f'rules: TaskFlow {self._kind_of_excuse()}'
        if not had_choice:
            self._same('lines', self._grouped(self.ours), self._grouped(self.theirs))
        elif ours.outcome() != theirs.outcome():
            self._prove_choice(ours)
            return 'rules: the order decides'
        self._same_ends()
        return 'ends' if had_choice else 'exact'

    def _check_ours(self):
        """The run that Backflow's trace tells of, when it keeps the rules."""
        try:
            run, had_choice = rules.replay(self.shape, self._inner(self.ours), self.ours.end)
        except rules.Broken as broken:
            raise Different(f'Backflow breaks the rules: {broken}') from broken
        self._same('states by the rules', self.ours.states, run.named_states())
        return run, had_choice

    def _inner(self, outcome):
        """The lines of the atoms, when those of the flow are the first and the last."""
        name = self.flow.name
        frame = [f'flow {name} RUNNING', f'flow {name} {outcome.end}']
        if [line for line in outcome.lines if line.startswith('flow ')] != frame \
                or [outcome.lines[0], outcome.lines[-1]] != frame:
            raise rules.Broken('the lines of the flow are not the first and the last')
        return outcome.lines[1:-1]

    def _is_linear(self):
        return self.profile == 'linear'

    @staticmethod
    def _grouped(outcome):
        """The lines, those sorted that come in groups."""
        lines, group = [], []
        for line in outcome.lines:
            if line.endswith((' PENDING', ' IGNORE')):
                group.append(line)
                continue
            lines += sorted(group) + [line]
            group = []
        return lines + sorted(group)

    def _prove_choice(self, ours):
        chance = random.Random(self.number)
        if all(rules.play(self.shape, chance) == ours.outcome() for _ in range(PLAYS)):
            raise Different('it ends otherwise than in TaskFlow, and by the rules in only one way')

    def _kind_of_excuse(self):
        name, _, state = self.excuse.line.partition(' ')
        before = [line for line in self._inner(self.theirs)[:self.excuse.number] if line.startswith(f'{name} ')] if name else []
        if self.theirs.end not in ('SUCCESS', 'REVERTED', 'FAILURE'):
            return f'left it {self.theirs.end}'
        if state == 'REVERTING' and (not before or before[-1] == f'{name} PENDING'):
            return 'reverted what never ran'
        if self.theirs.end == 'FAILURE':
            return 'gave up'
        if state == 'PENDING':
            return 'reset what is outside of the flow'
        return 'asked, or told, otherwise' if state in ('IGNORE', 'RUNNING') else 'broke another one'

    def _same_ends(self):
        self._same('end', self.ours.end, self.theirs.end)
        if self.ours.end != 'REVERTED':
            self._same('states', self.ours.states, self.theirs.states)
        self._same('symbols', self._sorted(self.ours.symbols), self._sorted(self.theirs.symbols))

    @staticmethod
    def _sorted(symbols):
        """With the values of all providers of a symbol in no order: TaskFlow's has the retries behind the tasks."""
        return {symbol: sorted(value) if isinstance(value, list) else value for symbol, value in symbols.items()}

    @staticmethod
    def _same(what, ours, theirs):
        if ours != theirs:
            raise Different(f'{what}: Backflow {ours}\n  TaskFlow {theirs}')


def trace_all(program, cases):
    """What trace_flow says of each. One that ends the program is answered by how, and the others are asked again."""
    answers = []
    while len(answers) < len(cases):
        left = cases[len(answers):]
        done = subprocess.run([program], input=''.join(case.request() for case in left), stdout=subprocess.PIPE, text=True,
                              check=False)
        answers += done.stdout.split('\n\n')[:-1]
        if len(answers) < len(cases):
            answers.append(f'error the program ended with {done.returncode}')
    return answers


def report(case, different):
    print(f'case {case.number} ({case.profile}): {different}\n  inputs and story: {case.request().strip()}')
    for name, outcome in (('Backflow', case.ours), ('TaskFlow', case.theirs)):
        if outcome:
            print(f'  {name}: {"; ".join(outcome.lines)}')


def compare(cases, answers):
    """Counts by how much was compared; 'different' are failures."""
    counts = collections.Counter()
    for case, answer in zip(cases, answers):
        try:
            case.read(answer)
            result = case.check()
        except Different as different:
            report(case, different)
            result = 'different'
        counts[result] += 1
        counts[case.profile, result] += 1
    return counts


def verdict(counts, total):
    """What is wrong with the whole, or None."""
    if counts['different']:
        return f'{counts["different"]} differ'
    if counts['exact'] < LEAST_EXACT * total:
        return f'only {counts["exact"]} of {total} compared exactly'
    if counts['exact'] + counts['ends'] < LEAST_COMPARED * total:
        return f'only {counts["exact"] + counts["ends"]} of {total} compared with TaskFlow'
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('program')
    parser.add_argument('--cases', type=int, default=400)
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument('--case', type=int)
    arguments = parser.parse_args()
    numbers = range(arguments.cases) if arguments.case is None else [arguments.case]
    print(f'seed {arguments.seed}, {len(numbers)} cases', flush=True)
    cases = [Case(arguments.seed, number) for number in numbers]
    counts = compare(cases, trace_all(arguments.program, cases))
    for result in sorted(key for key in counts if isinstance(key, str)):
        by_profile = ', '.join(f'{profile} {counts[profile, result]}' for profile in generate.PROFILES if counts[profile, result])
        print(f'{result}: {counts[result]} ({by_profile})')
    if arguments.case is None:
        wrong = verdict(counts, len(cases))
        sys.exit(wrong and f'{wrong}; again with --seed {arguments.seed}')
    report(cases[0], 'as asked for')


if __name__ == '__main__':
    main()
