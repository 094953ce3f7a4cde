# SPDX-License-Identifier: Apache-2.0
"""What the completions offer and the manual page names is what the command takes: its own help texts are the measure."""

import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scripted import COMMAND, SOURCE, Skip, main, run    # noqa: E402

BASH_COMPLETION = SOURCE / 'cli/completions/backflow'
ZSH_COMPLETION = SOURCE / 'cli/completions/_backflow'
MANUAL = SOURCE / 'docs/backflow.1'
ASK_BASH = '''
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_backflow
printf '%s\\n' "${COMPREPLY[@]}"
'''


def verbs():
    """The verbs that the command says it has."""
    found = re.findall(r'^  backflow (\w+) ', run(COMMAND, 'help').stdout, re.M)
    assert 'run' in found, 'backflow help lists no verbs'
    return found


def options(verb):
    """The long options that a verb says it has."""
    found = set(re.findall(r'^  (?:-\w, |    )(--[\w-]+)', run(COMMAND, verb, '--help').stdout, re.M))
    assert '--help' in found, f'backflow {verb} --help lists no options'
    return found


def offered(*words, **where):
    """What bash offers for the last of these words."""
    done = run('bash', '-c', ASK_BASH, 'bash', BASH_COMPLETION, *words, **where)
    assert not done.stderr, done.stderr
    return {line for line in done.stdout.splitlines() if line}


def agree(what, offers, expected):
    assert offers == expected, f'{what}: missing {sorted(expected - offers)}, unknown {sorted(offers - expected)}'


def test_bash_offers_every_verb():
    agree('verbs', offered('backflow', ''), {*verbs(), 'help'})


def test_bash_offers_the_options_of_each_verb():
    for verb in verbs():
        agree(verb, offered('backflow', verb, '--'), options(verb))


def test_bash_offers_files_with_spaces():
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'my flow.yaml').touch()
        agree('files', offered('backflow', 'run', 'my', cwd=folder), {'my flow.yaml'})


def test_bash_offers_the_runs_of_the_store():
    with tempfile.TemporaryDirectory() as folder:
        store = f'sqlite:{folder}/state/backflow/runs.db'
        flow = pathlib.Path(folder, 'flow.yaml')
        flow.write_text('flow: f\nsteps:\n  - {task: t, run: ["true"]}\n', encoding='utf-8')
        pathlib.Path(folder, 'state/backflow').mkdir(parents=True)
        done = run(COMMAND, 'run', flow, '--store', store, '--id', 'the-only-run')
        assert done.returncode == 0, done.stderr
        agree('runs', offered(COMMAND, 'show', '--store', store, ''), {'@last', 'the-only-run'})
        state = {**os.environ, 'XDG_STATE_HOME': f'{folder}/state'}
        agree('runs of the default store', offered(COMMAND, 'logs', 'the', env=state), {'the-only-run'})


def test_bash_offers_the_steps_of_the_run_that_is_named():
    with tempfile.TemporaryDirectory() as folder:
        store = f'sqlite:{folder}/runs.db'
        flow = pathlib.Path(folder, 'flow.yaml')
        flow.write_text('flow: f\nsteps:\n  - {task: one, run: ["true"]}\n  - {task: "on the way", run: ["true"]}\n', encoding='utf-8')
        done = run(COMMAND, 'run', flow, '--store', store, '--id', 'r1')
        assert done.returncode == 0, done.stderr
        for words in (('why', 'r1'), ('resolve', '--retry', '@last'), ('logs', 'r1', '-r')):
            agree(words, offered(COMMAND, *words[:1], '--store', store, *words[1:], 'on'), {'one', 'on\\ the\\ way'})
        agree('no third word', offered(COMMAND, 'show', '--store', store, 'r1', ''), set())


def test_zsh_knows_the_options_of_every_verb_and_no_other():
    text = ZSH_COMPLETION.read_text(encoding='utf-8')
    expected = set().union(*map(options, verbs()), {'--version'})
    agree('zsh', set(re.findall(r"(?<![\w-])--[a-z][a-z-]*(?==?[\[}])", text)), expected)


def test_zsh_knows_every_verb():
    text = ZSH_COMPLETION.read_text(encoding='utf-8')
    agree('zsh', set(re.findall(r"^        '([a-z]+):", text, re.M)), {*verbs(), 'help'})


def test_zsh_reads_its_completion():
    if not shutil.which('zsh'):
        raise Skip('zsh is not installed')
    done = run('zsh', '-n', ZSH_COMPLETION)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_the_manual_page_names_every_option_and_no_other():
    text = MANUAL.read_text(encoding='utf-8')
    expected = set().union(*map(options, verbs()), {'--version'})
    agree('backflow.1', {f'-{name}' for name in re.findall(r'\bFl (-[a-z-]+)', text)}, expected)


def test_the_manual_page_names_every_verb():
    text = MANUAL.read_text(encoding='utf-8')
    section = text.split('.Ss Verbs')[1].split('.Ss Options')[0]
    agree('backflow.1', set(re.findall(r'^\.It Cm (\w+)', section, re.M)), set(verbs()))


if __name__ == '__main__':
    main(sys.modules[__name__])
