# SPDX-License-Identifier: Apache-2.0
"""Random flows do in Backflow what they do in TaskFlow, and what the rules say where TaskFlow breaks them. TaskFlow is
Debian's python3-taskflow, of the system's Python; without it the test is skipped. BACKFLOW_ROUNDS=N compares N flows, BACKFLOW_SEED=N
those of that seed."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import scripted    # noqa: E402

PYTHON = '/usr/bin/python3'
COMPARE = scripted.SOURCE / 'tests/conformance/compare.py'
TRACE_FLOW = scripted.BUILD / 'tests/conformance/trace_flow'


def options():
    """A check is the same each time; who compares more compares others each time."""
    if not os.environ.get('BACKFLOW_ROUNDS') and not os.environ.get('BACKFLOW_SEED'):
        yield from ('--seed', '1')
    for name, option in (('BACKFLOW_ROUNDS', '--cases'), ('BACKFLOW_SEED', '--seed')):
        if os.environ.get(name):
            yield from (option, os.environ[name])


def test_random_flows_do_what_they_do_in_taskflow():
    if not os.path.exists(PYTHON) or scripted.run(PYTHON, '-c', 'import taskflow').returncode != 0:
        raise scripted.Skip(f'{PYTHON} has no taskflow (Debian package python3-taskflow)')
    done = scripted.run(PYTHON, '-B', COMPARE, TRACE_FLOW, *options())
    print('\n'.join(f'# {line}' for line in done.stdout.splitlines()))
    assert done.returncode == 0, done.stderr


if __name__ == '__main__':
    scripted.main(sys.modules[__name__])
