# SPDX-License-Identifier: Apache-2.0
"""Who may include whom. The table is the architecture: a new row or word in it is a decision, not a repair."""

import re

import tap
from tree import Finding

PUBLIC_ONLY = ('cli', 'examples', 'bench')
MAY_INCLUDE = {
    'atoms': ('atoms',),
    'flows': ('atoms', 'flows'),
    'storage': ('atoms', 'storage'),
    'executors': ('atoms', 'executors'),
    'engine': ('atoms', 'flows', 'storage', 'executors', 'engine'),
}
# The engine knows storage and executors by their interfaces; these are the headers of concrete ones.
CONCRETE = re.compile(r'^(storage/(memory|sqlite|postgresql)|executors/(serial|threads|processes|async|child))')
# Libraries that only one room of the house may see, and the rooms.
CONFINED = {
    'yaml.h': re.compile(r'^(flows/yaml|tests|bench)/'),
    'sqlite3.h': re.compile(r'^(storage/|flows/expression\.c$|tests/|bench/|examples/)'),
}


def why_forbidden(path, target, quote, installed):
    folder, target_folder = path.split('/')[0], target.split('/')[0]
    if target == 'backflow.h' and folder in MAY_INCLUDE:
        return 'includes everything at once, which is for users only'
    if folder in PUBLIC_ONLY:
        own = quote == '"' and target_folder == folder
        return None if own or target in installed else 'is not an installed header'
    if folder in MAY_INCLUDE and target_folder not in MAY_INCLUDE[folder]:
        return f'is above or beside {folder}/'
    if folder == 'engine' and CONCRETE.match(target):
        return 'is a concrete backend: the engine knows the interface only'
    if path in installed and target not in installed:
        return 'is not installed, but the header that includes it is'
    if path in installed and quote == '"':
        return f'is included by an installed header: write <backflow/{target}>'
    return None


def check_system_include(path, line, name):
    rooms = CONFINED.get(name)
    if rooms and not rooms.match(path):
        yield Finding(path, line, f'<{name}> is not for this folder')


def check_file(tree, path, installed):
    for line, quote, name in tree.includes(path):
        target = tree.own_include(quote, name)
        if target is None:
            yield from check_system_include(path, line, name)
        elif not tree.has(target):
            yield Finding(path, line, f'{name} is not a path from the top of the tree')
        else:
            reason = why_forbidden(path, target, quote, installed)
            if reason:
                yield Finding(path, line, f'{name} {reason}')


def check_hash_wrapper(tree):
    users = [f for f in tree.sources() if any(name in ('uthash.h', 'utlist.h', 'utarray.h') for _, _, name in tree.includes(f))]
    if len(users) > 1:
        yield Finding(users[1], 0, f'includes uthash, which only its wrapper {users[0]} may')


def check(tree):
    installed = set(tree.installed_headers())
    findings = [finding for path in tree.sources() for finding in check_file(tree, path, installed)]
    return findings + list(check_hash_wrapper(tree))


GOOD = {
    'atoms/atoms.am': 'atomsinclude_HEADERS += \\\n\tatoms/atom.h \\\n\tatoms/value.h\n',
    'atoms/atom.h': '#include <backflow/atoms/value.h>\n#include <glib.h>\n',
    'atoms/value.h': '',
    'atoms/atom_private.h': '#include "atoms/atom.h"\n',
    'flows/flow.c': '#include "atoms/atom_private.h"\n/* #include "engine/core.h" */\n',
    'flows/yaml/loader.c': '#include <yaml.h>\n',
    'engine/core.h': '#include "storage/storage.h"\n',
    'storage/storage.h': '',
    'storage/sqlite_private.h': '#include <sqlite3.h>\n',
    'cli/run.c': '#include <backflow/atoms/atom.h>\n#include "cli/verb.h"\n',
    'cli/verb.h': '',
    'atoms/hash_private.h': '#include <uthash.h>\n',
}
BAD = [
    ('a lower layer that includes a higher one', {'atoms/task.c': '#include "flows/x.h"\n', 'flows/x.h': ''}, 'task.c:1'),
    ('a layer that includes one beside it', {'storage/memory.c': '#include "executors/x.h"\n', 'executors/x.h': ''}, 'beside'),
    ('an engine that names a concrete backend', {'engine/run.c': '#include "storage/sqlite_private.h"\n'}, 'concrete'),
    ('a command that includes a private header', {'cli/x.c': '#include "atoms/atom_private.h"\n'}, 'installed'),
    ('an installed header that needs one that is not', {'atoms/atom.h': '#include "atoms/atom_private.h"\n'}, 'installed'),
    ('a path that is not from the top', {'atoms/x.c': '#include "atom.h"\n'}, 'top of the tree'),
    ('a library outside its folder', {'flows/flow.c': '#include <yaml.h>\n'}, 'not for this folder'),
    ('a second user of uthash', {'flows/map.h': '#include <uthash.h>\n'}, 'wrapper'),
]

tap.run(__name__)
