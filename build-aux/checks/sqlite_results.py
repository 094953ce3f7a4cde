# SPDX-License-Identifier: Apache-2.0
"""Every result of an SQLite call is looked at: a binding that failed leaves NULL, which is another value."""

import re

import tap
from tree import Finding

# A statement that is only the call. A call within an expression, a condition or an assignment has text before it on its line,
# or the line before does not end a statement.
BARE = re.compile(r'^\s*sqlite3_(?!free\b)\w+ \(')
DROPPED = re.compile(r'\(void\) sqlite3_(\w+) \(')
# Their results repeat one that was looked at, or say that nothing is left to be done.
MAY_DROP = {'reset', 'finalize', 'close_v2', 'wal_checkpoint_v2', 'clear_bindings'}
ROLLBACK = re.compile(r'sqlite3_exec \([^;]*"ROLLBACK"')
FOLDER = 'storage/sqlite/'


def is_bare(lines, index):
    if not BARE.match(lines[index]):
        return False
    before = lines[index - 1].rstrip() if index > 0 else ''
    if before.endswith((',', '(', '=', '&&', '||', '?', ':', 'return')):
        return False
    return before.count('(') <= before.count(')')


def check_file(path, text):
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if is_bare(lines, index):
            yield Finding(path, index + 1, f'drops the result of {line.strip().split(" ")[0]}')
        for match in DROPPED.finditer(line):
            if match.group(1) not in MAY_DROP and not ROLLBACK.search(line):
                yield Finding(path, index + 1, f'drops the result of sqlite3_{match.group(1)}')


def check(tree):
    sources = [path for path in tree.sources() if path.startswith(FOLDER) and path.endswith('.c')]
    return [finding for path in sources for finding in check_file(path, tree.text(path))]


GOOD = {
    'storage/sqlite/a.c': 'int f (sqlite3_stmt *s)\n{\n  int result = sqlite3_step (s);\n\n  (void) sqlite3_reset (s);\n'
                          '  keep (c,\n        sqlite3_bind_null (s, 1));\n  sqlite3_free (0);\n  return result;\n}\n',
    'storage/sqlite/b.c': 'void g (sqlite3 *db)\n{\n  (void) sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);\n}\n',
    'flows/c.c': 'void h (sqlite3_stmt *s)\n{\n  sqlite3_step (s);\n}\n',
}
BAD = [
    ('a binding', {'storage/sqlite/a.c': 'void f (sqlite3_stmt *s)\n{\n  sqlite3_bind_null (s, 1);\n}\n'}, 'a.c:3'),
    ('a call after a condition', {'storage/sqlite/a.c': 'void f (sqlite3_stmt *s)\n{\n  if (s != NULL)\n    sqlite3_step (s);\n}\n'}, 'step'),
    ('a cast to void', {'storage/sqlite/a.c': 'void f (sqlite3_stmt *s)\n{\n  (void) sqlite3_step (s);\n}\n'}, 'step'),
    ('another statement', {'storage/sqlite/a.c': 'void f (sqlite3 *db)\n{\n  (void) sqlite3_exec (db, "COMMIT", NULL, NULL, NULL);\n}\n'}, 'exec'),
]

tap.run(__name__)
