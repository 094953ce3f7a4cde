#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The peer that Backflow's words come from: OpenStack TaskFlow on a linear flow of no-op tasks, in memory, with its serial engine.

Usage: taskflow_peer.py TASKS success|rollback. Prints the milliseconds of processor time from the first task made to the
end of the run.
"""

import sys
import time

from taskflow import engines, task
from taskflow.patterns import linear_flow


class Noop(task.Task):
    def execute(self):
        pass

    def revert(self, *args, **kwargs):
        pass


class Fail(Noop):
    def execute(self):
        raise RuntimeError('the last one fails')


def run(count, last):
    flow = linear_flow.Flow('peer')
    for number in range(count - 1):
        flow.add(Noop(f't{number}'))
    flow.add(last(f't{count - 1}'))
    engine = engines.load(flow, engine='serial')
    try:
        engine.run()
    except RuntimeError:
        pass
    return engine.storage.get_flow_state()


def main():
    count, ending = int(sys.argv[1]), sys.argv[2]
    start = time.process_time()
    state = run(count, Noop if ending == 'success' else Fail)
    print(f'{(time.process_time() - start) * 1000:.1f}')
    return 0 if state == {'success': 'SUCCESS', 'rollback': 'REVERTED'}[ending] else 1


sys.exit(main())
