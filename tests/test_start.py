# SPDX-License-Identifier: Apache-2.0
"""How tests are started and counted: the same whatever `make check` was started from."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from scripted import BUILD, Skip, main, run    # noqa: E402

START = BUILD / 'tests/start'


def ignore_and_block():
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def test_a_test_finds_no_signal_ignored_or_blocked():
    # grep has no wish of its own about signals.
    done = run(START, 'grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status', preexec_fn=ignore_and_block, restore_signals=False)
    # The two above SIGSYS are glibc's own.
    assert [int(line.split()[1], 16) & ~(3 << 31) for line in done.stdout.splitlines()] == [0, 0], done.stdout


def test_a_test_has_standard_streams():
    def close_all():
        for fd in range(3):
            os.close(fd)

    look = 'import os, sys; open(sys.argv[1], "w").write(" ".join(os.readlink(f"/proc/self/fd/{fd}") for fd in range(3)))'
    with tempfile.TemporaryDirectory() as folder:
        found = pathlib.Path(folder, 'found')
        subprocess.run([START, sys.executable, '-c', look, found], preexec_fn=close_all, check=True)
        assert found.read_text(encoding='utf-8').split() == ['/dev/null'] * 3, found.read_text(encoding='utf-8')


def test_the_umask_is_the_usual_one():
    assert run(START, 'sh', '-c', 'umask', preexec_fn=lambda: os.umask(0o777)).stdout.strip() == '0022'


def test_a_temporary_folder_that_is_none_is_forgotten():
    with tempfile.TemporaryDirectory() as folder:
        for given, left in ((folder, folder), (f'{folder}/absent', ''), ('relative', ''), ('', '')):
            done = run(START, 'sh', '-c', 'echo "${TMPDIR-}"', env={**os.environ, 'TMPDIR': given})
            assert done.stdout.strip() == left, (given, done.stdout)


def test_a_test_is_not_process_1():
    namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc']
    if run(*namespace, 'true').returncode != 0:
        raise Skip('no process id namespace can be made here')
    done = run(*namespace, START, 'sh', '-c', 'echo $$; exit 7')
    assert done.stdout != '1\n' and done.returncode == 7, done


def test_a_test_that_cannot_be_started_has_failed():
    done = run(START, './there-is-no-such-test')
    assert done.returncode == 99 and 'there-is-no-such-test' in done.stderr, done


def test_verdicts_are_counted_as_they_are_meant():
    said = {'ok 1 - fine': 'PASS', 'not ok 1 - bad': 'FAIL', 'ok 1 # SKIP why': 'SKIP', 'not ok 1 # SKIP name': 'SKIP'}
    with tempfile.TemporaryDirectory() as folder:
        for line, verdict in said.items():
            done = run('sh', BUILD / 'tests/tap-driver.sh', '--test-name', 't', '--log-file', f'{folder}/log',
                       '--trs-file', f'{folder}/trs', '--color-tests', 'no', '--enable-hard-errors', 'yes', '--expect-failure', 'no',
                       '--', 'printf', '1..1\\n%s\\n', line, env={**os.environ, 'AM_TAP_AWK': 'awk'})
            assert done.stdout.startswith(f'{verdict}: t 1 '), (line, done.stdout, done.stderr)


if __name__ == '__main__':
    main(sys.modules[__name__])
