# SPDX-License-Identifier: Apache-2.0
"""What the pages name is there: a file or folder in backticks exists, from the top of the tree or from the page's folder, and a
function in backticks (`name()`) is defined. In a table with the columns "file" and "function" it is defined in a file of its
row. Words in capitals stand for others."""

import re

import tap
from tree import Finding

WORD = re.compile(r'`([^`\n]+)`')
FILE = re.compile(r'^[\w.-]+(/[\w.-]+)*(\.(c|h|py|am|sh|list|yaml|cc|md)|/)$')
FUNCTION = re.compile(r'^(\w+)\(\)$')
# GNU style: the name of a function that is defined begins its line.
DEFINITION = re.compile(r'^(\w+) \(|^#define (\w+)\(|^BACKFLOW_PUBLIC [^;]*?\b(\w+) \(|^(?:def|func) (\w+)\b|^(\w+)\(\) \{', re.M)
PLACEHOLDER = re.compile(r'(^|[/_])(?!README|LICENSE)[A-Z]{2,}([._/]|$)')
COLUMNS = re.compile(r'^\| *file *\| *function *\|')
CODE = re.compile(r'^```.*?^```', re.M | re.S)


def definitions(tree):
    """From name to the files that define it."""
    found = {}
    for path in tree.files:
        if path.endswith(('.c', '.h', '.py', '.sh')):
            for match in DEFINITION.finditer(tree.text(path)):
                name = next(filter(None, match.groups()))
                found.setdefault(name, set()).add(path)
    return found


def find_path(tree, page, word, folders):
    for path in (word, page.rpartition('/')[0] + '/' + word):
        path = normal(path)
        if path in folders or tree.has(path):
            return path
    return None


def normal(path):
    parts = []
    for part in path.strip('/').split('/'):
        if part == '..' and parts:
            parts.pop()
        elif part not in ('', '.'):
            parts.append(part)
    return '/'.join(parts)


def files_in(line):
    return [word for word in WORD.findall(line) if FILE.match(word) and not PLACEHOLDER.search(word)]


def check_line(tree, page, line, is_row, folders, defined):
    """Yields what is wrong in a line. A name of a folder may follow on the folder that holds it, in the same row."""
    places = set()
    for word in files_in(line):
        found = find_path(tree, page, word, folders) or next(
            (f'{place}/{word}' for place in places if normal(f'{place}/{word}') in folders), None)
        if found:
            places.add(normal(found))
        elif '/' in word or page.startswith('docs/'):
            yield f'there is no {word}'
    for name in (match.group(1) for match in map(FUNCTION.match, WORD.findall(line)) if match):
        if name not in defined:
            yield f'{name}() is not defined'
        elif is_row and not places & defined[name]:
            yield f'{name}() is not defined in {" or ".join(sorted(places))}'


def check_page(tree, page, folders, defined):
    text = CODE.sub(lambda match: re.sub(r'[^\n]', ' ', match.group(0)), tree.text(page))
    is_row = False
    for number, line in enumerate(text.splitlines(), 1):
        is_row = line.startswith('|') and (is_row or COLUMNS.match(line) is not None)
        for message in check_line(tree, page, line, is_row, folders, defined):
            yield Finding(page, number, message)


def check(tree):
    folders = {'/'.join(path.split('/')[:depth]) for path in tree.files for depth in range(1, path.count('/') + 1)}
    defined = definitions(tree)
    return [finding for page in tree.files if page.endswith('.md') for finding in check_page(tree, page, folders, defined)]


GOOD = {
    'docs/way.md': '| file | function | |\n| `atoms/a.c`, `atoms/b.h` | `a_get()` | `PATH.logs/`, `cli/verb_NAME.c`, see `contract.md`, `../atoms/README.md` |\n```\n`x/y.c`\n```\n`printf`, `a/b`\n',
    'docs/contract.md': '',
    'atoms/README.md': 'In `a.c` and `docs/`.\n',
    'atoms/a.c': 'static int\na_get (int x)\n{\n}\n',
    'atoms/b.h': '#define b_set(x) a_get (x)\nBACKFLOW_PUBLIC int b_get (void);\n',
}
BAD = [
    ('a file that is gone', {'docs/b.md': '\n`atoms/gone.c`\n'}, 'b.md:2: there is no atoms/gone.c'),
    ('a folder that is gone', {'README.md': '`gone/` and `atoms/`\n'}, 'there is no gone/'),
    ('a function that is gone', {'docs/b.md': '`a_set()` is above `a_get()` and `b_get()`\n'}, 'a_set() is not defined'),
    ('a function that has moved', {'docs/b.md': '| file | function |\n| `atoms/b.h` | `a_get()` |\n'}, 'a_get() is not defined in atoms/b.h'),
]

tap.run(__name__)
