# SPDX-License-Identifier: Apache-2.0
"""The command line: verbs, options, help, and what is said about what can't be read."""

import json
import sys

from command import folder, status
from scripted import main

VERBS = ('run', 'check', 'plan', 'graph', 'show', 'list', 'logs')


def refused(place, *words, says):
    done = status(place.run(*words), 2)
    assert says in done.stderr, done.stderr
    assert not done.stdout, done.stdout


def test_without_a_verb_it_lists_them_and_has_done_nothing():
    with folder() as place:
        done = status(place.run(), 2)
        assert all(f'backflow {verb}' in done.stderr for verb in VERBS), done.stderr


def test_help_is_a_result_and_every_verb_has_some():
    with folder() as place:
        for words in (['help'], ['--help'], ['-h']):
            done = status(place.run(*words), 0)
            assert all(f'backflow {verb}' in done.stdout for verb in VERBS), done.stdout
        for verb in VERBS:
            texts = {status(place.run(*words), 0).stdout for words in (['help', verb], [verb, '--help'], [verb, '-h'])}
            assert len(texts) == 1 and '--json' in texts.pop(), verb


def test_help_is_had_whatever_else_is_on_the_line():
    with folder() as place:
        assert status(place.run('show', '--help'), 0).stdout.startswith('backflow show RUN')


def test_the_version_is_a_result():
    with folder() as place:
        assert status(place.run('--version'), 0).stdout.startswith('backflow ')


def test_a_misspelt_verb_or_option_gets_the_likely_one():
    with folder() as place:
        refused(place, 'chekc', says='did you mean "check"?')
        refused(place, 'frobnicate', says='backflow help lists them')
        refused(place, 'run', 'x.yaml', '--stroe', 'memory:', says='did you mean --store?')
        refused(place, 'run', 'x.yaml', '--xyzzy', says='unknown option --xyzzy')
        refused(place, 'run', 'x.yaml', '-z', says='unknown option -z')


def test_values_and_operands_are_counted():
    with folder() as place:
        refused(place, 'run', says='run needs FILE')
        refused(place, 'run', 'a', 'b', says='b is one word too many')
        refused(place, 'list', 'a', says='list takes no operands')
        refused(place, 'run', 'a', '--store', says='--store needs a value')
        refused(place, 'run', 'a', '--json=yes', says='--json takes no value')
        refused(place, 'run', 'a', '-i', says='--input needs a value')


def test_values_of_options_are_checked():
    with folder() as place:
        place.flow('  - {task: a, run: ["true"]}\n')
        refused(place, 'run', 'flow.yaml', '--engine', 'fast', says='--engine is serial')
        for engine in ('threads', 'processes', 'async'):
            refused(place, 'run', 'flow.yaml', '--engine', engine, says=f'"{engine}" is not in this build')
        for workers in ('0', '-1', 'many'):
            refused(place, 'run', 'flow.yaml', '--workers', workers, says='--workers is a number')
        for run_id in ('', '@last', '../x', 'a b', 'x' * 129):
            refused(place, 'run', 'flow.yaml', '--id', run_id, says='--id is')
        refused(place, 'run', 'flow.yaml', '--color', 'red', says='--color is auto')
        refused(place, 'run', 'flow.yaml', '--store', 'mysql://x', says='mysql://x')
        done = status(place.run('run', 'flow.yaml', '--json', '--events', '-'), 2)
        assert 'both want standard output' in done.stderr and json.loads(done.stdout)['exit-status'] == 2, done.stdout
        refused(place, 'logs', 'x', '--attempt', '0', says='--attempt is a number')
        refused(place, 'logs', 'x', '--revert', says='need a step')
        assert not (place.path / 'state').exists(), 'something was made'


def test_options_may_be_written_in_every_usual_way():
    with folder() as place:
        place.flow('  - {task: a, requires: [n], run: [echo, "{n}"], provides: out}\n', 'inputs: {n: 1}\noutputs: [out]\n')
        for words in (['-i', 'n=5'], ['-in=5'], ['--input', 'n=5'], ['--input=n=5'], ['-i', 'n=4', '-i', 'n=5']):
            done = status(place.run('run', *words, '--store=memory:', '--', 'flow.yaml'), 0)
            assert done.stdout == 'out=5\n', done.stdout


def test_colours_come_only_when_asked_for_or_to_a_terminal():
    with folder() as place:
        place.flow('  - {task: a, run: ["false"]}\n')
        arguments = ('run', 'flow.yaml', '--store', 'memory:')
        assert '\033' not in place.run(*arguments).stderr
        assert '\033[' in place.run(*arguments, '--color', 'always').stderr
        assert '\033' not in place.run(*arguments, '--color=always', '--color=never').stderr
        assert '\033' not in place.run(*arguments, env={'NO_COLOR': '1', 'TERM': 'xterm'}).stderr


def test_every_verb_says_one_json_document():
    with folder() as place:
        place.flow('  - {task: a, run: [echo, hello]}\n')
        documents = [('run', 'flow.yaml'), ('check', 'flow.yaml'), ('plan', 'flow.yaml'), ('graph', 'flow.yaml'), ('list',),
                     ('show', '@last'), ('logs', '@last'), ('logs', '@last', 'a')]
        for words in documents:
            document = json.loads(status(place.run(*words, '--json'), 0).stdout)
            assert isinstance(document, dict), words


if __name__ == '__main__':
    main(sys.modules[__name__])
