# SPDX-License-Identifier: Apache-2.0
"""Runs that are killed at any instant and resumed at once, until they end. Every attempt holds a lock for as long as any of its
processes lives, and writes into a ledger; from both the promises are judged: no two attempts of a step are alive together,
nothing has an effect after the end, nothing is left of what is called REVERTED, and every run ends.

kills.py [--count N] [--seed N]: that many kills; a red one is repeated with the seed that is printed."""

import argparse
import concurrent.futures
import fcntl
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'cli'))
from command import COMMAND, PATIENCE, folder    # noqa: E402

NAMES = ('one', 'two', 'three')
KILL_AT_CALL = pathlib.Path(os.environ['G_TEST_BUILDDIR']) / 'tests/torture/kill_at_call'
# Statuses of kill_at_call, and how many system calls a run of this size makes at most.
KILLED, UNTRACEABLE = 200, 201
CALLS = 1500
# How long steps wait before their effect, in seconds; and how long a run is left alone before it is killed.
PAUSES = ('0.01', '0.05', '0.1', '0.5')
KILL_WITHIN = 0.5
# So many runs at once, most of which wait.
TOGETHER = 6
# How long a resumed run may take in all; a run that is held back by what still lives goes on within that time.
END_WITHIN = 60

# A step: the lock is inherited by every process of the attempt and dropped by the kernel with the last of them.
STEP = '''\
  - task: {name}
    run: |
      exec 9>>lock.{name}
      flock -n 9 || echo "together execute {name}" >> ledger
      echo "begin {name}" >> ledger
      {body}
      {last}
    revert: |
      exec 9>>lock.{name}
      flock -n 9 || echo "together revert {name}" >> ledger
      sleep {pause}
      rm -f effect.{name}
      echo "reverted {name}" >> ledger
'''
EFFECT = 'touch effect.{name}; echo "effect {name}" >> ledger'
START = ('run', 'flow.yaml', '--id', 'r1')
GO_ON = ('resume', 'r1')
LOOK = ('show', 'r1')

# How the effect comes about: what tells whose a process is, besides its session and its parent, is lost in most of them.
BODIES = {
    'shell': 'sleep {pause}; ' + EFFECT,
    'child': "sh -c 'sleep {pause}; " + EFFECT + "'",
    'no environment': "env -i /bin/sh -c 'sleep {pause}; " + EFFECT + "'",
    'group of its own': "setsid -w sh -c 'sleep {pause}; " + EFFECT + "'",
    'background': "sh -c 'sleep {pause}; " + EFFECT + "' & wait $!",
    'daemon without environment': "env -i setsid -w /bin/sh -c 'sleep {pause}; " + EFFECT + "'",
}


class Broken(Exception):
    """A promise that did not hold."""


def written(place, chance):
    """A flow of random steps. Returns: the exit status that its runs end with."""
    fails = chance.random() < 0.5
    steps = ''
    for name in NAMES:
        values = {'name': name, 'pause': chance.choice(PAUSES)}
        body = chance.choice(sorted(BODIES.values())).format(**values)
        last = 'exit 1' if fails and name == NAMES[-1] else 'true'
        steps += STEP.format(body=body, last=last, **values)
    retried = fails and chance.random() < 0.3
    place.flow(steps, 'retry: {times: 2}\n' if retried else '')
    return 10 if fails else 0


def killed_by_time(place, words, chance):
    process = place.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.random() * KILL_WITHIN)
    process.send_signal(signal.SIGKILL)
    return process.wait(PATIENCE) == -signal.SIGKILL


def killed_by_call(place, words, chance):
    number = chance.randrange(1, CALLS)
    done = subprocess.run([KILL_AT_CALL, str(number), COMMAND, *words], cwd=place.path, env=place.environment, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
    if done.returncode == UNTRACEABLE:
        return killed_by_time(place, words, chance)
    return done.returncode == KILLED


def is_held(place, name):
    """Whether a process of an attempt of a step is alive."""
    with open(place.path / f'lock.{name}', 'a', encoding='utf-8') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def ledger(place):
    path = place.path / 'ledger'
    return path.read_text(encoding='utf-8').splitlines() if path.exists() else []


def is_there(place):
    """Whether a killed `run` has made its run; else it is started again."""
    done = place.run('show', 'r1')
    if done.returncode != 0 and 'no run begins with' not in done.stderr and 'there is no s' not in done.stderr:
        raise Broken(f'show says {done.stderr}')
    return done.returncode == 0


def judge(place, expected):
    """What must hold right after the end, without any pause."""
    alive = [name for name in NAMES if is_held(place, name)]
    before = ledger(place)
    if alive:
        raise Broken(f'alive after the end: {alive}')
    together = [line for line in before if line.startswith('together')]
    if together:
        raise Broken(f'two attempts at once: {together}')
    effects = [name for name in NAMES if (place.path / f'effect.{name}').exists()]
    if effects != (list(NAMES) if expected == 0 else []):
        raise Broken(f'effects after status {expected}: {effects}')
    if ledger(place) != before:
        raise Broken('the ledger goes on after the end')


def ended(place, words, expected):
    """Resumes until the run ends: it may be held back as long as something of it is alive."""
    until = time.monotonic() + END_WITHIN
    while time.monotonic() < until:
        done = place.run(*words)
        if done.returncode == expected:
            return
        if done.returncode != 12:
            raise Broken(f'{words} ended with {done.returncode}, not {expected}:\n{done.stdout}{done.stderr}')
        words = GO_ON
    raise Broken(f'the run did not end within {END_WITHIN} s')


def torture_one(seed):
    """One run and its kills. Returns: how many kills."""
    chance = random.Random(seed)
    kills = 0
    with folder() as place:
        expected = written(place, chance)
        words = START
        for _ in range(chance.randrange(1, 4)):
            kill = chance.choice((killed_by_time, killed_by_call))
            if not kill(place, words, chance):
                break
            kills += 1
            words = GO_ON if is_there(place) else START
        if is_there(place) and place.json('show', 'r1')[0]['state'] in ('SUCCESS', 'REVERTED'):
            words, expected_status = LOOK, 0
        else:
            words, expected_status = GO_ON if is_there(place) else START, expected
        ended(place, words, expected_status)
        try:
            judge(place, expected)
        except Broken as broken:
            shown = place.run('show', 'r1')
            text = (place.path / 'flow.yaml').read_text(encoding='utf-8')
            raise Broken(f'{broken}\n{text}\n{ledger(place)}\n{shown.stdout}') from broken
    return kills


def problem_of(seed):
    """The kills of one run, and what broke (None: nothing)."""
    try:
        return torture_one(seed), None
    except (Broken, AssertionError, subprocess.TimeoutExpired) as broken:
        return 0, f'seed {seed}: {broken}'


def torture(count, seed):
    """Returns: what broke first (None: nothing)."""
    kills = 0
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        while kills < count:
            for done, problem in pool.map(problem_of, range(seed, seed + 4 * TOGETHER)):
                kills += done
                if problem:
                    return problem
            seed += 4 * TOGETHER
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--count', type=int, default=int(os.environ.get('BACKFLOW_KILLS', '300')))
    parser.add_argument('--seed', type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), 'big')
    print(f'1..1\n# seed {seed}', flush=True)
    problem = torture(options.count, seed)
    print('not ok 1 - runs_that_are_killed_keep_the_promises' if problem else 'ok 1 - runs_that_are_killed_keep_the_promises')
    for line in (problem or '').splitlines():
        print(f'#  {line}')
    sys.exit(1 if problem else 0)


if __name__ == '__main__':
    main()
