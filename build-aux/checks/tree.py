# SPDX-License-Identifier: Apache-2.0
"""The source tree as the checks see it: which files belong to it, what they include, what they declare."""

import os
import pathlib
import re
import subprocess

LIBRARY_FOLDERS = ('values', 'diagnostics', 'atoms', 'flows', 'storage', 'executors', 'engine')
SOURCE_SUFFIXES = ('.c', '.h')
WRITTEN_SUFFIXES = SOURCE_SUFFIXES + ('.am', '.cc', '.list', '.md', '.py', '.sh', '.yaml')

# Made by autoreconf and configure: in a release archive they stand among the sources.
GENERATED = re.compile(
    r'(^|/)(Makefile\.in|aclocal\.m4|configure~?|autom4te\.cache|ar-lib|compile|config\.(guess|sub)|depcomp|install-sh'
    r'|ltmain\.sh|missing|py-compile|tap-driver\.sh|test-driver|libtool\.m4|lt[a-z~]*\.m4|__pycache__|\.git)(/|$)')

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
HEADERS_VARIABLE = re.compile(r'^\w+include_HEADERS\s*\+?=\s*(.*)$')
SOURCES_VARIABLE = re.compile(r'^libbackflow_core_la_SOURCES\s*\+?=\s*(.*)$')
COMMAND_VARIABLE = re.compile(r'^backflow_SOURCES\s*\+?=\s*(.*)$')
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*")', re.S)


class Finding:
    """A broken rule and the place where it is broken."""

    def __init__(self, path, line, message):
        self.path, self.line, self.message = path, line, message

    def __str__(self):
        place = f'{self.path}:{self.line}' if self.line else self.path
        return f'{place}: {self.message}'


def blank(match):
    """Replaces what was matched by spaces, so that lines and columns stay."""
    return re.sub(r'[^\n]', ' ', match.group(0))


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(self._listed() if (self.root / '.git').exists() else self._walked())

    def _listed(self):
        """What git knows of, and what it does not know of yet but looks like it was written by hand."""
        names = self._git('--cached')
        names |= {name for name in self._git('--others', '--exclude-standard') if name.endswith(WRITTEN_SUFFIXES)}
        # A file that is deleted but not yet committed as such is still listed.
        return [name for name in names if name and (self.root / name).is_file()]

    def _git(self, *options):
        out = subprocess.run(['git', 'ls-files', '-z', *options], cwd=self.root, stdout=subprocess.PIPE, check=True).stdout
        return set(out.decode().split('\0'))

    def _walked(self):
        for folder, folders, names in os.walk(self.root):
            base = os.path.relpath(folder, self.root)
            folders[:] = [f for f in folders if not GENERATED.search(f)]
            # A build folder inside the tree is not part of it.
            if base != '.' and 'config.status' in names:
                folders[:] = []
                continue
            for name in names:
                path = os.path.normpath(os.path.join(base, name))
                if not GENERATED.search(path):
                    yield path

    def text(self, path):
        return (self.root / path).read_text(encoding='utf-8')

    def code(self, path):
        """The text with comments, strings and characters blanked out."""
        return NOT_CODE.sub(blank, self.text(path))

    def uncommented(self, path):
        """The text with comments blanked out."""
        return COMMENT.sub(lambda match: match.group(0) if match.group(1) else blank(match), self.text(path))

    def has(self, path):
        return (self.root / path).is_file()

    def sources(self, *folders):
        """C files and headers, of these top-level folders or of all."""
        return [f for f in self.files if f.endswith(SOURCE_SUFFIXES) and (not folders or f.split('/')[0] in folders)]

    def headers(self):
        return [f for f in self.sources() if f.endswith('.h')]

    def includes(self, path):
        """Yields (line, quote, name) for each include directive."""
        text = self.uncommented(path)
        for match in INCLUDE.finditer(text):
            yield text.count('\n', 0, match.start(1)) + 1, match.group(1), match.group(2)

    def own_include(self, quote, name):
        """The path in the tree that an include directive means, or None when it is not one of ours."""
        if name.startswith('backflow/'):
            return name[len('backflow/'):]
        return name if quote == '"' else None

    def _listed_in_makefiles(self, variable):
        for fragment in (f for f in self.files if f.endswith('.am')):
            for line in self.text(fragment).replace('\\\n', ' ').splitlines():
                match = variable.match(line)
                if match:
                    yield from (word for word in match.group(1).split() if not word.startswith('$'))

    def installed_headers(self):
        return sorted(set(self._listed_in_makefiles(HEADERS_VARIABLE)))

    def library_sources(self):
        return sorted(f for f in set(self._listed_in_makefiles(SOURCES_VARIABLE)) if f.endswith('.c'))

    def command_sources(self):
        return sorted(f for f in set(self._listed_in_makefiles(COMMAND_VARIABLE)) if f.endswith('.c'))


def line_of(text, offset):
    return text.count('\n', 0, offset) + 1


def exported_names(tree):
    """The names in build-aux/symbols.list."""
    return [line for line in tree.text('build-aux/symbols.list').split('\n') if line and not line.startswith('#')]


PUBLIC = re.compile(r'^[ \t]*BACKFLOW_PUBLIC\b([^;]*);', re.M)
NAME_BEFORE_PARENTHESIS = re.compile(r'\b(?!G_)([A-Za-z_]\w*)\s*\(')


def public_functions(tree, header):
    """Yields (line, name) for each function that a header marks BACKFLOW_PUBLIC."""
    code = tree.code(header)
    for match in PUBLIC.finditer(code):
        name = NAME_BEFORE_PARENTHESIS.search(match.group(1))
        if name:
            yield line_of(code, match.start()) + match.group(0)[:1].count('\n'), name.group(1)
