# SPDX-License-Identifier: Apache-2.0
"""The examples of the pages are right, and the README's do what the README says."""

import os
import pathlib
import re
import shlex
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scripted import BUILD, COMMAND, SOURCE, main, run    # noqa: E402

CC = shlex.split(os.environ['CC'])
CPPFLAGS = shlex.split(os.environ['CHECK_CPPFLAGS'])
LIBS = shlex.split(os.environ['CHECK_LIBS'])


def block(path, language):
    """The first code block of that language in a page."""
    match = re.search(rf'^```{language}\n(.*?)^```$', (SOURCE / path).read_text(encoding='utf-8'), re.M | re.S)
    assert match, f'{path} has no block of {language}'
    return match.group(1)


def blocks(language):
    """Yields (page, line, code) for each code block of that language in the pages of the tree."""
    for page in sorted(SOURCE.glob('**/*.md')):
        folders = page.relative_to(SOURCE).parts[:-1]
        if any(folder.startswith(('build', '.', 'backflow-')) and folder != 'build-aux' for folder in folders):
            continue
        text = page.read_text(encoding='utf-8')
        for match in re.finditer(rf'^```{language}\n(.*?)^```$', text, re.M | re.S):
            yield page, text.count('\n', 0, match.start(1)) + 1, match.group(1)


def test_each_program_and_each_source_in_a_page_compiles():
    found = 0
    for page, line, code in blocks('c'):
        found += 1
        with tempfile.NamedTemporaryFile('w', suffix='.c', encoding='utf-8') as source:
            source.write(f'#line {line} "{page}"\n{code}')
            source.flush()
            done = run(*CC, '-std=gnu17', '-fsyntax-only', '-Wall', '-Werror', *CPPFLAGS, source.name)
            assert done.returncode == 0, done.stderr
    assert found > 0, 'no page has a block of c'


def test_each_flow_in_a_page_passes_the_check_of_the_command():
    found = 0
    for page, line, code in blocks('yaml'):
        found += 1
        with tempfile.TemporaryDirectory() as folder:
            flow = pathlib.Path(folder, 'flow.yaml')
            flow.write_text(code, encoding='utf-8')
            done = run(COMMAND, 'check', flow)
            assert done.returncode == 0, f'{page}:{line}\n{done.stdout}{done.stderr}'
    assert found > 0, 'no page has a flow'


def test_the_program_builds_without_warnings_and_prints_what_is_said():
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, 'boot.c')
        source.write_text(block('README.md', 'c'), encoding='utf-8')
        library = ['-L', BUILD / '.libs', '-lbackflow', f'-Wl,-rpath,{BUILD}/.libs']
        done = run(*CC, '-Wall', '-Werror', *CPPFLAGS, '-o', f'{folder}/boot', source, *library, *LIBS)
        assert done.returncode == 0, done.stderr
        done = run(f'{folder}/boot')
        assert done.stdout == 'attach vol-1\ndetach vol-1\nREVERTED\n', done.stdout + done.stderr


def test_the_flow_runs_and_leaves_what_is_said():
    with tempfile.TemporaryDirectory() as folder:
        flow = pathlib.Path(folder, 'site.yaml')
        flow.write_text(block('README.md', 'yaml'), encoding='utf-8')
        done = run(COMMAND, 'check', flow)
        assert done.returncode == 0, done.stderr
        done = run(COMMAND, 'run', flow, '-i', f'root={folder}/site', '--store', 'memory:')
        assert done.returncode == 0, done.stderr
        assert f'{folder}/site/site.conf' in done.stdout, done.stdout
        text = pathlib.Path(folder, 'site/site.conf').read_text(encoding='utf-8')
        assert text == 'listen 8080;\n', text


def test_the_flow_is_rolled_back_when_a_step_fails():
    with tempfile.TemporaryDirectory() as folder:
        flow = pathlib.Path(folder, 'site.yaml')
        last = '  - {task: fail, run: ["false"]}\n'
        flow.write_text(block('README.md', 'yaml') + last, encoding='utf-8')
        done = run(COMMAND, 'run', flow, '-i', f'root={folder}/site', '--store', 'memory:')
        assert done.returncode == 10, f'status {done.returncode}\n{done.stderr}'
        assert not pathlib.Path(folder, 'site').exists(), 'the folder is left'


def test_the_flow_of_the_manual_page_is_right():
    text = (SOURCE / 'docs/backflow-flow.5').read_text(encoding='utf-8')
    example = re.search(r'^\.Bd -literal -offset indent\n(flow: .*?)^\.Ed$', text, re.M | re.S).group(1)
    with tempfile.TemporaryDirectory() as folder:
        flow = pathlib.Path(folder, 'site.yaml')
        flow.write_text(example.replace(r'\en', r'\n'), encoding='utf-8')
        done = run(COMMAND, 'check', flow)
        assert done.returncode == 0, done.stderr


if __name__ == '__main__':
    main(sys.modules[__name__])
