# SPDX-License-Identifier: Apache-2.0
"""The verbs that only look: check, plan, graph; show, list, logs."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time

from command import Fifo, ending, folder, status
from scripted import SOURCE, Skip, main

FLOW = '''\
flow: site
kind: graph
steps:
  - {task: base, run: ["true"], revert: ["true"], provides: base}
  - {task: left, requires: [base], run: ["true"], revert: ["true"], provides: left}
  - {task: right, requires: [base], run: ["true"], revert: ["true"], provides: right}
  - {task: send, requires: [left, right], run: ["true"], effects: irreversible, provides: sent}
  - flow: after
    kind: unordered
    steps:
      - {task: look-a, requires: [sent], run: ["true"], effects: none}
      - {task: look-b, requires: [sent], run: ["true"], effects: none}
'''


def test_check_finds_nothing_in_a_good_file_and_runs_nothing():
    with folder() as place:
        place.flow('  - {task: a, requires: [n], run: touch made, revert: rm made}\n', 'inputs: {n: {type: integer}}\n')
        done = status(place.run('check', 'flow.yaml'), 0)
        assert done.stderr == '0 errors, 0 warnings. Nothing was run.\n' and not done.stdout, done.stderr
        assert not (place.path / 'made').exists() and not (place.path / 'state').exists()


def test_check_finds_everything_at_once_with_its_place():
    with folder() as place:
        place.flow('  - {task: a, rnu: ["true"]}\n  - {task: a, run: ["true"]}\n')
        done = status(place.run('check', 'flow.yaml'), 2)
        assert 'flow.yaml:3:' in done.stderr and "'run'" in done.stderr, done.stderr
        assert 'flow.yaml:4:' in done.stderr, done.stderr
        assert done.stderr.splitlines()[-1].endswith('Nothing was run.') and 'errors' in done.stderr.splitlines()[-1]
        document, done = place.json('check', 'flow.yaml')
        status(done, 2)
        assert document['errors'] == len([one for one in document['diagnostics'] if one['severity'] == 'error']) > 1
        assert all(one['line'] > 0 and one['message'] for one in document['diagnostics']), document


MISTAKES = {
    'keys': lambda i: f'  - {{taskk: t{i}, runn: echo, efects: none}}\n',
    'symbols': lambda i: f'  - {{task: t{i}, requires: [input_symbol_{i}_x], run: echo, provides: output_symbol_{i}}}\n',
    'steps': lambda i: f'  - {{task: t{i}, use: file.wirte{i}}}\n',
    'placeholders': lambda i: f'  - {{task: t{i}, run: [echo, "{{nosuch{i}}}"], effects: none}}\n',
}


def test_check_of_many_mistakes_is_quick_and_shows_fifty():
    for kind, step in MISTAKES.items():
        with folder() as place:
            place.flow(''.join(step(i) for i in range(4000)))
            begin = time.monotonic()
            done = status(place.run('check', 'flow.yaml'), 2)
            assert time.monotonic() - begin < 30, kind
            lines = done.stderr.splitlines()
            assert sum('flow.yaml:' in line for line in lines) == 50, (kind, done.stderr)
            assert lines[-1] == 'The first 50 are shown; --all shows every one.', (kind, lines[-1])
            done = status(place.run('check', '--all', 'flow.yaml'), 2)
            assert done.stderr.count('flow.yaml:') >= 4000, kind


def test_check_of_a_file_of_another_tool_is_one_line():
    texts = ['- hosts: all\n  tasks: [{name: a}]\n', 'services:\n  web: {image: x, <<: y}\n', 'just text\n', '3\n',
             'Resources:\n  a: !Ref b\n', '{}\n', 'keys:\n' + ''.join(f'key{i}: 1\n' for i in range(30000))]
    for text in texts:
        with folder() as place:
            (place.path / 'flow.yaml').write_text(text)
            done = status(place.run('check', 'flow.yaml'), 2)
            assert done.stderr.splitlines() == [
                "flow.yaml: error: this is not a flow file: it has neither 'flow' nor 'steps'; a flow file says 'flow: NAME' and "
                "'steps:', see backflow-flow(5)", '1 error, 0 warnings. Nothing was run.'], done.stderr


SKIPPED = '''\
  - {task: build, run: echo built > artifact, revert: rm -f artifact}
  - {task: download, when: NOT cached%s, run: echo x, provides: file, effects: none}
  - {task: install, run: echo installed > installed, revert: rm -f installed}
  - {task: use, %s run: echo used, effects: none}
'''


def test_a_when_of_a_step_skips_that_step_alone():
    for depth, installed in (('', True), (', depth: atom', True), (', depth: all', False)):
        with folder() as place:
            place.flow(SKIPPED % (depth, ''), 'inputs: {cached: true}\n')
            status(place.run('run', 'flow.yaml'), 0)
            assert (place.path / 'installed').exists() == installed, depth


def test_check_refuses_what_needs_what_only_a_skipped_step_provides():
    cases = [('', 'requires: [file],', 'error'), (', depth: atom', 'requires: [file],', 'warning'), (', depth: all', 'requires: [file],', None),
             ('', 'optional: [file],', None), ('', 'requires: [file], when: NOT cached,', None)]
    for depth, reads, severity in cases:
        with folder() as place:
            place.flow(SKIPPED % (depth, reads), 'inputs: {cached: true}\n')
            document, done = place.json('check', 'flow.yaml')
            status(done, 2 if severity == 'error' else 0)
            found = [(one['severity'], one['line']) for one in document['diagnostics'] if one['code'] == 'may-be-missing']
            assert found == ([(severity, 7)] if severity else []), (depth, reads, document)


def test_a_mistake_hides_no_other():
    with folder() as place:
        place.flow('  - nothing\n  - {run: "true"}\n  - {task: a, run: x, effects: none, requires: [nam]}\n'
                   '  - {task: a, run: "a\\0b", effects: none}\n', 'inputs: {name: x}\n')
        document, done = place.json('check', 'flow.yaml')
        status(done, 2)
        found = {(one['code'], one['line']) for one in document['diagnostics']}
        assert found >= {('type', 4), ('missing-key', 5), ('missing-symbol', 6), ('duplicate-name', 7), ('nul', 7)}, found
        place.flow('  - {task: a, run: x, effects: none}\n  - {task: a, run: x, effects: none, requires: [other]}\n')
        document, done = place.json('check', 'flow.yaml')
        found = {(one['code'], one['line']) for one in document['diagnostics']}
        assert found == {('duplicate-name', 4), ('missing-symbol', 4)}, found


def test_a_script_of_bash_fails_with_its_pipe_and_variables_have_values_put_in():
    with folder() as place:
        for shell, outcome in (('sh', 0), ('bash', 10)):
            place.flow('  - {task: a, run: "false | cat", effects: none}\n', f'shell: {shell}\n')
            status(place.run('run', 'flow.yaml'), outcome)
        place.flow('  - {task: a, requires: [name], run: \'printf %s "$WHO"\', env: {WHO: "<{name}>"}, provides: who, effects: none}\n',
                   'inputs: {name: x y}\noutputs: [who]\n')
        done = status(place.run('run', 'flow.yaml'), 0)
        assert '<x y>' in done.stdout, done.stdout


def test_check_and_plan_warn_of_what_a_rollback_would_leave():
    with folder() as place:
        place.flow('  - {task: a, run: touch made, provides: path}\n'
                   '  - {task: send, run: send, effects: irreversible}\n'
                   '  - {task: judge, run: judge, effects: none, provides: verdict}\n', 'outputs: [verdict]\n')
        document, done = place.json('check', 'flow.yaml')
        status(done, 0)
        assert [(one['code'], one['line']) for one in document['diagnostics']] == [
            ('effect-without-revert', 4), ('unused-provides', 4), ('failure-after-irreversible', 5)], document
        done = status(place.run('plan', 'flow.yaml'), 0)
        assert "'send' can't be taken back, but 'judge' may fail after it" in done.stderr, done.stderr
        assert 'POINT OF NO RETURN' in done.stdout and 'warning' not in done.stdout, done.stdout
        done = place.run('run', 'flow.yaml')
        assert 'backflow check finds 3 doubtful things in this file' in done.stderr, done.stderr


def test_check_refuses_a_revert_that_may_miss_what_it_needs():
    with folder() as place:
        place.flow('  - {task: a, run: touch a, revert: rm a, revert-requires: [path]}\n'
                   '  - {task: b, run: touch b, revert: rm b, provides: path}\n')
        done = status(place.run('check', 'flow.yaml'), 2)
        assert "the revert of 'a' requires 'path', but 'b', which provides it, does not come before 'a'" in done.stderr, done.stderr
        status(place.run('run', 'flow.yaml'), 2)


def test_check_checks_the_inputs_that_are_given():
    with folder() as place:
        place.flow('  - {task: a, requires: [n], run: ["true"]}\n', 'inputs: {n: {type: integer}}\n')
        status(place.run('check', 'flow.yaml', '-i', 'n=5'), 0)
        status(place.run('check', 'flow.yaml', '-i', 'n=x'), 2)


def test_plan_shows_the_order_and_what_a_rollback_undoes():
    with folder() as place:
        place.write('flow.yaml', FLOW)
        text = status(place.run('plan', 'flow.yaml'), 0).stdout
        for line in ('base    reverted', 'send    POINT OF NO RETURN  left, right', 'look-a  nothing to undo     send',
                     'left    left, [right], base\n', 'look-b  !send, right, left, base\n'):
            assert line in text, (line, text)
        document, _ = place.json('plan', 'flow.yaml')
        steps = {step['step']: step for step in document['steps']}
        assert steps['send']['after'] == ['left', 'right'] and steps['send']['effects'] == 'irreversible'
        assert steps['right']['rollback'] == [
            {'step': 'right', 'certain': True, 'stays': False}, {'step': 'left', 'certain': False, 'stays': False},
            {'step': 'base', 'certain': True, 'stays': False}], steps['right']


def test_plan_answers_for_one_step():
    with folder() as place:
        place.write('flow.yaml', FLOW)
        text = status(place.run('plan', 'flow.yaml', '--step', 'left'), 0).stdout
        assert 'left    left, [right], base' in text and 'right   ' not in text, text
        status(place.run('plan', 'flow.yaml', '--step', 'nobody'), 2)


def test_plan_of_many_steps_stays_linear():
    with folder() as place:
        place.flow(''.join(f'  - {{task: t{i}, run: ["true"], revert: ["true"]}}\n' for i in range(20000)))
        text = status(place.run('plan', 'flow.yaml'), 0).stdout
        assert 'too many' in text and 't19999' in text
        text = status(place.run('plan', 'flow.yaml', '--step', 't19999'), 0).stdout
        assert '… and 19988 more' in text, text


def test_graph_draws_steps_flows_and_arrows():
    with folder() as place:
        place.write('flow.yaml', FLOW)
        text = status(place.run('graph', 'flow.yaml'), 0).stdout
        assert text.startswith('digraph') and text.count('->') == 6 and 'subgraph cluster_' in text, text
        document, _ = place.json('graph', 'flow.yaml')
        names = {node['id']: node['name'] for node in document['nodes']}
        arrows = sorted((names[tail], names[head]) for tail, head in document['edges'])
        assert arrows == [('base', 'left'), ('base', 'right'), ('left', 'send'), ('right', 'send'), ('send', 'look-a'),
                          ('send', 'look-b')], arrows


def test_graph_keeps_many_to_many_linear():
    with folder() as place:
        steps = ''.join(f'  - flow: f{k}\n    kind: unordered\n    steps:\n'
                        + ''.join(f'      - {{task: t{k}-{i}, run: ["true"]}}\n' for i in range(300)) for k in range(2))
        place.flow(steps)
        document, _ = place.json('graph', 'flow.yaml')
        assert len(document['edges']) == 600, len(document['edges'])
        assert len(document['nodes']) == 601, len(document['nodes'])


def test_graph_makes_a_picture_where_dot_is():
    with folder() as place:
        place.write('flow.yaml', FLOW)
        done = status(place.run('graph', 'flow.yaml', '--svg', env={'PATH': str(place.path)}), 1)
        assert 'graphviz' in done.stderr, done.stderr
        if not shutil.which('dot'):
            raise Skip('dot is not installed')
        assert '<svg' in status(place.run('graph', 'flow.yaml', '--svg'), 0).stdout


def test_looking_at_a_wrong_file_says_what_is_wrong():
    with folder() as place:
        place.flow('  - {task: a}\n')
        for verb in ('plan', 'graph'):
            done = status(place.run(verb, 'flow.yaml'), 2)
            assert 'flow.yaml:3' in done.stderr and not done.stdout, done.stderr


def test_list_is_empty_before_the_first_run_and_newest_first_after():
    with folder() as place:
        assert status(place.run('list'), 0).stdout == ''
        assert place.json('list')[0] == {'runs': []}
        place.flow('  - {task: a, run: ["true"]}\n')
        status(place.run('run', 'flow.yaml', '--id', 'first'), 0)
        place.flow('  - {task: a, run: ["false"]}\n')
        status(place.run('run', 'flow.yaml', '--id', 'second'), 10)
        rows = [line.split()[:2] for line in status(place.run('list'), 0).stdout.splitlines()]
        assert rows == [['RUN', 'STATE'], ['second', 'REVERTED'], ['first', 'SUCCESS']], rows
        document, _ = place.json('list')
        assert [run['run'] for run in document['runs']] == ['second', 'first'], document


def test_show_tells_the_steps_of_a_run_by_any_unique_beginning_of_its_id():
    with folder() as place:
        place.flow('  - {task: a, requires: [n], run: [echo, "hello {n}"]}\n', 'inputs: {n: 7}\n')
        status(place.run('run', 'flow.yaml', '--id', 'abc1'), 0)
        status(place.run('run', 'flow.yaml', '--id', 'abd2'), 0)
        text = status(place.run('show', 'abc'), 0).stdout
        assert text.startswith('SUCCESS  site  run abc1  1 done'), text
        assert 'inputs    n=7' in text and 'hello 7' in text, text
        assert 'run abd2' in status(place.run('show', '@last'), 0).stdout
        assert 'ab' in status(place.run('show', 'ab'), 2).stderr
        status(place.run('show', 'zzz'), 2)


def test_show_repeats_the_report_of_a_failed_run():
    with folder() as place:
        place.flow('  - {task: a, run: ["true"], revert: "exit 1"}\n  - {task: b, run: "exit 3"}\n')
        status(place.run('run', 'flow.yaml'), 11)
        text = status(place.run('show', '@last'), 0).stdout
        assert 'Why it failed\n  b  exited with status 3' in text, text
        assert 'ROLLBACK INCOMPLETE — 1 of 1 effect is still in the world' in text, text
        document, _ = place.json('show', '@last')
        assert document['left'] == 1 and document['atoms'][0]['effect'] == 'left', document


def test_logs_are_what_was_written_byte_for_byte():
    with folder() as place:
        place.flow('  - {task: a, run: "printf \'one\\\\ntwo\'", revert: "echo undone"}\n  - {task: b, run: "exit 1"}\n')
        status(place.run('run', 'flow.yaml'), 10)
        assert status(place.run('logs', '@last', 'a'), 0).stdout == 'one\ntwo'
        assert status(place.run('logs', '@last', 'a', '--revert'), 0).stdout == 'undone\n'
        assert status(place.run('logs', '@last', 'a', '--attempt', '1'), 0).stdout == 'one\ntwo'
        status(place.run('logs', '@last', 'a', '--attempt', '2'), 2)
        done = status(place.run('logs', '@last', 'b'), 0)
        assert done.stdout == '' and 'wrote nothing' in done.stderr, done.stderr
        assert 'did you mean' in status(place.run('logs', '@last', 'aa'), 2).stderr
        text = status(place.run('logs', '@last'), 0).stdout
        assert text == '==> a, execute, attempt 1 <==\none\ntwo\n==> a, revert, attempt 1 <==\nundone\n\n', text
        document, _ = place.json('logs', '@last', 'a')
        assert [log['text'] for log in document['logs']] == ['one\ntwo'], document


def test_a_log_that_was_taken_away_is_said():
    with folder() as place:
        place.flow('  - {task: a, run: echo hello}\n')
        status(place.run('run', 'flow.yaml'), 0)
        path = json.loads(place.run('logs', '@last', '--json').stdout)['logs'][0]['path']
        shutil.os.unlink(path)
        done = status(place.run('logs', '@last', 'a'), 1)
        assert path in done.stderr, done.stderr


def test_what_can_not_be_looked_at_is_said_as_json_too():
    with folder() as place:
        place.flow('  - {task: a, run: \'true\'}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1'), 0)
        for words in (('show', 'nope'), ('why', 'nope', 'a'), ('logs', 'nope'), ('timeline', 'nope'), ('export', 'nope'),
                      ('list', '--store', 'sqlite:none.db'), ('plan', 'flow.yaml', '--step', 'nope')):
            document, done = place.json(*words)
            assert done.returncode == 2 and document['exit-status'] == 2 and document['error'] in done.stderr, (words, document)
        for verb in ('plan', 'graph'):
            document, done = place.json(verb, 'none.yaml')
            assert done.returncode == 2 and document['diagnostics'][0]['code'] == 'unreadable', document


MODULE = '''\
#include <stdio.h>
__attribute__ ((constructor)) static void run (void) { FILE *f = fopen ("ran", "w"); if (f) fclose (f); }
'''


def module(place):
    """A shared object whose code leaves a file behind when it is loaded."""
    place.write('m.c', MODULE)
    done = subprocess.run([*shlex.split(os.environ['CC']), '-shared', '-fPIC', '-o', 'm.so', 'm.c'], cwd=place.path, check=False)
    assert done.returncode == 0
    place.write('m.yaml', 'flow: m\nmodules: [./m.so]\nsteps:\n  - {task: a, run: "true", effects: none}\n  - {task: b, call: theirs}\n')
    return place.path / 'ran'


def test_looking_at_a_file_loads_no_module_unless_it_is_told_to():
    with folder() as place:
        ran = module(place)
        for verb in ('check', 'plan', 'graph'):
            done = status(place.run(verb, 'm.yaml'), 0)
            assert not ran.exists(), f'{verb} ran code of a module'
            assert 'modules of the file were not loaded' in done.stderr and '--load' in done.stderr, done.stderr
        assert place.json('check', 'm.yaml')[0]['modules-skipped'] is True
        place.run('check', 'm.yaml', '--load')
        assert ran.exists(), '--load did not load it'


def test_looking_at_a_run_loads_no_module_that_its_definition_names():
    with folder() as place:
        ran = module(place)
        place.flow('  - {task: a, run: "true", effects: none}\n')
        status(place.run('run', 'flow.yaml', '--id', 'r1', '--store', 'sqlite:s.db'), 0)
        store = sqlite3.connect(place.path / 's.db')
        with store:
            store.execute('UPDATE definitions SET text = ?', ((place.path / 'm.yaml').read_text(encoding='utf-8'),))
        store.close()
        for words in (['show', 'r1'], ['why', 'r1', 'a'], ['timeline', 'r1'], ['list'], ['export', 'r1'], ['logs', 'r1']):
            status(place.run(*words, '--store', 'sqlite:s.db'), 0)
            assert not ran.exists(), f'{words[0]} ran code of a module'


def test_a_store_or_a_file_of_another_user_is_named_as_that():
    if os.geteuid() != 0:
        raise Skip('only root can give files away')
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: none}\n')
        done = status(place.run('run', 'flow.yaml', '--id', 'r1', '--store', 'sqlite:s.db'), 0)
        assert 'another user' not in done.stderr, done.stderr
        os.chown(place.path / 's.db', 54321, -1)
        os.chown(place.path / 'flow.yaml', 54321, -1)
        done = status(place.run('show', 'r1', '--store', 'sqlite:s.db'), 0)
        assert 'warning: the store s.db belongs to another user: 54321' in done.stderr, done.stderr
        done = status(place.run('check', 'flow.yaml'), 0)
        assert 'warning: the flow file flow.yaml belongs to another user: 54321' in done.stderr, done.stderr


def test_the_headline_counts_what_is_done_and_what_is_skipped():
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: none}\n  - {task: b, when: "1 = 2", depth: atom, run: "true", effects: none}\n'
                   '  - {task: c, run: "true", effects: none}\n')
        done = status(place.run('run', 'flow.yaml'), 0)
        assert re.search(r'^SUCCESS  site  run \S+  2 done, 1 skipped in ', done.stderr, re.M), done.stderr


def test_outputs_can_be_had_from_the_store_when_they_could_not_be_printed():
    with folder() as place:
        place.flow('  - {task: a, run: "echo made-$$", provides: url, effects: none}\n', 'outputs: [url]\n')
        with open('/dev/full', 'wb') as full:
            status(place.run('run', 'flow.yaml', '--id', 'r1', stdout=full), 1)
        done = status(place.run('resume', 'r1'), 0)
        assert re.fullmatch(r'url=made-\d+\n', done.stdout), done.stdout
        assert status(place.run('show', 'r1'), 0).stdout.endswith(f'\nOutputs\n{done.stdout}')
        value = done.stdout[4:-1]
        for words in (('resume', 'r1'), ('show', 'r1'), ('wait', 'r1')):
            assert place.json(*words)[0]['outputs'] == {'url': value}, words


def test_outputs_of_parts_and_of_inputs_are_found_too():
    with folder() as place:
        place.flow('  - {task: a, run: "echo \'[1, 2]\'", output: json, provides: [one, two], effects: none}\n'
                   '  - {task: b, run: "echo \'{\\"k\\": \\"v\\"}\'", output: json, provides: {three: k}, effects: none}\n',
                   'inputs: {given: 7}\noutputs: [two, three, given]\n')
        done = status(place.run('run', 'flow.yaml', '--id', 'r1', '-i', 'given=8'), 0)
        assert done.stdout == 'two=2\nthree=v\ngiven=8\n', done.stdout
        assert status(place.run('resume', 'r1'), 0).stdout == done.stdout


def test_last_is_the_last_run_of_this_folder_or_of_the_file_that_is_named():
    with folder() as place:
        for name in ('one', 'two'):
            (place.path / name).mkdir()
            place.write(f'{name}/flow.yaml', 'flow: %s\nsteps: [{task: a, run: touch made, revert: rm made}]\n' % name)
        status(place.run('run', 'flow.yaml', '--id', 'r1', cwd=place.path / 'one'), 0)
        done = status(place.run('revert', '@last', cwd=place.path / 'two'), 2)
        assert 'last run of this folder' in done.stderr and (place.path / 'one/made').exists(), done.stderr
        status(place.run('run', 'two/flow.yaml', '--id', 'r2'), 0)
        assert 'run r1 ' in status(place.run('show', '@last', cwd=place.path / 'one'), 0).stdout
        assert 'run r2 ' in status(place.run('show', '@last', cwd=place.path / 'two'), 0).stdout
        assert 'run r2 ' in status(place.run('show', '@last'), 0).stdout
        assert 'run r1 ' in status(place.run('show', '@last:one/flow.yaml'), 0).stdout
        status(place.run('resume', '@last', '--file', 'one/flow.yaml'), 0)
        status(place.run('show', '@last:three.yaml'), 2)


def test_list_takes_a_limit_and_filters():
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: none}\n')
        place.write('bad.yaml', 'flow: other\nsteps: [{task: a, run: "false", effects: none}]\n')
        for count in range(3):
            status(place.run('run', 'flow.yaml', '--id', f'r{count}'), 0)
        status(place.run('run', 'bad.yaml', '--id', 'b1'), 10)

        def ids(*words):
            return [run['run'] for run in place.json('list', *words)[0]['runs']]

        assert ids() == ['b1', 'r2', 'r1', 'r0']
        assert ids('--limit', '2') == ['b1', 'r2'] and ids('-n', '1', '--flow', 'site') == ['r2']
        assert ids('--state', 'reverted') == ['b1'] and ids('--state', 'SUCCESS', '--state', 'REVERTED') == ids()
        assert ids('--since', '1h') == ids() and not ids('--since', '2100-01-01')
        for words in (['--limit', '0'], ['--state', 'done'], ['--since', 'yesterday']):
            done = status(place.run('list', *words, '--json'), 2)
            assert json.loads(done.stdout)['exit-status'] == 2 and words[0] in done.stderr, done.stderr


def test_check_strict_takes_warnings_for_errors():
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: irreversible}\n  - {task: b, run: "true", effects: none}\n')
        assert '1 warning' in status(place.run('check', 'flow.yaml'), 0).stderr
        status(place.run('check', 'flow.yaml', '--strict'), 2)


def test_usage_errors_are_json_when_json_is_asked_for():
    with folder() as place:
        for words in (['show', '--json'], ['show', 'r1', '--bogus', '--json'], ['list', '--json', '--color', 'blue']):
            done = status(place.run(*words), 2)
            assert json.loads(done.stdout)['exit-status'] == 2 and json.loads(done.stdout)['error'] in done.stderr, done.stdout


def test_the_words_of_other_tools_lead_to_the_verb():
    with folder() as place:
        for theirs, ours in (('undo', 'revert'), ('status', 'show'), ('ls', 'list'), ('validate', 'check'), ('stop', 'suspend')):
            done = status(place.run(theirs), 2)
            assert f'did you mean "{ours}"?' in done.stderr, done.stderr


def test_a_first_flow_is_written_once_and_runs_as_often_as_one_likes():
    with folder() as place:
        status(place.run('init'), 0)
        status(place.run('init'), 1)
        status(place.run('check', 'flow.yaml', '--strict'), 0)
        for _ in range(2):
            status(place.run('run', 'flow.yaml', '-i', f'folder={place.path}/made'), 0)
        assert len(list((place.path / 'made').iterdir())) == 2
        status(place.run('revert', '@last'), 0)
        assert len(list((place.path / 'made').iterdir())) == 1
        place.write('flow.yaml', (place.path / 'flow.yaml').read_text(encoding='utf-8').replace('test -s', 'test ! -s'))
        status(place.run('rerun', '@last'), 10)
        assert len(list((place.path / 'made').iterdir())) == 1


TALKING = '''\
  - task: talk
    run: |
      echo one; echo two; printf rest
    revert: echo undone
  - {task: "a b", run: "echo broken >&2; exit 3", effects: none}
'''


def test_plain_output_is_a_line_a_step_with_its_duration():
    with folder() as place:
        place.flow(TALKING)
        lines = status(place.run('run', 'flow.yaml'), 10).stderr.split('FAILED, all is undone  site')[0].splitlines()
        assert [re.sub(r'^\d\d:\d\d:\d\d | in \S+ (m?s)', '', line) for line in lines] == [
            'talk: done', 'a b: FAILED: exited with status 3: broken', 'talk: reverted'], lines
        assert all(re.search(r' in [\d.]+ m?s', line) for line in lines), lines


def test_verbose_shows_what_steps_write_each_line_with_its_step():
    with folder() as place:
        place.flow(TALKING)
        text = status(place.run('run', 'flow.yaml', '-v'), 10).stderr.split('FAILED, all is undone  site')[0]
        bare = re.sub(r'^\d\d:\d\d:\d\d (.*) in \S+ m?s', r'\1', text, flags=re.M)
        assert bare.splitlines() == ['talk | one', 'talk | two', 'talk | rest', 'talk: done', 'a b | broken',
                                     'a b: FAILED: exited with status 3: broken', 'talk (revert) | undone', 'talk: reverted'], text
        text = status(place.run('run', 'flow.yaml', '-vv'), 10).stderr
        assert 'talk: RUNNING -> SUCCESS' in text and 'talk | one' in text and 'talk: done' not in text, text


def test_logs_of_a_running_and_of_a_killed_attempt_are_found_and_followed():
    with folder() as place:
        place.flow('  - {task: a.b/c, run: \'echo first; echo > fifo; read -r word < gate; echo last\', effects: none}\n')
        running, gate = Fifo(place), Fifo(place, 'gate')
        process = place.start('run', 'flow.yaml', '--id', 'r1')
        running.wait()
        # The engine copies what a step writes when it sees it.
        while status(place.run('logs', 'r1', 'a.b/c'), 0).stdout != 'first\n':
            pass
        assert place.json('logs', 'r1')[0]['logs'][0]['text'] == 'first\n'
        following = place.start('logs', '-f', 'r1')
        assert following.stdout.readline() == b'a.b/c | first\n'
        os.write(gate.fd, b'go\n')
        assert ending(process)[0] == 0
        code, out, err = ending(following)
        assert code == 0 and out == 'a.b/c | last\n', (code, out, err)
        process = place.start('run', 'flow.yaml', '--id', 'r2')
        running.wait()
        while status(place.run('logs', 'r2', 'a.b/c'), 0).stdout != 'first\n':
            pass
        process.kill()
        process.communicate()
        assert status(place.run('logs', 'r2', 'a.b/c'), 0).stdout == 'first\n'
        os.write(gate.fd, b'go\n')


def test_the_schema_has_the_keys_of_the_manual_and_refers_to_nothing_that_is_not_there():
    with folder() as place:
        schema = json.loads(status(place.run('schema'), 0).stdout)
        manual = (SOURCE / 'docs/backflow-flow.5').read_text(encoding='utf-8')
        for part in (schema, *schema['$defs'].values()):
            assert part['type'] == 'object' and part['additionalProperties'] is False
            for key, value in part['properties'].items():
                assert value['description'] and re.search(rf'\b{key}\b', manual), key
        assert schema['required'] == ['flow'] and schema['$defs']['task']['properties']['kill-after']['type'] == 'string'
        for name in re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema)):
            assert name in schema['$defs'], name
        place.flow('  - {task: a, run: "true"}\n', 'kindd: graph\n')
        assert 'kindd' not in schema['properties'] and 'kind' in schema['properties']


def test_show_says_where_a_secret_comes_from():
    with folder() as place:
        place.flow('  - {task: a, requires: [word], run: "true", effects: none}\n', 'inputs: {word: {type: string, secret: true, env: WORD}}\n')
        status(place.run('run', 'flow.yaml', env={'WORD': 'hush'}), 0)
        assert 'word=(secret, from env:WORD)' in status(place.run('show', '@last'), 0).stdout


def test_why_it_failed_falls_back_to_all_that_was_written():
    with folder() as place:
        place.flow('  - {task: a, run: "true", revert: \'echo one >&2; echo two >&2; exit 1\'}\n'
                   '  - {task: b, run: \'echo "Error: the thing is wrong"; exit 3\', effects: none}\n')
        text = status(place.run('run', 'flow.yaml'), 11).stderr
        assert 'b  exited with status 3: Error: the thing is wrong' in text.split('What is left')[0], text
        assert 'standard error, last lines:\n      one\n      two\n' in text.split('What is left')[1], text
        assert 'FAILED, not all is undone  site' in text, text


def test_the_event_log_is_for_its_owner_alone():
    with folder() as place:
        place.flow('  - {task: a, run: "true", effects: none}\n')
        status(place.run('run', 'flow.yaml', '--events', 'events'), 0)
        assert (place.path / 'events').stat().st_mode & 0o777 == 0o600


if __name__ == '__main__':
    main(sys.modules[__name__])
