# SPDX-License-Identifier: Apache-2.0
"""TAP for tests that are written in Python: every function of a module whose name begins with "test_" is one, and its name
says what it shows. It fails by an AssertionError, and is skipped by a Skip."""

import os
import pathlib
import subprocess
import sys
import traceback

SOURCE = pathlib.Path(os.environ['G_TEST_SRCDIR'])
BUILD = pathlib.Path(os.environ['G_TEST_BUILDDIR'])
COMMAND = os.environ['TEST_COMMAND']


class Skip(Exception):
    """The test cannot be made here; the message says why."""


def run(*command, **options):
    """The completed process of a command: its text outputs and its exit status."""
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, **options)


def outcome(test):
    try:
        test()
    except Skip as skip:
        return 'ok', f' # SKIP {skip}', ''
    except AssertionError as error:
        return 'not ok', '', str(error) or traceback.format_exc()
    return 'ok', '', ''


def main(module):
    tests = [(name, value) for name, value in vars(module).items() if name.startswith('test_')]
    failed = False
    print(f'1..{len(tests)}')
    for number, (name, test) in enumerate(tests, 1):
        verdict, remark, message = outcome(test)
        print(f'{verdict} {number} - {name[len("test_"):]}{remark}')
        failed = failed or verdict != 'ok'
        for line in message.splitlines():
            print(f'#  {line}')
    sys.exit(1 if failed else 0)
