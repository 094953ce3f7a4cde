# SPDX-License-Identifier: Apache-2.0
"""Which folder may include which, and call which. The table is the architecture: a new row or word in it is a decision, not a
repair."""

import re

import callgraph
import compiler
import tap
from tree import Finding, exported_names

PUBLIC_ONLY = ('cli', 'examples', 'bench')
# A folder may include its own files and those of the folders in its row; a folder that is not named here, nothing.
ATOMS = ('values', 'diagnostics', 'atoms')
FLOWS = (*ATOMS, 'flows')
MAY_INCLUDE = {
    'values': (),
    'diagnostics': ('values',),
    'atoms': ('values', 'diagnostics'),
    'atoms/steps': ATOMS,
    'flows': ATOMS,
    'flows/yaml': FLOWS,
    'storage': ATOMS,
    'storage/memory': (*ATOMS, 'storage'),
    'storage/sqlite': (*ATOMS, 'storage'),
    'executors': ATOMS,
    'executors/children': (*ATOMS, 'executors'),
    'executors/commands': (*ATOMS, 'executors', 'executors/children'),
    'executors/async': (*ATOMS, 'executors', 'executors/children', 'executors/commands'),
    'engine/plan': FLOWS,
    'engine/core': (*FLOWS, 'engine/plan'),
    'engine': (*FLOWS, 'storage', 'executors', 'engine/plan', 'engine/core'),
    'engine/listeners': (*FLOWS, 'storage', 'executors', 'engine/plan', 'engine/core', 'engine'),
    'engine/report': (*FLOWS, 'storage', 'engine/plan', 'engine/core'),
}
# The folders of the command include installed headers, their own files and those of the folders in their row.
COMMAND_MAY_INCLUDE = {
    'cli': (),
    'cli/views': ('cli',),
    'cli/runs': ('cli', 'cli/views'),
    'cli/verbs': ('cli', 'cli/views', 'cli/runs'),
}
# Files that know what their folder must not: each is the one place that names concrete parts, or a shared vocabulary.
DOORS = {
    'storage/storage_uri.c': re.compile(r'^storage/(memory|sqlite)/'),
    'executors/serial.c': re.compile(r'^executors/(children/child_(clear|lock|wait)|commands/command_(attempt|clear|host|lock))\.h$'),
    'cli/main.c': re.compile(r'^cli/(verbs/verbs|runs/process_one|views/run_result)\.h$'),
}
# What a folder may include of one that is not in its row.
SHARED = {
    'engine/core': re.compile(r'^storage/record\.h$'),
}
# Files that call what they may not include, because a header of a lower folder declares the name.
CALL_DOORS = {
    # An engine that is made without a store keeps its records in memory; storage/storage.h declares the constructor.
    'engine/engine.c': re.compile(r'^storage/memory/memory\.c$'),
    # atoms/step.h is the interface of the ready-made steps; a flow file names them.
    'flows/yaml/step_reader.c': re.compile(r'^atoms/steps/steps\.c$'),
}
# Libraries that only one room of the house may see, and the rooms.
CONFINED = {
    'yaml.h': re.compile(r'^(flows/yaml|tests|bench)/'),
    'sqlite3.h': re.compile(r'^(storage/sqlite/|flows/expression(_\w+)?\.[ch]$|tests/|bench/|examples/)'),
}


prepare = compiler.compile_plain_sources


def missing():
    return compiler.missing_build()


def folder_of(path):
    return path.rpartition('/')[0]


def may_include(path, target):
    folder, target_folder = folder_of(path), folder_of(target)
    if target_folder == folder or target_folder in MAY_INCLUDE[folder]:
        return True
    return any(table[key].match(target) for table, key in ((DOORS, path), (SHARED, folder)) if key in table)


def may_use_in_command(path, target):
    folder, target_folder = folder_of(path), folder_of(target)
    return (target_folder == folder or target_folder in COMMAND_MAY_INCLUDE[folder]
            or (path in DOORS and DOORS[path].match(target)))


def why_forbidden(path, target, quote, installed):
    folder, top = folder_of(path), path.split('/')[0]
    if target == 'backflow.h' and folder in MAY_INCLUDE:
        return 'includes everything at once, which is for users only'
    if top in PUBLIC_ONLY:
        own = quote == '"' and target.split('/')[0] == top
        if own and folder in COMMAND_MAY_INCLUDE and not may_use_in_command(path, target):
            return f'is above or beside {folder}/'
        return None if own or target in installed else 'is not an installed header'
    if folder in MAY_INCLUDE and not may_include(path, target):
        return f'is above or beside {folder}/'
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


def may_call(path, target):
    """Whether a source of the library may use names of another one: a source stands for the header of its name."""
    return may_include(path, target[:-2] + '.h') or (path in CALL_DOORS and CALL_DOORS[path].match(target) is not None)


def check_calls(tree):
    exported = set(exported_names(tree))
    for path, targets in callgraph.of_tree(tree).items():
        in_library = folder_of(path) in MAY_INCLUDE
        for target, names in targets.items():
            if in_library and not may_call(path, target):
                yield Finding(path, 0, f'uses {" ".join(names)} of {target}, which is above or beside {folder_of(path)}/')
            if not in_library and target.split('/')[0] not in PUBLIC_ONLY and set(names) - exported:
                yield Finding(path, 0, f'uses {" ".join(names)} of {target}, which are not all public')


def check(tree):
    installed = set(tree.installed_headers())
    findings = [finding for path in tree.sources() for finding in check_file(tree, path, installed)]
    return findings + list(check_hash_wrapper(tree)) + list(check_calls(tree))


SOURCES = 'libbackflow_core_la_SOURCES += storage/storage.c storage/storage_uri.c storage/sqlite/sqlite_private.c flows/flow.c\n'
GOOD = {
    'build-aux/symbols.list': 'flow_new\n',
    'storage/storage.am': SOURCES + 'backflow_SOURCES = cli/verbs/run.c\n',
    'atoms/atoms.am': 'atomsinclude_HEADERS += \\\n\tatoms/atom.h \\\n\tatoms/states.h\n',
    'values/values.am': 'valuesinclude_HEADERS += values/value.h\n',
    'atoms/atom.h': '#include <backflow/values/value.h>\n#include <glib.h>\n',
    'atoms/states.h': '',
    'values/value.h': '',
    'atoms/atom_private.h': '#include "atoms/atom.h"\n',
    'flows/flow.c': '#include "atoms/atom_private.h"\n/* #include "engine/core/core.h" */\nvoid flow_new (void) {}\n',
    'flows/yaml/loader.c': '#include <yaml.h>\n',
    'engine/core/core.h': '#include "storage/record.h"\n',
    'storage/record.h': '',
    'storage/storage.h': '',
    'storage/storage.c': '',
    'storage/storage_uri.c': '#include "storage/sqlite/sqlite_private.h"\nvoid sqlite_open (void); void open_uri (void) { sqlite_open (); }\n',
    'storage/sqlite/sqlite_private.c': 'void sqlite_open (void) {}\n',
    'storage/sqlite/sqlite_private.h': '#include <sqlite3.h>\n#include "storage/storage.h"\n',
    'cli/verbs/run.c': '#include <backflow/atoms/atom.h>\n#include "cli/verb.h"\nvoid flow_new (void); void run (void) { flow_new (); }\n',
    'cli/verb.h': '',
    'cli/views/step.h': '#include "cli/verb.h"\n',
    'cli/runs/job.h': '#include "cli/views/step.h"\n',
    'cli/verbs/verbs.h': '',
    'cli/main.c': '#include "cli/verbs/verbs.h"\n',
    'atoms/hash_private.h': '#include <uthash.h>\n',
}
BAD = [
    ('a lower layer that includes a higher one', {'atoms/task.c': '#include "flows/x.h"\n', 'flows/x.h': ''}, 'task.c:1'),
    ('a folder that includes one beside it', {'storage/storage.c': '#include "executors/x.h"\n', 'executors/x.h': ''}, 'beside'),
    ('a folder that includes a folder inside it', {'storage/storage.c': '#include "storage/sqlite/sqlite_private.h"\n'}, 'beside'),
    ('a core that includes more of the storage', {'engine/core/core.c': '#include "storage/storage.h"\n'}, 'beside'),
    ('an engine that names a concrete backend', {'engine/run.c': '#include "storage/sqlite/sqlite_private.h"\n'}, 'beside'),
    ('a command that includes a private header', {'cli/verbs/x.c': '#include "atoms/atom_private.h"\n'}, 'installed'),
    ('a view that includes a run', {'cli/views/step.c': '#include "cli/runs/job.h"\n'}, 'beside'),
    ('a run that includes a verb', {'cli/runs/job.c': '#include "cli/verbs/verbs.h"\n'}, 'beside'),
    ('a command that includes a view', {'cli/text.c': '#include "cli/views/step.h"\n'}, 'beside'),
    ('an installed header that needs one that is not', {'atoms/atom.h': '#include "atoms/atom_private.h"\n'}, 'installed'),
    ('a path that is not from the top', {'atoms/x.c': '#include "atom.h"\n'}, 'top of the tree'),
    ('a library outside its folder', {'flows/flow.c': '#include <yaml.h>\n'}, 'not for this folder'),
    ('a call of a folder inside it', {'storage/storage.c': 'void sqlite_open (void); void f (void) { sqlite_open (); }\n'},
     'storage.c: uses sqlite_open of storage/sqlite/sqlite_private.c'),
    ('a call upwards by a table', {'flows/flow.c': 'extern int open_uri; int *flow_new = &open_uri;\n'}, 'above or beside flows/'),
    ('a command that calls what is not public', {'build-aux/symbols.list': 'flow_free\n'}, 'not all public'),
    ('a second user of uthash', {'flows/map.h': '#include <uthash.h>\n'}, 'wrapper'),
]

tap.run(__name__)
