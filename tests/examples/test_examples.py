# SPDX-License-Identifier: Apache-2.0
"""The examples do what their comments say, built as a user would build them: against the installed headers and library, with
what pkg-config says, and nothing of this tree."""

import contextlib
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from scripted import BUILD, SOURCE, Skip, main, run    # noqa: E402

CC = shlex.split(os.environ['CC'])
SANITIZERS = [word for word in shlex.split(os.environ['CHECK_LIBS']) if word.startswith('-fsanitize')]
EXAMPLES = SOURCE / 'examples'
WARNINGS = ['-std=gnu17', '-Wall', '-Wextra', '-Werror']


class Stage:
    """The installation below the build folder."""

    def __init__(self):
        found = list((BUILD / 'stage').rglob('pkgconfig/backflow.pc'))
        assert found, 'nothing is installed below stage/: make stage.stamp'
        self.pc = found[0]
        prefix = re.search(r'^prefix=(.*)$', self.pc.read_text(encoding='utf-8'), re.M).group(1)
        self.prefix = BUILD / 'stage' / prefix.lstrip('/')
        self.command = self.prefix / 'bin/backflow'
        self.library = self.pc.parent.parent

    def environment(self):
        return {**os.environ, 'LD_LIBRARY_PATH': str(self.library)}

    def flags(self, folder):
        """What pkg-config says, once the file is told where it was put."""
        text = self.pc.read_text(encoding='utf-8')
        pathlib.Path(folder, 'backflow.pc').write_text(re.sub(r'^prefix=.*$', f'prefix={self.prefix}', text, flags=re.M),
                                                       encoding='utf-8')
        # It puts a backslash before each byte that is not ASCII, also within a character.
        done = run('pkg-config', '--cflags', '--libs', 'backflow', env={**os.environ, 'PKG_CONFIG_PATH': str(folder)},
                   errors='surrogateescape')
        assert done.returncode == 0, done.stderr
        return shlex.split(done.stdout)

    def build(self, folder, source, output, *options):
        done = run(*CC, *WARNINGS, *SANITIZERS, *options, '-o', f'{folder}/{output}', EXAMPLES / source, *self.flags(folder))
        assert done.returncode == 0, done.stderr
        return pathlib.Path(folder, output)

    def run(self, *command, **options):
        return run(*command, env=self.environment(), **options)

    def backflow(self, *words):
        return self.run(self.command, *words)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield pathlib.Path(path)


def program(path, name):
    return Stage().build(path, f'{name}.c', name)


def status(done, expected):
    assert done.returncode == expected, f'status {done.returncode}, not {expected}\n{done.stdout}\n{done.stderr}'
    return done


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def processes_about(text):
    """The processes in whose command line a text stands."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(OSError):
            if str(text) in path.read_bytes().replace(b'\0', b' ').decode(errors='replace'):
                found.append(int(path.parent.name))
    return found


def need_tools(*names):
    for name in names:
        if not shutil.which(name):
            raise Skip(f'{name} is not installed')


def nothing_is_left(site, port):
    assert not site.exists(), f'left: {sorted(site.rglob("*"))}'
    assert not processes_about(site), f'processes are left: {processes_about(site)}'
    with socket.socket() as probe:
        assert probe.connect_ex(('127.0.0.1', port)) != 0, f'somebody listens on {port}'


def outputs(text):
    return dict(line.split('=', 1) for line in text.splitlines())


def take_down(site, pid):
    os.kill(pid, 15)
    while processes_about(site):
        time.sleep(0.01)
    shutil.rmtree(site)


def site_answers(values):
    done = status(run('curl', '--silent', '--show-error', '--fail', '--noproxy', '*', '--cacert', values['certificate'],
                      values['url']), 0)
    assert 'Hello from Backflow' in done.stdout, done.stdout


def test_provision_brings_a_site_up():
    need_tools('openssl', 'sqlite3', 'curl', 'setsid')
    with folder() as path:
        site, port = path / 'site', free_port()
        done = status(Stage().backflow('run', EXAMPLES / 'provision.yaml', '--store', 'memory:', '-i', f'root={site}',
                                       '-i', f'port={port}'), 0)
        values = outputs(done.stdout)
        site_answers(values)
        take_down(site, int(values['pid']))
        nothing_is_left(site, port)


def test_provision_leaves_nothing_whichever_step_fails():
    need_tools('openssl', 'sqlite3', 'curl', 'setsid')
    text = (EXAMPLES / 'provision.yaml').read_text(encoding='utf-8')
    steps = re.findall(r'^ *- task: (.*)$', text, re.M)
    assert len(steps) == 12, steps
    with folder() as path:
        for step in steps:
            site, port = path / 'site', free_port()
            done = status(Stage().backflow('run', EXAMPLES / 'provision.yaml', '--store', 'memory:', '-i', f'root={site}',
                                           '-i', f'port={port}', '-i', f'fail_at={step}', '-i', 'patience=1s'), 10)
            assert re.search(rf'^  {step}  ', done.stderr, re.M), f'{step} is not said to have failed:\n{done.stderr}'
            assert 'ROLLBACK COMPLETE' in done.stderr and not done.stdout, done.stderr
            nothing_is_left(site, port)


def test_provision_does_not_touch_a_folder_that_was_there():
    with folder() as path:
        (path / 'mine').write_text('mine', encoding='utf-8')
        status(Stage().backflow('run', EXAMPLES / 'provision.yaml', '--store', 'memory:', '-i', f'root={path}', '-i',
                                'port=1'), 10)
        assert [entry.name for entry in path.iterdir()] == ['mine']


def test_provision_in_c_does_the_same():
    need_tools('openssl', 'sqlite3', 'curl', 'setsid')
    with folder() as path:
        binary = program(path, 'provision')
        site, port = path / 'site', free_port()
        done = status(Stage().run(binary, site, port), 0)
        values = outputs(done.stdout)
        site_answers(values)
        take_down(site, int(values['pid']))
        for step in ('make-root', 'make-data', 'make-certificate', 'write-config', 'start-server', 'smoke-test'):
            done = status(Stage().run(binary, site, port, step), 10)
            assert f'{step} failed: ' in done.stderr and 'Everything is undone.' in done.stderr, done.stderr
            nothing_is_left(site, port)


def test_the_demonstration_passes():
    need_tools('openssl', 'sqlite3', 'curl', 'setsid')
    done = status(Stage().run('sh', EXAMPLES / 'demo.sh', Stage().command), 0)
    assert done.stdout.endswith('\nDEMO PASSED\n'), done.stdout


def test_the_demonstration_says_when_it_fails():
    done = status(run('sh', EXAMPLES / 'demo.sh', '/nowhere/backflow'), 1)
    assert done.stdout.startswith('DEMO FAILED: '), done.stdout
    done = status(run('sh', EXAMPLES / 'demo.sh', shutil.which('false')), 1)
    assert '\nDEMO FAILED: the first run ended with status 1, not 10\n' in done.stdout, done.stdout


def test_nested_flows_release_on_all_hosts_or_none():
    with folder() as path:
        (path / 'alpha').mkdir()
        (path / 'beta').mkdir()
        arguments = ('run', EXAMPLES / 'nested_flows.yaml', '--store', 'memory:', '-i', f'root={path}')
        done = status(Stage().backflow(*arguments), 0)
        assert outputs(done.stdout) == {'alpha_was': 'none', 'beta_was': 'none', 'announcement': 'release 2 is out'}
        status(Stage().backflow(*arguments, '-i', 'release=3', '-i', 'fail_at=switch-beta'), 10)
        for host in ('alpha', 'beta'):
            assert os.readlink(path / host / 'current') == 'release-2', host
            assert sorted(entry.name for entry in (path / host).iterdir()) == ['current', 'release-2'], host
        assert (path / 'news').read_text(encoding='utf-8') == 'release 2 is out\n'


def test_builtin_steps_put_back_what_was_there():
    with folder() as path:
        arguments = ('run', EXAMPLES / 'builtin_steps.yaml', '--store', 'memory:', '-i', f'root={path}/notes')
        assert outputs(status(Stage().backflow(*arguments), 0).stdout) == {'note': 'hello'}
        note = path / 'notes/deep/notes/today'
        before = note.stat()
        entries = sorted(note.parent.iterdir())
        status(Stage().backflow(*arguments, '-i', 'text=new', '-i', 'verdict=bad'), 10)
        assert note.read_text(encoding='utf-8') == 'hello\n'
        assert note.stat().st_mode == before.st_mode
        assert sorted(note.parent.iterdir()) == entries, 'something else is left'
        shutil.rmtree(path / 'notes')
        status(Stage().backflow(*arguments, '-i', 'verdict=bad'), 10)
        assert not (path / 'notes').exists()


def test_a_plug_in_takes_numbers_and_gives_them_back():
    with folder() as path:
        (path / 'pool').mkdir()
        Stage().build(path, 'plugin.c', 'libpool.so', '-shared', '-fPIC')
        flow = shutil.copy(EXAMPLES / 'plugin.yaml', path)
        arguments = ('run', flow, '--store', 'memory:', '-i', f'pool={path}/pool')
        assert outputs(status(Stage().backflow(*arguments), 0).stdout) == {'first': '1', 'second': '2', 'taken': '2'}
        assert outputs(status(Stage().backflow(*arguments), 0).stdout) == {'first': '3', 'second': '4', 'taken': '4'}
        status(Stage().backflow(*arguments, '-i', 'most=5'), 10)
        assert sorted(entry.name for entry in (path / 'pool').iterdir()) == ['1', '2', '3', '4']


def test_numbers_of_a_plug_in_are_given_back_later():
    """The module is where it was, beside the flow file, which the run does not need any more."""
    with folder() as path:
        (path / 'pool').mkdir()
        Stage().build(path, 'plugin.c', 'libpool.so', '-shared', '-fPIC')
        flow = shutil.copy(EXAMPLES / 'plugin.yaml', path)
        store = ('--store', f'sqlite:{path}/runs.db')
        status(Stage().backflow('run', flow, *store, '-i', f'pool={path}/pool'), 0)
        pathlib.Path(flow).unlink()
        status(Stage().backflow('revert', '@last', *store), 0)
        assert not list((path / 'pool').iterdir())


def test_a_graph_is_ordered_by_its_symbols():
    with folder() as path:
        done = status(Stage().run(program(path, 'graph_from_symbols')), 0)
        assert done.stdout == '1. right\n2. left\n3. total\nsum=341\n', done.stdout


def test_map_and_reduce_count_words():
    with folder() as path:
        binary = program(path, 'map_reduce')
        assert status(Stage().run(binary, 'to be', 'or not to be'), 0).stdout == 'total=6\n'
        assert status(Stage().run(binary, 'a  b ', '', 'c'), 0).stdout == 'total=3\n'
        assert 'at least 2' in status(Stage().run(binary, 'alone'), 1).stderr


def test_a_file_is_fetched_from_the_first_mirror_that_has_it():
    with folder() as path:
        binary, target, one, two = program(path, 'mirrors'), path / 'target', path / 'one', path / 'two'
        one.mkdir()
        two.mkdir()
        (two / 'greeting').write_text('hello', encoding='utf-8')
        done = status(Stage().run(binary, 'greeting', target, one, two), 0)
        assert done.stdout == ('next-mirror: RETRY, because copy failed\ncopy: 50%\ncopy: 100%\n'
                               f'from {two}, after 1 that failed\n'), done.stdout
        assert re.fullmatch(r'it took \d+\.\d{3} s\n', done.stderr), done.stderr
        assert target.read_text(encoding='utf-8') == 'hello'
        assert sorted(file.name for file in path.iterdir() if file.name.startswith('target')) == ['target']


def test_no_mirror_leaves_nothing():
    with folder() as path:
        binary, target = program(path, 'mirrors'), path / 'target'
        done = status(Stage().run(binary, 'greeting', target, path / 'none', path / 'nowhere'), 10)
        assert done.stdout == ('next-mirror: RETRY, because copy failed\nnext-mirror: REVERT, because copy failed\n'
                               'no mirror has it\n'), done.stdout
        assert not [file for file in path.iterdir() if file.name.startswith('target')]
        status(Stage().run(binary, 'greeting'), 2)


def slots_in(path):
    return sorted(file.name for file in path.iterdir())


def take_slot(path, *words):
    return Stage().backflow('run', EXAMPLES / 'slots.yaml', '-i', f'folder={path}', *words)


def test_a_listener_suspends_a_run_whose_claim_is_lost():
    with folder() as path:
        binary, claim = program(path, 'listeners'), path / 'claim'
        claim.touch()
        done = status(Stage().run(binary, claim), 0)
        assert re.search(r'^step-4 took \d+\.\d{3} s\nSUCCESS; step-1 succeeded at [1-9]\d+$', done.stdout, re.M), done.stdout
        done = status(Stage().run(binary, claim, '2'), 0)
        assert 'step-2 took' in done.stdout and 'step-3' not in done.stdout, done.stdout
        assert 'SUSPENDED; step-1 succeeded at' in done.stdout, done.stdout


def test_the_first_slot_that_is_free_is_taken():
    with folder() as path:
        (path / 'alpha').write_text('somebody else\n', encoding='utf-8')
        assert outputs(status(take_slot(path, '--store', 'memory:', '-i', 'announce=false'), 0).stdout) == {'slot': 'beta'}
        assert slots_in(path) == ['alpha', 'beta']
        assert outputs(status(take_slot(path, '--store', 'memory:'), 0).stdout) == {'slot': 'gamma'}
        assert (path / 'announcement').read_text(encoding='utf-8') == 'gamma\n'
        status(take_slot(path, '--store', 'memory:'), 10)
        assert slots_in(path) == ['alpha', 'announcement', 'beta', 'gamma']
        assert (path / 'alpha').read_text(encoding='utf-8') == 'somebody else\n'


def test_a_slot_that_was_taken_before_a_crash_is_found():
    with folder() as path, folder() as elsewhere:
        store = f'sqlite:{elsewhere}/runs.db'
        words = [Stage().command, 'run', EXAMPLES / 'slots.yaml', '-i', f'folder={path}', '-i', 'pause=1000', '--store', store, '--id', 'one']
        with subprocess.Popen(words, env=Stage().environment(), stderr=subprocess.DEVNULL) as process:
            while not (path / 'alpha').exists():
                time.sleep(0.01)
            process.kill()
        assert outputs(status(Stage().backflow('resume', 'one', '--store', store), 0).stdout) == {'slot': 'alpha'}
        assert slots_in(path) == ['alpha', 'announcement']


def test_a_machine_is_booted_or_nothing_is():
    with folder() as path:
        binary = program(path, 'boot_vm')
        cloud = path / 'cloud'
        cloud.mkdir()
        done = status(Stage().run(binary, cloud), 0)
        assert done.stdout.endswith('SUCCESS, 0 left\n'), done.stdout
        assert sorted(entry.name for entry in cloud.iterdir()) == ['attachment', 'machine', 'port', 'volume']
        assert (cloud / 'machine').read_text(encoding='utf-8') == 'machine on volume port\n'
        for step in ('create-volume', 'create-port', 'boot', 'attach-data'):
            done = status(Stage().run(binary, cloud, step), 0)
            assert done.stdout.startswith(f'{step}: undone\n'), done.stdout
            assert done.stdout.endswith('REVERTED, 0 left\n'), done.stdout
        assert not list(path.glob('cloud/machine')), 'the machine is left'


def test_a_program_runs_flow_files_with_functions_of_its_own():
    with folder() as path:
        binary = program(path, 'flow_file')
        done = status(Stage().run(binary, EXAMPLES / 'greeting.yaml', 'name=Ada'), 0)
        assert done.stdout.endswith('loud=HELLO ADA\n'), done.stdout
        assert done.stdout.count('"event":"atom"') == 4, done.stdout
        done = status(Stage().run(binary, EXAMPLES / 'greeting.yaml', 'nme=Ada'), 2)
        assert "did you mean 'name'" in done.stderr, done.stderr


def test_an_executor_of_ones_own_runs_and_reverts():
    with folder() as path:
        done = status(Stage().run(program(path, 'executor')), 0)
        assert done.stdout == 'attach volume\ndetach volume\nREVERTED\n', done.stdout


def test_a_store_of_ones_own_keeps_the_records_of_a_run():
    with folder() as path:
        done = status(Stage().run(program(path, 'store')), 0)
        assert re.fullmatch(r'hello from first\nhello from second\nSUCCESS after [1-9]\d* records\n', done.stdout), done.stdout


def test_every_flow_file_that_the_command_can_run_is_right():
    for path in sorted(EXAMPLES.glob('*.yaml')):
        if path.name not in ('greeting.yaml', 'plugin.yaml'):
            status(Stage().backflow('check', path), 0)


def test_the_makefile_knows_every_example():
    listed = re.findall(r'examples/(\S+)', (EXAMPLES / 'examples.am').read_text(encoding='utf-8'))
    present = {path.name for path in EXAMPLES.iterdir() if path.suffix in ('.c', '.yaml', '.sh')}
    assert present <= set(listed), present - set(listed)


if __name__ == '__main__':
    main(sys.modules[__name__])
